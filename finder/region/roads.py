"""Road tiles of an extract, in one file that Valhalla reads: ``roads.tar``.

The builders are the programs that come with the package pyvalhalla. They run one after the other: borders (whose side of the
road, which access rules), tiles, and the tar that is mapped into memory. Time zones are not built in: what is
closed at some hours counts by the clock of the question.
"""

import copy
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import valhalla
from valhalla.config import get_config

from finder.errors import BadFile, NotReady

__all__ = ["ROADS_FILE", "RoadsBuilt", "build_roads"]

ROADS_FILE = "roads.tar"
_MOST_CORES = 4
_BUILDERS = Path(valhalla.__file__).parent / "bin"
_WAYS = re.compile(r"Finished with (\d+) routable ways")
_STAMP = re.compile(r"^\S+ \S+ (\x1b\[[\d;]*m)?\[?[A-Z]+\]?:?(\x1b\[0m)?\s*")
_HARMLESS = "Ignore if not using a planet extract"
_UNREADABLE = re.compile(r"PBF error|osmium::|zlib|protozero", re.IGNORECASE)
"""What osmium says in a builder of a file that it cannot read."""


class RoadsBuilt(msgspec.Struct, frozen=True):
    """What was written."""

    path: Path | None
    """The tar; ``None`` where the extract has no road."""
    ways: int
    """Ways of the extract that somebody may walk, ride or drive on."""
    size_bytes: int


def build_roads(pbf: Path, folder: Path, report: Callable[[str], None] = lambda _: None) -> RoadsBuilt:
    """Write ``roads.tar`` of the extract into the folder and nothing else; no file at all where the extract has no road.

    Needs room for up to 25 times the extract while at work. Raises :class:`BadFile` for an extract that a builder cannot read,
    and :class:`NotReady` when a builder is missing or fails by itself (memory, disk).
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".roads-") as name:
        work = Path(name).resolve()
        (work / "tiles").mkdir()
        config = work / "config.json"
        config.write_bytes(msgspec.json.encode(_config(work)))
        source = pbf.resolve()
        report("roads: borders")
        _run([str(_BUILDERS / "valhalla_build_admins"), "-c", str(config), str(source)], work, pbf)
        report("roads: tiles")
        # Without a single road this builder crashes, after it has said that there is none.
        said = _run([str(_BUILDERS / "valhalla_build_tiles"), "-c", str(config), str(source)], work, pbf, may_fail=_is_roadless)
        found = _WAYS.search(said)
        ways = int(found[1]) if found else 0
        if _is_roadless(said):
            report("roads: none in this extract")
            return RoadsBuilt(None, 0, 0)
        report("roads: one file of all tiles")
        _run([sys.executable, "-m", "valhalla.valhalla_build_extract", "-c", str(config), "--overwrite"], work, pbf)
        path = folder / ROADS_FILE
        shutil.move(work / ROADS_FILE, path)
    size_bytes = path.stat().st_size
    report(f"roads: {ways} ways, {size_bytes / 1e6:.1f} MB")
    return RoadsBuilt(path, ways, size_bytes)


def _config(work: Path) -> dict[str, Any]:
    # get_config hands out its one default, which must stay as it is.
    config: dict[str, Any] = copy.deepcopy(get_config(tile_extract="", tile_dir=work / "tiles", verbose=True))
    config["mjolnir"] |= {
        "tile_extract": str(work / ROADS_FILE),
        "admin": str(work / "admin.sqlite"),
        "timezone": "",
        "concurrency": min(os.cpu_count() or 1, _MOST_CORES),
    }
    # Else dense streets are made up to half as dear again as empty ones, and cars are led around a city on ways that take longer
    # by Valhalla's own clock: docs/decisions/0023-roads-without-density.md.
    config["mjolnir"]["data_processing"] |= {"use_urban_tag": True}
    return config


def _is_roadless(said: str) -> bool:
    found = _WAYS.search(said)
    return found is not None and found[1] == "0"


def _run(command: Sequence[str], work: Path, pbf: Path, may_fail: Callable[[str], bool] = lambda _: False) -> str:
    """What the builder says. A failure is an error unless ``may_fail`` holds of what was said."""
    builder = next(Path(part).stem for part in command if "valhalla_build" in part).removeprefix("valhalla.")
    try:
        done = subprocess.run(  # noqa: S603 - our own programs, no shell
            command, cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
    except OSError as error:
        raise NotReady(
            f"The roads were not built: {builder} cannot be run ({error.strerror}). Install the package pyvalhalla again."
        ) from error
    said = done.stdout.decode(errors="replace")
    if done.returncode == 0 or may_fail(said):
        return said
    why = _why(said, done.returncode).replace(f"{work}/", "")
    if _UNREADABLE.search(said):
        raise BadFile(f"{pbf.name} is damaged: {builder} cannot read it ({why}). Download the extract again.")
    raise NotReady(
        f"The roads of {pbf.name} were not built: {builder} failed ({why}). "
        "Look for free memory and free room on the disk, then build again."
    )


def _why(said: str, returncode: int) -> str:
    """The line that says most: what an exception says, else the last error, else the signal, else the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and _HARMLESS not in line]
    thrown = [line.removeprefix("what():").strip() for line in lines if line.startswith("what():")]
    errors = [_STAMP.sub("", line) for line in lines if "ERROR" in line or "CRITICAL" in line]
    killed = [f"stopped by {signal.Signals(-returncode).name}"] if returncode < 0 else []
    last = [_STAMP.sub("", line) for line in lines[-1:]]
    return next(iter([*thrown[-1:], *errors[-1:], *killed, *last]), "it said nothing")

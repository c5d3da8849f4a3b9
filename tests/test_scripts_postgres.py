"""The developer's server: it starts, keeps what was written, says what is wrong, and stops when it is asked to."""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from finder.store import Store
from tests import postgis
from tests.conftest import REPOSITORY, without

SCRIPT = REPOSITORY / "scripts" / "postgres.py"
URL = re.compile(r"^export FINDER_DATABASE_URL='(.+)'$", re.MULTILINE)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short one, because a socket's path may have 107 bytes; and one that the server's user may enter."""
    path = Path(tempfile.mkdtemp(prefix="fp", dir="/tmp"))
    path.chmod(0o711)
    yield path / "p g"
    shutil.rmtree(path)


def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """The script, once it says that the server runs, and the address that it gives."""
    process = subprocess.Popen([sys.executable, SCRIPT, folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.readline() + process.stdout.readline()
    found = URL.search(said)
    if found is None:
        _, error = process.communicate(timeout=30)
        pytest.fail(said + error)
    return process, found[1]


def stop(process: subprocess.Popen[str], how: signal.Signals) -> None:
    process.send_signal(how)
    said, error = process.communicate(timeout=60)
    assert process.returncode == 0, error
    assert "Stopped; the data stay." in said


@pytest.mark.timeout(180)
def test_what_is_written_is_there_after_a_restart(folder: Path) -> None:
    if missing := postgis.missing_piece():
        without(missing)
    process, url = start(folder)
    try:
        with Store.open(url) as store:
            store.migrate()
            store.remember_source("a", "x")
        second = subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True, check=False, timeout=60)
        assert second.returncode == 1
        assert "runs on" in second.stderr
        assert url in second.stderr
    finally:
        stop(process, signal.SIGINT)
    assert not (folder / "data" / "postmaster.pid").exists()
    process, again = start(folder)
    try:
        assert again == url
        with Store.open(url) as store:
            assert store.is_current()
            assert store.columns_of_source("a") == "x"
    finally:
        stop(process, signal.SIGTERM)
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "says"), [("x" * 120, "is too long for a socket: name a shorter folder"), ("file/below", "cannot be made")]
)
def test_a_folder_that_cannot_be_used(folder: Path, name: str, says: str) -> None:
    if missing := postgis.missing_piece():
        without(missing)
    (folder.parent / "file").touch()
    used = folder.parent / name
    done = subprocess.run([sys.executable, SCRIPT, used], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr

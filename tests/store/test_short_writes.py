"""Short writes beside a load, in SQLite: few of a process wait for its end, and the file is its owner's alone."""

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from sqlalchemy import Engine

from finder.errors import NotReady
from finder.store.admin_engine import open_admin_engine, short_write
from finder.store.engine import open_engine, write_transaction

PATIENCE_S = 60
"""So long a writer would wait for the load in these tests, which end before."""


def write(engine: Engine) -> None:
    with short_write(engine) as connection:
        connection.exec_driver_sql("INSERT INTO line VALUES (1)")


@pytest.fixture
def url(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'finder.sqlite'}"
    engine = open_engine(address)
    with write_transaction(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE line (n INTEGER)")
    engine.dispose()
    return address


def test_one_thread_waits_for_a_load_and_the_others_are_told(url: str) -> None:
    """Else they hold all threads of the service, and no search is answered."""
    loads = open_engine(url)
    engines = [open_admin_engine(url, longest_wait_ms=PATIENCE_S * 1000) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        with write_transaction(loads):
            writes = {pool.submit(write, engine) for engine in engines}
            told: set[object] = set()
            while len(told) < len(writes) - 1:
                done, _ = wait(writes - told, timeout=PATIENCE_S / 2, return_when=FIRST_COMPLETED)
                assert done, "more than one waits"
                told |= done
            assert all(isinstance(one.exception(), NotReady) for one in writes if one in told)
        [last] = writes - told
        last.result(timeout=PATIENCE_S)
    for engine in engines:  # and afterwards nobody is refused
        write(engine)
        engine.dispose()
    loads.dispose()


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite"
    engine = open_engine(f"sqlite:///{path}")
    assert not path.exists()
    with write_transaction(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE line (n INTEGER)")
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    engine.dispose()
    assert modes.keys() >= {"new.sqlite", "new.sqlite-wal", "new.sqlite-shm"}
    assert set(modes.values()) == {0o600}

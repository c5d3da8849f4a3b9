"""Short reads wait for PostgreSQL no longer than they may."""

import socket
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text

from finder.errors import NotReady
from finder.store.admin_engine import open_admin_engine, short_read, short_write


def in_time(act: Callable[[], None]) -> None:
    """Do it in a thread of its own: what waits for ever fails here and does not hold up the run."""
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()


def refusals(url: str, *statements: str, longest_wait_ms: int) -> list[str]:
    told: list[str] = []

    def read() -> None:
        engine = open_admin_engine(url, longest_wait_ms=longest_wait_ms)
        for statement in statements:
            try:
                with short_read(engine) as connection:
                    connection.execute(text(statement))
            except NotReady as error:
                told.append(str(error))
        engine.dispose()

    in_time(read)
    return told


def test_a_server_that_takes_connections_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        [told] = refusals(f"postgresql+psycopg://finder:secret@127.0.0.1:{port}/care", "SELECT 1", longest_wait_ms=2000)
    assert "does not answer" in told
    assert "secret" not in told


def test_a_short_read_ends_in_time_and_a_write_is_not_cut_off(postgis_url: str) -> None:
    [told] = refusals(postgis_url, "SELECT 1", "SELECT pg_sleep(60)", "SELECT 1", longest_wait_ms=200)
    assert "timeout" in told
    engine = open_admin_engine(postgis_url, longest_wait_ms=200)
    with short_write(engine) as connection:
        connection.execute(text("SELECT pg_sleep(0.5)"))
    engine.dispose()


def test_where_no_connection_is_free_it_is_said(postgis_url: str) -> None:
    engine = open_admin_engine(postgis_url, longest_wait_ms=100)
    held = [engine.connect() for _ in range(15)]
    with pytest.raises(NotReady, match="all connections"), short_read(engine):
        pass
    for connection in held:
        connection.close()
    engine.dispose()


def test_what_the_address_says_stands() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        address = f"postgresql+psycopg://finder@127.0.0.1:{port}/care?connect_timeout=2"
        [told] = refusals(address, "SELECT 1", longest_wait_ms=3_600_000)
    assert "does not answer" in told

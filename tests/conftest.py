"""What every test may ask for."""

import os
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from finder.store import Store
from tests import postgis
from tests.stores import migrated_sqlite

REPOSITORY = Path(__file__).parent.parent

# Of a property that names no number of its own; --hypothesis-profile=thorough asks ten times as often.
settings.register_profile("every time", max_examples=40)
settings.register_profile("thorough", max_examples=400)
settings.load_profile("every time")


def without(component: str) -> NoReturn:
    """Skip a test that lacks a component, saying which; in CI, where everything can be had, that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(component)
    pytest.skip(component)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first: those in a browser come last but for the slow ones."""
    items.sort(key=lambda item: (item.get_closest_marker("slow") is not None, item.get_closest_marker("browser") is not None))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data that developers and CI have beside the project; without it the test is skipped by name."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        without("needs the folder ../shared/data of real data, which is not here")
    return folder


@pytest.fixture(scope="session")
def postgis_address() -> Iterator[str]:
    """An address with ``{name}`` for the database, of a PostGIS server that lives as long as the test run."""
    if missing := postgis.missing_piece():
        without(missing)
    with postgis.postgis_server() as address:
        yield address


@pytest.fixture(scope="session")
def migrated_postgis(postgis_address: str) -> str:
    """The name of a database with all tables, to make others of."""
    name = f"migrated_{uuid.uuid4().hex}"
    _administer(postgis_address, f"CREATE DATABASE {name} TEMPLATE {postgis.TEMPLATE}")
    with Store.open(postgis_address.format(name=name)) as store:
        store.migrate()
    return name


@pytest.fixture
def postgis_url(postgis_address: str) -> Iterator[str]:
    """The address of a fresh PostGIS database without a table."""
    with _postgis_made_of(postgis_address, postgis.TEMPLATE) as url:
        yield url


@pytest.fixture
def migrated_postgis_url(postgis_address: str, migrated_postgis: str) -> Iterator[str]:
    """The address of a fresh PostGIS database with all tables, empty."""
    with _postgis_made_of(postgis_address, migrated_postgis) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgis"])
def empty_store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh database without a table; a test that takes it runs on both."""
    return f"sqlite:///{tmp_path / 'finder.sqlite'}" if request.param == "sqlite" else request.getfixturevalue("postgis_url")


@pytest.fixture(params=["sqlite", "postgis"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh database with all tables, empty; a test that takes it runs on both."""
    is_sqlite = request.param == "sqlite"
    return migrated_sqlite(tmp_path / "finder.sqlite") if is_sqlite else request.getfixturevalue("migrated_postgis_url")


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A migrated, empty store; a test that takes it runs on SQLite and on PostGIS."""
    with Store.open(store_url) as opened:
        yield opened


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """A migrated, empty store in a SQLite file, for tests that are about something else than the store."""
    with Store.open(migrated_sqlite(tmp_path / "finder.sqlite")) as opened:
        yield opened


@contextmanager
def _postgis_made_of(address: str, template: str) -> Generator[str]:
    name = f"test_{uuid.uuid4().hex}"
    _administer(address, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield address.format(name=name)
    _administer(address, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(address: str, command: str) -> None:
    server = create_engine(address.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(command))
    server.dispose()

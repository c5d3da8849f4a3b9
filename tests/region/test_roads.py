"""Road tiles: what Valhalla itself makes of them, extracts without roads, builders that fail."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from valhalla import Actor
from valhalla.config import get_config

from finder.errors import BadFile, NotReady
from finder.region import builders
from finder.region.build import build_region
from finder.region.pack import MANIFEST, RegionPack
from finder.region.roads import ROADS_FILE, build_roads
from tests.region.town import Town

LON, LAT = -117.16, 32.72


def actor(tar: Path) -> Actor:
    config: dict[str, Any] = get_config(tile_extract=tar, tile_dir="")
    return Actor(config)


def km_by_foot(engine: Actor, *points: tuple[float, float]) -> float:
    locations = [{"lon": lon, "lat": lat, "search_cutoff": 300} for lon, lat in points]
    answer = json.loads(engine.route(json.dumps({"locations": locations, "costing": "pedestrian"})))
    return float(answer["trip"]["summary"]["length"])


@pytest.fixture
def crossing(town: Town, tmp_path: Path) -> Path:
    """Two streets at a right angle: the way from end to end is 937 m and 1109 m long."""
    corner = town.node(LON, LAT)
    for number, (lon, lat) in enumerate([(LON + 0.01, LAT), (LON, LAT + 0.01)], 1):
        town.join(corner, town.node(lon, lat), highway="residential", name=f"Street {number}")
    town.node(LON, LAT, amenity="pharmacy", name="Sun")
    return town.write(tmp_path / "town.osm.pbf")


def test_an_actor_routes_on_the_tiles(crossing: Path, tmp_path: Path) -> None:
    said: list[str] = []
    built = build_roads(crossing, tmp_path, said.append)
    assert built.path == tmp_path / ROADS_FILE
    assert built.ways == 2
    assert built.size_bytes == built.path.stat().st_size
    assert {path.name for path in tmp_path.iterdir()} == {ROADS_FILE, crossing.name}, "nothing else is kept"
    # 0.01° of longitude and of latitude here, by pyproj on WGS84.
    assert km_by_foot(actor(built.path), (LON + 0.01, LAT), (LON, LAT + 0.01)) == pytest.approx(0.937 + 1.109, rel=0.01)
    assert said[0] == "roads: borders"
    assert all(line.startswith("roads: ") for line in said)


def test_the_roads_of_a_real_city(helsinki: RegionPack) -> None:
    assert helsinki.roads_path is not None
    assert helsinki.manifest.counts["roads"] > 1000
    railway_station, park = (24.9414, 60.1710), (24.9480, 60.1675)
    assert 0.5 < km_by_foot(actor(helsinki.roads_path), railway_station, park) < 1.2
    helsinki.verify()
    assert "roads" in helsinki.manifest.sha256


def test_places_without_roads_make_a_region(town: Town, tmp_path: Path) -> None:
    town.node(LON, LAT, amenity="pharmacy", name="Sun")
    town.way([(LON, LAT), (LON + 0.01, LAT)], highway="proposed", name="Some day")
    said: list[str] = []
    pack = build_region(town.write(tmp_path / "island.osm.pbf"), tmp_path / "regions", report=said.append)
    assert pack.roads_path is None
    assert RegionPack.open(pack.folder) == pack
    assert [facility.name for facility in pack.facilities()] == ["Sun"]
    assert "roads: none in this extract" in said
    assert ROADS_FILE not in {path.name for path in pack.places_path.parent.iterdir()}


def builder(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        (None, NotReady, "valhalla_build_tiles cannot be run.*pyvalhalla"),
        ("echo one; echo '2026-01-01 10:00:00.1 [ERROR] no room'; echo three; exit 3", NotReady, r"failed \(no room\).*disk"),
        ("echo '  what():  PBF error: truncated' >&2; exit 134", BadFile, r"truncated\).*Download the extract again"),
        ("kill -9 $$", NotReady, "stopped by SIGKILL.*memory"),
        ("exit 1", NotReady, "it said nothing"),
    ],
)
def test_a_failing_builder_leaves_the_old_pack(
    crossing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, error: type[Exception], words: str
) -> None:
    old = build_region(crossing, tmp_path / "regions", "town")
    builder(tmp_path / "bin", "valhalla_build_admins", "true")
    if script is not None:
        builder(tmp_path / "bin", "valhalla_build_tiles", script)
    monkeypatch.setattr(builders, "FOLDER", tmp_path / "bin")
    with pytest.raises(error, match=f"(?s){words}") as raised:
        build_region(crossing, tmp_path / "regions", "town")
    assert str(tmp_path) not in str(raised.value)
    assert RegionPack.open(old.folder) == old
    assert {path.name for path in old.folder.iterdir()} == {MANIFEST, old.manifest.build}
    old.verify()


def test_no_builder_sees_more_than_four_cores(monkeypatch: pytest.MonkeyPatch, crossing: Path, tmp_path: Path) -> None:
    builder(tmp_path / "bin", "valhalla_build_admins", f'cp "$2" {tmp_path / "seen.json"}; exit 1')
    monkeypatch.setattr(builders, "FOLDER", tmp_path / "bin")
    for cores, used in ((64, 4), (2, 2), (None, 1)):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        with pytest.raises(NotReady):
            build_roads(crossing, tmp_path)
        assert json.loads((tmp_path / "seen.json").read_bytes())["mjolnir"]["concurrency"] == used

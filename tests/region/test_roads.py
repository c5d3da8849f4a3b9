"""Road tiles: what Valhalla itself makes of them, extracts without roads, builders that fail."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from valhalla import Actor
from valhalla.config import get_config

from finder.directions.estimate import TravelMode
from finder.directions.router import RouteRequest
from finder.directions.valhalla import EmbeddedValhalla, read_barriers
from finder.errors import BadFile, NotReady
from finder.geo.points import LonLat
from finder.region import builders
from finder.region.barriers import BARRIERS_FILE, barriers_in
from finder.region.build import build_region
from finder.region.extract import Extract
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
    assert {path.name for path in tmp_path.iterdir()} == {ROADS_FILE, BARRIERS_FILE, crossing.name}, "nothing else is kept"
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
    assert {"roads", "barriers"} <= set(helsinki.manifest.sha256)


def test_places_without_roads_make_a_region(town: Town, tmp_path: Path) -> None:
    town.node(LON, LAT, amenity="pharmacy", name="Sun")
    town.way([(LON, LAT), (LON + 0.01, LAT)], highway="proposed", name="Some day")
    said: list[str] = []
    pack = build_region(town.write(tmp_path / "island.osm.pbf"), tmp_path / "regions", report=said.append)
    assert pack.roads_path is None
    assert RegionPack.open(pack.folder) == pack
    assert [facility.name for facility in pack.facilities()] == ["Sun"]
    assert "roads: none in this extract" in said
    assert pack.barriers_path is None
    assert not {ROADS_FILE, BARRIERS_FILE} & {path.name for path in pack.places_path.parent.iterdir()}


@pytest.mark.parametrize("conveying", [None, "forward"])
def test_steps_of_the_map_are_beside_the_roads(town: Town, tmp_path: Path, conveying: str | None) -> None:
    """Two streets, joined by steps or an escalator of three nodes and by a road far round, and other ways that touch them."""
    places = [(LON + 0.0003, LAT), (LON + 0.0007, LAT + 0.0001235), (LON + 0.0017, LAT + 0.0002469)]
    down, landing, up = (town.node(*place) for place in places)
    west, east, far = (town.node(LON + east, LAT + north) for east, north in ((0.0, 0.0), (0.002, 0.0), (0.001, 0.01)))
    town.join(west, down, highway="footway", name="Lower Street")
    town.join(up, east, highway="footway", name="Upper Street")
    town.join(down, landing, up, highway="steps", **({} if conveying is None else {"conveying": conveying}))
    town.join(west, far, east, highway="residential", name="Far Street")
    town.join(landing, town.node(LON + 0.0007, LAT + 0.001), highway="footway")
    pbf = town.write(tmp_path / "town.osm.pbf")
    np.testing.assert_allclose(np.sort(barriers_in(Extract(pbf)), axis=0), places, rtol=0, atol=1e-9)
    pack = build_region(pbf, tmp_path / "regions")
    assert pack.roads_path is not None
    assert pack.barriers_path is not None
    engine = EmbeddedValhalla(pack.roads_path, barriers=read_barriers(pack.barriers_path))
    lower, upper = LonLat(LON, LAT), LonLat(LON + 0.002, LAT)
    steps = engine.route(RouteRequest(origin=lower, target=upper, mode=TravelMode.FOOT))
    round_them = engine.route(RouteRequest(origin=lower, target=upper, mode=TravelMode.WHEELCHAIR))
    assert steps.length_m < 300
    assert round_them.length_m > 2000


def test_what_else_moves_is_a_barrier_too(town: Town, tmp_path: Path) -> None:
    """What is left of a way that the extract cuts counts, each node once."""
    ends = [town.node(LON + 0.001 * number, LAT) for number in range(4)]
    town.join(ends[0], ends[1], highway="footway", conveying="reversible")
    town.join(ends[1], 999, ends[2], highway="escalator")
    town.join(ends[2], ends[3], highway="footway", conveying="no")
    found = barriers_in(Extract(town.write(tmp_path / "town.osm.pbf")))
    assert sorted(found[:, 0].tolist()) == pytest.approx([LON, LON + 0.001, LON + 0.002], abs=1e-9)
    bare = Town()
    bare.node(LON, LAT)
    assert barriers_in(Extract(bare.write(tmp_path / "bare.osm.pbf"))).shape == (0, 2)


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

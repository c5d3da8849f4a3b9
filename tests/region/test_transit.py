"""Public transport in a region: what Valhalla makes of a small feed, feeds that cannot be used, regions that keep theirs."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas
import msgspec
import pytest
import shapely

from finder.errors import BadFile, BadInput, NotReady
from finder.geo.points import LonLat
from finder.region import builders
from finder.region.build import build_region
from finder.region.extract import Bounds
from finder.region.gtfs import Feed
from finder.region.pack import EXACT_DAYS, MANIFEST, RegionPack
from finder.region.roads import build_roads
from finder.region.time_zones import write_time_zones
from finder.region.transit import take_timetables
from finder.region.update import update_region
from tests.region.test_roads import actor, builder, km_by_foot
from tests.region.timetable import LINES, Timetable
from tests.region.town import Town

HELSINKI = Bounds(24.93, 60.16, 24.96, 60.18)
TODAY = date(2026, 6, 1)
SOUTH, NORTH = LonLat(24.9481, 60.1649), LonLat(24.9490, 60.1779)


def timetable_by(tar: Path, at: datetime) -> list[tuple[str, str, str]]:
    """Line, departure and arrival of each ride from the south to the north of the town, for one who walks slowly."""
    question = {
        "locations": [{"lon": point.lon, "lat": point.lat} for point in (SOUTH, NORTH)],
        "costing": "multimodal",
        "date_time": {"type": 1, "value": f"{at:%Y-%m-%dT%H:%M}"},
        "costing_options": {"transit": {"use_bus": 1.0}, "pedestrian": {"walking_speed": 2.5}},
    }
    answer: dict[str, Any] = json.loads(actor(tar).route(json.dumps(question)))
    rides = [
        maneuver["transit_info"] for leg in answer["trip"]["legs"] for maneuver in leg["maneuvers"] if "transit_info" in maneuver
    ]
    return [
        (ride["short_name"], ride["transit_stops"][0]["departure_date_time"], ride["transit_stops"][-1]["arrival_date_time"])
        for ride in rides
    ]


def test_a_ride_on_a_real_city(served: RegionPack) -> None:
    assert served.roads_path is not None
    tomorrow = datetime.now(ZoneInfo("Europe/Helsinki")).replace(hour=8, minute=0, second=0) + timedelta(days=1)
    [(line, departs, arrives)] = timetable_by(served.roads_path, tomorrow)
    # The feed's own clock: buses leave at every fifth minute, and reach each stop a minute after the one before.
    assert line == "20"
    assert [datetime.fromisoformat(text) for text in (departs, arrives)] == [
        tomorrow.replace(minute=minute, microsecond=0) for minute in (5, 9)
    ]


def test_the_pack_says_what_it_holds(served: RegionPack, helsinki: RegionPack) -> None:
    assert served.feeds == (
        Feed(name="bus-lines", first_day=date(2026, 1, 1), last_day=date(2099, 12, 31), attribution="Test Transit"),
    )
    assert RegionPack.open(served.folder) == served
    served.verify()
    assert served.manifest.counts["departures"] > 0
    build = served.folder / served.manifest.build
    assert {path.name for path in build.iterdir()} == set(served.manifest.files.values()), "nothing else is kept"
    assert helsinki.feeds == ()
    assert helsinki.manifest.counts["departures"] == 0


def test_roads_are_as_they_are_without_timetables(served: RegionPack, helsinki: RegionPack) -> None:
    assert served.roads_path is not None
    assert helsinki.roads_path is not None
    assert km_by_foot(actor(served.roads_path), SOUTH, NORTH) == km_by_foot(actor(helsinki.roads_path), SOUTH, NORTH)


def test_a_day_is_one_of_the_timetable(served: RegionPack, helsinki: RegionPack) -> None:
    built = served.built_at.date()
    always = msgspec.structs.replace(served.feeds[0], first_day=date(2000, 1, 1))
    ends = msgspec.structs.replace(served.feeds[0], first_day=built + timedelta(days=2), last_day=built + timedelta(days=9))
    for feed, first, last in ((always, -100, EXACT_DAYS - 1), (ends, 2, 9)):
        pack = RegionPack(served.folder, msgspec.structs.replace(served.manifest, feeds=(feed,)))
        known = [days for days in range(-100, 100) if pack.has_timetable_on(built + timedelta(days=days))]
        assert known == list(range(first, last + 1))
    assert not helsinki.has_timetable_on(built)


def test_single_days_are_known_for_so_long(helsinki_pbf: Path, tmp_path: Path) -> None:
    """What Valhalla itself does: a service told day by day runs on the last day that we call exact, and not on the one after."""
    today = datetime.now(ZoneInfo("Europe/Helsinki")).replace(hour=8, minute=0)
    timetable = Timetable()
    del timetable.files["calendar.txt"]
    days = [f"{today + timedelta(days=days):%Y%m%d}" for days in range(1, EXACT_DAYS + 20)]
    timetable.files["calendar_dates.txt"] = [{"service_id": "D", "date": day, "exception_type": 1} for day in days]
    feed, feeds = timetable.write(tmp_path / "buses"), tmp_path / "feeds"
    feeds.mkdir()
    roads = build_roads(helsinki_pbf, tmp_path, timetables=take_timetables([feed], feeds, HELSINKI, today.date()))
    assert roads.path is not None
    rides = {days: len(timetable_by(roads.path, today + timedelta(days=days))) for days in (1, EXACT_DAYS - 2, EXACT_DAYS + 1)}
    assert rides == {1: 1, EXACT_DAYS - 2: 1, EXACT_DAYS + 1: 0}


@pytest.fixture
def town_pbf(tmp_path: Path) -> Path:
    """Streets between the stops of line 20."""
    town = Town()
    places = [(lon + 0.0002, lat) for lon, lat in LINES["20"].values()]
    town.way(places, highway="residential", name="Broadway")
    return town.write(tmp_path / "town.osm.pbf", tuple(HELSINKI))


def test_an_update_keeps_the_timetables_or_is_refused(town_pbf: Path, tmp_path: Path) -> None:
    regions, said = tmp_path / "regions", list[str]()
    feed = Timetable().write(tmp_path / "buses")
    old = build_region(town_pbf, regions, "town", said.append, [feed])
    assert "timetables: buses, 816 trips in this region, 2026-01-01 to 2099-12-31" in said
    with pytest.raises(BadInput, match=r"lose its public transport \(buses\).*--gtfs"):
        update_region(town_pbf, regions)
    assert RegionPack.open(old.folder) == old
    assert update_region(town_pbf, regions, gtfs=[feed]).feeds == old.feeds
    assert update_region(town_pbf, regions, force=True).feeds == ()


def test_a_feed_that_has_ended_leaves_the_old_pack(town_pbf: Path, tmp_path: Path) -> None:
    regions = tmp_path / "regions"
    old = build_region(town_pbf, regions, "town")
    with pytest.raises(BadInput, match="The feed old ended on 2024-12-31"):
        build_region(town_pbf, regions, "town", gtfs=[Timetable("20240101", "20241231").write(tmp_path / "old")])
    assert {path.name for path in old.folder.iterdir()} == {MANIFEST, old.manifest.build}


def test_a_region_without_roads_has_no_public_transport(tmp_path: Path) -> None:
    town = Town()
    town.node(24.94, 60.17, amenity="pharmacy", name="Sun")
    pbf = town.write(tmp_path / "island.osm.pbf", tuple(HELSINKI))
    pack = build_region(pbf, tmp_path / "regions", gtfs=[Timetable().write(tmp_path / "buses")])
    assert pack.roads_path is None
    assert pack.feeds == ()


@pytest.mark.parametrize(
    ("program", "script", "error", "words"),
    [
        (
            "valhalla_ingest_transit",
            "echo '2026 10:00 [WARN] off the road: 60.17,24.94'; exit 1",
            BadFile,
            "buses cannot be used.*nothing",
        ),
        ("valhalla_ingest_transit", "echo '2026 10:00 [ERROR] no trips'; exit 1", BadFile, r"buses cannot be used.*\(no trips\)"),
        ("valhalla_ingest_transit", None, NotReady, "valhalla_ingest_transit cannot be run.*pyvalhalla"),
        ("valhalla_convert_transit", "true", BadFile, "buses hold no departure"),
    ],
)
def test_a_failing_builder_tells_no_coordinates(
    town_pbf: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    script: str | None,
    error: type[Exception],
    words: str,
) -> None:
    for name in ("valhalla_build_admins", "valhalla_ingest_transit", "valhalla_convert_transit"):
        if name != program or script is not None:
            builder(tmp_path / "bin", name, script if name == program and script else "true")
    monkeypatch.setattr(builders, "FOLDER", tmp_path / "bin")
    with pytest.raises(error, match=f"(?s){words}") as raised:
        build_region(town_pbf, tmp_path / "regions", gtfs=[Timetable().write(tmp_path / "buses")])
    assert "60.17" not in str(raised.value)
    assert str(tmp_path) not in str(raised.value)


def test_two_feeds_side_by_side(tmp_path: Path) -> None:
    one, two = (Timetable(lines={line: stops}).write(tmp_path / f"Line {line}") for line, stops in LINES.items())
    folder = tmp_path / "feeds"
    folder.mkdir()
    taken = take_timetables([one, two], folder, HELSINKI, TODAY)
    assert [feed.name for feed in taken.feeds] == ["line-10", "line-20"]
    assert {path.name for path in folder.iterdir()} == {"line-10", "line-20"}
    with pytest.raises(BadInput, match="Two feeds are called line-10"):
        take_timetables([one, one], folder, HELSINKI, TODAY)


def test_time_zones_on_both_sides_of_a_border(tmp_path: Path) -> None:
    names = write_time_zones(tmp_path / "zones.sqlite", Bounds(-117.3, 32.4, -116.8, 32.9))
    assert {"America/Los_Angeles", "America/Tijuana"} <= set(names)
    zones = geopandas.read_file(tmp_path / "zones.sqlite", layer="tz_world")
    san_diego, tijuana = shapely.Point(-117.16, 32.72), shapely.Point(-117.02, 32.51)
    found = {name: zones[zones.contains(place)]["tzid"].tolist() for name, place in (("n", san_diego), ("s", tijuana))}
    assert found == {"n": ["America/Los_Angeles"], "s": ["America/Tijuana"]}

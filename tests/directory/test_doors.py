"""Searches and directions lead to one door: the best within 300 m, for a wheelchair one that it passes."""

from pathlib import Path

import pytest

from finder.directions.borders import Borders, WaitBook
from finder.directions.estimate import TravelMode
from finder.directions.great_circle import GreatCircle
from finder.directory import Snapshot, publish
from finder.directory.way_there import WayRequest, way_there
from finder.domain.facility import Address, Entrance, Facility, FacilityKind, Wheelchair, facility_id
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.locate.position import stated_position
from finder.store import Store
from tests.directory.finding.worlds import MONDAY_NOON, World

STEPS, SLOPE, LEVEL = Wheelchair.NO, Wheelchair.LIMITED, Wheelchair.YES


def clinic(name: str, lat: float, *doors: tuple[float, Wheelchair | None]) -> Facility:
    """With doors so many degrees north of it: 0.001 are 111 m."""
    return Facility(
        id=facility_id("t", name),
        kind=FacilityKind.CLINIC,
        name=name,
        lon_lat=LonLat(-117.01, lat),
        address=Address(country="MX"),
        entrances=tuple(Entrance(LonLat(-117.01, lat + north), "main", passes) for north, passes in doors),
    )


PLACES = [  # by whoever else, and by wheelchair: which door, None for the position
    (clinic("no door", 32.50), (None, None)),
    (clinic("one for all", 32.51, (0.001, LEVEL)), (0, 0)),
    (clinic("steps first", 32.52, (0.001, STEPS), (0.002, None), (0.0025, SLOPE)), (0, 2)),
    (clinic("level one too far", 32.53, (0.001, STEPS), (0.002, SLOPE), (0.004, LEVEL)), (0, 1)),
    (clinic("nobody said", 32.54, (0.002, STEPS), (0.001, None), (0.0005, None)), (0, 1)),
    (clinic("steps only", 32.55, (0.001, STEPS), (0.004, LEVEL)), (0, None)),
    (clinic("best one too far", 32.56, (0.0028, LEVEL), (0.001, LEVEL)), (1, 1)),
]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder: Path = tmp_path_factory.mktemp("doors")
    with Store.open(f"sqlite:///{folder / 'finder.sqlite'}") as store:
        store.migrate()
        World(facilities=[place for place, _ in PLACES], people=[], roles=[]).store_in(store)
        return publish(store, folder / "snapshots")


@pytest.mark.parametrize("mode", TravelMode)
def test_searches_and_directions_end_at_one_door(town: Snapshot, mode: TravelMode) -> None:
    rows = {town.facility_at(row).id: row for row in range(len(town))}
    searched = town.facilities.door_lon_lat(mode)
    farthest_m = 0.0
    for place, expected in PLACES:
        number = expected[1 if mode is TravelMode.WHEELCHAIR else 0]
        door = None if number is None else place.entrances[number]
        asked = WayRequest(
            facility_id=place.id, position=stated_position(LonLat(-117.0, 32.5)), mode=mode, leaves_at=MONDAY_NOON, language="es"
        )
        way = way_there(town, GreatCircle(), Borders(WaitBook()), asked)
        assert way.entrance == door
        assert way.target == LonLat(*searched[rows[place.id]].tolist()) == (place.lon_lat if door is None else door.lon_lat)
        farthest_m = max(farthest_m, geodesic_m(way.target, place.lon_lat))
    assert town.facilities.farthest_door_m(mode) == pytest.approx(farthest_m)

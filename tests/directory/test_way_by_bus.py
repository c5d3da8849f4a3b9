"""The way to a facility by public transport: what it rests on is said, and it leads over no border."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from finder.directions.borders import Documents
from finder.directions.estimate import TravelMode
from finder.directions.great_circle import GreatCircle
from finder.directions.rides import Ride, RideStop
from finder.directions.router import Basis, Route, RouteRequest, Step, StepKind
from finder.directory import Snapshot
from finder.directory.countries import country_at
from finder.directory.way_there import WayNote
from finder.geo.points import LonLat

from .ways import HERE, TEN, TIJUANA, Roads, publish_ways, way


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return publish_ways(tmp_path_factory.mktemp("town"))


def _by_bus(*, assumed: bool = False) -> Step:
    stops = tuple(
        RideStop(name=name, lon_lat=TIJUANA, at=TEN + timedelta(minutes=minute)) for name, minute in (("A", 5), ("B", 9))
    )
    ride = Ride(line="20", headsign="", operator="", colour=None, stops=stops, is_assumed=assumed)
    return Step(kind=StepKind.RIDE, instruction="Tome el 20.", length_m=1000.0, duration_s=540.0, last=1, ride=ride)


class Buses(Roads):
    """The same way, a ride if there is a step for it."""

    def __init__(self, *rides: Step, shape: Sequence[LonLat] | None = None) -> None:
        super().__init__(shape=shape)
        self._rides = rides

    def route(self, request: RouteRequest) -> Route:
        return msgspec.structs.replace(super().route(request), steps=self._rides, has_toll=False, origin_snap_m=0.0)


@pytest.mark.parametrize(
    ("router", "notes"),
    [
        (Buses(_by_bus()), (WayNote.BY_TIMETABLE,)),
        (Buses(_by_bus(assumed=True)), (WayNote.BY_TIMETABLE, WayNote.TIMETABLE_ASSUMED)),
        (Buses(), (WayNote.ON_FOOT_QUICKER,)),
        (GreatCircle(), (WayNote.ESTIMATE, WayNote.NO_TIMETABLE)),
    ],
)
def test_a_way_by_public_transport_says_what_it_rests_on(town: Snapshot, router: GreatCircle, notes: tuple[WayNote, ...]) -> None:
    assert way(town, router, mode=TravelMode.TRANSIT).notes == notes


def test_who_is_nearer_to_the_stop_is_there_no_sooner(town: Snapshot) -> None:
    told = way(town, Buses(_by_bus()), mode=TravelMode.TRANSIT, accuracy_m=500.0)
    assert told.route.time.min_s == told.route.time.likely_s < told.route.time.max_s
    assert told.notes == (WayNote.START_ABOUT, WayNote.BY_TIMETABLE)


def test_no_timetable_waits_at_a_border(town: Snapshot) -> None:
    """Not even with documents: whoever is checked there misses the next ride."""
    through = [TIJUANA, LonLat(-117.03, 32.56), HERE.lon_lat]
    assert {country_at(point) for point in through} == {"MX", "US"}
    told = way(town, Buses(_by_bus(), shape=through), mode=TravelMode.TRANSIT, documents=Documents.GENERAL)
    assert told.route.basis is Basis.ESTIMATE
    assert WayNote.BORDER in told.notes
    assert not told.route.rides

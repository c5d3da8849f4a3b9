"""From a region with timetables to a way by bus: the engines in service, asked as the finder asks them."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
import shapely

from finder.directions.by_region import RoutersByRegion
from finder.directions.estimate import TravelMode
from finder.directions.router import Basis, Route, RouteRequest, StepKind
from finder.errors import NotOffered
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.region.pack import EXACT_DAYS, RegionPack
from finder.region.routers import RegionRouters
from finder.region.shelf import RegionShelf
from tests.region.test_transit import NORTH, SOUTH
from tests.region.timetable import LINES

TOMORROW = datetime.now(ZoneInfo("Europe/Helsinki")).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=1)
REQUEST = RouteRequest(origin=SOUTH, target=NORTH, mode=TravelMode.TRANSIT, depart_at=TOMORROW)


def asked(pack: RegionPack, **changed: object) -> Route:
    return RoutersByRegion(RegionRouters(lambda: [pack])).route(msgspec.structs.replace(REQUEST, **changed))


@pytest.fixture(scope="module")
def by_bus(served: RegionPack) -> Route:
    return asked(served)


def test_the_way_by_bus_is_the_timetables(by_bus: Route) -> None:
    [ride] = by_bus.rides
    assert (ride.line, ride.headsign, ride.operator) == ("20", "Beta North", "Test Transit")
    assert [stop.name for stop in ride.stops] == ["Beta South", "Beta Two", "Beta Three", "Beta Four", "Beta North"]
    assert [stop.at for stop in ride.stops] == [TOMORROW + timedelta(minutes=minute) for minute in range(5, 10)]
    assert not ride.is_assumed
    assert by_bus.basis is Basis.ROADS
    assert by_bus.mode is TravelMode.TRANSIT
    assert by_bus.credits == ("Test Transit",)
    # There on foot after the last stop, and before it the wait is in the time.
    assert ride.arrives_at < TOMORROW + timedelta(seconds=by_bus.time.likely_s) < ride.arrives_at + timedelta(minutes=1)


def test_the_line_agrees_with_the_steps(by_bus: Route) -> None:
    shape = [LonLat(*place) for place in by_bus.shape().tolist()]
    [step] = [step for step in by_bus.steps if step.ride]
    assert step.kind is StepKind.RIDE
    assert step.ride is not None
    for place, stop in ((step.first, step.ride.stops[0]), (step.last, step.ride.stops[-1])):
        assert geodesic_m(shape[place], stop.lon_lat) < 50  # a stop is tied to the street beside it
    assert [one.first for one in by_bus.steps[1:]] == [one.last for one in by_bus.steps[:-1]]
    assert by_bus.steps[-1].last == len(shape) - 1
    assert sum(one.duration_s for one in by_bus.steps) == pytest.approx(by_bus.time.likely_s, abs=60)


def test_who_leaves_a_second_after_the_bus_takes_the_next(served: RegionPack) -> None:
    """The walk to the stop takes 30 s: at 8:04:40 nobody catches the bus of 8:05, though Valhalla, asked for 8:04, says so."""
    late = TOMORROW + timedelta(minutes=4, seconds=40)
    route = asked(served, depart_at=late)
    [ride] = route.rides
    assert ride.departs_at == TOMORROW + timedelta(minutes=10)
    assert ride.arrives_at < late + timedelta(seconds=route.time.likely_s) < ride.arrives_at + timedelta(minutes=1)


def test_at_night_the_way_is_the_one_on_foot(served: RegionPack) -> None:
    night = TOMORROW.replace(hour=2)
    route, walk = (asked(served, depart_at=night, mode=mode) for mode in (TravelMode.TRANSIT, TravelMode.FOOT))
    assert msgspec.structs.replace(route, mode=TravelMode.FOOT) == walk
    assert not route.credits


def test_without_a_timetable_it_is_an_estimate_and_nothing_is_logged(
    served: RegionPack, helsinki: RegionPack, caplog: pytest.LogCaptureFixture
) -> None:
    assert served.feeds
    later = TOMORROW + timedelta(days=EXACT_DAYS + 1)
    for route in (asked(helsinki), asked(served, depart_at=later), asked(served, via=(LonLat(24.9475, 60.17),))):
        assert (route.basis, route.steps, route.mode) == (Basis.ESTIMATE, (), TravelMode.TRANSIT)
    assert not caplog.records


def test_a_table_of_times_is_estimated(served: RegionPack) -> None:
    [region] = RegionRouters(lambda: [served])()
    with pytest.raises(NotOffered):
        region.router.matrix([SOUTH], [NORTH], TravelMode.TRANSIT)
    assert region.router.snap([SOUTH], TravelMode.TRANSIT) == region.router.snap([SOUTH], TravelMode.FOOT)


def test_areas_are_those_of_who_leaves_now(served: RegionPack) -> None:
    [region] = RegionRouters(lambda: [served])()
    by_bus, on_foot = (region.router.reach(SOUTH, [10.0, 15.0], mode) for mode in (TravelMode.TRANSIT, TravelMode.FOOT))
    for wide, narrow in zip(by_bus, on_foot, strict=True):
        assert wide.basis is Basis.ROADS
        assert wide.credits == ("Test Transit",)
        assert not narrow.credits
        # At night there are no buses, by day they lead farther, never less far; but areas are drawn on a grid.
        larger, smaller = (shapely.geometry.shape(one.geometry) for one in (wide, narrow))
        assert larger.intersection(smaller).area > 0.9 * smaller.area


def test_public_transport_is_offered_where_and_when_there_is_a_timetable(served: RegionPack, helsinki: RegionPack) -> None:
    now, shelf = datetime.now(UTC), RegionShelf(served.folder.parent)
    assert shelf.has_timetable(SOUTH, now)
    assert not shelf.has_timetable(LonLat(-117.02, 32.52), now)
    assert not shelf.has_timetable(SOUTH, now + timedelta(days=EXACT_DAYS + 1))
    assert not RegionShelf(helsinki.folder.parent).has_timetable(SOUTH, now)


def test_each_minute_is_one_of_the_timetable_wherever_the_way_begins(served: RegionPack) -> None:
    """Valhalla tells whole minutes, of sums that fall short of one by a thousandth of a second as often as not."""
    chance = random.Random(5)  # noqa: S311
    [region] = RegionRouters(lambda: [served])()
    rides = 0
    for _ in range(60):
        origin = LonLat(SOUTH.lon + chance.uniform(-0.002, 0.002), SOUTH.lat + chance.uniform(-0.0005, 0.0015))
        at = TOMORROW + timedelta(minutes=chance.randrange(600))
        for ride in region.router.route(msgspec.structs.replace(REQUEST, origin=origin, depart_at=at)).rides:
            rides += 1
            names = list(LINES["20"])
            begun = names.index(ride.stops[0].name)
            assert (ride.departs_at.minute - begun) % 5 == 0
            assert [stop.at - ride.departs_at for stop in ride.stops] == [timedelta(minutes=n) for n in range(len(ride.stops))]
    assert rides > 40

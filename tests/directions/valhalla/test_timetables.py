"""Rides: when Valhalla may be asked for them, what it is asked, which way is taken, and what is read of its answer."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from finder.directions.by_region import RegionRouter, RoutersByRegion
from finder.directions.estimate import TravelMode, TravelTime
from finder.directions.rides import Ride, RideStop
from finder.directions.router import Avoid, Basis, Route, RouteRequest, Step, StepKind
from finder.directions.valhalla import RemoteValhalla
from finder.directions.valhalla.answers import route_answer
from finder.directions.valhalla.codec import match_question, reach_question, route_question, snap_question
from finder.directions.valhalla.timetables import Timetables, TransitInfo, offered, offered_on, ride_of, ride_or_walk, set_out
from finder.errors import NoRoute, NotOffered, NotReady
from finder.geo.points import LonLat

HERE, THERE = LonLat(24.9481, 60.1649), LonLat(24.9490, 60.1779)
AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ALWAYS = Timetables(has_timetable_on=lambda _: True, credits=("Test Transit",))
REQUEST = RouteRequest(origin=HERE, target=THERE, mode=TravelMode.TRANSIT, depart_at=AT)
STOPS = [
    {"lat": 60.165, "lon": 24.948, "name": "South", "departure_date_time": "2026-11-24T10:05+02:00", "assumed_schedule": False},
    {"lat": 60.17, "lon": 24.948, "name": "Middle", "arrival_date_time": "2026-11-24T10:06+02:00"},
    {"lat": 60.178, "lon": 24.949, "name": "North", "arrival_date_time": "2026-11-24T10:09+02:00"},
]
INFO: dict[str, Any] = {
    "short_name": "20",
    "long_name": "Line 20",
    "headsign": "Beta",
    "operator_name": "Test",
    "color": 0x00FF7F,
    "transit_stops": STOPS,
}


def info(**changed: Any) -> TransitInfo:
    return msgspec.convert(INFO | changed, TransitInfo)


def way(seconds: float, *, rides: bool) -> Route:
    steps = (Step(kind=StepKind.RIDE, instruction="", length_m=1.0, duration_s=1.0, ride=ride_of(info(), 30)),) if rides else ()
    time = TravelTime(likely_s=seconds, min_s=seconds, max_s=seconds)
    return Route(basis=Basis.ROADS, mode=TravelMode.FOOT, length_m=1.0, time=time, steps=steps)


def taken(ride: Route | None, walk: Route | None, request: RouteRequest = REQUEST) -> Route:
    def route(asked: RouteRequest) -> Route:
        found = ride if asked.mode is TravelMode.TRANSIT else walk
        if found is None:
            raise NoRoute("no way")
        return found

    return ride_or_walk(route, request, ALWAYS)


def test_the_quicker_way_is_taken_with_rides_or_on_foot() -> None:
    ride, walk = way(500.0, rides=True), way(900.0, rides=False)
    for found, rides in (
        (taken(ride, walk), 1),
        (taken(ride, None), 1),
        (taken(None, walk), 0),
        (taken(ride, way(500, rides=False)), 0),
    ):
        assert len(found.rides) == rides
        assert found.mode is TravelMode.TRANSIT or rides
        assert found.credits == (ALWAYS.credits if rides else ())
    without_a_ride = taken(way(100.0, rides=False), walk)
    assert (without_a_ride.time, without_a_ride.mode) == (walk.time, TravelMode.TRANSIT)
    with pytest.raises(NoRoute):
        taken(None, None)


def test_seconds_of_the_minute_are_waited_not_lost() -> None:
    late = msgspec.structs.replace(REQUEST, depart_at=AT + timedelta(seconds=20))
    assert taken(way(500.0, rides=True), None, late).time.likely_s == 540.0
    assert set_out(AT) == (AT, 0.0)
    assert set_out(AT + timedelta(microseconds=1)).at == AT + timedelta(minutes=1)
    now = set_out(None)
    assert now.at.second == 0
    assert 0.0 <= now.after_s <= 60.0


def test_the_day_is_that_of_the_clock_at_the_origin() -> None:
    asked: list[date] = []
    timetables = Timetables(has_timetable_on=lambda day: bool(asked.append(day)))
    late = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)  # past midnight in Helsinki, afternoon in Tijuana
    for origin in (HERE, LonLat(-117.02, 32.52)):
        with pytest.raises(NotOffered, match=r"do not tell of 2026-11-2[45]"):
            offered_on(timetables, origin, late)
    assert asked == [date(2026, 11, 25), date(2026, 11, 24)]
    with pytest.raises(NotOffered, match="have no timetables"):
        offered(None, REQUEST)
    with pytest.raises(NotOffered, match="over a stop of one's own or a border"):
        offered(ALWAYS, msgspec.structs.replace(REQUEST, via=(HERE,)))
    assert offered(ALWAYS, REQUEST) is ALWAYS


def test_what_is_asked() -> None:
    question = json.loads(route_question(REQUEST))
    assert question["costing"] == "multimodal"
    assert question["date_time"] == {"type": 1, "value": "2026-11-24T10:00"}
    assert question["costing_options"]["transit"] == {"use_bus": 1.0, "use_rail": 1.0, "use_transfers": 0.5}
    assert question["costing_options"]["pedestrian"]["transit_start_end_max_distance"] == 2145
    shy = json.loads(route_question(msgspec.structs.replace(REQUEST, avoid=frozenset({Avoid.FERRIES}))))
    assert shy["costing_options"]["pedestrian"]["use_ferry"] == 0.0
    area = json.loads(reach_question(HERE, [5.0], TravelMode.TRANSIT, AT))
    assert (area["costing"], area["date_time"]["value"]) == ("multimodal", "2026-11-24T10:00")
    # Roads are met, and traces matched, on foot.
    for one in (snap_question, match_question):
        transit, foot = (json.loads(one([HERE, THERE], mode)) for mode in (TravelMode.TRANSIT, TravelMode.FOOT))
        assert transit == foot


def test_a_ride_is_read() -> None:
    zone = datetime.fromisoformat("2026-11-24T10:05+02:00").tzinfo
    ride = ride_of(info(), 30)
    assert ride == Ride(
        line="20",
        headsign="Beta",
        operator="Test",
        colour="#00ff7f",
        stops=tuple(
            RideStop(name=name, lon_lat=LonLat(lon, lat), at=datetime(2026, 11, 24, 10, minute, tzinfo=zone))
            for name, lon, lat, minute in (
                ("South", 24.948, 60.165, 5),
                ("Middle", 24.948, 60.17, 6),
                ("North", 24.949, 60.178, 9),
            )
        ),
    )
    assert (ride.departs_at.minute, ride.arrives_at.minute) == (5, 9)
    assert ride_of(info(short_name="", color=0), 30).line == "Line 20"
    assert ride_of(info(color=0), 30).colour is None
    assert ride_of(info(), 32).stays_aboard
    assert ride_of(info(transit_stops=[{**STOPS[0], "assumed_schedule": True}, *STOPS[1:]]), 30).is_assumed


@pytest.mark.parametrize(
    "stops",
    [[], STOPS[:1], [*STOPS[:1], {**STOPS[2], "arrival_date_time": ""}], [{**STOPS[0], "departure_date_time": "8"}, STOPS[2]]],
)
def test_a_ride_without_times_is_none(stops: list[dict[str, Any]]) -> None:
    with pytest.raises(NotReady, match="without its times"):
        ride_of(info(transit_stops=stops), 30)


@pytest.mark.parametrize(
    ("language", "said", "told"),
    [
        ("en", "Take the 20 toward Beta. (4 stops)", "Take the 20 toward Beta. (4 stops) Depart: 10:05. Arrive: 10:09."),
        ("es-MX", "Tome el 20. ( 4 paradas )", "Tome el 20. (4 paradas) Depart: 10:05. Arrive: 10:09."),
    ],
)
def test_a_step_that_is_a_ride_says_when(language: str, said: str, told: str) -> None:
    maneuver = {
        "type": 30,
        "instruction": said,
        "depart_instruction": "Depart: 10:05.",
        "arrive_instruction": "Arrive: 10:09.",
        "time": 470.0,
        "length": 1.4,
        "begin_shape_index": 0,
        "end_shape_index": 1,
        "transit_info": INFO,
    }
    trip = {"legs": [{"maneuvers": [maneuver], "shape": "_ibE_seK_ibE_seK"}], "summary": {"time": 470.0, "length": 1.4}}
    [step] = route_answer(json.dumps({"trip": trip}), TravelMode.TRANSIT, HERE, THERE, language).steps
    assert step.kind is StepKind.RIDE
    assert step.instruction == told
    assert step.ride == ride_of(info(), 30)


def test_who_has_no_timetables_says_so_and_an_estimate_stands_in_quietly(caplog: pytest.LogCaptureFixture) -> None:
    engine = RemoteValhalla("http://127.0.0.1:9", retries=0)
    for ask in (
        lambda: engine.route(REQUEST),
        lambda: engine.matrix([HERE], [THERE], TravelMode.TRANSIT),
        lambda: engine.reach(HERE, [5.0], TravelMode.TRANSIT),
    ):
        with pytest.raises(NotOffered):
            ask()
    router = RoutersByRegion(lambda: [RegionRouter(name="server", bounds=(-180.0, -90.0, 180.0, 90.0), router=engine)])
    assert router.route(REQUEST).basis is Basis.ESTIMATE
    assert router.matrix([HERE], [THERE], TravelMode.TRANSIT).basis is Basis.ESTIMATE
    assert router.reach(HERE, [5.0], TravelMode.TRANSIT)[0].basis is Basis.ESTIMATE
    assert not caplog.records
    engine.close()

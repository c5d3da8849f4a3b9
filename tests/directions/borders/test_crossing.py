"""Who is sent across, and where: against every port and lane tried one by one, with the great circle and with made-up roads."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.directions.borders import (
    MAX_DETOUR_M,
    Borders,
    Crossings,
    Direction,
    Documents,
    Lane,
    LaneKey,
    MayCross,
    Measurement,
    Measurements,
    Port,
    WaitBasis,
    WaitBook,
    known_ports,
    lanes_open_to,
    ports_between,
)
from finder.directions.estimate import TravelMode, estimate
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Basis, Matrix
from finder.errors import BadInput
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat

NORTH, SOUTH = Direction("MX", "US"), Direction("US", "MX")
MORNING = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("America/Tijuana"))
PLAYAS, RIO = LonLat(-117.116, 32.52), LonLat(-117.02, 32.525)
"""In Tijuana: at the beach, and near the port."""
CHULA_VISTA, DOWNTOWN, TECATE_US = LonLat(-117.07, 32.64), LonLat(-117.16, 32.72), LonLat(-116.62, 32.60)
NAMED = [documents for documents in Documents if documents is not Documents.NONE]


class Measured:
    """A source of what the test says, measured this morning; infinite where it was closed."""

    problem: str | None = None

    def __init__(self, minutes: dict[tuple[str, Lane], float], direction: Direction = NORTH) -> None:
        self._measurements = {
            LaneKey(port_id, direction, lane): Measurement(
                wait_min=(likely, likely, likely) if math.isfinite(likely) else None, measured_at=MORNING, source="test"
            )
            for (port_id, lane), likely in minutes.items()
        }

    def measured(self) -> Measurements:
        return self._measurements


class Roads(GreatCircle):
    """Seconds between points as the test gives them, by their places in the requests; NaN where there is no way."""

    def __init__(self, to_ports_s: dict[LonLat, float], onward_s: dict[tuple[LonLat, LonLat], float]) -> None:
        self._to_ports_s, self._onward_s = to_ports_s, onward_s
        self.asked: list[LonLat] = []

    def matrix(self, origins: Sequence[LonLat], targets: Sequence[LonLat], mode: TravelMode) -> Matrix:
        self.asked += [*origins, *targets]
        duration_s = np.array(
            [
                [
                    self._onward_s[origin, target] if (origin, target) in self._onward_s else self._to_ports_s[target]
                    for target in targets
                ]
                for origin in origins
            ]
        )
        return Matrix(basis=Basis.ROADS, duration_s=duration_s, length_m=duration_s)


class Unasked(GreatCircle):
    """Nobody may ask it for anything."""

    def matrix(self, origins: Sequence[LonLat], targets: Sequence[LonLat], mode: TravelMode) -> Matrix:
        raise AssertionError("nobody crosses, so there is nothing to ask")


def place_of(port: Port, direction: Direction) -> LonLat:
    passage = port.passage(direction)
    assert passage is not None
    return passage.lon_lat


def port_id(crossings: Crossings, target: int = 0) -> str | None:
    crossing = crossings.of(target)
    return crossing.port.id if crossing else None


def cross(
    borders: Borders,
    *targets: LonLat,
    documents: Documents = Documents.GENERAL,
    at: datetime = MORNING,
    mode: TravelMode = TravelMode.CAR,
) -> Crossings:
    return borders.cross(GreatCircle(), RIO, targets, mode, direction=NORTH, documents=documents, at=at)


def test_the_wait_decides_whether_the_other_side_is_quicker() -> None:
    waits = {("san_ysidro", Lane.SENTRI): 20.0, ("san_ysidro", Lane.GENERAL): 135.0, ("otay_mesa", Lane.GENERAL): 135.0}
    borders = Borders(WaitBook([Measured(waits)]))
    # A clinic across, and one on this side to which the way is an hour long.
    this_side_s = GreatCircle().matrix([RIO], [LonLat(-116.80, 32.40)], TravelMode.CAR).duration_s[0, 0]
    by_sentri = cross(borders, CHULA_VISTA, documents=Documents.SENTRI)
    by_general = cross(borders, CHULA_VISTA, documents=Documents.GENERAL)
    assert by_sentri.likely_s[0] < this_side_s < by_general.likely_s[0]
    lanes = [(crossing.lane, crossing.wait.likely_s) for one in (by_sentri, by_general) if (crossing := one.of(0)) is not None]
    assert lanes == [(Lane.SENTRI, 1200.0), (Lane.GENERAL, 8100.0)]


def test_without_documents_nobody_is_sent_across_and_no_road_is_asked() -> None:
    borders = Borders(WaitBook())
    for mode in TravelMode:
        for direction in (NORTH, SOUTH):
            crossings = borders.cross(Unasked(), RIO, [CHULA_VISTA, PLAYAS], mode, direction=direction, at=MORNING)
            assert np.isnan([crossings.likely_s, crossings.min_s, crossings.max_s]).all()
            assert crossings.crossing_index.tolist() == [-1, -1]
            assert [crossings.of(target) for target in (0, 1)] == [None, None]
        assert lanes_open_to(Documents.NONE, mode) == frozenset()
        assert borders.may_cross("MX", "US", mode, at=MORNING) is MayCross.NO_DOCUMENTS


def test_which_lanes_documents_open() -> None:
    assert lanes_open_to(Documents.SENTRI, TravelMode.CAR) == {Lane.GENERAL, Lane.READY, Lane.SENTRI}
    assert lanes_open_to(Documents.READY, TravelMode.CAR) == {Lane.GENERAL, Lane.READY}
    assert lanes_open_to(Documents.MEDICAL_FAST_LANE, TravelMode.CAR) == {Lane.GENERAL, Lane.MEDICAL_FAST_LANE}
    for documents in NAMED:
        assert Lane.GENERAL in lanes_open_to(documents, TravelMode.CAR)
        for mode in (TravelMode.FOOT, TravelMode.BICYCLE, TravelMode.WHEELCHAIR):
            lanes = lanes_open_to(documents, mode)
            assert Lane.PEDESTRIAN in lanes
            assert lanes <= {Lane.PEDESTRIAN, Lane.PEDESTRIAN_READY}


def test_whether_one_may_cross() -> None:
    borders = Borders(WaitBook())

    def may(origin: str | None, target: str | None, documents: Documents = Documents.GENERAL) -> MayCross:
        return borders.may_cross(origin, target, TravelMode.CAR, documents, at=MORNING)

    assert may("MX", "US") is MayCross.YES
    assert may("MX", "MX", Documents.NONE) is MayCross.NOT_NEEDED
    assert may("MX", "US", Documents.NONE) is MayCross.NO_DOCUMENTS
    assert may("US", "CA") is may("US", "CA", Documents.NONE) is MayCross.NO_PORT_KNOWN
    assert borders.may_cross("MX", "US", TravelMode.CAR, Documents.GENERAL, at=MORNING) is MayCross.YES
    walkers = [port for port in known_ports() if port.id == "san_ysidro_ped_east"]
    only_on_foot = Borders(WaitBook(ports=walkers))
    assert only_on_foot.may_cross("MX", "US", TravelMode.CAR, Documents.GENERAL, at=MORNING) is MayCross.NO_PORT
    assert may(None, "US") is may("US", None) is MayCross.UNKNOWN_COUNTRY
    tecate = [port for port in known_ports() if port.id == "tecate"]
    night = MORNING.replace(hour=23)
    assert Borders(WaitBook(ports=tecate)).may_cross("MX", "US", TravelMode.CAR, Documents.GENERAL, at=night) is MayCross.CLOSED
    assert Borders(WaitBook(ports=tecate)).may_cross("MX", "US", TravelMode.CAR, Documents.GENERAL, at=MORNING) is MayCross.YES


def test_a_port_that_closes_on_the_way_is_out() -> None:
    tecate = [port for port in known_ports() if port.id == "tecate"]
    borders = Borders(WaitBook(ports=tecate))
    # 38 km from Tijuana's river: an hour and a half as the estimate has it.
    early, late = cross(borders, TECATE_US, at=MORNING.replace(hour=19)), cross(borders, TECATE_US, at=MORNING.replace(hour=21))
    assert port_id(early) == "tecate"
    crossing = early.of(0)
    assert crossing is not None
    assert crossing.arrival_at.tzinfo is UTC
    assert MORNING.replace(hour=20) < crossing.arrival_at < MORNING.replace(hour=21)
    assert crossing.may_be_closed, "at the latest in the line at 22:00"
    noon = cross(borders, TECATE_US, at=MORNING.replace(hour=12)).of(0)
    assert noon is not None
    assert not noon.may_be_closed
    assert port_id(late) is None
    assert math.isnan(late.likely_s[0])
    # Before it opens, for who arrives after.
    assert port_id(cross(borders, TECATE_US, at=MORNING.replace(hour=5))) == "tecate"
    assert port_id(cross(borders, TECATE_US, at=MORNING.replace(hour=3))) is None


@pytest.mark.parametrize(
    ("leaves", "hours", "serves"),
    [
        # Clocks are put on at 02:00: 3 h 40 after 01:30 it is 06:10, though clocks left alone would say 05:10.
        (datetime(2026, 3, 8, 1, 30), 3 + 40 / 60, True),  # noqa: DTZ001
        (datetime(2026, 3, 8, 1, 30), 3 + 20 / 60, False),  # noqa: DTZ001
        # Clocks are put back at 02:00: 6 h 10 after 00:30 it is 05:40.
        (datetime(2026, 11, 1, 0, 30), 6 + 10 / 60, False),  # noqa: DTZ001
        (datetime(2026, 11, 1, 0, 30), 6 + 40 / 60, True),  # noqa: DTZ001
    ],
)
def test_a_night_in_which_clocks_change(leaves: datetime, hours: float, serves: bool) -> None:
    (tecate,) = [port for port in known_ports() if port.id == "tecate"]
    place = place_of(tecate, NORTH)
    roads = Roads({place: hours * 3600}, {(place, TECATE_US): 600.0})
    crossings = Borders(WaitBook(ports=[tecate])).cross(
        roads,
        RIO,
        [TECATE_US],
        TravelMode.CAR,
        direction=NORTH,
        documents=Documents.GENERAL,
        at=leaves.replace(tzinfo=ZoneInfo("America/Tijuana")),
    )
    assert (port_id(crossings) == "tecate") == serves


def test_walkers_have_their_own_ports_and_lanes() -> None:
    borders = Borders(WaitBook())
    for mode in (TravelMode.FOOT, TravelMode.WHEELCHAIR, TravelMode.BICYCLE):
        crossing = cross(borders, CHULA_VISTA, documents=Documents.READY, mode=mode).of(0)
        assert crossing is not None
        assert crossing.lane in {Lane.PEDESTRIAN, Lane.PEDESTRIAN_READY}
        assert crossing.port.id != "san_ysidro"
    # PedWest is shut in the evening.
    evening = cross(borders, CHULA_VISTA, mode=TravelMode.FOOT, at=MORNING.replace(hour=18))
    assert port_id(evening) == "san_ysidro_ped_east"


def test_the_medical_fast_lane_leads_home_only() -> None:
    borders = Borders(WaitBook())
    home = cross(borders, CHULA_VISTA, documents=Documents.MEDICAL_FAST_LANE).of(0)
    there = borders.cross(
        GreatCircle(), CHULA_VISTA, [RIO], TravelMode.CAR, direction=SOUTH, documents=Documents.MEDICAL_FAST_LANE, at=MORNING
    ).of(0)
    assert home is not None
    assert there is not None
    assert (home.lane, there.lane) == (Lane.MEDICAL_FAST_LANE, Lane.GENERAL)
    at_night = cross(borders, CHULA_VISTA, documents=Documents.MEDICAL_FAST_LANE, at=MORNING.replace(hour=23)).of(0)
    assert at_night is not None
    assert at_night.lane is Lane.GENERAL
    assert at_night.closed_lanes == (Lane.MEDICAL_FAST_LANE,)
    assert home.closed_lanes == there.closed_lanes == ()


def test_old_waits_say_so_on_the_way() -> None:
    borders = Borders(WaitBook([Measured({("san_ysidro", Lane.GENERAL): 5.0})]))
    bases = [
        crossing.wait.basis
        for hours in (0, 5, 30)
        if (crossing := cross(borders, CHULA_VISTA, at=MORNING + timedelta(hours=hours)).of(0)) is not None
    ]
    assert bases == [WaitBasis.MEASURED, WaitBasis.OUTDATED, WaitBasis.USUAL]


def test_a_lane_that_is_measured_as_closed_is_told_as_that() -> None:
    borders = Borders(WaitBook([Measured({("san_ysidro", Lane.GENERAL): 5.0, ("san_ysidro", Lane.SENTRI): math.inf})]))
    crossing = cross(borders, CHULA_VISTA, documents=Documents.SENTRI).of(0)
    assert crossing is not None
    assert (crossing.port.id, crossing.lane, crossing.closed_lanes) == ("san_ysidro", Lane.GENERAL, (Lane.SENTRI,))


def test_far_ports_are_not_asked_about_unless_nothing_nearer_is_open() -> None:
    places = {place_of(port, NORTH): port.id for port in ports_between("MX", "US", known_ports())}

    def asked(origin: LonLat, target: LonLat, at: datetime) -> set[str]:
        roads = Roads(dict.fromkeys(places, 600.0), {(place, target): 600.0 for place in places})
        Borders(WaitBook()).cross(roads, origin, [target], TravelMode.CAR, direction=NORTH, documents=Documents.GENERAL, at=at)
        return {places[point] for point in roads.asked if point in places}

    assert asked(RIO, CHULA_VISTA, MORNING) == {"san_ysidro", "otay_mesa", "tecate"}
    algodones, yuma = LonLat(-114.728, 32.712), LonLat(-114.62, 32.69)
    assert asked(algodones, yuma, MORNING) == {"andrade"}
    assert "calexico_west" in asked(algodones, yuma, MORNING.replace(hour=23))


def test_nothing_to_reach_and_no_time_zone() -> None:
    borders = Borders(WaitBook())
    assert cross(borders).likely_s.shape == (0,)
    with pytest.raises(BadInput, match="time zone"):
        cross(borders, CHULA_VISTA, at=MORNING.replace(tzinfo=None))


def test_an_estimate_is_that_of_both_ways_and_the_wait() -> None:
    crossings = cross(Borders(WaitBook()), CHULA_VISTA, DOWNTOWN)
    for target, place in enumerate((CHULA_VISTA, DOWNTOWN)):
        crossing = crossings.of(target)
        assert crossing is not None
        both_m = geodesic_m(RIO, crossing.lon_lat) + geodesic_m(crossing.lon_lat, place)
        whole = estimate(both_m, both_m, both_m, TravelMode.CAR)
        assert crossings.likely_s[target] == pytest.approx(whole.likely_s + crossing.wait.likely_s)
        assert crossings.min_s[target] == pytest.approx(whole.min_s + crossing.wait.min_s)
        assert crossings.max_s[target] == pytest.approx(whole.max_s + crossing.wait.max_s)
    assert crossings.basis is Basis.ESTIMATE


lon_lats = st.builds(LonLat, st.floats(-117.3, -114.5), st.floats(32.3, 33.0))
moments = st.integers(0, 7 * 24 * 12).map(lambda step: MORNING.astimezone(UTC) + timedelta(minutes=5 * step))
waits_min = st.dictionaries(
    st.sampled_from([(port.id, lane) for port in known_ports() if (way := port.passage(NORTH)) for lane in way.lanes]),
    st.floats(0, 300),
)


def by_brute_force(
    book: WaitBook,
    to_ports: dict[LonLat, float],
    onward: dict[tuple[LonLat, LonLat], float],
    target: LonLat,
    mode: TravelMode,
    documents: Documents,
    at: datetime,
) -> float:
    best = math.inf
    for port in known_ports():
        if port.airport_passengers_only:
            continue
        place = place_of(port, NORTH)
        for lane in lanes_open_to(documents, mode):
            if math.isnan(to_ports[place]) or math.isnan(onward[place, target]):
                continue
            arrival = at + timedelta(seconds=to_ports[place])
            wait = book.wait(port.id, NORTH, lane, arrival)
            if wait is not None and port.is_open(NORTH, lane, arrival):
                best = min(best, to_ports[place] + wait.likely_s + onward[place, target])
    return best


@settings(max_examples=60, deadline=None)
@given(
    seconds=st.lists(st.one_of(st.just(math.nan), st.floats(0, 20_000)), min_size=32, max_size=32),
    waits=waits_min,
    documents=st.sampled_from(NAMED),
    mode=st.sampled_from(TravelMode),
    at=moments,
)
def test_it_is_the_quickest_of_all_ports(
    seconds: list[float], waits: dict[tuple[str, Lane], float], documents: Documents, mode: TravelMode, at: datetime
) -> None:
    places = [place_of(port, NORTH) for port in ports_between("MX", "US", known_ports())]
    # Far apart, so that no port is a detour that nobody asks about.
    targets = [CHULA_VISTA, LonLat(-114.6, 32.7), LonLat(-115.45, 32.68)]
    to_ports = dict(zip(places, seconds[:8], strict=True))
    pairs = [(place, target) for place in places for target in targets]
    onward = dict(zip(pairs, seconds[8:], strict=True))
    roads = Roads(to_ports, onward)
    book = WaitBook([Measured(waits)])
    crossings = Borders(book).cross(roads, RIO, targets, mode, direction=NORTH, documents=documents, at=at)
    serving = {
        place_of(port, NORTH)
        for port in ports_between("MX", "US", known_ports())
        if lanes_open_to(documents, mode) & set(getattr(port.passage(NORTH), "lanes", ()))
    }
    assert serving <= {*roads.asked}, "from west to east every port lies on the way to one of the targets"
    for place, target in enumerate(targets):
        expected = by_brute_force(book, to_ports, onward, target, mode, documents, at)
        found, crossing = float(crossings.likely_s[place]), crossings.of(place)
        if crossing is None:
            assert math.isnan(found)
            assert math.isinf(expected)
        else:
            assert crossings.basis is Basis.ROADS
            assert found == pytest.approx(expected)
            assert crossing.lane in lanes_open_to(documents, mode)
            assert crossing.port.is_open(NORTH, crossing.lane, crossing.arrival_at)
            assert float(crossings.min_s[place]) <= found <= float(crossings.max_s[place])


@settings(max_examples=60, deadline=None)
@given(
    origin=lon_lats,
    target=lon_lats,
    waits=waits_min,
    more=waits_min,
    documents=st.sampled_from(NAMED),
    mode=st.sampled_from(TravelMode),
    at=moments,
)
def test_more_wait_never_makes_a_crossing_quicker(
    origin: LonLat,
    target: LonLat,
    waits: dict[tuple[str, Lane], float],
    more: dict[tuple[str, Lane], float],
    documents: Documents,
    mode: TravelMode,
    at: datetime,
) -> None:
    longer = {key: likely + more.get(key, 0.0) for key, likely in waits.items()}
    quick, slow = (
        Borders(WaitBook([Measured(minutes)])).cross(
            GreatCircle(), origin, [target], mode, direction=NORTH, documents=documents, at=at
        )
        for minutes in (waits, longer)
    )
    assert np.isnan(quick.likely_s[0]) == np.isnan(slow.likely_s[0])
    if not np.isnan(quick.likely_s[0]):
        assert quick.likely_s[0] <= slow.likely_s[0] + 1e-6
        assert quick.min_s[0] <= quick.likely_s[0] <= quick.max_s[0]
        crossing = quick.of(0)
        assert crossing is not None
        over_m = geodesic_m(origin, crossing.lon_lat) + geodesic_m(crossing.lon_lat, target)
        assert over_m <= MAX_DETOUR_M + 2 * geodesic_m(LonLat(-117.3, 32.3), LonLat(-114.5, 33.0))

"""The way to a facility: on roads, estimated, over a border; and whether it is open when the person gets there."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from pyproj import Geod

from finder.directions.borders import (
    Borders,
    Direction,
    Documents,
    Lane,
    LaneKey,
    MayCross,
    Measurement,
    Measurements,
    WaitBook,
    known_ports,
)
from finder.directions.estimate import TravelMode, TravelTime, estimate
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Avoid, Basis, Route, RouteRequest, Snap, Step, StepKind
from finder.directory import Snapshot, publish
from finder.directory.countries import country_at
from finder.directory.hours import HoursState
from finder.directory.known_well import MOST_WRONG_M, SHARP_M
from finder.directory.way_text import note_text
from finder.directory.way_there import FARTHEST_M, WayNote, WayRequest, WayThere, way_there
from finder.domain.facility import Address, Entrance, Facility, FacilityKind, Wheelchair, facility_id
from finder.domain.position import Position, PositionSource
from finder.errors import AcrossBorder, NoRoute, NotFound, TooFar
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.geo.polyline import encode_polyline
from finder.store import Store
from tests.directory.finding.worlds import World

TIJUANA, SAN_DIEGO = LonLat(-117.02, 32.52), LonLat(-117.16, 32.72)
TEN = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("America/Tijuana"))


def _facility(name: str, lon_lat: LonLat, country: str, accuracy_m: float | None = None) -> Facility:
    return Facility(
        id=facility_id("t", name),
        kind=FacilityKind.CLINIC,
        name=name,
        lon_lat=lon_lat,
        address=Address(country=country),
        opening_hours="Mo-Fr 08:00-10:20",
        time_zone="America/Tijuana",
        position_accuracy_m=accuracy_m,
    )


HERE = _facility("Aquí", LonLat(-117.01, 32.51), "MX")
DOORS = msgspec.structs.replace(
    _facility("Puertas", LonLat(-117.012, 32.512), "MX"),
    entrances=(
        Entrance(LonLat(-117.0121, 32.5121), "main", Wheelchair.NO),
        Entrance(LonLat(-117.0122, 32.5122), "yes"),
        Entrance(LonLat(-117.0123, 32.5123), "yes", Wheelchair.YES),
    ),
)
ROUGH = _facility("Por aquí", LonLat(-117.015, 32.515), "MX", accuracy_m=800.0)
ACROSS = _facility("Across", LonLat(-117.05, 32.57), "US")


class Roads(GreatCircle):
    """One way that takes ``minutes``, over the points given; or none at all."""

    def __init__(
        self, minutes: float = 12.0, shape: Sequence[LonLat] | None = None, *, known: bool = True, steps: bool = False
    ) -> None:
        self.asked: list[RouteRequest] = []
        self._minutes, self._shape, self._known, self._steps = minutes, shape, known, steps

    def route(self, request: RouteRequest) -> Route:
        self.asked.append(request)
        if not self._known:
            raise NoRoute("No way.")
        seconds = self._minutes * 60
        return Route(
            basis=Basis.ROADS,
            mode=request.mode,
            length_m=1000.0,
            time=TravelTime(likely_s=seconds, min_s=seconds, max_s=seconds),
            polyline=encode_polyline(np.array(self._shape or [request.origin, request.target]), precision=6),
            origin_snap_m=120.0,
            steps=self._two_steps(len(self._shape or "12")) if self._steps else (),
            target_snap_m=20.0,
            has_toll=request.mode is TravelMode.CAR,
        )

    @staticmethod
    def _two_steps(points: int) -> tuple[Step, ...]:
        last = points - 1
        start = Step(kind=StepKind.START, instruction="Siga.", length_m=1000.0, duration_s=60.0, first=0, last=last)
        return start, Step(kind=StepKind.ARRIVE, instruction="Ha llegado.", length_m=0.0, duration_s=0.0, first=last, last=last)


class Waits:
    """At San Ysidro, northbound, at ten: so many minutes in each lane."""

    problem: str | None = None

    def __init__(self, minutes: dict[Lane, float]) -> None:
        self._minutes = minutes

    def measured(self) -> Measurements:
        return {
            LaneKey("san_ysidro", Direction("MX", "US"), lane): Measurement(
                wait_min=(likely, likely, likely), measured_at=TEN, source="test"
            )
            for lane, likely in self._minutes.items()
        }


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder: Path = tmp_path_factory.mktemp("town")
    with Store.open(f"sqlite:///{folder / 'finder.sqlite'}") as store:
        store.migrate()
        World(facilities=[HERE, ROUGH, ACROSS, DOORS], people=[], roles=[]).store_in(store)
        return publish(store, folder / "snapshots")


def _way(
    town: Snapshot,
    router: GreatCircle,
    to: Facility = HERE,
    *,
    accuracy_m: float = 20.0,
    mode: TravelMode = TravelMode.FOOT,
    leaves_at: datetime = TEN,
    documents: Documents = Documents.NONE,
    origin: LonLat = TIJUANA,
    source: PositionSource = PositionSource.GPS,
    avoid: frozenset[Avoid] = frozenset(),
    borders: Borders | None = None,
) -> WayThere:
    asked = WayRequest(
        facility_id=to.id,
        position=Position(lon_lat=origin, accuracy_m=accuracy_m, source=source),
        mode=mode,
        leaves_at=leaves_at,
        language="es-MX",
        documents=documents,
        avoid=avoid,
    )
    return way_there(town, router, borders or Borders(WaitBook()), asked)


def test_on_roads_it_says_when_one_arrives_and_whether_it_is_open_then(town: Snapshot) -> None:
    roads = Roads(minutes=12)
    way = _way(town, roads, mode=TravelMode.CAR)
    assert way.route.basis is Basis.ROADS
    assert way.arrival.at == TEN + timedelta(minutes=12)
    assert (way.arrival.state, way.arrival.minutes_to_close) == (HoursState.OPEN, 8)
    assert way.notes == (WayNote.START_OFF_ROAD, WayNote.TOLL)
    assert way.target == HERE.lon_lat
    [request] = roads.asked
    assert (request.origin, request.target, request.language, request.depart_at) == (TIJUANA, HERE.lon_lat, "es-MX", TEN)
    assert _way(town, Roads(minutes=21)).arrival.state is HoursState.CLOSED


def test_nobody_is_led_through_another_country_unasked(town: Snapshot) -> None:
    roads = Roads(shape=[TIJUANA, LonLat(-117.03, 32.60), HERE.lon_lat])
    way = _way(town, roads)
    assert roads.asked[0].avoid == {Avoid.BORDERS}
    assert (way.notes, way.route.polyline) == ((WayNote.ESTIMATE, WayNote.BORDER), "")  # this engine does not care
    asked = _way(town, roads, documents=Documents.GENERAL)
    assert WayNote.BORDER in asked.notes
    assert asked.route.polyline
    assert WayNote.BORDER not in _way(town, Roads()).notes


def test_a_port_that_opens_before_one_gets_there_serves(town: Snapshot) -> None:
    before_dawn = datetime(2026, 11, 24, 3, 0, tzinfo=ZoneInfo("America/Tijuana"))
    assert _way(town, Roads(), ACROSS, documents=Documents.GENERAL, leaves_at=before_dawn).crossing is not None


def test_a_wheelchair_is_told_what_the_map_does_not_know(town: Snapshot) -> None:
    assert WayNote.STEP_FREE_AS_MAPPED in _way(town, Roads(), mode=TravelMode.WHEELCHAIR).notes


@pytest.mark.parametrize(("mode", "door"), [(TravelMode.FOOT, 0), (TravelMode.CAR, 0), (TravelMode.WHEELCHAIR, 2)])
def test_the_way_ends_at_a_door_that_one_can_pass(town: Snapshot, mode: TravelMode, door: int) -> None:
    roads = Roads()
    way = _way(town, roads, DOORS, mode=mode)
    assert way.entrance == DOORS.entrances[door]
    assert way.target == roads.asked[0].target == DOORS.entrances[door].lon_lat
    assert _way(town, Roads(), HERE).entrance is None


def test_a_wheelchair_without_a_known_way_is_told_so(town: Snapshot) -> None:
    assert WayNote.STEP_FREE_UNKNOWN in _way(town, Roads(known=False), mode=TravelMode.WHEELCHAIR).notes
    assert WayNote.STEP_FREE_UNKNOWN not in _way(town, Roads(), mode=TravelMode.WHEELCHAIR).notes


def test_a_place_that_is_roughly_known_says_so(town: Snapshot) -> None:
    assert WayNote.ROUGH_TARGET in _way(town, Roads(), ROUGH).notes


def test_without_a_way_it_is_an_estimate_that_says_so(town: Snapshot) -> None:
    way = _way(town, Roads(known=False))
    distance_m = geodesic_m(TIJUANA, HERE.lon_lat)
    assert way.route.basis is Basis.ESTIMATE
    assert way.route.time == estimate(distance_m - 20.0, distance_m, distance_m + 20.0, TravelMode.FOOT)
    assert way.notes == (WayNote.ESTIMATE, WayNote.NO_WAY_KNOWN)
    assert _way(town, GreatCircle()).notes == (WayNote.ESTIMATE,)


def test_from_somewhere_in_a_town_no_road_is_looked_at(town: Snapshot) -> None:
    roads = Roads()
    way = _way(town, roads, accuracy_m=MOST_WRONG_M + 1)
    distance_m = geodesic_m(TIJUANA, HERE.lon_lat)
    assert not roads.asked
    assert way.notes == (WayNote.ESTIMATE, WayNote.ROUGH_START)
    assert way.route.time == estimate(0.0, distance_m, distance_m + MOST_WRONG_M + 1, TravelMode.FOOT)


@pytest.mark.parametrize("source", [PositionSource.IP, PositionSource.DEFAULT])
def test_a_guess_is_one_however_small_its_circle(town: Snapshot, source: PositionSource) -> None:
    assert WayNote.ROUGH_START in _way(town, Roads(), source=source).notes


def test_nobody_is_sent_across_a_border_without_documents(town: Snapshot) -> None:
    with pytest.raises(AcrossBorder) as refused:
        _way(town, Roads(), ACROSS)
    assert refused.value.why == MayCross.NO_DOCUMENTS.value


@pytest.mark.parametrize("mode", [TravelMode.CAR, TravelMode.FOOT])
def test_across_a_border_the_wait_counts(town: Snapshot, mode: TravelMode) -> None:
    roads = Roads(minutes=30)
    way = _way(town, roads, ACROSS, mode=mode, documents=Documents.GENERAL)
    assert way.crossing is not None
    assert way.crossing.direction == Direction("MX", "US")
    assert roads.asked[0].via == (way.crossing.lon_lat,)
    matrix_s = GreatCircle().matrix([TIJUANA], [ACROSS.lon_lat], mode).duration_s[0, 0]
    assert way.route.time.likely_s > matrix_s + way.crossing.wait.likely_s - 1
    assert way.arrival.at == TEN + timedelta(seconds=way.route.time.likely_s)
    assert _way(town, Roads(), HERE, origin=TIJUANA, documents=Documents.GENERAL).crossing is None


def test_who_avoids_borders_is_not_led_across(town: Snapshot) -> None:
    with pytest.raises(AcrossBorder):
        _way(town, Roads(), ACROSS, documents=Documents.GENERAL, avoid=frozenset({Avoid.BORDERS}))


@pytest.mark.parametrize("documents", [Documents.NONE, Documents.GENERAL])
def test_a_border_without_a_port_that_we_know_is_told_as_that(town: Snapshot, documents: Documents) -> None:
    for avoid in (frozenset[Avoid](), frozenset({Avoid.BORDERS})):
        with pytest.raises(AcrossBorder, match="no border crossing") as refused:
            _way(town, Roads(), ACROSS, origin=LonLat(24.94, 60.17), documents=documents, avoid=avoid)  # from Finland
        assert refused.value.why == MayCross.NO_PORT_KNOWN.value


@pytest.mark.parametrize(("accuracy_m", "is_told"), [(0.0, False), (SHARP_M, False), (SHARP_M + 1, True), (MOST_WRONG_M, True)])
def test_a_start_that_is_known_roughly_makes_the_time_a_range(town: Snapshot, accuracy_m: float, is_told: bool) -> None:
    way = _way(town, Roads(minutes=60), accuracy_m=accuracy_m)
    assert way.route.basis is Basis.ROADS
    assert (WayNote.START_ABOUT in way.notes) is is_told
    # On foot at the 4 km/h of the estimate.
    wrong_s = accuracy_m / 4.0 * 3.6
    assert way.route.time.likely_s == 3600.0
    assert way.route.time.min_s == pytest.approx(3600.0 - wrong_s)
    assert way.route.time.max_s == pytest.approx(3600.0 + wrong_s)
    without_roads = _way(town, GreatCircle(), accuracy_m=accuracy_m)
    assert (WayNote.START_ABOUT in without_roads.notes) is is_told


class OffRoad(Roads):
    """No way, as the points given are far from every road."""

    def __init__(self, *far: LonLat) -> None:
        super().__init__(known=False)
        self._far = far

    def snap(self, points: Sequence[LonLat], mode: TravelMode) -> list[Snap | None]:
        return [None if point in self._far else Snap(lon_lat=point, distance_m=0.0) for point in points]


def test_an_end_far_from_every_road_is_told(town: Snapshot) -> None:
    start, end = WayNote.START_FAR_FROM_ROAD, WayNote.TARGET_FAR_FROM_ROAD
    assert _way(town, OffRoad(TIJUANA)).notes == (WayNote.ESTIMATE, start)
    assert _way(town, OffRoad(HERE.lon_lat)).notes == (WayNote.ESTIMATE, end)
    assert _way(town, OffRoad(TIJUANA, HERE.lon_lat)).notes == (WayNote.ESTIMATE, start, end)
    assert _way(town, OffRoad()).notes == (WayNote.ESTIMATE, WayNote.NO_WAY_KNOWN)


@pytest.mark.parametrize("mode", TravelMode)
def test_beyond_a_day_there_is_no_estimate(town: Snapshot, mode: TravelMode) -> None:
    at_sea = LonLat(-117.02 - FARTHEST_M[mode] / 93_000.0, 32.0)  # west: a degree is 93.8 km long here
    for router in (GreatCircle(), Roads(known=False)):
        with pytest.raises(TooFar, match="too far"):
            _way(town, router, mode=mode, origin=at_sea)
    assert _way(town, Roads(), mode=mode, origin=at_sea).route.basis is Basis.ROADS
    nearer = LonLat(-117.02 - FARTHEST_M[mode] / 97_000.0, 32.5)
    assert WayNote.ESTIMATE in _way(town, GreatCircle(), mode=mode, origin=nearer).notes


def test_from_nowhere_there_is_no_way(town: Snapshot) -> None:
    with pytest.raises(TooFar, match="not known where you are"):
        _way(town, GreatCircle(), accuracy_m=20_000_000.0, source=PositionSource.DEFAULT)


def test_the_turn_list_says_where_the_border_is(town: Snapshot) -> None:
    """A way of one step from Tijuana over San Ysidro: cut in two where pyproj has the border's share of it."""
    [port] = [port for port in known_ports() if port.id == "san_ysidro"]
    shape = [TIJUANA, LonLat(-117.0297, 32.5400), LonLat(-117.0297, 32.5440), LonLat(-117.04, 32.56), ACROSS.lon_lat]
    roads = Roads(shape=shape, steps=True)
    waits = Waits({lane: 1.0 for passage in port.passages for lane in passage.lanes})
    way = _way(town, roads, ACROSS, mode=TravelMode.CAR, documents=Documents.GENERAL, borders=Borders(WaitBook([waits])))
    assert way.crossing is not None
    assert way.crossing.port.id == "san_ysidro"
    assert [step.kind for step in way.route.steps] == [StepKind.START, StepKind.BORDER, StepKind.ARRIVE]
    start, border, arrive = way.route.steps
    assert border.instruction == "Cruce la frontera (México / Estados Unidos) en San Ysidro (El Chaparral)."
    assert (start.first, start.last, border.last, arrive.first) == (0, border.first, 4, 4)
    assert start.length_m + border.length_m == pytest.approx(1000.0)
    lon, lat = zip(*shape, strict=True)
    lengths_m = Geod(ellps="WGS84").line_lengths(lon, lat)
    assert start.length_m == pytest.approx(1000.0 * sum(lengths_m[: border.first]) / sum(lengths_m))
    at = way.route.shape()[border.first : border.first + 2]
    assert country_at(LonLat(*at[0])) == "MX"
    assert country_at(LonLat(*at[1])) == "US"


def test_an_unknown_facility(town: Snapshot) -> None:
    with pytest.raises(NotFound):
        way_there(
            town,
            GreatCircle(),
            Borders(WaitBook()),
            WayRequest(
                facility_id="nobody",
                position=Position(lon_lat=TIJUANA, accuracy_m=1.0, source=PositionSource.GPS),
                mode=TravelMode.FOOT,
                leaves_at=datetime.now(UTC),
            ),
        )


@pytest.mark.parametrize("note", WayNote)
def test_every_note_has_its_words_in_both_languages(note: WayNote) -> None:
    assert note_text(note, "es-MX") != note_text(note, "en")
    assert note_text(note, "fr") == note_text(note, "en-US")

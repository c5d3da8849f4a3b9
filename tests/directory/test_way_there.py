"""The way to a facility: on roads or estimated; and whether it is open when the person gets there."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from finder.directions.borders import Borders, WaitBook
from finder.directions.estimate import TravelMode, estimate
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Basis, Snap
from finder.directory import Snapshot
from finder.directory.hours import HoursState
from finder.directory.known_well import MOST_WRONG_M, SHARP_M
from finder.directory.way_text import note_text
from finder.directory.way_there import FARTHEST_M, WayNote, WayRequest, way_there
from finder.domain.position import PositionFor, PositionSource
from finder.errors import NotFound, TooFar
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat

from .ways import DOORS, HERE, ROUGH, TEN, TIJUANA, Roads, publish_ways, way


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return publish_ways(tmp_path_factory.mktemp("town"))


def test_on_roads_it_says_when_one_arrives_and_whether_it_is_open_then(town: Snapshot) -> None:
    roads = Roads(minutes=12)
    told = way(town, roads, mode=TravelMode.CAR)
    assert told.route.basis is Basis.ROADS
    assert told.arrival.at == TEN + timedelta(minutes=12)
    assert (told.arrival.state, told.arrival.minutes_to_close) == (HoursState.OPEN, 8)
    assert told.notes == (WayNote.START_OFF_ROAD, WayNote.TOLL)
    assert told.target == HERE.lon_lat
    [request] = roads.asked
    assert (request.origin, request.target, request.language, request.depart_at) == (TIJUANA, HERE.lon_lat, "es-MX", TEN)
    assert way(town, Roads(minutes=21)).arrival.state is HoursState.CLOSED


def test_a_wheelchair_is_told_what_the_map_does_not_know(town: Snapshot) -> None:
    assert WayNote.STEP_FREE_AS_MAPPED in way(town, Roads(), mode=TravelMode.WHEELCHAIR).notes


@pytest.mark.parametrize(("mode", "door"), [(TravelMode.FOOT, 0), (TravelMode.CAR, 0), (TravelMode.WHEELCHAIR, 2)])
def test_the_way_ends_at_a_door_that_one_can_pass(town: Snapshot, mode: TravelMode, door: int) -> None:
    roads = Roads()
    told = way(town, roads, DOORS, mode=mode)
    assert told.entrance == DOORS.entrances[door]
    assert told.target == roads.asked[0].target == DOORS.entrances[door].lon_lat
    assert way(town, Roads(), HERE).entrance is None


def test_a_wheelchair_without_a_known_way_is_told_so(town: Snapshot) -> None:
    assert WayNote.STEP_FREE_UNKNOWN in way(town, Roads(known=False), mode=TravelMode.WHEELCHAIR).notes
    assert WayNote.STEP_FREE_UNKNOWN not in way(town, Roads(), mode=TravelMode.WHEELCHAIR).notes


def test_a_place_that_is_roughly_known_says_so(town: Snapshot) -> None:
    assert WayNote.ROUGH_TARGET in way(town, Roads(), ROUGH).notes


def test_without_a_way_it_is_an_estimate_that_says_so(town: Snapshot) -> None:
    told = way(town, Roads(known=False))
    distance_m = geodesic_m(TIJUANA, HERE.lon_lat)
    assert told.route.basis is Basis.ESTIMATE
    assert told.route.time == estimate(distance_m - 20.0, distance_m, distance_m + 20.0, TravelMode.FOOT)
    assert told.notes == (WayNote.ESTIMATE, WayNote.NO_WAY_KNOWN)
    assert way(town, GreatCircle()).notes == (WayNote.ESTIMATE,)


def test_from_somewhere_in_a_town_no_road_is_looked_at(town: Snapshot) -> None:
    roads = Roads()
    told = way(town, roads, accuracy_m=MOST_WRONG_M + 1)
    distance_m = geodesic_m(TIJUANA, HERE.lon_lat)
    assert not roads.asked
    assert told.notes == (WayNote.ESTIMATE, WayNote.ROUGH_START)
    assert told.route.time == estimate(0.0, distance_m, distance_m + MOST_WRONG_M + 1, TravelMode.FOOT)


@pytest.mark.parametrize("source", [PositionSource.IP, PositionSource.DEFAULT])
def test_a_guess_is_one_however_small_its_circle(town: Snapshot, source: PositionSource) -> None:
    assert WayNote.ROUGH_START in way(town, Roads(), source=source).notes


@pytest.mark.parametrize(("accuracy_m", "is_told"), [(0.0, False), (SHARP_M, False), (SHARP_M + 1, True), (MOST_WRONG_M, True)])
def test_a_start_that_is_known_roughly_makes_the_time_a_range(town: Snapshot, accuracy_m: float, is_told: bool) -> None:
    told = way(town, Roads(minutes=60), accuracy_m=accuracy_m)
    assert told.route.basis is Basis.ROADS
    assert (WayNote.START_ABOUT in told.notes) is is_told
    # On foot at the 4 km/h of the estimate.
    wrong_s = accuracy_m / 4.0 * 3.6
    assert told.route.time.likely_s == 3600.0
    assert told.route.time.min_s == pytest.approx(3600.0 - wrong_s)
    assert told.route.time.max_s == pytest.approx(3600.0 + wrong_s)
    without_roads = way(town, GreatCircle(), accuracy_m=accuracy_m)
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
    assert way(town, OffRoad(TIJUANA)).notes == (WayNote.ESTIMATE, start)
    assert way(town, OffRoad(HERE.lon_lat)).notes == (WayNote.ESTIMATE, end)
    assert way(town, OffRoad(TIJUANA, HERE.lon_lat)).notes == (WayNote.ESTIMATE, start, end)
    assert way(town, OffRoad()).notes == (WayNote.ESTIMATE, WayNote.NO_WAY_KNOWN)


@pytest.mark.parametrize("mode", TravelMode)
def test_beyond_a_day_there_is_no_estimate(town: Snapshot, mode: TravelMode) -> None:
    at_sea = LonLat(-117.02 - FARTHEST_M[mode] / 93_000.0, 32.0)  # west: a degree is 93.8 km long here
    for router in (GreatCircle(), Roads(known=False)):
        with pytest.raises(TooFar, match="too far"):
            way(town, router, mode=mode, origin=at_sea)
    assert way(town, Roads(), mode=mode, origin=at_sea).route.basis is Basis.ROADS
    nearer = LonLat(-117.02 - FARTHEST_M[mode] / 97_000.0, 32.5)
    assert WayNote.ESTIMATE in way(town, GreatCircle(), mode=mode, origin=nearer).notes


def test_from_nowhere_there_is_no_way(town: Snapshot) -> None:
    with pytest.raises(TooFar, match="not known where you are"):
        way(town, GreatCircle(), accuracy_m=20_000_000.0, source=PositionSource.DEFAULT)


def test_an_unknown_facility(town: Snapshot) -> None:
    with pytest.raises(NotFound):
        way_there(
            town,
            GreatCircle(),
            Borders(WaitBook()),
            WayRequest(
                facility_id="nobody",
                position=PositionFor(lon_lat=TIJUANA, accuracy_m=1.0, source=PositionSource.GPS),
                mode=TravelMode.FOOT,
                leaves_at=datetime.now(UTC),
            ),
        )


@pytest.mark.parametrize("note", WayNote)
def test_every_note_has_its_words_in_both_languages(note: WayNote) -> None:
    assert note_text(note, "es-MX") != note_text(note, "en")
    assert note_text(note, "fr") == note_text(note, "en-US")

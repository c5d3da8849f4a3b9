"""The way over a border: who is led across, where, and why not."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from pyproj import Geod

from finder.directions.borders import Borders, Direction, Documents, WaitBook, known_ports
from finder.directions.estimate import TravelMode
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Avoid, Basis, Matrix, StepKind
from finder.directory import Snapshot
from finder.directory.countries import country_at
from finder.directory.way_over_border import WhyNot
from finder.directory.way_there import WayNote, WayThere
from finder.errors import AcrossBorder
from finder.geo.points import LonLat

from .ways import ACROSS, HERE, TEN, TIJUANA, Roads, Waits, publish_ways, way


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return publish_ways(tmp_path_factory.mktemp("town"))


class Reaching(Roads):
    """Between any two points five hours, or no way at all; the way itself leads over the points given."""

    def __init__(self, shape: Sequence[LonLat] | None = None, *, reaches: bool = True) -> None:
        super().__init__(shape=shape)
        self._hours = 5.0 if reaches else np.nan

    def matrix(self, origins: Sequence[LonLat], targets: Sequence[LonLat], mode: TravelMode) -> Matrix:
        size = (len(origins), len(targets))
        return Matrix(basis=Basis.ROADS, duration_s=np.full(size, 3600 * self._hours), length_m=np.full(size, 1000.0))


@pytest.mark.parametrize("documents", [None, Documents.NONE])
def test_nobody_is_led_through_another_country_unasked(town: Snapshot, documents: Documents | None) -> None:
    roads = Roads(shape=[TIJUANA, LonLat(-117.03, 32.60), HERE.lon_lat])
    kept = way(town, roads, documents=documents)
    assert roads.asked[0].avoid == {Avoid.BORDERS}
    assert (kept.notes, kept.route.polyline) == ((WayNote.ESTIMATE, WayNote.BORDER), "")  # this engine does not care
    assert (kept.is_kept_here, kept.hangs_on_documents) == (True, True)
    led = way(town, roads, documents=Documents.GENERAL)
    assert WayNote.BORDER in led.notes
    assert led.route.polyline
    assert (led.is_kept_here, led.hangs_on_documents) == (False, True)
    at_home = way(town, Roads(), documents=documents)
    assert WayNote.BORDER not in at_home.notes
    assert (at_home.is_kept_here, at_home.hangs_on_documents) == (False, False)


def test_by_a_timetable_nobody_is_led_through_another_country_whatever_the_documents(town: Snapshot) -> None:
    roads = Roads(shape=[TIJUANA, LonLat(-117.03, 32.60), HERE.lon_lat])
    kept = way(town, roads, mode=TravelMode.TRANSIT, documents=Documents.GENERAL)
    assert (kept.is_kept_here, kept.hangs_on_documents) == (True, False)


SAN_YSIDRO_GATE, OTAY_GATE = LonLat(-117.0297, 32.5422), LonLat(-116.9385, 32.5502)
NORTH_OF_IT, SOUTH_OF_IT = LonLat(-117.0297, 32.5600), LonLat(-117.0297, 32.5250)
SHORT_WAITS = {lane: 1.0 for port in known_ports() if port.id == "san_ysidro" for one in port.passages for lane in one.lanes}


def over(town: Snapshot, *shape: LonLat) -> WayThere:
    """A way that was planned over San Ysidro, on roads that lead over the points given."""
    roads = Roads(shape=[TIJUANA, *shape, ACROSS.lon_lat])
    borders = Borders(WaitBook([Waits(SHORT_WAITS)]))
    found = way(town, roads, ACROSS, mode=TravelMode.CAR, documents=Documents.GENERAL, borders=borders)
    assert found.crossing is not None
    assert found.crossing.port.id == "san_ysidro"
    return found


@pytest.mark.parametrize(
    ("shape", "is_led"),
    [
        ([SAN_YSIDRO_GATE], True),
        ([LonLat(-116.9385, 32.5300), OTAY_GATE, LonLat(-116.9385, 32.5700)], False),
        ([SAN_YSIDRO_GATE, NORTH_OF_IT, SOUTH_OF_IT, NORTH_OF_IT], False),
        ([SOUTH_OF_IT], True),
    ],
    ids=["there", "at another port", "three times", "near enough"],
)
def test_one_crosses_once_and_only_where_it_was_planned(town: Snapshot, shape: list[LonLat], is_led: bool) -> None:
    found = over(town, *shape)
    assert bool(found.route.polyline) is is_led
    assert (found.notes == (WayNote.ESTIMATE, WayNote.BORDER)) is not is_led
    assert (found.is_kept_here, found.hangs_on_documents) == (False, True), "with documents one is led across"


def test_where_roads_lead_to_the_port_their_time_says_whether_it_is_open(town: Snapshot) -> None:
    """Tecate closes at ten: as the crow flies one gets there in time, on these roads long after."""
    borders = Borders(WaitBook(ports=[port for port in known_ports() if port.id == "tecate"]))
    evening = TEN.replace(hour=19)

    def go(roads: Roads) -> WayThere:
        return way(town, roads, ACROSS, mode=TravelMode.CAR, documents=Documents.GENERAL, leaves_at=evening, borders=borders)

    with pytest.raises(AcrossBorder) as refused:
        go(Reaching())
    assert refused.value.why == WhyNot.CLOSED
    # Where our roads end before the port nobody knows better than the crow.
    assert go(Reaching(reaches=False)).crossing == go(Roads()).crossing is not None


def test_a_port_that_opens_before_one_gets_there_serves(town: Snapshot) -> None:
    before_dawn = datetime(2026, 11, 24, 3, 0, tzinfo=ZoneInfo("America/Tijuana"))
    assert way(town, Roads(), ACROSS, documents=Documents.GENERAL, leaves_at=before_dawn).crossing is not None


@pytest.mark.parametrize(
    ("documents", "avoid", "why", "said"),
    [
        (None, [], WhyNot.NO_DOCUMENTS, "Say with what you can cross"),
        (Documents.NONE, [], WhyNot.ONLY_THIS_SIDE, "with the documents none nobody is sent there"),
        (None, [Avoid.BORDERS], WhyNot.AVOIDS_BORDERS, "Leave borders out of avoid"),
        (Documents.NONE, [Avoid.BORDERS], WhyNot.AVOIDS_BORDERS, "Leave borders out of avoid"),
        (Documents.GENERAL, [Avoid.BORDERS], WhyNot.AVOIDS_BORDERS, "or choose a place on this side"),
    ],
)
def test_who_is_not_sent_across_is_told_why(
    town: Snapshot, documents: Documents | None, avoid: list[Avoid], why: WhyNot, said: str
) -> None:
    with pytest.raises(AcrossBorder, match=said) as refused:
        way(town, Roads(), ACROSS, documents=documents, avoid=frozenset(avoid))
    assert refused.value.why == why


@pytest.mark.parametrize("mode", [TravelMode.CAR, TravelMode.FOOT])
def test_across_a_border_the_wait_counts(town: Snapshot, mode: TravelMode) -> None:
    roads = Roads(minutes=30)
    told = way(town, roads, ACROSS, mode=mode, documents=Documents.GENERAL)
    assert told.crossing is not None
    assert told.crossing.direction == Direction("MX", "US")
    assert roads.asked[0].via == (told.crossing.lon_lat,)
    matrix_s = GreatCircle().matrix([TIJUANA], [ACROSS.lon_lat], mode).duration_s[0, 0]
    assert told.route.time.likely_s > matrix_s + told.crossing.wait.likely_s - 1
    assert told.arrival.at == TEN + timedelta(seconds=told.route.time.likely_s)
    assert way(town, Roads(), HERE, origin=TIJUANA, documents=Documents.GENERAL).crossing is None


@pytest.mark.parametrize("documents", [None, Documents.NONE, Documents.GENERAL])
def test_a_border_without_a_port_that_we_know_is_told_as_that(town: Snapshot, documents: Documents | None) -> None:
    for avoid in (frozenset[Avoid](), frozenset({Avoid.BORDERS})):
        with pytest.raises(AcrossBorder, match="no border crossing") as refused:
            way(town, Roads(), ACROSS, origin=LonLat(24.94, 60.17), documents=documents, avoid=avoid)  # from Finland
        assert refused.value.why == WhyNot.NO_PORT_KNOWN


def test_the_turn_list_says_where_the_border_is(town: Snapshot) -> None:
    """A way of one step from Tijuana over San Ysidro: cut in two where pyproj has the border's share of it."""
    shape = [TIJUANA, LonLat(-117.0297, 32.5400), LonLat(-117.0297, 32.5440), LonLat(-117.04, 32.56), ACROSS.lon_lat]
    roads = Roads(shape=shape, steps=True)
    waits = Waits(SHORT_WAITS)
    told = way(town, roads, ACROSS, mode=TravelMode.CAR, documents=Documents.GENERAL, borders=Borders(WaitBook([waits])))
    assert told.crossing is not None
    assert told.crossing.port.id == "san_ysidro"
    assert [step.kind for step in told.route.steps] == [StepKind.START, StepKind.BORDER, StepKind.ARRIVE]
    start, border, arrive = told.route.steps
    assert border.instruction == "Cruce la frontera (México / Estados Unidos) en San Ysidro (El Chaparral)."
    assert (start.first, start.last, border.last, arrive.first) == (0, border.first, 4, 4)
    assert start.length_m + border.length_m == pytest.approx(1000.0)
    lon, lat = zip(*shape, strict=True)
    lengths_m = Geod(ellps="WGS84").line_lengths(lon, lat)
    assert start.length_m == pytest.approx(1000.0 * sum(lengths_m[: border.first]) / sum(lengths_m))
    at = told.route.shape()[border.first : border.first + 2]
    assert country_at(LonLat(*at[0])) == "MX"
    assert country_at(LonLat(*at[1])) == "US"

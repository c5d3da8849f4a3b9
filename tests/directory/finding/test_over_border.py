"""Who says with what documents is sent across the border where that is soonest, and who has none never is."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random

import msgspec
import pytest
from pyproj import Geod

from finder.care.red_flags import red_flag_in
from finder.directions.borders import (
    Borders,
    Direction,
    Documents,
    Lane,
    LaneKey,
    Measurement,
    Measurements,
    WaitBook,
    known_ports,
)
from finder.directions.estimate import TravelMode
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Basis, Router
from finder.directory import OpenWish, Search, Snapshot, Sort, find
from finder.directory.finding import selecting
from finder.directory.finding.cursor import Cursor, fingerprint
from finder.directory.finding.page_borders import CarriedWait
from finder.directory.finding.reasons import ReasonCode
from finder.domain.facility import Address, Entrance, Facility, FacilityKind, facility_id
from finder.errors import BadCursor, NotReady
from finder.geo.points import LonLat
from finder.locate.position import stated_position as at_point
from tests.directory.finding.checks import PATIENT_S, AnyHit
from tests.directory.finding.conftest import Published
from tests.directory.finding.winding_roads import WindingRoads
from tests.directory.finding.worlds import MONDAY_NOON, World

RIO = LonLat(-117.02, 32.525)
NORTH = Direction("MX", "US")
NAMED = [one for one in Documents if one is not Documents.NONE]


class Measured:
    """Minutes of wait in the lanes of San Ysidro into the United States, measured just now; None where one is closed."""

    problem: str | None = None

    def __init__(self, minutes: Mapping[Lane, float | None]) -> None:
        self._minutes = minutes
        self.times_read = 0

    def measured(self) -> Measurements:
        self.times_read += 1
        return {
            LaneKey("san_ysidro", NORTH, lane): Measurement(
                wait_min=None if wait is None else (wait, wait, wait), measured_at=MONDAY_NOON, source="test"
            )
            for lane, wait in self._minutes.items()
        }


def clinic(name: str, lon: float, lat: float, country: str | None, **fields: object) -> Facility:
    values = {"kind": FacilityKind.CLINIC, "time_zone": "America/Tijuana", "opening_hours": "24/7", **fields}
    return Facility(
        id=facility_id("t", name), name=name, lon_lat=LonLat(lon, lat), address=Address(country=country),
        **values,  # type: ignore[arg-type]
    )  # fmt: skip


SAN_YSIDRO, ROSARITO = clinic("San Ysidro", -117.045, 32.556, "US"), clinic("Rosarito", -117.05, 32.34, "MX")
ONE_PORT = [port for port in known_ports() if port.id == "san_ysidro"]
LANES = Borders(WaitBook([Measured({Lane.SENTRI: 20.0, Lane.GENERAL: 135.0})], ONE_PORT))
ROADS = WindingRoads(detour=lambda _: 3.0)


def found(snapshot: Snapshot, documents: Documents | None, roads: Router | None = None, **asked: object) -> tuple[AnyHit, ...]:
    values = {"position": at_point(RIO), "sort": Sort.TRAVEL_TIME, "documents": documents, **asked}
    search = Search(**values)  # type: ignore[arg-type]
    return find(snapshot, search, MONDAY_NOON, roads, borders=LANES, road_deadline_s=PATIENT_S).hits


def all_pages(snapshot: Snapshot, search: Search, roads: Router | None, *, later: Borders | None = None) -> list[AnyHit]:
    """The first now, the others five minutes later, with other waits if they are given."""
    hits: list[AnyHit] = []
    cursor, at = None, MONDAY_NOON
    while True:
        asked = msgspec.structs.replace(search, cursor=cursor)
        borders = LANES if later is None or cursor is None else later
        page = find(snapshot, asked, at, roads, borders=borders, road_deadline_s=PATIENT_S)
        hits += page.hits
        cursor, at = page.next_cursor, MONDAY_NOON + timedelta(minutes=5)
        if cursor is None:
            return hits


def names(hits: Sequence[AnyHit]) -> list[str]:
    return [hit.facility().name for hit in hits]  # type: ignore[union-attr]


def codes(hit: AnyHit) -> set[ReasonCode]:
    return {reason.code for reason in hit.reasons}


@pytest.mark.parametrize("roads", [None, ROADS], ids=["estimates", "roads"])
@pytest.mark.parametrize("sort", [Sort.TRAVEL_TIME, Sort.BEST])
def test_the_wait_in_ones_own_lane_decides_what_comes_first(published: Published, roads: Router | None, sort: Sort) -> None:
    snapshot, _ = published(World(facilities=[SAN_YSIDRO, ROSARITO], people=[], roles=[]))
    nobody_said = found(snapshot, None, roads, sort=sort)
    assert names(nobody_said) == ["San Ysidro", "Rosarito"]
    assert ReasonCode.ACROSS_BORDER in codes(nobody_said[0])
    assert nobody_said[0].crossing is None

    assert names(found(snapshot, Documents.SENTRI, roads, sort=sort)) == ["San Ysidro", "Rosarito"]
    rosarito, san_ysidro = found(snapshot, Documents.GENERAL, roads, sort=sort)
    assert names([rosarito, san_ysidro]) == ["Rosarito", "San Ysidro"]
    assert rosarito.crossing is None
    assert san_ysidro.crossing is not None
    assert (san_ysidro.crossing.port.id, san_ysidro.crossing.lane) == ("san_ysidro", Lane.GENERAL)
    (wait,) = (reason for reason in san_ysidro.reasons if reason.code is ReasonCode.BORDER_WAIT)
    assert (wait.number, wait.costs_min) == (135, 0.0)
    assert ReasonCode.ACROSS_BORDER not in codes(san_ysidro)
    assert san_ysidro.travel.likely_s > 135 * 60
    assert san_ysidro.travel_basis is (Basis.ESTIMATE if roads is None else Basis.ROADS)
    assert sum(reason.costs_min for reason in san_ysidro.reasons) == pytest.approx(san_ysidro.score_min)


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("roads", [None, ROADS], ids=["estimates", "roads"])
def test_without_documents_nothing_lies_across(published: Published, roads: Router | None, sort: Sort) -> None:
    unknown_here = clinic("No address here", -117.0, 32.50, None)
    unknown_there = clinic("No address there", -117.08, 32.64, None)
    facilities = [SAN_YSIDRO, ROSARITO, unknown_here, unknown_there]
    snapshot, _ = published(World(facilities=facilities, people=[], roles=[]))
    for asked in ({}, {"open": OpenWish.ON_ARRIVAL}, {"name": "No address"}, {"radius_m": 30_000.0}):
        hits = found(snapshot, Documents.NONE, roads, sort=sort, **asked)
        assert names(hits) == (["No address here"] if "name" in asked else ["No address here", "Rosarito"])
        assert not any({ReasonCode.ACROSS_BORDER, ReasonCode.BORDER_WAIT} & codes(hit) for hit in hits)


def test_where_no_port_has_a_lane_nobody_is_sent(published: Published) -> None:
    """The one port that is open here has lanes for cars only; by distance it is the same."""
    snapshot, _ = published(World(facilities=[SAN_YSIDRO, ROSARITO], people=[], roles=[]))
    for sort in Sort:
        assert names(found(snapshot, Documents.READY, mode=TravelMode.FOOT, sort=sort)) == ["Rosarito"]
        assert len(found(snapshot, Documents.READY, mode=TravelMode.CAR, sort=sort)) == 2


def test_in_an_emergency_nobody_without_documents_is_sent_across(published: Published) -> None:
    near = msgspec.structs.replace(SAN_YSIDRO, kind=FacilityKind.HOSPITAL, services=("Emergency",))
    far = msgspec.structs.replace(ROSARITO, kind=FacilityKind.HOSPITAL, services=("Emergency",))
    snapshot, _ = published(World(facilities=[near, far], people=[], roles=[]))
    chest_pain = red_flag_in("dolor de pecho")
    urgent = {
        documents: [hit for hit in found(snapshot, documents, ROADS, red_flag=chest_pain) if hit.emergency]
        for documents in (None, Documents.NONE, Documents.SENTRI)
    }
    assert {documents: names(hits) for documents, hits in urgent.items()} == {
        None: ["Rosarito", "San Ysidro"],
        Documents.NONE: ["Rosarito"],
        Documents.SENTRI: ["Rosarito", "San Ysidro"],
    }
    assert urgent[Documents.SENTRI][1].crossing is not None


@pytest.mark.parametrize("documents", NAMED)
@pytest.mark.parametrize("roads", [None, WindingRoads()], ids=["estimates", "roads"])
def test_the_order_is_that_of_every_way_asked_one_by_one(
    published: Published, documents: Documents, roads: Router | None
) -> None:
    random = Random(3)  # noqa: S311 - nothing is kept secret
    facilities = [
        clinic(f"{number}", random.uniform(-117.12, -116.9), 32.54 + side * random.uniform(0.02, 0.2), "US" if side > 0 else "MX")
        for number in range(60)
        for side in [random.choice([-1, 1])]
    ]
    snapshot, _ = published(World(facilities=facilities, people=[], roles=[]))
    engine = roads or GreatCircle()

    def likely_s(one: Facility) -> float:
        if one.address.country == "MX":
            return float(engine.matrix([RIO], [one.lon_lat], TravelMode.CAR).duration_s[0, 0])
        return float(
            LANES.cross(
                engine, RIO, [one.lon_lat], TravelMode.CAR, direction=NORTH, documents=documents, at=MONDAY_NOON
            ).likely_s[0]
        )

    times = {one.name: likely_s(one) for one in facilities}
    search = Search(position=at_point(RIO), sort=Sort.TRAVEL_TIME, documents=documents, limit=7)
    hits = all_pages(snapshot, search, roads)
    assert names(hits) == sorted(times, key=times.__getitem__)
    assert [hit.travel.likely_s for hit in hits] == pytest.approx(sorted(times.values()))
    for hit in hits:
        assert (hit.crossing is not None) == (hit.facility().address.country == "US")  # type: ignore[union-attr]


def test_on_every_page_the_same_places_have_ways_by_road(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selecting, "MOST_TARGETS", 10)
    random = Random(4)  # noqa: S311 - nothing is kept secret
    facilities = [
        clinic(f"{number}", random.uniform(-117.12, -116.9), random.uniform(32.57, 32.75), "US") for number in range(40)
    ]
    snapshot, _ = published(World(facilities=facilities, people=[], roles=[]))
    search = Search(position=at_point(RIO), sort=Sort.TRAVEL_TIME, documents=Documents.SENTRI, limit=6)
    hits = all_pages(snapshot, search, WindingRoads())
    times = [hit.travel.likely_s for hit in hits]
    assert len(hits) == 40
    assert times == sorted(times)
    assert sum(hit.travel_basis is Basis.ROADS for hit in hits) == 10


def test_without_waits_of_its_own_a_search_has_the_usual_ones(published: Published) -> None:
    snapshot, _ = published(World(facilities=[SAN_YSIDRO, ROSARITO], people=[], roles=[]))
    search = Search(position=at_point(RIO), documents=Documents.SENTRI, sort=Sort.TRAVEL_TIME)
    assert find(snapshot, search, MONDAY_NOON) == find(snapshot, search, MONDAY_NOON, borders=Borders(WaitBook()))


def test_where_roads_fail_the_ways_across_are_estimates(published: Published) -> None:
    class Failing(WindingRoads):
        def matrix(self, *_: object) -> object:  # type: ignore[override]
            raise NotReady("No tiles.")

    snapshot, _ = published(World(facilities=[SAN_YSIDRO, ROSARITO], people=[], roles=[]))
    assert found(snapshot, Documents.SENTRI, Failing()) == found(snapshot, Documents.SENTRI)  # type: ignore[arg-type]


# Pages while waits change, and doors


def on_both_sides(count: int) -> list[Facility]:
    random = Random(4)  # noqa: S311 - nothing is kept secret
    there = [clinic(f"u{at}", random.uniform(-117.12, -116.95), random.uniform(32.56, 32.65), "US") for at in range(count)]
    here = [clinic(f"m{at}", random.uniform(-117.12, -116.9), random.uniform(32.2, 32.52), "MX") for at in range(count)]
    return there + here


@pytest.mark.parametrize("roads", [None, ROADS], ids=["estimates", "roads"])
@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("minutes", [1.0, 60.0, None], ids=["shorter", "longer", "closed"])
def test_when_waits_change_between_pages_nothing_is_lost_or_repeated(
    published: Published, roads: Router | None, sort: Sort, minutes: float | None
) -> None:
    snapshot, _ = published(World(facilities=on_both_sides(12), people=[], roles=[]))
    search = Search(position=at_point(RIO), sort=sort, documents=Documents.SENTRI, limit=5)
    later = Borders(WaitBook([Measured({Lane.SENTRI: minutes, Lane.GENERAL: minutes})], ONE_PORT))
    hits = all_pages(snapshot, search, roads, later=later)
    assert names(hits) == names(all_pages(snapshot, search, roads))
    assert len(hits) == 24
    if minutes is not None:  # the page shows the wait as it is now
        waits = {hit.crossing.wait.likely_s for hit in hits[5:] if hit.crossing is not None}
        assert waits == {minutes * 60}


def test_the_waits_of_all_lanes_of_a_first_page_go_with_its_cursor(published: Published) -> None:
    class All:
        problem = None

        def measured(self) -> Measurements:
            keys = [LaneKey(one.id, way.direction, lane) for one in known_ports() for way in one.passages for lane in way.lanes]
            return {key: Measurement(wait_min=(1.25, 61.3, 99.0), measured_at=MONDAY_NOON, source="long " * 50) for key in keys}

    snapshot, _ = published(World(facilities=on_both_sides(12), people=[], roles=[]))
    for documents in NAMED:
        search = Search(position=at_point(RIO), sort=Sort.TRAVEL_TIME, documents=documents, limit=3)
        cursor = find(snapshot, search, MONDAY_NOON, borders=Borders(WaitBook([All()]))).next_cursor
        assert cursor is not None
        assert len(cursor) < 2000
        read = Cursor.decode(cursor, asked=fingerprint(search), now=MONDAY_NOON)
        assert read.waits
        assert {one.likely_min for one in read.waits} == {61.3}


@pytest.mark.parametrize("likely_min", [-1.0, 1e9, float("nan"), float("inf")])
def test_no_cursor_brings_waits_that_cannot_be(likely_min: float) -> None:
    search = Search(position=at_point(RIO), documents=Documents.SENTRI)
    wait = CarriedWait("san_ysidro", "MX", "US", Lane.SENTRI, likely_min, MONDAY_NOON)
    values = {"tier": 0, "value": 1.0, "second_value": 1.0, "id": "x", "at": int(MONDAY_NOON.timestamp()), "shown": 1}
    text = Cursor(**values, asked=fingerprint(search), by_road=False, snapshot=1, before=0, waits=(wait,)).encode()  # type: ignore[arg-type]
    with pytest.raises(BadCursor):
        Cursor.decode(text, asked=fingerprint(search), now=MONDAY_NOON)


def test_who_moved_is_told_that_the_ways_over_the_border_are_others(published: Published) -> None:
    snapshot, _ = published(World(facilities=on_both_sides(12), people=[], roles=[]))
    search = Search(position=at_point(RIO), sort=Sort.TRAVEL_TIME, documents=Documents.SENTRI, limit=8)
    cursor = find(snapshot, search, MONDAY_NOON, borders=LANES).next_cursor
    elsewhere = msgspec.structs.replace(search, position=at_point(LonLat(-116.95, 32.3)), cursor=cursor)
    with pytest.raises(BadCursor, match="over the border"):
        find(snapshot, elsewhere, MONDAY_NOON, borders=LANES)


@pytest.mark.parametrize("roads", [None, ROADS], ids=["estimates", "roads"])
@pytest.mark.parametrize("sort", Sort)
def test_a_search_reads_the_waits_once_and_only_where_something_lies_across(
    published: Published, roads: Router | None, sort: Sort
) -> None:
    for facilities, times in (([ROSARITO], 0), (on_both_sides(30), 1)):
        source = Measured({Lane.SENTRI: 20.0})
        snapshot, _ = published(World(facilities=facilities, people=[], roles=[]))
        search = Search(position=at_point(RIO), sort=sort, documents=Documents.SENTRI, limit=50, facets=True)
        borders = Borders(WaitBook([source], ONE_PORT))
        find(snapshot, search, MONDAY_NOON, roads, borders=borders, road_deadline_s=PATIENT_S)
        assert source.times_read == times


@pytest.mark.parametrize("budget", [0, 5, 256])
@pytest.mark.parametrize("roads", [None, WindingRoads()], ids=["estimates", "roads"])
def test_with_doors_and_without_waits_the_first_are_those_of_plain_loops(
    published: Published, monkeypatch: pytest.MonkeyPatch, roads: Router | None, budget: int
) -> None:
    """Right at the border a way across is the way as the crow flies, and its door may be nearer than all that is known of it."""
    monkeypatch.setattr(selecting, "MOST_TARGETS", budget)
    at_the_border, geod = LonLat(-117.0285, 32.5420), Geod(ellps="WGS84")

    def off(origin: LonLat, azimuth: float, metres: float) -> LonLat:
        return LonLat(*geod.fwd(*origin, azimuth, metres)[:2])

    across: list[Facility] = []
    for number in range(12):
        point = off(at_the_border, 3.0 * number, 1100.0 + 60.0 * number)
        across.append(clinic(f"u{number}", *point, "US", entrances=(Entrance(off(point, 180.0 + 3.0 * number, 295.0)),)))
    here = [clinic(f"m{number}", *off(at_the_border, 180.0, 800.0 + 2.4 * number), "MX") for number in range(200)]
    snapshot, _ = published(World(facilities=across + here, people=[], roles=[]))
    no_wait = Borders(WaitBook([NoWaitOnFoot()], [port for port in known_ports() if port.id == "san_ysidro_ped_east"]))

    def first(limit: int) -> list[AnyHit]:
        search = Search(
            position=at_point(at_the_border),
            sort=Sort.TRAVEL_TIME,
            mode=TravelMode.FOOT,
            documents=Documents.GENERAL,
            limit=limit,
        )
        return list(find(snapshot, search, MONDAY_NOON, roads, borders=no_wait, road_deadline_s=PATIENT_S).hits)

    everything = first(300)
    assert len(everything) == 212
    for limit in range(1, 60, 3):
        assert names(first(limit)) == names(everything[:limit])


class NoWaitOnFoot:
    """Nobody waits on foot."""

    problem: str | None = None

    def measured(self) -> Measurements:
        key = LaneKey("san_ysidro_ped_east", NORTH, Lane.PEDESTRIAN)
        return {key: Measurement(wait_min=(0.0, 0.0, 0.0), measured_at=MONDAY_NOON, source="test")}

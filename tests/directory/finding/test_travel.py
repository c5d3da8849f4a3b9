"""Travel time by roads: the same answers as when every row is asked about, and estimates where roads fail."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from finder.care.red_flags import red_flag_in
from finder.directions.estimate import TravelMode, likely_s
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Basis, Matrix, Router
from finder.directory import OpenWish, Search, Snapshot, Sort, What, find, publish
from finder.directory.countries import country_at, country_code, country_of_code
from finder.directory.finding import selecting
from finder.directory.finding.reasons import ReasonCode, reason_text
from finder.directory.finding.road_times import RoadTimes
from finder.directory.finding.travel import TOP_SPEED_KM_H, TravelTimes
from finder.directory.known_well import MOST_WRONG_M
from finder.domain.facility import Address, Entrance, Facility, FacilityKind, facility_id
from finder.domain.position import PositionFor, PositionSource
from finder.domain.practitioner import Practitioner, Role
from finder.errors import NoRoute, NotReady
from finder.geo.distance import geodesic_many_m
from finder.geo.points import LonLat
from finder.locate.position import stated_position as at_point
from finder.store import Store
from tests.directions.tiles import BY_ROAD
from tests.directory.finding.brute_force import Stored
from tests.directory.finding.checks import PATIENT_S, AnyHit, check, check_hit, everything, id_of, in_large_pages
from tests.directory.finding.conftest import Published
from tests.directory.finding.winding_roads import WindingRoads, detour
from tests.directory.finding.worlds import MONDAY_NOON, World, moments, searches, worlds

WGS84 = Geod(ellps="WGS84")
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
HERE = LonLat(-117.0312, 32.5291)
CHEST_PAIN = red_flag_in("dolor de pecho")


def where_roads_decide(search: Search) -> Search:
    decided = search.sort is not Sort.DISTANCE or search.open is OpenWish.ON_ARRIVAL
    return search if decided else msgspec.structs.replace(search, sort=Sort.TRAVEL_TIME)


def not_known(target: LonLat) -> bool:
    """Of a fifth of the places."""
    return detour(target) < 1.2


def clinic(name: str, lon_lat: LonLat, **fields: object) -> Facility:
    values = {"kind": FacilityKind.CLINIC, "address": Address(country="MX"), "time_zone": "America/Tijuana", **fields}
    return Facility(id=facility_id("t", name), name=name, lon_lat=lon_lat, **values)  # type: ignore[arg-type]


def east(distance_m: float) -> LonLat:
    lon, lat, _ = WGS84.fwd(*HERE, 90.0, distance_m)
    return LonLat(lon, lat)


def town(count: int, spread_m: float = 20_000.0) -> list[Facility]:
    random = Random(7)  # noqa: S311 - nothing is kept secret
    points = [WGS84.fwd(*HERE, random.uniform(0, 360), random.uniform(0, spread_m))[:2] for _ in range(count)]
    return [clinic(f"Clínica {number}", LonLat(*point)) for number, point in enumerate(points)]


def names(hits: Sequence[AnyHit]) -> list[str]:
    return [hit.facility().name for hit in hits]  # type: ignore[union-attr]


def found(snapshot: Snapshot, roads: Router | None, deadline_s: float = PATIENT_S, **asked: object) -> tuple[AnyHit, ...]:
    search = Search(**{"position": at_point(HERE), "sort": Sort.TRAVEL_TIME, **asked})  # type: ignore[arg-type]
    return find(snapshot, search, MONDAY_NOON, roads, road_deadline_s=deadline_s).hits


# The order is that of all rows by the roads' own times


@given(world=worlds, asked=st.lists(searches.map(where_roads_decide), min_size=4, max_size=8), at=moments)
@settings(max_examples=15, deadline=None, suppress_health_check=SLOW)
def test_in_any_small_world_the_answer_is_that_of_plain_loops(world: World, asked: list[Search], at: datetime) -> None:
    with TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/finder.sqlite") as store:
        store.migrate()
        world.store_in(store)
        snapshot, stored = publish(store, Path(folder) / "snapshots"), Stored(store, WindingRoads(not_known))
        for search in asked:
            check(snapshot, stored, search, at)


@given(search=searches.map(where_roads_decide), at=moments)
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
def test_in_a_large_world_the_answer_is_that_of_plain_loops(
    large_world: tuple[Snapshot, Stored], search: Search, at: datetime
) -> None:
    snapshot, stored = large_world
    check(snapshot, stored.on(WindingRoads(not_known)), in_large_pages(search), at)


@given(search=searches, at=moments)
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
def test_emergency_departments_come_by_road(large_world: tuple[Snapshot, Stored], search: Search, at: datetime) -> None:
    snapshot, stored = large_world
    stored = stored.on(WindingRoads(not_known))
    plain = Search(position=search.position, mode=search.mode, care=("emergency_care",), sort=Sort.TRAVEL_TIME)
    alarmed = msgspec.structs.replace(search, red_flag=CHEST_PAIN)
    hits = [hit for hit in find(snapshot, alarmed, at, stored.roads, road_deadline_s=PATIENT_S).hits if hit.emergency]
    best = stored.emergencies(search, at)
    assert [id_of(hit) for hit in hits] == [one.id for one in best]
    for hit, one in zip(hits, best, strict=True):
        check_hit(hit, one, stored, plain, at)


@pytest.mark.parametrize("limit", [1, 7, 50])
@pytest.mark.parametrize("name", ["", "clinica"])
def test_in_a_town_the_first_are_found_without_asking_about_all(published: Published, limit: int, name: str) -> None:
    facilities, roads = town(900, spread_m=200_000.0), WindingRoads(detour=lambda target: min(detour(target), 1.5))
    snapshot, _ = published(World(facilities=facilities, people=[], roles=[]))
    hits = found(snapshot, roads, limit=limit, name=name)
    targets = [one.lon_lat for one in facilities]
    duration_s = dict(zip(targets, roads.matrix([HERE], targets, TravelMode.CAR).duration_s[0].tolist(), strict=True))
    by_time = sorted(facilities, key=lambda one: duration_s[one.lon_lat])
    assert names(hits) == [one.name for one in by_time[:limit]]
    assert [hit.travel.likely_s for hit in hits] == [duration_s[one.lon_lat] for one in by_time[:limit]]
    assert all(hit.travel_basis is Basis.ROADS for hit in hits)
    asked, check_of_the_test = roads.asked[:-1], roads.asked[-1]
    assert 1 <= len(asked) <= 2
    assert sum(map(len, asked)) < len(check_of_the_test)
    assert len({target for targets in asked for target in targets}) == sum(map(len, asked))


# The bound and the budget


@given(mode=st.sampled_from(TravelMode), distance_m=st.floats(0.0, 2e7))
def test_no_estimate_is_faster_than_the_bound(mode: TravelMode, distance_m: float) -> None:
    assert likely_s(np.array([distance_m]), mode)[0] >= distance_m / (TOP_SPEED_KM_H[mode] / 3.6)


@given(most=st.integers(1, 40), cuts=st.lists(st.integers(1, 59), max_size=4, unique=True), mode=st.sampled_from(TravelMode))
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
def test_the_nearest_places_are_asked_about_however_they_come(
    large_world: tuple[Snapshot, Stored], most: int, cuts: list[int], mode: TravelMode
) -> None:
    """In chunks of any size, and what has not come yet never undercuts the least time."""
    catalogue = large_world[0].listings
    tree = catalogue.forest.tree(0)
    slots, distance_m = tree.nearest(HERE, 60)
    rows = tree.order[slots]
    places = [tuple(point) for point in catalogue.lon_lat[rows].tolist()]
    nearest = list(dict.fromkeys(places))[:most]
    at_once = TravelTimes(mode, roads=RoadTimes(WindingRoads(), HERE, mode, deadline_s=PATIENT_S), most_targets=most)
    expected = at_once.seconds(catalogue, rows, distance_m)
    assert expected.by_road.tolist() == [place in nearest for place in places]
    in_chunks = TravelTimes(mode, roads=RoadTimes(WindingRoads(), HERE, mode, deadline_s=PATIENT_S), most_targets=most)
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), 60], strict=True):
        chunk = in_chunks.seconds(catalogue, rows[start:end], distance_m[start:end])
        assert chunk.seconds.tolist() == expected.seconds[start:end].tolist()
        assert chunk.by_road.tolist() == expected.by_road[start:end].tolist()
        if end < len(rows):
            assert in_chunks.least_s(catalogue, float(distance_m[end - 1])) <= expected.seconds[end:].min() + 1e-6


@pytest.mark.parametrize("limit", [3, 40])
def test_beyond_the_budget_times_are_estimates_and_in_order_on_every_page(
    published: Published, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(selecting, "MOST_TARGETS", 20)
    facilities, roads = town(300), WindingRoads()
    snapshot, _ = published(World(facilities=facilities, people=[], roles=[]))
    targets = [one.lon_lat for one in facilities]
    by_road = roads.matrix([HERE], targets, TravelMode.CAR)
    order = np.argsort(by_road.length_m[0] / [detour(target) for target in targets])
    estimated = GreatCircle().matrix([HERE], targets, TravelMode.CAR).duration_s[0]
    estimated[order[:20]] = by_road.duration_s[0][order[:20]]
    roads.asked.clear()
    search = Search(position=at_point(HERE), sort=Sort.TRAVEL_TIME, limit=limit)
    hits = [hit for hit, _ in everything(snapshot, search, MONDAY_NOON, roads)]
    assert names(hits) == [facilities[at].name for at in np.argsort(estimated).tolist()]
    assert [hit.travel.likely_s for hit in hits] == pytest.approx(np.sort(estimated).tolist())
    in_budget = {facilities[at].name for at in order[:20].tolist()}
    assert {name for name, hit in zip(names(hits), hits, strict=True) if hit.travel_basis is Basis.ROADS} == in_budget
    assert max(map(len, roads.asked)) <= 20


@pytest.mark.parametrize("mode", BY_ROAD)
def test_who_is_faster_than_the_bound_is_not_believed(published: Published, mode: TravelMode) -> None:
    """As one who was carried by a ferry: the way has an estimate, and the others are ordered around it as ever."""
    facilities = town(30)
    ferries = {one.lon_lat for one in facilities[::3]}
    roads = WindingRoads(detour=lambda target: 0.3 if target in ferries else detour(target))
    snapshot, _ = published(World(facilities=facilities, people=[], roles=[]))
    hits = found(snapshot, roads, mode=mode, limit=30)
    assert len(hits) == 30
    times = [hit.travel.likely_s for hit in hits]
    assert times == sorted(times)
    carried = [hit for hit in hits if hit.facility().lon_lat in ferries]  # type: ignore[union-attr]
    assert {hit.travel_basis for hit in carried} == {Basis.ESTIMATE}
    assert {hit.travel_basis for hit in hits if hit not in carried} == {Basis.ROADS}


def test_related_care_has_places_of_its_own_to_ask_about(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selecting, "MOST_TARGETS", 10)
    facilities = town(60)
    people = [Practitioner(id=facility_id("t", one.id), name="Ana") for one in facilities]
    roles = [
        Role(
            id=facility_id("t", f"role {one.id}"),
            practitioner_id=one.id,
            facility_id=place.id,
            specialties=("208000000X" if number % 2 else "2080P0202X",),
        )
        for number, (one, place) in enumerate(zip(people, facilities, strict=True))
    ]
    snapshot, _ = published(World(facilities=facilities, people=people, roles=roles))
    search = Search(position=at_point(HERE), sort=Sort.TRAVEL_TIME, what=What.PRACTITIONERS, care=("paediatrics",), limit=7)
    hits = [hit for hit, _ in everything(snapshot, search, MONDAY_NOON, WindingRoads())]
    assert [hit.related for hit in hits] == [False] * 30 + [True] * 30
    for related in (False, True):
        by_road = {id_of(hit) for hit in hits if hit.related is related and hit.travel_basis is Basis.ROADS}
        nearest = sorted((hit for hit in hits if hit.related is related), key=lambda hit: hit.distance_m)[:10]
        assert by_road == {id_of(hit) for hit in nearest}


def test_what_has_no_hours_leaves_the_roads_to_what_may_be_open(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selecting, "MOST_TARGETS", 10)
    facilities = [
        msgspec.structs.replace(one, opening_hours="24/7" if number % 5 == 0 else None) for number, one in enumerate(town(50))
    ]
    snapshot, _ = published(World(facilities=facilities, people=[], roles=[]))
    hits = found(snapshot, WindingRoads(), open=OpenWish.ON_ARRIVAL, limit=50)
    assert len(hits) == 10
    assert {hit.travel_basis for hit in hits} == {Basis.ROADS}


@pytest.mark.parametrize(("metres", "at_the_door"), [(40.0, True), (290.0, True), (310.0, False)])
def test_ways_end_at_the_door(published: Published, metres: float, at_the_door: bool) -> None:
    place = clinic("Hospital", east(2000.0), entrances=(Entrance(east(2000.0 - metres), "main"), Entrance(east(2001.0))))
    nearer = clinic("Nearer", east(1900.0))
    snapshot, _ = published(World(facilities=[place, nearer], people=[], roles=[]))
    roads = WindingRoads(detour=lambda _: 2.0)
    hits = found(snapshot, roads)
    expected = place.entrances[0 if at_the_door else 1].lon_lat
    assert set(roads.asked[0]) == {expected, nearer.lon_lat}
    assert names(hits) == (["Hospital", "Nearer"] if metres == 290.0 else ["Nearer", "Hospital"])
    assert sorted(hit.distance_m for hit in hits) == pytest.approx([1900.0, 2000.0])


@given(most=st.integers(1, 60), limit=st.integers(1, 30), seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
def test_with_doors_the_first_are_those_of_all_rows(most: int, limit: int, seed: int) -> None:
    """Doors lie up to 300 m off, and some are shared by places that lie farther from each other."""
    random = Random(seed)  # noqa: S311 - nothing is kept secret
    doors = [LonLat(*WGS84.fwd(*HERE, random.uniform(0, 360), random.uniform(0, 3000))[:2]) for _ in range(20)]
    facilities: list[Facility] = []
    for number in range(60):
        door = random.choice(doors)
        point = LonLat(*WGS84.fwd(*door, random.uniform(0, 360), random.uniform(0, 299))[:2])
        facilities.append(clinic(f"{number}", point, entrances=(Entrance(door),)))
    with TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/finder.sqlite") as store:
        store.migrate()
        World(facilities=facilities, people=[], roles=[]).store_in(store)
        catalogue = publish(store, Path(folder) / "snapshots").facilities
    rows = np.arange(60)
    distance_m = geodesic_many_m(HERE, catalogue.lon_lat)
    order = np.argsort(distance_m)
    travel = TravelTimes(
        TravelMode.FOOT, roads=RoadTimes(WindingRoads(), HERE, TravelMode.FOOT, deadline_s=PATIENT_S), most_targets=most
    )
    near = order[:limit]
    travel.seconds(catalogue, rows[near], distance_m[near])
    least_s = travel.least_s(catalogue, float(distance_m[near[-1]]))
    rest = order[limit:]
    assert least_s <= travel.seconds(catalogue, rows[rest], distance_m[rest]).seconds.min() + 1e-6


def test_all_doctors_of_one_place_are_one_target(published: Published) -> None:
    place, roads = clinic("Hospital", east(2000.0)), WindingRoads()
    people = [Practitioner(id=facility_id("t", f"person {number}"), name=f"Ana {number}") for number in range(30)]
    roles = [Role(id=facility_id("t", f"role {one.id}"), practitioner_id=one.id, facility_id=place.id) for one in people]
    snapshot, _ = published(World(facilities=[place], people=people, roles=roles))
    hits = found(snapshot, roads, what=What.EITHER, limit=50)
    assert (len(hits), roads.asked) == (31, [[place.lon_lat]])
    assert {hit.travel.likely_s for hit in hits} == {hits[0].travel.likely_s}


# Where roads fail


class Failing(WindingRoads):
    """Answers so often, then fails."""

    def __init__(self, error: Exception, answers: int = 0) -> None:
        super().__init__(detour=lambda target: 2.0 * detour(target))
        self._error, self._answers = error, answers

    def matrix(self, *args: object) -> Matrix:
        if len(self.asked) >= self._answers:
            self.asked.append([])
            raise self._error
        return super().matrix(*args)  # type: ignore[arg-type]


class Blocked(WindingRoads):
    """Answers nothing until the test is over."""

    def __init__(self, over: Event) -> None:
        super().__init__()
        self._over = over

    def matrix(self, *args: object) -> Matrix:
        self._over.wait()
        raise NotReady("Too late.")


ASKED = [{}, {"sort": Sort.BEST}, {"sort": Sort.DISTANCE}, {"open": OpenWish.ON_ARRIVAL}, {"red_flag": CHEST_PAIN}]


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("error", [NotReady("No tiles."), NoRoute("No way."), RuntimeError("Broken.")])
def test_where_roads_fail_everything_is_as_without(
    large_world: tuple[Snapshot, Stored], asked: dict[str, object], error: Exception
) -> None:
    roads = Failing(error)
    assert found(large_world[0], roads, **asked) == found(large_world[0], None, **asked)
    assert len(roads.asked) == 1  # one failure is enough


@pytest.mark.parametrize("asked", ASKED)
def test_nobody_waits_for_roads_beyond_the_deadline(large_world: tuple[Snapshot, Stored], asked: dict[str, object]) -> None:
    over = Event()
    try:
        assert found(large_world[0], Blocked(over), 0.01, **asked) == found(large_world[0], None, **asked)
    finally:
        over.set()


def test_where_roads_fail_midway_nothing_is_by_road(published: Published) -> None:
    """Half an answer would be an order that no other page has again."""
    snapshot, _ = published(World(facilities=town(1000), people=[], roles=[]))
    roads = Failing(NotReady("No more."), answers=1)
    assert found(snapshot, roads, mode=TravelMode.FOOT, limit=100) == found(snapshot, None, mode=TravelMode.FOOT, limit=100)
    assert len(roads.asked) == 2


def test_an_engine_that_only_estimates_is_no_road(large_world: tuple[Snapshot, Stored]) -> None:
    assert found(large_world[0], GreatCircle()) == found(large_world[0], None)


# What is asked, and what is shown


def test_a_search_by_distance_asks_about_its_page_only(large_world: tuple[Snapshot, Stored]) -> None:
    roads = WindingRoads()
    hits = found(large_world[0], roads, sort=Sort.DISTANCE, limit=6)
    without = found(large_world[0], None, sort=Sort.DISTANCE, limit=6)
    assert [id_of(hit) for hit in hits] == [id_of(hit) for hit in without]
    assert len(roads.asked) == 1
    assert len(roads.asked[0]) <= 6
    for hit in hits:
        assert hit.travel_basis is Basis.ROADS
        assert hit.travel.min_s == hit.travel.likely_s == hit.travel.max_s
        assert sum(reason.costs_min for reason in hit.reasons) == pytest.approx(hit.score_min)
        (travel,) = (reason for reason in hit.reasons if reason.code is ReasonCode.TRAVEL)
        assert "estimate" not in reason_text(travel, "en")
        assert travel.costs_min == hit.travel.likely_s / 60


@pytest.mark.parametrize("accuracy_m", [25.0, MOST_WRONG_M, MOST_WRONG_M + 1.0])
@pytest.mark.parametrize("sort", Sort)
def test_the_time_is_as_exact_as_the_position(large_world: tuple[Snapshot, Stored], accuracy_m: float, sort: Sort) -> None:
    roads = WindingRoads()
    position = PositionFor(lon_lat=east(3000.0), accuracy_m=accuracy_m, source=PositionSource.GPS)
    hits = found(large_world[0], roads, position=position, sort=sort)
    assert hits
    if accuracy_m > MOST_WRONG_M:
        assert not roads.asked
        assert hits == found(large_world[0], None, position=position, sort=sort)
    else:
        by_road = [hit for hit in hits if ReasonCode.ACROSS_BORDER not in {reason.code for reason in hit.reasons}]
        assert len(by_road) > len(hits) / 2
        assert all((hit.travel_basis is Basis.ROADS) == (hit in by_road) for hit in hits)
        assert all(hit.travel.min_s < hit.travel.likely_s < hit.travel.max_s for hit in hits)


def test_open_on_arrival_means_by_road(published: Published) -> None:
    """Ten minutes away by the estimate, and an hour by road: closed by then."""
    places = [clinic("Closes at one", east(3000.0), opening_hours="Mo 08:00-12:30")]
    snapshot, _ = published(World(facilities=places, people=[], roles=[]))
    long_way = WindingRoads(detour=lambda _: 140.0 / 3.0)
    for sort in Sort:
        assert names(found(snapshot, None, open=OpenWish.ON_ARRIVAL, sort=sort)) == ["Closes at one"]
        assert not found(snapshot, long_way, open=OpenWish.ON_ARRIVAL, sort=sort)
    (hit,) = found(snapshot, long_way, sort=Sort.DISTANCE)
    assert ReasonCode.CLOSED_ON_ARRIVAL in {reason.code for reason in hit.reasons}


def test_every_row_knows_its_country(large_world: tuple[Snapshot, Stored]) -> None:
    snapshot, _ = large_world
    for row in range(len(snapshot)):
        facility = snapshot.facility_at(row)
        expected = facility.address.country or country_at(facility.lon_lat)
        assert country_of_code(int(snapshot.facilities.country[row])) == expected
    rows = snapshot.people.listings.facility
    assert snapshot.listings.country.tolist() == snapshot.facilities.country[rows].tolist()


@given(st.one_of(st.none(), st.text("ABCXYZ", min_size=2, max_size=2)))
def test_countries_have_codes_of_their_own(country: str | None) -> None:
    assert country_of_code(country_code(country)) == country
    assert country_code("España") == country_code("") == country_code(None)
    assert country_code("mx") == country_code("MX")

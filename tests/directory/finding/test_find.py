"""The one question against plain loops over what is stored: which answers, in which order, at which price, on which page."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finder.care.emergency_numbers import emergency_numbers
from finder.care.red_flags import red_flag_in
from finder.care.specialties import specialties
from finder.directory import FacilityHit, PractitionerHit, Search, Snapshot, Sort, Wanted, What, find, publish
from finder.directory.finding.cost import PRICE_MIN
from finder.directory.finding.reasons import ReasonCode, reason_text
from finder.directory.hours import HoursState
from finder.directory.marks import taken_plans
from finder.directory.plans import plan_ids
from finder.domain.practitioner import Gender
from finder.geo.points import LonLat
from finder.locate.position import stated_position as at_point
from finder.store import Store
from finder.words.folding import words
from tests.directory.finding.brute_force import Expected, Listing, Stored, order, state_of
from tests.directory.finding.worlds import (
    MONDAY_NOON,
    NAMES,
    POINTS,
    World,
    made_world,
    moments,
    positions,
    searches,
    wishes,
    worlds,
)

MANY = 100_000
CHEST_PAIN = red_flag_in("dolor de pecho")
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]

type AnyHit = FacilityHit | PractitionerHit


def id_of(hit: AnyHit) -> str:
    return hit.facility().id if isinstance(hit, FacilityHit) else hit.person.practitioner.id


def listing_of(hit: AnyHit) -> Listing:
    return Listing(hit.facility()) if isinstance(hit, FacilityHit) else Listing(hit.facility, hit.person, hit.role)


def paid_of(hit: AnyHit) -> frozenset[ReasonCode]:
    return frozenset(reason.code for reason in hit.reasons if reason.costs_min and reason.code is not ReasonCode.TRAVEL)


def everything(snapshot: Snapshot, search: Search, at: datetime) -> list[AnyHit]:
    """All pages of a search, one after the other."""
    found: list[AnyHit] = []
    later = at + timedelta(minutes=59)
    while True:
        page = find(snapshot, search, at)
        found += page.hits
        if page.next_cursor is None:
            return found
        assert page.hits
        search, at = msgspec.structs.replace(search, cursor=page.next_cursor), later


def check_hit(hit: AnyHit, expected: Expected, search: Search, at: datetime) -> None:
    assert id_of(hit) == expected.id
    assert hit.distance_m == pytest.approx(expected.distance_m, abs=1e-4)
    assert hit.distance_min_m == max(0.0, hit.distance_m - search.position.accuracy_m)
    assert hit.distance_max_m == hit.distance_m + search.position.accuracy_m
    assert hit.score_min == pytest.approx(expected.score_min, abs=1e-6)
    assert hit.score_min == pytest.approx(sum(reason.costs_min for reason in hit.reasons), abs=1e-9)
    assert paid_of(hit) == expected.paid
    assert all(reason.costs_min == PRICE_MIN[reason.code] for reason in hit.reasons if reason.code in expected.paid)
    assert hit.related == (expected.tier == 1)
    listing = listing_of(hit)
    assert listing.facility.id == expected.listing.facility.id
    assert (listing.role and listing.role.id) == (expected.listing.role and expected.listing.role.id)
    assert hit.hours.state is state_of(listing, at)
    if (listing.role or listing.facility).opening_hours is None:
        assert {hit.hours.state, hit.arrival.state, hit.arrival.earliest, hit.arrival.latest} == {HoursState.UNKNOWN}
        assert ReasonCode.OPEN_ON_ARRIVAL not in {reason.code for reason in hit.reasons}
    for reason in hit.reasons:
        for language in ("en", "es"):
            assert reason_text(reason, language)
            assert "%(" not in reason_text(reason, language)


def check(snapshot: Snapshot, stored: Stored, search: Search, at: datetime) -> None:
    """Compare the whole answer, page by page and at once, with that of the plain loops."""
    expected = stored.answers(search, at)
    whole = find(snapshot, msgspec.structs.replace(search, limit=len(expected) + 1), at)
    assert [id_of(hit) for hit in whole.hits] == [one.id for one in expected]
    assert whole.next_cursor is None
    for hit, one in zip(whole.hits, expected, strict=True):
        check_hit(hit, one, search, at)
    assert [id_of(hit) for hit in everything(snapshot, search, at)] == [one.id for one in expected]
    check_emergency_departments(stored, search, expected, whole.hits)


def check_emergency_departments(stored: Stored, search: Search, expected: Sequence[Expected], hits: Sequence[AnyHit]) -> None:
    """None stands behind anything farther away that answers what was asked as well as it does."""
    for at, (one, hit) in enumerate(zip(expected, hits, strict=True)):
        if "emergency_care" in stored.care_of(one.listing):
            before = zip(expected[:at], hits[:at], strict=True)
            assert all(other.tier < one.tier or nearer.distance_m <= hit.distance_m for other, nearer in before)


@given(world=worlds, asked=st.lists(searches, min_size=4, max_size=8), at=moments)
@settings(max_examples=15, deadline=None, suppress_health_check=SLOW)
def test_in_any_small_world_the_answer_is_that_of_plain_loops(world: World, asked: list[Search], at: datetime) -> None:
    with TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/finder.sqlite") as store:
        store.migrate()
        world.store_in(store)
        snapshot, stored = publish(store, Path(folder) / "snapshots"), Stored(store)
        assert snapshot.manifest.practitioners == sum(one.active for one in world.people)
        for search in asked:
            check(snapshot, stored, search, at)


@pytest.fixture(scope="module")
def large_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Snapshot, Stored]]:
    folder = tmp_path_factory.mktemp("world")
    with Store.open(f"sqlite:///{folder / 'finder.sqlite'}") as store:
        store.migrate()
        made_world(Random(5), 150, 120).store_in(store)  # noqa: S311 - nothing is kept secret
        yield publish(store, folder / "snapshots"), Stored(store)


@given(search=searches, at=moments)
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
def test_in_a_large_world_the_answer_is_that_of_plain_loops(
    large_world: tuple[Snapshot, Stored], search: Search, at: datetime
) -> None:
    check(*large_world, in_large_pages(search), at)


def in_large_pages(search: Search) -> Search:
    return msgspec.structs.replace(search, limit=20 * search.limit)


def test_both_databases_publish_the_same_answers(store: Store, tmp_path: Path) -> None:
    made_world(Random(11), 40, 30).store_in(store)  # noqa: S311 - nothing is kept secret
    snapshot, stored = publish(store, tmp_path / "snapshots"), Stored(store)
    for what in What:
        for sort in Sort:
            for care in ((), ("cardiology",), ("emergency_care", "paediatrics")):
                check(
                    snapshot, stored, Search(position=at_point(POINTS[0]), what=what, sort=sort, care=care, limit=7), MONDAY_NOON
                )


# Filters are filters


@given(position=positions, wanted=wishes, what=st.sampled_from(What))
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
def test_every_practitioner_found_is_known_to_be_what_is_wanted(
    large_world: tuple[Snapshot, Stored], position: object, wanted: Wanted, what: What
) -> None:
    snapshot, _ = large_world
    hits = find(snapshot, Search(position=position, what=what, wanted=wanted, limit=MANY), MONDAY_NOON).hits  # type: ignore[arg-type]
    for hit in hits:
        if isinstance(hit, PractitionerHit):
            spoken = {tag.partition("-")[0] for tag in hit.person.practitioner.languages or hit.facility.languages}
            asked = {tag.partition("-")[0].lower() for tag in wanted.languages}
            assert not asked or spoken & asked
            assert wanted.plan is None or wanted.plan in plan_ids(taken_plans(hit.facility, hit.role))
            assert wanted.gender in {None, hit.person.practitioner.gender}
            assert not wanted.accepting or hit.role.accepting_new_patients
            assert not wanted.telehealth or hit.role.telehealth
            assert not wanted.kinds or hit.facility.kind in wanted.kinds


# Names


@given(
    name=st.sampled_from([*NAMES, "ramirez", "luz", "ana ramirez", "Clínica 7", "xyzzy", "ramí"]), search=searches, data=st.data()
)
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
def test_names_just_as_typed_come_before_names_like_it(
    large_world: tuple[Snapshot, Stored], name: str, search: Search, data: st.DataObject
) -> None:
    snapshot, stored = large_world
    unfinished = data.draw(st.booleans())
    search = msgspec.structs.replace(search, name=name, unfinished=unfinished)
    scores: dict[str, float] = {}
    if search.what is not What.PRACTITIONERS:
        found = snapshot.facility_names.search(words(name), unfinished=unfinished, limit=MANY)
        scores |= {snapshot.id_at(row): score for row, score in zip(found.items.tolist(), found.scores.tolist(), strict=True)}
    if search.what is not What.FACILITIES:
        found = snapshot.people_names.search(words(name), unfinished=unfinished, limit=MANY)
        scores |= {
            snapshot.people.id_at(row): score for row, score in zip(found.items.tolist(), found.scores.tolist(), strict=True)
        }
    scores = {id_: score for id_, score in scores.items() if score >= 0.6}
    answers = [one for one in stored.answers(search, MONDAY_NOON) if one.id in scores]
    listed = {one.id for one in stored.answers(Search(position=search.position, what=search.what, care=search.care), MONDAY_NOON)}
    best = max((score for id_, score in scores.items() if id_ in listed), default=0.0)
    tiers = {one.id: 0 if scores[one.id] >= best - 0.1 else 1 for one in answers}
    expected = sorted((one._replace(tier=tiers[one.id]) for one in answers), key=lambda one: order(search, one))
    hits = everything(snapshot, in_large_pages(search), MONDAY_NOON)
    if not search.care:  # with care a person's listings are of several tiers, which a name does not have
        assert [id_of(hit) for hit in hits] == [one.id for one in expected]
    assert {id_of(hit) for hit in hits} == {one.id for one in expected}
    assert not any(hit.related for hit in hits)
    assert all(ReasonCode.NAME_MATCHES in {reason.code for reason in hit.reasons} for hit in hits)


# Words that sound like an emergency


@given(search=searches, at=moments)
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
def test_emergency_care_comes_first_whatever_else_is_asked(
    large_world: tuple[Snapshot, Stored], search: Search, at: datetime
) -> None:
    snapshot, stored = large_world
    assert CHEST_PAIN is not None
    plain = Search(position=search.position, mode=search.mode, care=("emergency_care",), limit=3)
    nearest = [one for one in stored.answers(plain, at) if one.tier == 0][:3]
    alarmed = msgspec.structs.replace(search, red_flag=CHEST_PAIN)
    first = find(snapshot, alarmed, at)
    assert [id_of(hit) for hit in first.hits if hit.emergency] == [one.id for one in nearest]
    assert [hit.emergency for hit in first.hits] == [True] * len(nearest) + [False] * (len(first.hits) - len(nearest))
    for hit, one in zip(first.hits, nearest, strict=False):
        check_hit(hit, one, plain, at)
        assert hit.reasons[0].code is ReasonCode.EMERGENCY
        assert hit.score_min == pytest.approx(hit.travel.likely_s / 60)
    rest = [one.id for one in stored.answers(search, at) if one.id not in {urgent.id for urgent in nearest}]
    assert [id_of(hit) for hit in everything(snapshot, in_large_pages(alarmed), at)] == [*(one.id for one in nearest), *rest]
    assert first.emergency is not None
    assert first.emergency.red_flag is CHEST_PAIN
    assert first.nearer_to is None


def test_whom_to_call_goes_by_where_the_person_is(large_world: tuple[Snapshot, Stored]) -> None:
    snapshot, _ = large_world
    told: dict[str | None, str] = {}
    for position in (
        at_point(POINTS[0]),
        at_point(LonLat(-117.16, 32.72)),
        at_point(LonLat(24.94, 60.17)),
        at_point(LonLat(-150.0, 0.0)),
    ):
        emergency = find(snapshot, Search(position=position, red_flag=CHEST_PAIN, limit=1), MONDAY_NOON).emergency
        assert emergency is not None
        told[emergency.numbers.country] = emergency.numbers.emergency
    assert told == {country: emergency_numbers(country).emergency for country in ("MX", "US", "FI", None)}
    assert told["US"] == told["MX"] == "911"
    assert told[None] == "112"


def test_without_alarming_words_nothing_is_said_of_an_emergency(large_world: tuple[Snapshot, Stored]) -> None:
    page = find(large_world[0], Search(position=at_point(POINTS[0]), care=("emergency_care",)), MONDAY_NOON)
    assert page.emergency is None
    assert page.hits
    assert not any(hit.emergency for hit in page.hits)


# Facets


@given(search=searches, at=moments)
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
def test_facets_count_what_is_found(large_world: tuple[Snapshot, Stored], search: Search, at: datetime) -> None:
    snapshot, stored = large_world
    expected = stored.answers(search, at)
    facets = find(snapshot, msgspec.structs.replace(search, facets=True), at).facets
    assert facets is not None
    assert (facets.counted, facets.complete) == (len(expected), True)
    kinds = [one.listing.facility.kind.value for one in expected]
    assert {one.value: one.count for one in facets.kind} == {kind: kinds.count(kind) for kind in set(kinds)}
    care = [id_ for one in expected for id_ in stored.care_of(one.listing)]
    by_count = sorted(set(care), key=lambda id_: (-care.count(id_), id_))
    assert [(one.value, one.count) for one in facets.care] == [(id_, care.count(id_)) for id_ in by_count[:30]]
    assert facets.open_now == sum(state_of(one.listing, at) is HoursState.OPEN for one in expected)
    each = {
        "accepting_new_patients": Wanted(accepting=True),
        "telehealth": Wanted(telehealth=True),
        "wheelchair": Wanted(wheelchair=True),
        "female": Wanted(gender=Gender.FEMALE),
        "male": Wanted(gender=Gender.MALE),
    }
    for name, wanted in each.items():
        assert getattr(facets, name) == sum(stored.meets(wanted, one.listing) for one in expected), name
    for language in facets.languages:
        assert language.count == sum(stored.meets(Wanted(languages=frozenset({language.value})), one.listing) for one in expected)
    for plan in facets.plan:
        assert plan.count == sum(stored.meets(Wanted(plan=plan.value), one.listing) for one in expected)


def test_care_asked_for_is_among_the_reasons(large_world: tuple[Snapshot, Stored]) -> None:
    snapshot, stored = large_world
    search = Search(position=at_point(POINTS[0]), what=What.EITHER, care=("paediatrics",), limit=MANY)
    for hit in find(snapshot, search, MONDAY_NOON).hits:
        named = {reason.what for reason in hit.reasons if reason.code in {ReasonCode.OFFERS_CARE, ReasonCode.RELATED_CARE}}
        assert named <= stored.care_of(listing_of(hit))
        assert ("paediatrics" in named) == (not hit.related)
        assert named & {"paediatrics", *(one.id for one in specialties().descendants("paediatrics"))}


def test_now_is_now_where_no_moment_is_given(large_world: tuple[Snapshot, Stored]) -> None:
    search = Search(position=at_point(POINTS[0]), limit=3)
    assert find(large_world[0], search).hits == find(large_world[0], search, datetime.now(UTC)).hits

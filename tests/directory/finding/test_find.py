"""The one question against plain loops over what is stored: which answers, in which order, at which price, on which page."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finder.care.specialties import specialties
from finder.directory import PractitionerHit, Search, Snapshot, Sort, Wanted, What, find, publish
from finder.directory.finding.reasons import ReasonCode
from finder.directory.hours import HoursState
from finder.directory.marks import taken_plans
from finder.directory.plans import plan_ids
from finder.domain.practitioner import Gender
from finder.locate.position import stated_position as at_point
from finder.store import Store
from finder.words.folding import words
from tests.directory.finding.brute_force import Stored, order, state_of
from tests.directory.finding.checks import check, everything, id_of, in_large_pages, listing_of
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
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


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


@given(search=searches, at=moments)
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
def test_in_a_large_world_the_answer_is_that_of_plain_loops(
    large_world: tuple[Snapshot, Stored], search: Search, at: datetime
) -> None:
    check(*large_world, in_large_pages(search), at)


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
    hits = [hit for hit, _ in everything(snapshot, in_large_pages(search), MONDAY_NOON)]
    if not search.care:  # with care a person's listings are of several tiers, which a name does not have
        assert [id_of(hit) for hit in hits] == [one.id for one in expected]
    assert {id_of(hit) for hit in hits} == {one.id for one in expected}
    assert not any(hit.related for hit in hits)
    assert all(ReasonCode.NAME_MATCHES in {reason.code for reason in hit.reasons} for hit in hits)


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

"""Questions wait until they are answered, and an answer holds when the question comes again; on both databases."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from finder.domain.facility import Facility, FacilityKind, Provenance
from finder.domain.load import Load
from finder.domain.review import Decision, Question, ReviewItem
from finder.geo.points import LonLat
from finder.store import Store
from finder.store.reviews import topic_of
from tests.facilities import stored

LOAD = Load(source="test", file_name="a.csv", started_at=datetime(2026, 11, 23, 8, tzinfo=UTC))
CLINIC = Facility(id="c", kind=FacilityKind.CLINIC, name="C", lon_lat=LonLat(1.5, 2.5), provenance={"name": Provenance("a")})


def item(own_id: str, **more: Any) -> ReviewItem:
    usual = {"question": Question.SAME, "load_id": 1, "line": 2, "others": ("b", "a"), "reasons": ("near",)}
    return ReviewItem(own_id=own_id, name=f"Ñ {own_id}", **{**usual, **more})


def ask(store: Store, *items: ReviewItem) -> None:
    with store.writing() as writing:
        writing.ask(items)


def answered(store: Store, asked: ReviewItem, decision: Decision) -> ReviewItem:
    decided = msgspec.structs.replace(
        asked, decision=decision, decided_at=datetime(2026, 11, 24, tzinfo=UTC), decided_by="cli:ana"
    )
    with store.writing() as writing:
        writing.decide(decided)
    return decided


def test_what_is_asked_is_read_back_oldest_first(store: Store) -> None:
    asked = [
        item("1"),
        item("2", question=Question.CONTRADICTION, distance_m=1234.5),
        item("3", about=("Ñ\t\\",), said=CLINIC),
    ]
    ask(store, *asked)
    found = store.reviews()
    assert [msgspec.structs.replace(one, id=None) for one in found] == asked
    assert [one.id for one in found] == sorted(one.id or 0 for one in found)
    with store.writing() as writing:
        assert writing.review(found[1].id or 0) == found[1]
        assert writing.review(9999) is None


def test_asking_again_brings_the_question_up_to_date(store: Store) -> None:
    ask(store, item("1"), item("1", line=3))  # the same in one breath
    ask(store, item("1", load_id=2, reasons=("nearer",), others=("a", "b")))
    [found] = store.reviews()
    assert (found.load_id, found.reasons) == (2, ("nearer",))


def test_an_answer_stays_when_the_question_comes_again(store: Store) -> None:
    ask(store, item("1"), item("2"))
    first, second = store.reviews()
    decided = answered(store, first, Decision.DIFFERENT)
    ask(store, item("1", load_id=2))
    assert store.reviews() == [second]
    assert store.reviews(decided=True) == [decided, second]


def test_answers_are_found_by_topic(store: Store) -> None:
    ask(store, *(item(str(number)) for number in range(3)))
    for one, decision in zip(store.reviews(), (Decision.SAME, Decision.DIFFERENT), strict=False):
        answered(store, one, decision)
    topics = [topic_of(Question.SAME, str(number), ("a", "b")) for number in range(2500)]
    with store.writing() as writing:
        assert writing.decisions(topics) == {topics[0]: Decision.SAME, topics[1]: Decision.DIFFERENT}
        assert writing.decisions([]) == {}


def test_a_topic_is_of_the_pair_in_whatever_order() -> None:
    topic = topic_of(Question.SAME, "x", ("b", "a"))
    assert topic == topic_of(Question.SAME, "x", ("a", "b"))
    others = {
        topic_of(Question.SAME, "x", ("a",)),
        topic_of(Question.SAME, "y", ("a", "b")),
        topic_of(Question.CONTRADICTION, "x", ("a", "b")),
        topic_of(Question.CONTRADICTION, "x"),
    }
    assert len(others | {topic}) == 5


@pytest.mark.parametrize("decided", [True, False])
def test_what_an_undone_load_asked_is_forgotten_unless_answered(store: Store, decided: bool) -> None:
    load = stored(store, [], LOAD)
    ask(store, item("1", load_id=load.id or 0), item("2", load_id=999))
    mine, other = store.reviews()
    kept = [answered(store, mine, Decision.DIFFERENT)] if decided else []
    with store.writing() as writing:
        writing.forget(load.id or 0)
    assert store.reviews(decided=True) == [*kept, other]

"""Stop is stop: whoever is at it meanwhile, by whatever clock, and for whoever would have been told. On both databases."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from finder.domain.delivery import Channel, Delivery
from finder.domain.visit import SealedVisit
from finder.errors import NotReady
from finder.notices.visits import Notice, Visit
from finder.privacy.subjects import Person
from finder.store import Store
from finder.store.consents import ConsentLedger
from finder.store.delivery_tables import DELIVERY
from finder.store.personal import open_personal_engine
from finder.store.sweeping import SweptStore
from finder.store.visit_tables import NOTICE, VISIT
from finder.store.visits import Visits, sweep_visits
from tests.notices.delivery.waiting import delivery_of
from tests.notices.tracks import START
from tests.notices.visiting import OTHER, Visiting, fence, rows, track, triggers

WALK = "walk_in_and_stay"
TOLD = ["approach", "enter", "dwell", "exit"]
AHEAD = timedelta(hours=1)
"""So far the clock of one machine is before that of another."""


class Telling(Visiting):
    """Tells the tenant besides, of who wishes it."""

    def announce(self, person: Person, visit: Visit, notice: Notice) -> Sequence[Delivery]:
        pushes = super().announce(person, visit, notice)
        if notice.tenant not in visit.tenants_told:
            return pushes
        of = {"subject": person.subject, "next_at": self.clock.now, "gives_up_at": self.clock.now + timedelta(hours=24)}
        return [*pushes, delivery_of(Channel.WEBHOOK, body=b"sealed", id=f"w-{notice.id}", **of)]


@pytest.fixture
def visiting(store: Store, store_url: str, tmp_path: Path) -> Iterator[Telling]:
    with ConsentLedger.open(store_url, tmp_path / "revisions") as ledger:
        made = Telling(store_url, ledger)
        yield made
        made.close()


def stopped_elsewhere(visiting: Visiting, person: Person) -> None:
    """Stop all at a machine whose clock is ahead."""
    visiting.clock.now += AHEAD
    assert visiting.desk.disarm_all(person) == 1
    visiting.clock.now -= AHEAD


def kept(visiting: Visiting, person: Person) -> list[SealedVisit]:
    with Visits.open(visiting.url) as store:
        return store.of(person.subject)


def by_channel(visiting: Visiting, person: Person) -> list[str]:
    engine = open_personal_engine(visiting.url)
    with engine.connect() as connection:
        found = connection.execute(DELIVERY.select().where(DELIVERY.c.subject == person.subject)).mappings().all()
    engine.dispose()
    return sorted(row["channel"] for row in found)


@pytest.mark.parametrize("while_", ["waiting for the fences", "reading", "writing"])
def test_who_stops_while_positions_are_taken_is_told_nothing(
    visiting: Telling, monkeypatch: pytest.MonkeyPatch, while_: str
) -> None:
    person = visiting.agreeing()
    visiting.arm(person, tell_facility=True)
    stops, current, of, advance = [1], visiting.book.current, Visits.of, Visits.advance

    def stop() -> None:
        if stops and stops.pop():
            stopped_elsewhere(visiting, person)

    def waiting() -> Any:
        stop()
        return current()

    def reading(store: Visits, *given: Any) -> Any:
        found = of(store, *given)
        stop()
        return found

    def writing(store: Visits, *given: Any) -> Any:
        stop()
        return advance(store, *given)

    match while_:
        case "waiting for the fences":
            monkeypatch.setattr(visiting.book, "current", waiting)
        case "reading":
            monkeypatch.setattr(Visits, "of", reading)
        case _:
            monkeypatch.setattr(Visits, "advance", writing)
    assert visiting.take(person, track(WALK)[:60]).notices == ()
    assert stops == []
    monkeypatch.undo()
    [visit] = kept(visiting, person)
    assert (visit.ended, visit.state, rows(visiting, NOTICE, DELIVERY)) == (True, None, 0)
    assert (visiting.desk.visits(person), visiting.log()) == ([], [])
    assert visiting.heard == [person.subject], "Of the stop alone."
    assert visiting.walk(person) == []


def test_what_was_stopped_is_not_armed_again_by_who_was_changing_it(visiting: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    person = visiting.agreeing()
    first, change, stops = visiting.arm(person), Visits.change, [1]

    def too_late(store: Visits, *given: Any, **more: Any) -> bool:
        if stops and stops.pop():
            stopped_elsewhere(visiting, person)
        return change(store, *given, **more)

    monkeypatch.setattr(Visits, "change", too_late)
    second = visiting.arm(person)
    assert second.id != first.id
    assert {visit.id: visit.ended for visit in kept(visiting, person)} == {first.id: True, second.id: False}


@pytest.mark.parametrize("how", ["stopped", "swept"])
def test_who_arms_again_by_a_slower_clock_has_a_new_visit(visiting: Telling, how: str) -> None:
    person = visiting.agreeing()
    first = visiting.arm(person)
    assert triggers(visiting.walk(person)) == TOLD
    if how == "stopped":
        stopped_elsewhere(visiting, person)
    else:
        with SweptStore.open(visiting.url) as swept:
            assert sum(swept.sweep(sweep_visits, first.ends_at + timedelta(minutes=1, days=-1))) == 0
    second = visiting.arm(person)
    assert (second.id == first.id, second.reference == first.reference) == (False, False)
    later = visiting.clock.now - START + timedelta(minutes=5)
    assert triggers(visiting.walk(person, later=later)) == TOLD
    assert rows(visiting, NOTICE) == 8


def test_what_was_told_is_not_told_again_though_the_state_is_lost(visiting: Telling) -> None:
    person = visiting.agreeing()
    visiting.arm(person, tell_facility=True)
    told, waiting = visiting.walk(person), rows(visiting, DELIVERY)
    assert (triggers(told), waiting) == (TOLD, 8)
    engine = open_personal_engine(visiting.url)
    with engine.begin() as connection:
        connection.execute(VISIT.update().values(state=None))
    engine.dispose()
    visiting.clock.now = START
    assert visiting.walk(person) == []
    assert visiting.desk.notices(person) == told
    assert rows(visiting, DELIVERY) == waiting


@pytest.mark.parametrize("how", ["stop", "stop all", "told no more"])
def test_the_facility_is_told_no_more(visiting: Telling, how: str) -> None:
    person, other = visiting.agreeing(), visiting.agreeing()
    for one in (person, other):
        visiting.clock.now = START
        visit = visiting.arm(one, tell_facility=True)
        visiting.walk(one)
    assert by_channel(visiting, person) == ["push"] * 4 + ["webhook"] * 4
    mine = visiting.desk.visits(person)[0].id
    assert mine != visit.id
    match how:
        case "stop":
            visiting.desk.disarm(person, mine)
        case "stop all":
            visiting.desk.disarm_all(person)
        case _:
            visiting.arm(person, tell_facility=True, language="es")
            assert by_channel(visiting, person) == ["push"] * 4 + ["webhook"] * 4, "It is still to be told."
            visiting.arm(person)
    assert by_channel(visiting, person) == (["push"] * 4 if how == "told no more" else [])
    assert by_channel(visiting, other) == ["push"] * 4 + ["webhook"] * 4


def test_a_visit_that_is_busy_does_not_lose_what_another_told(visiting: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    visiting.book.put(fence(), fence("fence-2", OTHER))
    person, advance = visiting.agreeing(), Visits.advance
    visiting.arm(person)
    busy = visiting.arm(person, OTHER)

    def not_now(store: Visits, visit: SealedVisit, *given: Any) -> Any:
        if visit.id == busy.id:
            raise NotReady("Somebody else writes.")
        return advance(store, visit, *given)

    monkeypatch.setattr(Visits, "advance", not_now)
    fixes = track(WALK)
    with pytest.raises(NotReady):
        visiting.take(person, fixes[:2])
    taken = visiting.take(person, fixes[:40])
    assert [(notice.trigger.value, notice.fence_id) for notice in taken.notices] == [("enter", "fence-1")]
    monkeypatch.undo()
    assert {notice.fence_id for notice in visiting.walk(person)} == {"fence-1", "fence-2"}


def test_a_lost_answer_is_given_again_until_something_new_comes(visiting: Telling) -> None:
    person = visiting.agreeing()
    visiting.arm(person)
    fixes = track(WALK)
    first = visiting.take(person, fixes[:40])
    assert (triggers(first.notices), first.again) == (["enter"], ())
    for _ in range(2):
        repeated = visiting.take(person, fixes[:40])
        assert (repeated.notices, repeated.again) == ((), first.notices)
    second = visiting.take(person, fixes[40:60])
    assert second.again == ()
    assert visiting.take(person, fixes[:40]).again == (), "The answer to something older has arrived."
    third = visiting.take(person, fixes[60:])
    assert third.notices
    visiting.desk.seen(person, third.notices[0].id)
    assert visiting.take(person, fixes[60:]).again == third.notices[1:]
    visiting.clock.now += timedelta(minutes=16)
    assert visiting.take(person, fixes[60:]).again == ()

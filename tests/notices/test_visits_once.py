"""Each notice once, whatever is sent twice, raced for or killed; and nothing is left when it is over. On both databases."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finder.domain.consent import Purpose, Via
from finder.domain.fence import Trigger
from finder.domain.visit import Outcome
from finder.errors import ConsentNeeded, NotFound, NotReady
from finder.notices.visits import VisitDesk
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.rights import RightsDesk
from finder.privacy.subjects import new_person
from finder.store import Store
from finder.store.consents import ConsentLedger
from finder.store.delivery_tables import DELIVERY
from finder.store.sweeping import SweptStore
from finder.store.visit_tables import NOTICE, VISIT
from finder.store.visits import Visits, sweep_visits
from tests.notices.tracks import START
from tests.notices.visiting import CLINIC, Visiting, rows, rows_of, track, triggers

WALK = "walk_in_and_stay"
TOLD = ["approach", "enter", "dwell", "exit"]


@pytest.fixture
def ledger(store: Store, store_url: str, tmp_path: Path) -> Iterator[ConsentLedger]:
    with ConsentLedger.open(store_url, tmp_path / "revisions") as opened:
        yield opened


@pytest.fixture
def visiting(store_url: str, ledger: ConsentLedger) -> Iterator[Visiting]:
    made = Visiting(store_url, ledger)
    yield made
    made.close()


def test_a_walk_is_told_step_by_step(visiting: Visiting) -> None:
    person = visiting.agreeing()
    visit = visiting.arm(person, language="es")
    notices = [notice for fix in track(WALK) for notice in visiting.take(person, [fix]).notices]
    assert triggers(notices) == TOLD
    enter = notices[1]
    assert (enter.title, enter.body, enter.who, enter.language) == (
        "Centro de Salud",
        "Bienvenido a Centro de Salud",
        "Northern Care",
        "es",
    )
    assert enter.why.startswith("Usted llegó: ")
    assert (enter.facility_id, enter.fence_id, enter.visit_id) == (CLINIC.id, "fence-1", visit.id)
    assert visiting.desk.notices(person) == notices
    assert visiting.desk.notices(person, after=notices[1].seq) == notices[2:]
    assert visiting.heard == [person.subject] * 4
    assert visiting.announced == [notice.id for notice in notices]
    assert [(entry.trigger, entry.outcome, entry.reason, entry.count) for entry in visiting.log()] == [
        (Trigger(trigger), Outcome.SENT, "told", 1) for trigger in sorted(TOLD)
    ]


def test_what_is_sent_again_tells_nothing_again(visiting: Visiting) -> None:
    person = visiting.agreeing()
    visiting.arm(person)
    fixes = track(WALK)
    first = visiting.walk(person)
    for later_s in (1, 20, 700):
        visiting.clock.now += timedelta(seconds=later_s)
        assert visiting.take(person, fixes).notices == ()
        assert visiting.take(person, fixes[-3:]).notices == ()
    assert visiting.desk.notices(person) == first


class Killed(Exception):
    """The worker is gone."""


class Mortal(Visits):
    """A store whose worker dies at the next write: before it, or after it and before anybody hears of it."""

    dies: str = ""

    def advance(self, *given: Any) -> Any:
        dies, self.dies = self.dies, ""
        if dies == "before":
            raise Killed
        stored = super().advance(*given)
        if dies == "after":
            raise Killed
        return stored


@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_each_notice_is_told_once(visiting: Visiting, data: st.DataObject) -> None:
    """A client sends batches in order, each until it is answered, old ones again in between, and workers die at any time."""
    fixes, person = track(WALK), new_person()
    visiting.clock.now = START
    visiting.say_yes(person)
    mortal = Mortal.open(visiting.url)
    desk = visiting.desk_over(mortal)
    desk.arm(visiting.grant(person), person, CLINIC.id)
    cuts = sorted({*range(0, len(fixes), 30), len(fixes), *data.draw(st.lists(st.integers(1, len(fixes) - 1), max_size=5))})
    batches = [fixes[start:end] for start, end in pairwise(cuts)]
    heard: list[str] = []
    for number, batch in enumerate(batches):
        sent = [data.draw(st.permutations(batch)), *data.draw(st.lists(st.sampled_from(batches[: number + 1]), max_size=2))]
        for each in sent:
            mortal.dies = data.draw(st.sampled_from(["", "", "before", "after"]))
            while True:
                try:
                    heard += [notice.id for notice in visiting.take(person, each, desk).notices]
                    break
                except Killed:
                    continue
    mortal.close()
    told = visiting.desk.notices(person)
    assert [trigger for trigger in triggers(told) if trigger != "approach"] == ["enter", "dwell", "exit"]
    assert triggers(told).count("approach") <= 1
    assert len(heard) == len(set(heard))
    assert set(heard) <= {notice.id for notice in told}


@given(data=st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_the_order_nothing_is_told_twice(visiting: Visiting, data: st.DataObject) -> None:
    person = new_person()
    visiting.clock.now = START + timedelta(minutes=20)
    visiting.say_yes(person)
    visiting.arm(person)
    for fix in data.draw(st.lists(st.lists(st.sampled_from(track(WALK)), min_size=1, max_size=40), max_size=6)):
        visiting.clock.now += timedelta(seconds=data.draw(st.integers(0, 30)))
        visiting.take(person, fix)
    told = triggers(visiting.desk.notices(person))
    assert len(told) == len(set(told))


def test_two_workers_at_once_tell_it_once(visiting: Visiting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read the same state before either writes: one loses the race, reads again, and finds nothing new."""
    person = visiting.agreeing()
    visiting.arm(person)
    meeting, met = threading.Barrier(2, timeout=30), threading.local()
    advance = Visits.advance

    def meeting_first(store: Visits, *given: Any) -> Any:
        if not getattr(met, "before", False):
            met.before = True
            meeting.wait()
        return advance(store, *given)

    monkeypatch.setattr(Visits, "advance", meeting_first)
    told: list[str] = []

    def work(desk: VisitDesk) -> None:
        for start in range(0, len(fixes), 20):
            visiting.clock.now = fixes[min(start + 19, len(fixes) - 1)].received_at
            while True:
                try:
                    told.extend(triggers(visiting.take(person, fixes[start : start + 20], desk).notices))
                    break
                except NotReady:
                    continue  # SQLite's one writer was busy, and the client sends again

    fixes = track(WALK)
    workers = [threading.Thread(target=work, args=(visiting.another_desk(),)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(told) == sorted(TOLD)
    assert sorted(triggers(visiting.desk.notices(person))) == sorted(TOLD)
    assert rows(visiting, NOTICE, DELIVERY) == 8


def test_who_loses_every_race_is_told_to_come_again(visiting: Visiting, monkeypatch: pytest.MonkeyPatch) -> None:
    person = visiting.agreeing()
    visiting.arm(person)
    monkeypatch.setattr(Visits, "advance", lambda *_: None)
    with pytest.raises(NotReady, match="again in a moment"):
        visiting.take(person, track(WALK)[:1])
    monkeypatch.setattr(Visits, "change", lambda *_, **_more: False)
    with pytest.raises(NotReady, match="again in a moment"):
        visiting.arm(person)


def test_two_who_arm_at_once_have_one_visit(visiting: Visiting, monkeypatch: pytest.MonkeyPatch) -> None:
    person, arm, others = visiting.agreeing(), Visits.arm, list[Any]()

    def after_another(store: Visits, *given: Any, **more: Any) -> bool:
        if not others:
            others.append(None)
            others.append(visiting.arm(person))
        return arm(store, *given, **more)

    monkeypatch.setattr(Visits, "arm", after_another)
    assert visiting.arm(person).id == others[1].id
    assert rows(visiting, VISIT) == 1


def test_stop_is_stop(visiting: Visiting) -> None:
    person, other = visiting.agreeing(), visiting.agreeing()
    visit = visiting.arm(person)
    visiting.arm(other)
    told = visiting.take(person, track(WALK)[:40]).notices
    assert (len(told), rows(visiting, DELIVERY)) == (1, 1)
    with pytest.raises(NotFound):
        visiting.desk.disarm(other, visit.id)
    visiting.desk.disarm(person, visit.id)
    visiting.desk.disarm(person, visit.id)
    assert rows(visiting, DELIVERY) == 0
    assert visiting.desk.visits(person) == []
    with Visits.open(visiting.url) as store:
        [kept] = store.of(person.subject)
    assert (kept.state, kept.ends_at) == (None, visiting.clock.now)
    assert visiting.take(person, track(WALK)).notices == ()
    assert visiting.desk.notices(person) == list(told)
    assert (visiting.desk.disarm_all(other), visiting.desk.disarm_all(other)) == (1, 0)


def test_what_was_seen_goes_out_no_more(visiting: Visiting) -> None:
    person, other = visiting.agreeing(), visiting.agreeing()
    visiting.arm(person)
    told = visiting.walk(person)
    with pytest.raises(NotFound):
        visiting.desk.seen(other, told[0].id)
    assert rows(visiting, DELIVERY) == 4
    visiting.desk.seen(person, told[0].id)
    visiting.clock.now += timedelta(minutes=1)
    visiting.desk.seen(person, told[0].id)
    assert rows(visiting, DELIVERY) == 3
    assert [notice.is_seen for notice in visiting.desk.notices(person)] == [True, False, False, False]


@pytest.mark.parametrize("how", ["revoked", "refused", "erased"])
def test_all_goes_with_the_yes(visiting: Visiting, how: str) -> None:
    person, other = visiting.agreeing(), visiting.agreeing()
    for one in (person, other):
        visiting.arm(one)
    for one in (person, other):
        visiting.take(one, track(WALK))
    kept = rows_of(visiting, other)
    assert kept == rows_of(visiting, person) > 3
    read: dict[str, Any] = {"version": CURRENT_POLICY, "language": "en", "via": Via.WEB}
    with RightsDesk.open(visiting.url, visiting.consents) as rights:
        match how:
            case "revoked":
                assert rights.oppose(person.subject, [Purpose.NOTICES], via=Via.APP) == [Purpose.NOTICES]
            case "refused":
                visiting.consents.say_no(person.subject, Purpose.NOTICES, **read)
            case _:
                assert rights.erase(person.subject, via=Via.APP).erased == 1 + kept
    assert rows_of(visiting, person) == 0
    assert rows_of(visiting, other) == kept
    with pytest.raises(ConsentNeeded):
        visiting.arm(person)


def test_a_yes_that_is_taken_back_while_positions_are_taken_tells_nothing(
    visiting: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, advance = visiting.agreeing(), Visits.advance
    visiting.arm(person)

    def too_late(store: Visits, *given: Any) -> Any:
        visiting.consents.revoke(person.subject, Purpose.NOTICES, via=Via.WEB)
        return advance(store, *given)

    monkeypatch.setattr(Visits, "advance", too_late)
    assert visiting.take(person, track(WALK)).notices == ()
    assert (rows_of(visiting, person), visiting.log()) == (0, [])


def test_the_way_is_wiped_when_a_visit_ends_and_the_rest_a_day_later(visiting: Visiting) -> None:
    person, other = visiting.agreeing(), visiting.agreeing()
    visit = visiting.arm(person, until=START + timedelta(hours=3))
    visiting.arm(other, until=START + timedelta(hours=20))
    for one in (person, other):
        visiting.take(one, track(WALK))

    def sweep(now: Any) -> int:
        with SweptStore.open(visiting.url) as swept:
            return sum(swept.sweep(sweep_visits, now - timedelta(days=1)))

    with Visits.open(visiting.url) as store:
        assert sweep(visit.ends_at - timedelta(minutes=1)) == 0
        assert store.of(person.subject)[0].state is not None
        assert sweep(visit.ends_at + timedelta(minutes=1)) == 0
        assert store.of(person.subject)[0].state is None
        assert store.of(other.subject)[0].state is not None
        assert len(store.notices_of(person.subject)) == 2
        assert sweep(visit.ends_at + timedelta(days=1, minutes=1)) == 3
        assert (store.of(person.subject), store.notices_of(person.subject)) == ([], [])
        assert len(store.of(other.subject)) == 1


def test_news_come_in_the_order_of_their_numbers(visiting: Visiting) -> None:
    person, other = visiting.agreeing(), visiting.agreeing()
    with Visits.open(visiting.url) as store:
        assert store.newest(0) == []
        for one in (person, other):
            visiting.arm(one)
        for one in (person, other):
            visiting.take(one, track(WALK))
        news = store.newest(0)
        assert [subject for _, subject in news] == [person.subject] * 2 + [other.subject] * 2
        assert [seq for seq, _ in news] == sorted(seq for seq, _ in news)
        assert store.newest(news[-1][0]) == []
        assert store.newest(news[1][0]) == news[2:]

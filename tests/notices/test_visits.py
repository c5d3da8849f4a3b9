"""Visits on the server: armed by consent, sealed, and told about by the fences of the place that was armed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from finder.domain.consent import ForNotices, Purpose, Via
from finder.domain.fence import FenceStatus, Trigger
from finder.domain.visit import Outcome
from finder.errors import BadInput, Conflict, ConsentNeeded, NotFound, NotReady
from finder.notices.tracker import TrackState
from finder.notices.visits import plain_state
from finder.notices.visits.progress import Progress
from finder.privacy.grants import once
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.rights import RightsDesk
from finder.privacy.visits import sealed_state
from finder.store import Store
from finder.store.consents import ConsentLedger
from finder.store.engine import open_engine
from finder.store.personal import open_personal_engine
from finder.store.push_subscriptions import PushSubscriptions, SealedSubscription
from finder.store.tables import METADATA
from finder.store.visit_tables import NOTICE, VISIT
from finder.store.visits import MOST_VISITS, Visits
from tests.notices.tracks import START, place
from tests.notices.visiting import CLINIC, OTHER, Visiting, at, fence, rows, track, triggers, wish

WALK = "walk_in_and_stay"
IN_THE_EVENING = START.replace(hour=21)
"""23:00 in Helsinki."""


@pytest.fixture
def visiting(sqlite_store: Store, tmp_path: Path) -> Iterator[Visiting]:
    del sqlite_store
    url = f"sqlite:///{tmp_path / 'finder.sqlite'}"
    with ConsentLedger.open(url, tmp_path / "revisions") as ledger:
        made = Visiting(url, ledger)
        yield made
        made.close()


def test_all_at_once_after_a_tunnel_is_the_same_but_for_what_is_late(visiting: Visiting) -> None:
    person = visiting.agreeing()
    visiting.arm(person)
    told = visiting.take(person, track(WALK)[::-1])
    assert triggers(told.notices) == ["dwell", "exit"]
    assert [visit.facility_id for visit in told.visits] == [CLINIC.id]
    held = [(entry.trigger, entry.reason) for entry in visiting.log() if entry.outcome is Outcome.HELD]
    assert held == [(Trigger.APPROACH, "late"), (Trigger.ENTER, "late")]


def test_without_a_visit_nothing_is_kept(visiting: Visiting) -> None:
    person = visiting.agreeing()
    taken = visiting.take(person, track(WALK))
    assert (taken.notices, taken.visits) == ((), ())
    assert rows(visiting, VISIT, NOTICE) == 0
    visit = visiting.arm(person)
    visiting.clock.now = visit.ends_at
    assert visiting.take(person, track(WALK)).visits == ()
    assert visiting.log() == []
    assert visiting.desk.visits(person) == []


def test_what_was_measured_before_a_visit_was_armed_tells_nothing(visiting: Visiting) -> None:
    """An app puts positions by while it is offline, and sends them once there is a visit."""
    person, walk = visiting.agreeing(), track(WALK)[:60]
    visiting.clock.now = walk[-1].received_at + timedelta(hours=1)
    visiting.arm(person)
    far = msgspec.structs.replace(walk[0], at_device=visiting.clock.now, received_at=visiting.clock.now)
    assert visiting.take(person, [*walk, far]).notices == ()
    for fix in walk:
        old = msgspec.structs.replace(fix, at_device=fix.at_device - timedelta(days=2))
        assert visiting.take(person, [old]).notices == ()
    assert triggers(visiting.walk(person, later=timedelta(hours=2))) == ["approach", "enter", "dwell", "exit"]


def test_only_the_armed_place_is_watched(visiting: Visiting) -> None:
    visiting.book.put(fence(), fence("fence-2", OTHER))
    person, both = visiting.agreeing(), visiting.agreeing()
    visiting.arm(person, OTHER)
    visiting.arm(both)
    visiting.arm(both, OTHER)
    assert {notice.fence_id for notice in visiting.walk(person)} == {"fence-2"}
    assert {entry.fence_id for entry in visiting.log()} == {"fence-2"}
    visiting.clock.now = START
    told = visiting.walk(both)
    assert sorted((notice.fence_id, notice.trigger.value) for notice in told) == [
        (fence_id, trigger) for fence_id in ("fence-1", "fence-2") for trigger in ("approach", "dwell", "enter", "exit")
    ]


def test_where_nothing_would_be_told_that_is_said(visiting: Visiting) -> None:
    person = visiting.agreeing()
    for facility_id in (OTHER.id, "nowhere"):
        with pytest.raises(NotFound, match="Nothing would be told there") as error:
            visiting.desk.arm(visiting.grant(person), person, facility_id)
        assert facility_id not in str(error.value)
    assert rows(visiting, VISIT) == 0


def test_a_visit_whose_fences_have_ended_goes_on_silently(visiting: Visiting) -> None:
    person = visiting.agreeing()
    visiting.arm(person)
    visiting.book.put(fence("fence-2", OTHER))
    taken = visiting.take(person, track(WALK))
    assert (taken.notices, len(taken.visits)) == ((), 1)
    assert visiting.desk.take(visiting.grant(person), person, []).notices == ()


def test_a_fence_that_is_no_longer_active_says_nothing(visiting: Visiting) -> None:
    person = visiting.agreeing()
    visiting.arm(person)
    visiting.book.put(fence(), msgspec.structs.replace(fence("fence-2"), status=FenceStatus.ENDED))
    assert {notice.fence_id for notice in visiting.take(person, track(WALK)).notices} == {"fence-1"}
    assert {entry.fence_id for entry in visiting.log() if entry.reason == "not_active"} == {"fence-2"}


@pytest.mark.parametrize(
    ("now", "ends_after_h"),
    [(START, 13), (IN_THE_EVENING, 2), (IN_THE_EVENING + timedelta(hours=1), 24)],
    ids=["with the day", "not within two hours", "the whole next day"],
)
def test_a_visit_ends_by_itself(visiting: Visiting, now: Any, ends_after_h: float) -> None:
    visiting.clock.now = now
    person = visiting.agreeing()
    assert visiting.arm(person).ends_at == now + timedelta(hours=ends_after_h)


def test_a_person_says_until_when(visiting: Visiting) -> None:
    person = visiting.agreeing()
    assert visiting.arm(person, until=START + timedelta(hours=24)).ends_at == START + timedelta(hours=24)
    for until in (START, START - timedelta(hours=1), START + timedelta(hours=24, seconds=1), START.replace(tzinfo=None)):
        with pytest.raises(BadInput):
            visiting.arm(person, until=until)


def test_who_arms_twice_has_one_visit(visiting: Visiting) -> None:
    person = visiting.agreeing()
    first = visiting.arm(person)
    told = visiting.take(person, track(WALK)[:40]).notices
    again = visiting.arm(person, language="es", tell_facility=True, email="ana@example.com", until=START + timedelta(hours=20))
    assert (again.id, again.reference, again.armed_at) == (first.id, first.reference, first.armed_at)
    assert (again.language, again.tenants_told, again.email) == ("es", ("north",), "ana@example.com")
    assert visiting.desk.visits(person) == [again]
    more = visiting.walk(person)
    assert triggers([*told, *more]) == ["enter", "dwell", "exit"]
    assert more[-1].language == "es"


def test_there_is_a_most(visiting: Visiting) -> None:
    person = visiting.agreeing()
    facilities = [msgspec.structs.replace(CLINIC, id=f"clinic-{number}") for number in range(MOST_VISITS + 1)]
    fences = [fence(f"fence-{one.id}", one) for one in facilities]
    visiting.book.edition = type(visiting.book.edition)(fences, {one.id: one for one in facilities}, {"north": "Northern Care"})
    for one in facilities[:-1]:
        visiting.arm(person, one)
    with pytest.raises(Conflict, match="stop one first"):
        visiting.arm(person, facilities[-1])
    visiting.desk.disarm(person, visiting.desk.visits(person)[0].id)
    visiting.arm(person, facilities[-1])


def test_a_channel_that_is_not_there_is_said(visiting: Visiting) -> None:
    person = visiting.agreeing()
    with pytest.raises(Conflict, match="sends no SMS"):
        visiting.arm(person, sms="+34600000000")
    assert visiting.arm(person, email="ana@example.com").email == "ana@example.com"


def test_the_most_of_a_day_is_of_all_visits(visiting: Visiting) -> None:
    visiting.book.put(fence(most_per_day=2, wishes=(wish(Trigger.ENTER), wish(Trigger.EXIT))))
    person = visiting.agreeing()
    for armed, told in enumerate((["enter", "exit"], [], ["enter", "exit"])):
        visiting.clock.now = START + timedelta(hours=(0, 3, 20)[armed])
        visiting.arm(person)
        assert triggers(visiting.walk(person, later=visiting.clock.now - START)) == told
        visiting.desk.disarm_all(person)
    assert {entry.reason for entry in visiting.log() if entry.outcome is Outcome.HELD} == {"cap"}


def test_in_quiet_hours_nothing_is_said(visiting: Visiting) -> None:
    quiet = fence("quiet", quiet_hours="Mo-Su 11:00-12:00")
    visiting.book.put(fence("window", windows="Mo-Su 14:00-15:00"), quiet)
    person = visiting.agreeing()
    visiting.arm(person)
    assert visiting.walk(person) == []
    held = {(entry.fence_id, entry.reason) for entry in visiting.log() if entry.trigger is Trigger.ENTER}
    assert held == {("quiet", "quiet_hours"), ("window", "outside_window")}


def test_a_damaged_visit_keeps_none_of_the_others(visiting: Visiting) -> None:
    visiting.book.put(fence(), fence("fence-2", OTHER))
    person = visiting.agreeing()
    damaged = visiting.arm(person)
    visiting.arm(person, OTHER)
    engine = open_personal_engine(visiting.url)
    for broken in ({"state": b"\x01broken"}, {"sealed": b"\x01broken", "state": None}):
        with engine.begin() as connection:
            connection.execute(VISIT.update().where(VISIT.c.id == damaged.id).values(broken))
        visiting.take(person, track(WALK))
    engine.dispose()
    assert {notice.fence_id for notice in visiting.desk.notices(person)} == {"fence-2"}
    assert [visit.facility_id for visit in visiting.desk.visits(person)] == [OTHER.id]
    assert visiting.desk.disarm_all(person) == 2


def test_while_the_law_is_asked_about_a_fence_no_position_is_lost(visiting: Visiting) -> None:
    """A process that has just begun knows a part of the fences: it takes nothing, and who sends again loses nothing."""
    front, back = fence("front"), fence("back")
    visiting.book.put(front, back)
    person, calm = visiting.agreeing(), visiting.agreeing()
    for one in (person, calm):
        visiting.arm(one)
    fixes = track(WALK)
    for number, fix in enumerate(fixes):
        visiting.take(calm, [fix])
        if number % 5 == 0:
            for known in ([front], []):
                visiting.book.put(*known, awaited=[one for one in (front, back) if one not in known])
                with pytest.raises(NotReady, match="again in a few seconds"):
                    visiting.take(person, [fix])
            visiting.book.put(front, back)
        visiting.take(person, [fix])
    told = [[(notice.fence_id, notice.trigger) for notice in visiting.desk.notices(one)] for one in (person, calm)]
    assert told[0] == told[1]
    assert {trigger for _, trigger in told[0]} > {Trigger.ENTER, Trigger.DWELL}


def test_a_state_of_another_release_is_begun_anew_and_tells_nothing_twice(visiting: Visiting) -> None:
    person = visiting.agreeing()
    visit = visiting.arm(person)
    fixes = track(WALK)
    visiting.take(person, fixes[:40])
    before = [(notice.fence_id, notice.trigger) for notice in visiting.desk.notices(person)]
    assert before
    engine = open_personal_engine(visiting.url)
    for form in (["of", "another"], Progress(track=TrackState(version=99))):
        with engine.begin() as connection:
            sealed = sealed_state(form, person.key, person.subject, visit.id)
            connection.execute(VISIT.update().where(VISIT.c.id == visit.id).values(state=sealed))
        visiting.take(person, fixes[:40])
        assert [(notice.fence_id, notice.trigger) for notice in visiting.desk.notices(person)] == before
    engine.dispose()
    visiting.take(person, fixes[40:])
    assert Trigger.DWELL in {notice.trigger for notice in visiting.desk.notices(person)}


@pytest.mark.parametrize("column", ["sealed", "state"])
def test_who_has_the_database_cannot_swap_one_visit_for_another(visiting: Visiting, column: str) -> None:
    visiting.book.put(fence(), fence("fence-2", OTHER))
    person = visiting.agreeing()
    for facility in (CLINIC, OTHER):
        visiting.arm(person, facility)
    visiting.take(person, track(WALK)[:40])
    with Visits.open(visiting.url) as store:
        before = {visit.id: visit for visit in store.of(person.subject)}
    one, other = before
    engine = open_personal_engine(visiting.url)
    with engine.begin() as connection:
        for id_, of in ((one, before[other]), (other, before[one])):
            connection.execute(VISIT.update().where(VISIT.c.id == id_).values({column: getattr(of, column)}))
    engine.dispose()
    assert visiting.take(person, track(WALK)[40:]).notices == ()
    assert len(visiting.desk.visits(person)) == (0 if column == "sealed" else 2)
    with Visits.open(visiting.url) as store:
        assert [visit.version for visit in store.of(person.subject)] == [1, 1]


def test_who_has_the_database_cannot_swap_one_notice_for_another_nor_tell_them_by_their_length(visiting: Visiting) -> None:
    visiting.book.put(fence(), fence("a"), fence("fence-2", OTHER))
    person = visiting.agreeing()
    for facility in (CLINIC, OTHER):
        visiting.arm(person, facility)
    visiting.take(person, track(WALK)[:40])
    engine = open_personal_engine(visiting.url)
    with engine.begin() as connection:
        found = connection.execute(select(NOTICE.c.id, NOTICE.c.sealed)).all()
        visits = connection.execute(select(VISIT.c.sealed)).scalars().all()
        states = connection.execute(select(VISIT.c.state)).scalars().all()
        for (id_, _), (_, sealed) in zip(found, [*found[1:], found[0]], strict=True):
            connection.execute(NOTICE.update().where(NOTICE.c.id == id_).values(sealed=sealed))
    engine.dispose()
    assert len({len(sealed) % 512 for sealed in (*(one for _, one in found), *visits)}) == 1
    assert len(found) > 1
    assert len({len(state) for state in states}) == 1, "one has two fences"
    assert visiting.desk.notices(person) == []


def test_a_yes_that_has_expired_is_none_for_a_browser_either(visiting: Visiting) -> None:
    person, now = visiting.agreeing(), visiting.clock.now
    browser = SealedSubscription(id="1", sealed=b"", used_on=now.date())
    with PushSubscriptions.open(visiting.url) as browsers:
        browsers.put(person.subject, browser, since=0, at=now)
        with pytest.raises(ConsentNeeded):
            browsers.put(person.subject, browser, since=0, at=now + timedelta(days=5 * 365))


def test_a_grant_for_something_else_opens_nothing(visiting: Visiting) -> None:
    from finder.domain.consent import ForSearch

    person, wrong = visiting.agreeing(), once(ForSearch, CURRENT_POLICY)
    with pytest.raises(TypeError):
        visiting.desk.arm(wrong, person, CLINIC.id)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        visiting.desk.take(wrong, person, [])  # type: ignore[arg-type]


def cells(visiting: Visiting, *tables: str) -> bytes:
    """All that stands in these tables."""
    engine = open_engine(visiting.url)
    with engine.connect() as connection:
        found = [cell for name in tables for row in connection.execute(select(METADATA.tables[name])).all() for cell in row]
    engine.dispose()
    return b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in found)


def test_nobody_reads_in_the_database_where_a_person_was(visiting: Visiting) -> None:
    person = visiting.agreeing()
    visiting.arm(person, email="ana@example.com")
    visiting.take(person, track(WALK))
    kept = cells(visiting, "visit", "notice")
    for secret in (CLINIC.id, "Station", "fence-1", "enter", "Northern", "ana@", person.token):
        assert secret.encode() not in kept
    log = cells(visiting, "notice_log")
    assert b"fence-1" in log
    assert person.subject.encode() not in log
    # When somebody was told something stands beside the person nowhere, and beside the fence as the day.
    hour = f"{visiting.clock.now:%Y-%m-%d %H}".encode()
    assert hour not in cells(visiting, "notice")
    assert hour[:10] in log
    assert hour not in log
    for shown in (visiting.desk.visits(person)[0], visiting.desk.notices(person)[0], visiting.desk.take):
        assert CLINIC.id not in repr(shown)


def test_what_was_told_has_another_hash_on_each_visit(visiting: Visiting) -> None:
    """Else the fences, which the database knows, could be tried one by one."""
    for _ in range(2):
        visiting.clock.now = START
        person = visiting.agreeing()
        visiting.arm(person)
        visiting.walk(person)
    engine = open_engine(visiting.url)
    with engine.connect() as connection:
        keys = list(connection.execute(select(NOTICE.c.key)).scalars())
    engine.dispose()
    assert len(keys) == len(set(keys)) == 8


def test_a_yes_that_is_taken_back_while_somebody_arms_leaves_nothing(visiting: Visiting) -> None:
    person = visiting.agreeing()
    grant = visiting.grant(person)
    visiting.consents.revoke(person.subject, Purpose.NOTICES, via=Via.WEB)
    with pytest.raises(ConsentNeeded) as error:
        visiting.desk.arm(grant, person, CLINIC.id)
    assert error.value.purpose == ForNotices.purpose
    assert rows(visiting, VISIT) == 0


def test_all_is_in_the_export(visiting: Visiting) -> None:
    person = visiting.agreeing()
    visit = visiting.arm(person, tell_facility=True)
    told = visiting.take(person, track(WALK)).notices
    with RightsDesk.open(visiting.url, visiting.consents, clock=visiting.clock, plain_state=plain_state) as rights:
        data, locked = rights.export(person.subject, person.key), rights.export(person.subject, None)
        assert rights.holds(person.subject)
    [line] = data.visits.rows
    assert (line.id, line.facility, line.tenants_told, line.reference, line.until) == (
        visit.id,
        CLINIC.id,
        ("north",),
        visit.reference,
        visit.ends_at + timedelta(days=1),
    )
    assert "24.93" in msgspec.json.encode(line.state).decode()
    track_state = line.state["track"]
    assert track_state["where"]["last"].keys() == {"at_s", "lon_lat", "error_m", "number"}
    assert [one["fence_id"] for one in track_state["fences"]] == [notice.fence_id for notice in told[:1]]
    assert [one["trigger"] for one in line.state["told"]] == [notice.trigger for notice in told]
    assert plain_state([1, "of another release"]) == [1, "of another release"]
    assert [(one.title, one.trigger, one.who, one.why) for one in data.notices.rows] == [
        (one.title, one.trigger, one.who, one.why) for one in told
    ]
    assert {one.until for one in data.notices.rows} == {line.until}
    assert (locked.visits.rows[0].facility, locked.visits.rows[0].state, locked.notices.rows[0].title) == (None, None, None)
    assert locked.visits.rows[0].id == visit.id
    for shown in (data, line, data.notices.rows[0]):
        assert "24.93" not in repr(shown)
        assert CLINIC.id not in repr(shown)


def test_somebody_who_stands_at_a_clinic_that_is_not_theirs_makes_no_row(visiting: Visiting) -> None:
    person = visiting.agreeing()
    visiting.arm(person)
    visiting.take(person, [at(place(500.0, 0.0), second) for second in range(0, 300, 15)])
    assert (visiting.desk.notices(person), visiting.log()) == ([], [])

"""The desk: what holds is what a reader of the whole ledger would say, whoever wrote it, whenever, under whatever policy."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from finder.domain.consent import (
    Act,
    Consent,
    ForAnalytics,
    ForDirections,
    ForDisclosure,
    ForIndoor,
    ForNotices,
    ForSearch,
    Purpose,
    Subject,
    Via,
)
from finder.errors import BadInput, ConsentNeeded, NotReady, OutdatedPolicy
from finder.privacy import desk as desk_module
from finder.privacy.desk import CONSENT_LASTS, ConsentDesk
from finder.privacy.policy import CURRENT_POLICY, Policies, policies
from finder.privacy.subjects import new_person
from finder.store import Store
from finder.store.consents import ConsentLedger
from tests.privacy.asking import answer, version
from tests.privacy.conftest import Clock

KINDS = (ForSearch, ForDirections, ForIndoor, ForNotices, ForAnalytics, ForDisclosure)
READ = {"version": CURRENT_POLICY, "language": "es", "via": Via.WEB}


def test_a_yes_holds_for_its_purpose_until_it_ends(ledger: ConsentLedger, clock: Clock) -> None:
    desk, subject = ConsentDesk(ledger, clock), new_person().subject
    consent = desk.say_yes(subject, Purpose.SEARCH, **READ)
    ends = clock.now + CONSENT_LASTS
    assert consent == Consent(purpose=Purpose.SEARCH, policy_version=CURRENT_POLICY, given_at=clock.now, expires_at=ends)
    assert desk.live(subject) == {Purpose.SEARCH: consent}
    assert [answer(desk, kind, subject) for kind in KINDS] == ["granted"] + 5 * ["needed"]
    assert answer(desk, ForSearch, new_person().subject) == "needed"
    assert answer(desk, ForSearch, None) == "needed"
    clock.now = ends - timedelta(microseconds=1)
    assert answer(desk, ForSearch, subject) == "granted"
    clock.now = ends
    assert answer(desk, ForSearch, subject) == "needed"
    assert desk.live(subject) == {}


def test_the_ledger_tells_what_was_read(ledger: ConsentLedger, clock: Clock) -> None:
    desk, subject = ConsentDesk(ledger, clock), new_person().subject
    desk.say_yes(subject, Purpose.SEARCH, **READ)
    desk.say_no(subject, Purpose.ANALYTICS, **{**READ, "language": "en", "via": Via.APP})
    clock.forward(hours=1)
    assert desk.revoke(subject, Purpose.SEARCH, via=Via.ADMIN)
    yes, no, revoked = desk.history(subject)
    assert [entry.act for entry in (yes, no, revoked)] == [Act.GRANTED, Act.REFUSED, Act.REVOKED]
    assert (yes.text_sha256, no.text_sha256) == tuple(map(policies().current.text_sha256, ("es", "en")))
    assert (yes.via, no.via, revoked.via) == (Via.WEB, Via.APP, Via.ADMIN)
    assert revoked.at - yes.at == timedelta(hours=1)
    receipt = desk.erase(subject, via=Via.WEB)
    assert receipt.erased == 3
    assert [(entry.act, entry.purpose, entry.seq) for entry in desk.history(subject)] == [(Act.ERASED, None, receipt.seq)]


def test_nobody_agrees_to_what_was_not_shown(ledger: ConsentLedger, clock: Clock) -> None:
    desk, subject = ConsentDesk(ledger, clock), new_person().subject
    for say in (desk.say_yes, desk.say_no):
        with pytest.raises(OutdatedPolicy, match=str(CURRENT_POLICY)):
            say(subject, Purpose.SEARCH, version=CURRENT_POLICY - timedelta(days=1), language="es", via=Via.WEB)
        with pytest.raises(BadInput, match="en, es"):
            say(subject, Purpose.SEARCH, version=CURRENT_POLICY, language="fi", via=Via.WEB)
    assert desk.history(subject) == []


def test_a_new_policy_asks_again_for_what_it_changes_and_the_old_yes_stays_readable(ledger: ConsentLedger, clock: Clock) -> None:
    subject = new_person().subject
    old = ConsentDesk(ledger, clock)
    for purpose in (Purpose.SEARCH, Purpose.DIRECTIONS):
        old.say_yes(subject, purpose, **READ)
    known = Policies([*policies().versions, version(30, frozenset({Purpose.SEARCH}))])
    desk = ConsentDesk(ledger, clock, known)
    assert answer(desk, ForSearch, subject) == "outdated"
    assert answer(desk, ForDirections, subject) == "granted"
    assert set(desk.live(subject)) == {Purpose.DIRECTIONS}
    assert [entry.policy_version for entry in desk.history(subject)] == [CURRENT_POLICY] * 2
    desk.say_yes(subject, Purpose.SEARCH, version=known.current.version, language="es", via=Via.WEB)
    assert answer(desk, ForSearch, subject) == "granted"
    # A worker that still runs the release before knows the newer yes for one.
    assert answer(old, ForSearch, subject) == "granted"


class Reads:
    """Counts how often the ledger is read."""

    def __init__(self, ledger: ConsentLedger, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self._last = 0, ledger.last
        monkeypatch.setattr(ledger, "last", self.last)

    def last(self, subject: Subject) -> Any:
        self.count += 1
        return self._last(subject)


@pytest.fixture
def reads(ledger: ConsentLedger, monkeypatch: pytest.MonkeyPatch) -> Reads:
    monkeypatch.setattr(desk_module, "SEEN_ELSEWHERE_AFTER_S", 3600.0)
    return Reads(ledger, monkeypatch)


def test_the_ledger_is_read_once_and_again_after_each_write(ledger: ConsentLedger, clock: Clock, reads: Reads) -> None:
    desk, subject = ConsentDesk(ledger, clock), new_person().subject
    for _ in range(3):
        assert answer(desk, ForSearch, subject) == "needed"
    assert reads.count == 1
    desk.say_yes(subject, Purpose.SEARCH, **READ)
    for _ in range(3):
        assert [answer(desk, kind, subject) for kind in (ForSearch, ForNotices)] == ["granted", "needed"]
    assert reads.count == 2


def test_a_disclosure_is_looked_up_each_time(ledger: ConsentLedger, clock: Clock, reads: Reads) -> None:
    desk, subject = ConsentDesk(ledger, clock), new_person().subject
    desk.say_yes(subject, Purpose.DISCLOSURE, **READ)
    assert [answer(desk, ForDisclosure, subject) for _ in range(3)] == 3 * ["granted"]
    assert reads.count == 3


def test_what_is_remembered_has_an_end(
    ledger: ConsentLedger, clock: Clock, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_module, "_MOST_REMEMBERED", 3)
    desk = ConsentDesk(ledger, clock)
    subjects = [new_person().subject for _ in range(4)]
    for subject in subjects:
        assert answer(desk, ForSearch, subject) == "needed"
    assert len(desk._remembered) == 3
    assert reads.count == 4
    for subject in reversed(subjects):  # the first of them was forgotten
        assert answer(desk, ForSearch, subject) == "needed"
    assert reads.count == 5


def test_what_is_written_while_it_is_read_is_not_missed(
    ledger: ConsentLedger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The revocation comes between the reading of the ledger and the remembering of what it said."""
    desk, subject = ConsentDesk(ledger, clock), new_person().subject
    desk.say_yes(subject, Purpose.SEARCH, **READ)
    last = ledger.last

    def read_then_revoked(of: Subject) -> Any:
        found = last(of)
        ledger.revoke(of, Purpose.SEARCH, at=clock.now, via=Via.WEB)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "last", read_then_revoked)
        assert answer(desk, ForSearch, subject) == "granted"  # it held when it was asked for
    assert answer(desk, ForSearch, subject) == "needed"


def test_while_a_write_goes_on_nothing_is_remembered(ledger: ConsentLedger, clock: Clock, reads: Reads) -> None:
    desk, subject = ConsentDesk(ledger, clock), new_person().subject
    with ledger._revisions.changing(subject):
        for _ in range(2):
            assert answer(desk, ForSearch, subject) == "needed"
    assert reads.count == 2


def test_a_ledger_that_does_not_answer_grants_nothing(empty_store_url: str, tmp_path: Path, clock: Clock) -> None:
    with ConsentLedger.open(empty_store_url, tmp_path / "revisions") as ledger, pytest.raises(NotReady):
        ConsentDesk(ledger, clock).grant(ForSearch, new_person().subject)


def test_on_postgis_another_machine_is_heard_in_time(
    postgis_url: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has another file of revisions; a disclosure waits for no time at all."""
    with Store.open(postgis_url) as store:
        store.migrate()
    with ConsentLedger.open(postgis_url, tmp_path / "a") as here, ConsentLedger.open(postgis_url, tmp_path / "b") as there:
        desk, elsewhere = ConsentDesk(here, clock), ConsentDesk(there, clock)
        subject, other = (new_person().subject for _ in range(2))
        now = 100.0
        monkeypatch.setattr(desk_module.time, "monotonic", lambda: now)
        for purpose in (Purpose.SEARCH, Purpose.DISCLOSURE):
            desk.say_yes(subject, purpose, **READ)
        desk.say_yes(other, Purpose.SEARCH, **READ)
        reads = Reads(here, monkeypatch)
        for each in (subject, other):
            assert answer(desk, ForSearch, each) == "granted"
        for seconds in (0.0, 0.4, 1.2):  # it was heard of the others' silence meanwhile
            now = 100.0 + seconds
            assert answer(desk, ForSearch, subject) == "granted"
        assert reads.count == 2

        for purpose in (Purpose.SEARCH, Purpose.DISCLOSURE):
            assert elsewhere.revoke(subject, purpose, via=Via.WEB)
        assert answer(desk, ForDisclosure, subject) == "needed"
        now += desk_module.SEEN_ELSEWHERE_AFTER_S + 0.001
        assert answer(desk, ForSearch, subject) == "needed"
        elsewhere.erase(other, via=Via.WEB)
        now += desk_module.SEEN_ELSEWHERE_AFTER_S + 0.001
        assert answer(desk, ForSearch, other) == "needed"


class Elsewhere:
    """A desk whose ledger other machines write into too; a test decides whether that tells of them."""

    def __init__(self, ledger: ConsentLedger, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self.fails = 0, False
        self.answers = threading.Event()
        self.answers.set()
        self.is_asked = threading.Event()
        with monkeypatch.context() as patched:
            patched.setattr(ledger, "reaches_other_machines", True)
            self.desk = ConsentDesk(ledger, clock)
        self._of = {name: getattr(ledger, name) for name in ("newest", "written_since")}
        monkeypatch.setattr(ledger, "newest", lambda: self._ask("newest"))
        monkeypatch.setattr(ledger, "written_since", lambda seq: self._ask("written_since", seq))

    def _ask(self, name: str, *given: Any) -> Any:
        self.asked += 1
        self.is_asked.set()
        assert self.answers.wait(30)
        if self.fails:
            raise NotReady("The database does not answer.")
        return self._of[name](*given)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock of the desk: one number, to be changed."""
    moment = [100.0]
    monkeypatch.setattr(desk_module.time, "monotonic", lambda: moment[0])
    return moment


def test_a_database_that_hangs_holds_up_one_thread_and_grants_nothing(
    ledger: ConsentLedger, clock: Clock, now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Elsewhere(ledger, clock, monkeypatch)
    desk, subject = elsewhere.desk, new_person().subject
    desk.say_yes(subject, Purpose.SEARCH, **READ)
    assert answer(desk, ForSearch, subject) == "granted"
    reads = Reads(ledger, monkeypatch)
    elsewhere.answers.clear()
    elsewhere.is_asked.clear()
    now[0] += desk_module.SEEN_ELSEWHERE_AFTER_S + 0.001
    first: list[str] = []
    listener = threading.Thread(target=lambda: first.append(answer(desk, ForSearch, subject)), daemon=True)
    listener.start()
    assert elsewhere.is_asked.wait(30)
    # The others do not wait for it: at first they ask the ledger itself, and soon nothing.
    assert answer(desk, ForSearch, subject) == "granted"
    assert reads.count == 1
    now[0] += desk_module._LONGEST_LISTENING_S + 0.001
    for _ in range(3):
        with pytest.raises(NotReady):
            desk.grant(ForSearch, subject)
    assert (reads.count, elsewhere.asked) == (1, 2)
    elsewhere.answers.set()
    listener.join(30)
    assert first == ["granted"]
    assert answer(desk, ForSearch, subject) == "granted"


def test_a_database_that_failed_is_let_alone_for_a_while_and_nothing_is_granted_meanwhile(
    ledger: ConsentLedger, clock: Clock, now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Elsewhere(ledger, clock, monkeypatch)
    desk, subject = elsewhere.desk, new_person().subject
    desk.say_yes(subject, Purpose.SEARCH, **READ)
    assert answer(desk, ForSearch, subject) == "granted"
    elsewhere.fails = True
    now[0] += desk_module.SEEN_ELSEWHERE_AFTER_S + 0.001
    for _ in range(5):
        with pytest.raises(NotReady):
            desk.grant(ForSearch, subject)
    assert elsewhere.asked == 2
    elsewhere.fails = False
    ledger.revoke(subject, Purpose.SEARCH, at=clock.now, via=Via.WEB)
    now[0] += desk_module.SEEN_ELSEWHERE_AFTER_S + 0.001
    assert answer(desk, ForSearch, subject) == "needed"


def test_messages_name_neither_token_nor_subject(ledger: ConsentLedger, clock: Clock) -> None:
    made, desk = new_person(), ConsentDesk(ledger, clock)
    told: list[str] = []
    known = Policies([*policies().versions, version(30, frozenset(Purpose))])
    desk.say_yes(made.subject, Purpose.SEARCH, **READ)
    for asked, kind in ((desk, ForDirections), (ConsentDesk(ledger, clock, known), ForSearch)):
        with pytest.raises((ConsentNeeded, OutdatedPolicy)) as caught:
            asked.grant(kind, made.subject)
        told += [str(caught.value), repr(caught.value), str(vars(caught.value)), repr(kind), repr(asked)]
    told += [repr(desk.erase(made.subject, via=Via.WEB)), repr(desk.live(made.subject))]
    assert not any(secret in text for secret in (made.token, made.subject) for text in told)


def test_a_yes_said_once_is_written_again_only_when_it_is_another(ledger: ConsentLedger, clock: Clock) -> None:
    desk, subject = ConsentDesk(ledger, clock), new_person().subject
    first = desk.say_yes(subject, Purpose.SEARCH, **READ, once=True)
    clock.now += timedelta(days=1)
    assert desk.say_yes(subject, Purpose.SEARCH, **READ, once=True) == first
    assert len(desk.history(subject)) == 1
    desk.say_yes(subject, Purpose.SEARCH, **{**READ, "language": "es" if READ["language"] == "en" else "en"}, once=True)
    desk.say_yes(subject, Purpose.NOTICES, **READ, once=True)
    desk.revoke(subject, Purpose.SEARCH, via=Via.APP)
    desk.say_yes(subject, Purpose.SEARCH, **READ, once=True)
    assert len(desk.history(subject)) == 5
    clock.now += CONSENT_LASTS
    assert desk.say_yes(subject, Purpose.SEARCH, **READ, once=True).given_at == clock.now

"""The threads that empty the outbox: who is slow to answer, a person's endpoint or a host, keeps nobody else waiting."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from finder.domain.consent import Subject
from finder.domain.delivery import Channel, Delivery
from finder.errors import Damaged, NotReady
from finder.notices.delivery.attempt import LATER, TAKEN, Attempt
from finder.notices.delivery.envelope import closed
from finder.notices.delivery.places import AT_ONCE, AT_ONE_PLACE
from finder.notices.delivery.sender import Sender
from finder.privacy.sealing import ServiceKey
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.deliveries import Deliveries, enqueue
from finder.store.personal import open_personal_engine
from tests.conftest import REPOSITORY
from tests.notices.delivery.waiting import delivery_of

LONG_S = 20.0


class Outside:
    """Takes all at once but what goes to ``slow.example``, which waits until ``answer`` is set."""

    def __init__(self) -> None:
        self.answer = threading.Event()
        self.begun: list[Delivery] = []
        self.done: list[str] = []
        self.result = TAKEN
        self._news = threading.Condition()

    def __call__(self, delivery: Delivery, _now: datetime) -> Attempt:
        self._tell(self.begun, delivery)
        if "slow.example" in delivery.target:
            self.answer.wait(LONG_S)
        self._tell(self.done, delivery.id)
        return self.result

    def _tell[Told](self, told: list[Told], what: Told) -> None:
        with self._news:
            told.append(what)
            self._news.notify_all()

    def wait_for(self, ids: set[str]) -> None:
        """Until these are done."""
        with self._news:
            assert self._news.wait_for(lambda: set(self.done) >= ids, LONG_S), self.done

    def wait_until_begun(self, count: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: len(self.begun) >= count, LONG_S), self.begun


@pytest.fixture
def url(sqlite_store: Store, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'finder.sqlite'}"


def put(url: str, folder: Path, *waiting: tuple[str, str, str], channel: Channel = Channel.PUSH) -> None:
    """Each with its id, whose it is and where it goes."""
    key, now = ServiceKey(folder / "keys"), datetime.now(UTC)
    made = [
        delivery_of(channel, target, id=id_, subject=Subject(f"{person:a>64}"), next_at=now - timedelta(seconds=1))
        for id_, person, target in waiting
    ]
    engine = open_personal_engine(url)
    with short_write(engine) as connection:
        enqueue(connection, [closed(each, key) for each in made])
    engine.dispose()


@contextmanager
def sending(url: str, folder: Path, outside: Outside, deliveries: Deliveries | None = None) -> Iterator[list[Exception]]:
    problems: list[Exception] = []
    channels = dict.fromkeys(Channel, outside)
    sender = Sender(deliveries or Deliveries.open(url), channels, ServiceKey(folder / "keys"), problems.append)
    sender.start()
    try:
        yield problems
    finally:
        outside.answer.set()
        sender.stop()


def test_endpoints_of_one_person_that_are_slow_keep_nobody_waiting(url: str, tmp_path: Path) -> None:
    outside = Outside()
    slow = [(f"a{number:02}", "a", f"https://{number}.slow.example/") for number in range(40)]
    put(url, tmp_path, *slow)
    with sending(url, tmp_path, outside) as problems:
        put(url, tmp_path, *((f"{name}1", name, "https://quick.example/") for name in "bcd"))
        outside.wait_for({"b1", "c1", "d1"})
        assert [each.id for each in outside.begun if each.subject == "a" * 64] == ["a00"]
        outside.answer.set()
        outside.wait_for({id_ for id_, _, _ in slow})
        assert problems == []
    assert sorted(outside.done) == sorted([*(id_ for id_, _, _ in slow), "b1", "c1", "d1"]), "each once"


def test_a_person_is_told_though_a_tenants_webhooks_are_slow(url: str, tmp_path: Path) -> None:
    outside = Outside()
    put(url, tmp_path, *((f"hook-{number}", "a", f"slow.example-{number}") for number in range(5)), channel=Channel.WEBHOOK)
    with sending(url, tmp_path, outside) as problems:
        outside.wait_until_begun(1)
        put(url, tmp_path, ("push", "a", "https://quick.example/"))
        put(url, tmp_path, ("letter", "a", "ana@mail.example"), channel=Channel.EMAIL)
        outside.wait_for({"push", "letter"})
        assert {each.id for each in outside.begun} == {"hook-0", "push", "letter"}
        assert problems == []


@pytest.mark.parametrize("channel", Channel)
def test_a_host_that_is_slow_leaves_threads_to_the_others(url: str, tmp_path: Path, channel: Channel) -> None:
    """Many persons are at it; what it has no room for is not leased, nor counted as tried."""
    outside = Outside()
    slow = {f"slow-{number}" for number in range(AT_ONE_PLACE[channel] + 9)}
    target = "slow.example@mail.example" if channel is Channel.EMAIL else "https://slow.example:8443/x"
    put(url, tmp_path, *((id_, f"{id_:s>64}", target) for id_ in slow), channel=channel)
    with sending(url, tmp_path, outside) as problems, Deliveries.open(url) as outbox:
        outside.wait_until_begun(AT_ONE_PLACE[channel])
        others = [each for each in Channel if each is not channel]
        for each in others:
            put(url, tmp_path, (f"quick-{each.value}", f"{each.value:q>64}", "https://quick.example/"), channel=each)
        quick = {f"quick-{each.value}" for each in others}
        if AT_ONE_PLACE[channel] < AT_ONCE[channel]:
            put(url, tmp_path, ("quick", "q", "https://quick.example/"), channel=channel)
            quick |= {"quick"}
        outside.wait_for(quick)
        begun = {each.id for each in outside.begun} & slow
        assert len(begun) == AT_ONE_PLACE[channel]
        assert {each.id for each in outbox.due(99, datetime.now(UTC))} == slow - begun, "free for who has room"
        outside.answer.set()
        outside.wait_for(slow)
        assert problems == []
    assert {each.attempts for each in outside.begun} == {1}
    assert sorted(outside.done) == sorted(slow | quick), "each once"


class Looking(Deliveries):
    """Tells when it has been looked into again, and counts what is written."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.looks = threading.Semaphore(0)
        self.writes = 0
        event.listen(engine, "commit", self._count)

    def _count(self, _connection: object) -> None:
        self.writes += 1

    def due(self, most: int, now: datetime, *, after: Delivery | None = None) -> list[Delivery]:
        self.looks.release()
        return super().due(most, now, after=after)


def test_what_a_host_has_no_room_for_costs_the_store_nothing(store: Store, store_url: str, tmp_path: Path) -> None:
    """Each of three hundred pushes to one host is leased once and deleted once, though two send."""
    outside = Outside()
    ids = {f"push-{number}" for number in range(300)}
    put(store_url, tmp_path, *((id_, f"{id_:p>64}", "https://slow.example/") for id_ in ids))
    outboxes = [Looking(open_personal_engine(store_url)) for _ in range(2)]

    def written() -> int:
        return sum(each.writes for each in outboxes)

    with ExitStack() as stack:
        told = [stack.enter_context(sending(store_url, tmp_path, outside, outbox)) for outbox in outboxes]
        outside.wait_until_begun(2 * AT_ONE_PLACE[Channel.PUSH])
        full = written()
        for outbox in outboxes * 3:
            assert outbox.looks.acquire(timeout=LONG_S)
        assert written() == full <= 2 * AT_ONE_PLACE[Channel.PUSH], "nothing is written while there is no room"
        outside.answer.set()
        outside.wait_for(ids)
        assert told == [[], []]
    assert sorted(outside.done) == sorted(ids), "each once"
    assert {each.attempts for each in outside.begun} == {1}
    assert len(ids) / 50 < written() <= 2.5 * len(ids)
    with Deliveries.open(store_url) as outbox:
        assert outbox.due(1, datetime.now(UTC) + timedelta(minutes=2)) == []


def test_who_waits_behind_very_many_has_their_turn(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More wait for a host that does not answer than are looked through at once."""
    monkeypatch.setattr("finder.notices.delivery.sender._PAGE", 7)
    outside = Outside()
    put(url, tmp_path, *((f"slow-{number}", f"{number}", "https://slow.example/") for number in range(40)))
    put(url, tmp_path, ("quick", "q", "https://quick.example/"))
    with sending(url, tmp_path, outside) as problems:
        outside.wait_for({"quick"})
        outside.answer.set()
        outside.wait_for({f"slow-{number}" for number in range(40)})
        assert problems == []
    assert len(outside.done) == 41, "each once"


class Locked(Deliveries):
    """Takes no word of what has arrived, ``times`` times."""

    times = 2

    def done(self, delivery_ids: object) -> int:
        if self.times:
            self.times -= 1
            raise NotReady("The store is being written.")
        return super().done(delivery_ids)  # pyright: ignore[reportArgumentType]


def test_what_has_arrived_is_not_sent_again_though_it_cannot_be_written(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when its lease is over."""
    monkeypatch.setattr("finder.notices.delivery.sender._AFTER_TROUBLE_S", 0.05)
    monkeypatch.setattr("finder.notices.delivery.sender.LEASE_S", 0.0)
    outside = Outside()
    put(url, tmp_path, ("1", "a", "https://quick.example/"))
    with Locked.open(url) as outbox:
        with sending(url, tmp_path, outside, outbox) as problems:
            outside.wait_for({"1"})
            while outbox.of(Subject("a" * 64)):
                time.sleep(0.01)
            assert [str(problem) for problem in problems] == ["The store is being written."], "told once"
        assert outside.done == ["1"]


def test_what_ends_while_it_stops_is_written(url: str, tmp_path: Path) -> None:
    outside = Outside()
    put(url, tmp_path, ("1", "a", "https://slow.example/"), ("2", "b", "https://slow.example/"))
    with sending(url, tmp_path, outside) as problems:
        outside.wait_until_begun(2)
    with Deliveries.open(url) as outbox:
        assert outbox.of(Subject("a" * 64)) == []
    assert problems == []


def test_one_that_cannot_be_opened_is_given_up_and_keeps_nobody_waiting(url: str, tmp_path: Path) -> None:
    outside = Outside()
    put(url, tmp_path / "other", ("other", "a", "https://quick.example/"))
    put(url, tmp_path, ("broken", "b", "https://[quick/"), ("whole", "c", "https://quick.example/"))
    with sending(url, tmp_path, outside) as problems:
        outside.wait_for({"broken", "whole"})
        with Deliveries.open(url) as outbox:
            while outbox.of(Subject("a" * 64)):
                time.sleep(0.01)
    assert [type(problem) for problem in problems] == [Damaged]


STOPPED = """
import sys, threading, time
from pathlib import Path
from finder.domain.delivery import Channel
from finder.notices.delivery import sender
from finder.privacy.sealing import ServiceKey
from finder.store.deliveries import Deliveries
url, folder = sys.argv[1:]
begun = threading.Event()
def hangs(delivery, now):
    begun.set()
    time.sleep(600)
sender._GOODBYE_S = 0.1
made = sender.Sender(Deliveries.open(url), {Channel.PUSH: hangs}, ServiceKey(Path(folder) / "keys"), print)
made.start()
assert begun.wait(20)
made.stop()
print("stopped")
"""


def test_a_host_that_hangs_does_not_keep_the_process_alive(url: str, tmp_path: Path) -> None:
    put(url, tmp_path, ("1", "a", "https://slow.example/"))
    command = [sys.executable, "-c", STOPPED, url, str(tmp_path)]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=True)
    assert (ended.stdout, ended.stderr) == ("stopped\n", "")
    with Deliveries.open(url) as outbox:
        assert [each.id for each in outbox.of(Subject("a" * 64))] == ["1"], "sent again, when the lease is over"


def test_the_log_tells_when_a_webhook_begins_to_fail_and_when_it_is_well_again(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each delivery of its own person, so that none waits for another."""
    monkeypatch.setattr("finder.notices.delivery.sender.back_off_s", lambda *_, **__: 3600.0)
    outside = Outside()
    outside.result = LATER
    put(url, tmp_path, *((f"{number}", f"{number}", "hook") for number in range(3)), channel=Channel.WEBHOOK)
    with sending(url, tmp_path, outside):
        outside.wait_for({"0", "1", "2"})
        while not caplog.messages:
            time.sleep(0.01)
        outside.result = TAKEN
        put(url, tmp_path, ("3", "3", "hook"), channel=Channel.WEBHOOK)
        while len(caplog.messages) < 2:
            time.sleep(0.01)
    began, ended = caplog.messages
    assert began.startswith("Webhook hook has not taken")
    assert ended == "Webhook hook takes what it is sent again."

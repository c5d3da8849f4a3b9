"""The threads that empty the outbox: who is slow to answer, a person's endpoint or a host, keeps nobody else waiting."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from finder.domain.consent import Subject
from finder.domain.delivery import Channel, Delivery
from finder.notices.delivery.attempt import TAKEN, Attempt
from finder.notices.delivery.envelope import closed
from finder.notices.delivery.sender import Sender
from finder.privacy.sealing import ServiceKey
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.deliveries import Deliveries, enqueue
from finder.store.personal import open_personal_engine

LONG_S = 20.0
AT_ONE_PLACE = 4


class Outside:
    """Takes all at once but what goes to ``slow.example``, which waits until ``answer`` is set."""

    def __init__(self) -> None:
        self.answer = threading.Event()
        self.begun: list[Delivery] = []
        self.done: list[str] = []
        self._news = threading.Condition()

    def __call__(self, delivery: Delivery, _now: datetime) -> Attempt:
        self._tell(self.begun, delivery)
        if "slow.example" in delivery.target:
            self.answer.wait(LONG_S)
        self._tell(self.done, delivery.id)
        return TAKEN

    def _tell[Told](self, told: list[Told], what: Told) -> None:
        with self._news:
            told.append(what)
            self._news.notify_all()

    def wait_for(self, ids: set[str]) -> None:
        with self._news:
            assert self._news.wait_for(lambda: set(self.done) >= ids, LONG_S), self.done


@pytest.fixture
def url(sqlite_store: Store, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'finder.sqlite'}"


def put(url: str, folder: Path, *waiting: tuple[str, str, str]) -> None:
    """Each with its id, whose it is and where it goes."""
    key, now = ServiceKey(folder / "keys"), datetime.now(UTC)
    made = [
        Delivery(
            id=id_,
            channel=Channel.PUSH,
            target=target,
            headers={},
            body=b"",
            subject=Subject(person * 64),
            notice_id=None,
            attempts=0,
            next_at=now - timedelta(seconds=1),
            gives_up_at=now + timedelta(hours=1),
        )
        for id_, person, target in waiting
    ]
    engine = open_personal_engine(url)
    with short_write(engine) as connection:
        enqueue(connection, [closed(each, key) for each in made])
    engine.dispose()


@contextmanager
def sending(url: str, folder: Path, outside: Outside) -> Iterator[list[Exception]]:
    problems: list[Exception] = []
    sender = Sender(Deliveries.open(url), {Channel.PUSH: outside}, ServiceKey(folder / "keys"), problems.append)
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
        assert [each.id for each in outside.begun if each.subject == Subject("a" * 64)] == ["a00"]
        outside.answer.set()
        outside.wait_for({id_ for id_, _, _ in slow})
        assert problems == []
    assert sorted(outside.done) == sorted([*(id_ for id_, _, _ in slow), "b1", "c1", "d1"]), "each once"


def test_a_host_that_is_slow_leaves_threads_to_the_others(url: str, tmp_path: Path) -> None:
    """Many persons are at it; those that it has no room for are not counted as tried."""
    outside = Outside()
    people = "abcdefghijklmnopqrst"
    put(url, tmp_path, *((f"slow-{name}", name, "https://slow.example:8443/x") for name in people))
    with sending(url, tmp_path, outside) as problems:
        put(url, tmp_path, *((f"quick-{name}", name, "https://quick.example/") for name in "ABC"))
        outside.wait_for({f"quick-{name}" for name in "ABC"})
        assert sum("slow" in each.id for each in outside.begun) <= AT_ONE_PLACE
        outside.answer.set()
        outside.wait_for({f"slow-{name}" for name in people})
        assert problems == []
    assert {each.attempts for each in outside.begun} == {1}
    assert len(outside.done) == len(people) + 3, "each once"

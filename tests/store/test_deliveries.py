"""The outbox: written with what it tells of or not at all, leased by one at a time, given up in time; on both databases."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine

from finder.domain.consent import Subject
from finder.domain.delivery import Backlog, Channel, Delivery
from finder.errors import NotReady
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.deliveries import Deliveries, cancel, enqueue, erase_deliveries, sweep_deliveries
from finder.store.personal import open_personal_engine

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ANA, EVA = Subject("a" * 64), Subject("e" * 64)


@pytest.fixture
def engine(store: Store, store_url: str) -> Iterator[Engine]:
    opened = open_personal_engine(store_url)
    yield opened
    opened.dispose()


def delivery(id_: str, **changes: Any) -> Delivery:
    made: dict[str, Any] = {
        "id": id_,
        "channel": Channel.PUSH,
        "target": "sealed",
        "headers": {"Topic": id_},
        "body": b"\x00\xff",
        "subject": ANA,
        "notice_id": f"of-{id_}",
        "attempts": 0,
        "next_at": NOW,
        "gives_up_at": NOW + timedelta(hours=1),
    }
    return Delivery(**(made | changes))


def put(engine: Engine, *deliveries: Delivery) -> None:
    with short_write(engine) as connection:
        enqueue(connection, deliveries)


def take(outbox: Deliveries, most: int, now: datetime, for_s: float = 60) -> list[Delivery]:
    """Lease what is due."""
    return outbox.lease([each.id for each in outbox.due(most, now)], now, for_s)


def after(**by: float) -> datetime:
    return NOW + timedelta(**by)


def test_what_waits_is_counted_by_channel(engine: Engine) -> None:
    outbox = Deliveries(engine)
    assert outbox.backlog(NOW) == []
    put(
        engine,
        delivery("1", next_at=after(seconds=-9), attempts=2),
        delivery("2", next_at=after(seconds=-5), attempts=3),
        delivery("3", next_at=after(seconds=5), attempts=7),
        delivery("over", next_at=after(hours=-5), attempts=7, gives_up_at=NOW),
        delivery("4", next_at=after(seconds=5), channel=Channel.SMS),
    )
    push = Backlog(channel=Channel.PUSH, waiting=3, failing=2, due_since=after(seconds=-9))
    sms = Backlog(channel=Channel.SMS, waiting=1, failing=0, due_since=None)
    assert outbox.backlog(NOW) == [push, sms]
    outbox.lease(["1"], NOW, 60)  # whoever sends it makes its attempts three
    assert outbox.backlog(NOW) == [msgspec.structs.replace(push, failing=3, due_since=after(seconds=-5)), sms]
    assert outbox.backlog(after(seconds=61))[0].due_since == after(seconds=-9)


def test_what_is_not_told_does_not_go_out(engine: Engine) -> None:
    with short_write(engine) as connection:
        enqueue(connection, [delivery("1")])
        connection.rollback()
    assert take(Deliveries(engine), 9, NOW) == []


def test_what_is_due_is_leased_as_it_was_written_and_by_one_only(engine: Engine) -> None:
    outbox = Deliveries(engine)
    late, now, soon = (
        delivery(id_, subject=None, next_at=after(seconds=s)) for id_, s in (("late", -9), ("now", 0), ("soon", 1))
    )
    put(engine, late, now, soon)
    put(engine)  # nothing is nothing
    assert take(outbox, 1, NOW) == [msgspec.structs.replace(late, attempts=1)]
    assert [each.id for each in take(outbox, 9, NOW)] == ["now"]
    assert take(outbox, 9, NOW) == []
    assert [each.id for each in take(outbox, 9, after(seconds=1))] == ["soon"]
    again = take(outbox, 9, after(seconds=60))
    assert [(each.id, each.attempts) for each in again] == [("late", 2), ("now", 2)], "the leases of who died are over"


def test_what_arrived_or_failed_is_not_in_the_way(engine: Engine) -> None:
    outbox = Deliveries(engine)
    put(engine, delivery("1"), delivery("2", subject=EVA))
    [first, second] = take(outbox, 2, NOW)
    assert outbox.done([first.id, "nobody's"]) == 1
    assert outbox.done([first.id]) == 0
    assert outbox.failed(second, after(seconds=10))
    assert take(outbox, 2, after(seconds=9)) == []
    assert [each.attempts for each in take(outbox, 2, after(seconds=10))] == [2]


def test_who_comes_too_late_disturbs_nobody(engine: Engine) -> None:
    """A sender that slept through its lease must not let go what another is sending."""
    outbox = Deliveries(engine)
    put(engine, delivery("1"))
    [sleeper] = take(outbox, 1, NOW)
    [taken] = take(outbox, 1, after(seconds=61))
    assert not outbox.failed(sleeper, after(seconds=62))
    assert take(outbox, 1, after(seconds=63)) == []
    assert outbox.failed(taken, after(seconds=64))


def test_it_is_given_up_in_time(engine: Engine) -> None:
    outbox = Deliveries(engine)
    put(engine, *(delivery(str(number), gives_up_at=after(minutes=number)) for number in range(1, 5)))
    assert [each.id for each in take(outbox, 1, NOW, 120)] == ["1"]
    assert outbox.give_up(NOW) == []
    # The first is being sent until its lease is over; the others have not come to their end.
    assert outbox.give_up(after(minutes=1)) == []
    assert {each.id for each in outbox.give_up(after(minutes=2, seconds=1))} == {"1", "2"}
    [third] = take(outbox, 1, after(minutes=2))
    assert not outbox.failed(third, after(minutes=3)), "the next attempt would be too late"
    assert take(outbox, 9, after(minutes=4)) == [], "what is over is not sent, be it still there"
    assert [each.id for each in outbox.of(ANA)] == ["4"]


def test_what_was_seen_erased_or_is_over_is_taken_away(engine: Engine) -> None:
    outbox = Deliveries(engine)
    put(
        engine,
        delivery("seen"),
        delivery("hook", notice_id=None, channel=Channel.WEBHOOK),
        delivery("other", subject=EVA),
        delivery("nobody", subject=None, gives_up_at=after(days=1)),
    )
    with short_write(engine) as connection:
        assert cancel(connection, "of-seen") == 1
    assert [each.id for each in outbox.of(ANA)] == ["hook"]
    with short_write(engine) as connection:
        assert erase_deliveries(connection, ANA) == 1
    with short_write(engine) as connection:
        assert sweep_deliveries(connection, after(hours=2)) == 1
        assert sweep_deliveries(connection, after(hours=2)) == 0
    assert [each.id for each in take(outbox, 9, NOW)] == ["nobody"]


def test_of_many_senders_each_gets_others(engine: Engine, store_url: str) -> None:
    put(engine, *(delivery(f"{number:03}", subject=None) for number in range(60)))
    together = threading.Barrier(4)

    def send(_: int) -> list[str]:
        with Deliveries.open(store_url) as outbox:
            together.wait(20)
            taken: list[str] = []
            while due := outbox.due(4, NOW):
                with suppress(NotReady):  # SQLite's file has one writer: a sender that waited for long looks again
                    # None of them, if others were faster.
                    taken += [each.id for each in outbox.lease([each.id for each in due], NOW, 60)]
            return taken

    with ThreadPoolExecutor(4) as threads:
        taken = [id_ for each in threads.map(send, range(4)) for id_ in each]
    assert sorted(taken) == [f"{number:03}" for number in range(60)]


def test_of_a_person_one_at_a_time(engine: Engine) -> None:
    """Whose endpoints are slow to answer waits alone."""
    outbox = Deliveries(engine)
    put(engine, *(delivery(f"ana-{number}", next_at=after(seconds=-number)) for number in range(3)), delivery("eva", subject=EVA))
    put(engine, delivery("nobody-1", subject=None), delivery("nobody-2", subject=None))
    together = take(outbox, 9, NOW)
    assert {each.id for each in together} == {"ana-2", "eva", "nobody-1", "nobody-2"}
    assert take(outbox, 9, after(seconds=59)) == []
    outbox.done(["ana-2"])
    [second] = take(outbox, 9, NOW)
    assert second.id == "ana-1"
    outbox.failed(second, after(minutes=9))
    assert [each.id for each in take(outbox, 9, NOW)] == ["ana-0"], "what is tried again later is in nobody's way"
    assert "ana-0" in {each.id for each in take(outbox, 9, after(minutes=9))}, "nor is a lease that is over"


def test_of_a_person_one_at_a_time_by_many_senders(engine: Engine, store_url: str) -> None:
    put(engine, *(delivery(f"{number:03}", subject=(ANA, EVA)[number % 2]) for number in range(40)))
    together = threading.Barrier(4)

    def send(_: int) -> list[str]:
        with Deliveries.open(store_url) as outbox:
            together.wait(20)
            with suppress(NotReady):
                return [each.id for each in take(outbox, 9, NOW)]
            return []

    with ThreadPoolExecutor(4) as threads:
        taken = sorted(id_ for each in threads.map(send, range(4)) for id_ in each)
    assert taken == ["000", "001"]


def test_to_look_what_is_due_changes_nothing(engine: Engine) -> None:
    outbox = Deliveries(engine)
    put(engine, *(delivery(f"{number}", subject=None, next_at=after(seconds=-(number // 2))) for number in range(6)))
    whole = outbox.due(9, NOW)
    assert [each.id for each in whole] == ["4", "5", "2", "3", "0", "1"]
    assert outbox.due(9, NOW) == whole
    assert {each.attempts for each in whole} == {0}
    pages, last = list[str](), None
    while page := outbox.due(1, NOW, after=last):
        pages += [each.id for each in page]
        last = page[-1]
    assert pages == ["4", "5", "2", "3", "0", "1"], "each once, though some have one time"


def test_who_looked_too_early_leases_nothing(engine: Engine) -> None:
    """What another has leased, sent or put off since, what was cancelled, and what comes second of a person."""
    outbox = Deliveries(engine)
    put(engine, *(delivery(id_, subject=None) for id_ in ("leased", "sent", "later", "seen")))
    put(engine, delivery("first"), delivery("second", next_at=after(seconds=1)))
    everything = ["leased", "sent", "later", "seen", "first", "second"]
    outbox.lease(["leased"], NOW, 60)
    outbox.done(["sent"])
    [later] = outbox.lease(["later"], NOW, 60)
    outbox.failed(later, after(seconds=30))
    with short_write(engine) as connection:
        cancel(connection, "of-seen")
    assert [each.id for each in outbox.lease(everything, after(seconds=2), 60)] == ["first"]
    assert outbox.lease([], NOW, 60) == []


def test_of_a_person_one_at_a_time_of_each_channel(engine: Engine) -> None:
    """A tenant's webhook that is slow to answer does not hold up what the person is told."""
    outbox = Deliveries(engine)
    hooks = [delivery(f"hook-{number}", channel=Channel.WEBHOOK, next_at=after(seconds=-9)) for number in range(5)]
    put(engine, *hooks, delivery("push"), delivery("letter", channel=Channel.EMAIL), delivery("push-2"))
    assert {each.id for each in take(outbox, 9, NOW)} == {"hook-0", "push", "letter"}
    assert take(outbox, 9, NOW) == []
    outbox.done(["push"])
    assert [each.id for each in take(outbox, 9, NOW)] == ["push-2"]


def test_a_delivery_is_a_noun_that_is_kept_whole(engine: Engine) -> None:
    put(engine, whole := delivery("1", channel=Channel.EMAIL, headers={"a": "ü"}, body=bytes(range(256))))
    assert Deliveries(engine).of(ANA) == [whole]
    assert msgspec.structs.replace(whole, attempts=1) == take(Deliveries(engine), 1, NOW)[0]


def test_who_looks_where_no_store_is_makes_none(tmp_path: Path, engine: Engine) -> None:
    assert Deliveries(engine).is_there()
    with Deliveries.open(f"sqlite:///{tmp_path / 'none.sqlite'}") as outbox:
        assert not outbox.is_there()
    assert not (tmp_path / "none.sqlite").exists()

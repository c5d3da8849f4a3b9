"""The outbox: written with what it tells of or not at all, leased by one at a time, given up in time; on both databases."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine

from finder.domain.consent import Subject
from finder.domain.delivery import Channel, Delivery
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


def after(**by: float) -> datetime:
    return NOW + timedelta(**by)


def test_what_is_not_told_does_not_go_out(engine: Engine) -> None:
    with short_write(engine) as connection:
        enqueue(connection, [delivery("1")])
        connection.rollback()
    assert Deliveries(engine).lease(9, NOW, 60) == []


def test_what_is_due_is_leased_as_it_was_written_and_by_one_only(engine: Engine) -> None:
    outbox = Deliveries(engine)
    late, now, soon = (
        delivery(id_, subject=None, next_at=after(seconds=s)) for id_, s in (("late", -9), ("now", 0), ("soon", 1))
    )
    put(engine, late, now, soon)
    put(engine)  # nothing is nothing
    assert outbox.lease(1, NOW, 60) == [msgspec.structs.replace(late, attempts=1)]
    assert [each.id for each in outbox.lease(9, NOW, 60)] == ["now"]
    assert outbox.lease(9, NOW, 60) == []
    assert [each.id for each in outbox.lease(9, after(seconds=1), 60)] == ["soon"]
    again = outbox.lease(9, after(seconds=60), 60)
    assert [(each.id, each.attempts) for each in again] == [("late", 2), ("now", 2)], "the leases of who died are over"


def test_what_arrived_or_failed_is_not_in_the_way(engine: Engine) -> None:
    outbox = Deliveries(engine)
    put(engine, delivery("1"), delivery("2", subject=EVA))
    [first, second] = outbox.lease(2, NOW, 60)
    assert outbox.done(first.id)
    assert not outbox.done(first.id)
    assert outbox.failed(second, after(seconds=10))
    assert outbox.lease(2, after(seconds=9), 60) == []
    assert [each.attempts for each in outbox.lease(2, after(seconds=10), 60)] == [2]


def test_who_comes_too_late_disturbs_nobody(engine: Engine) -> None:
    """A sender that slept through its lease must not let go what another is sending."""
    outbox = Deliveries(engine)
    put(engine, delivery("1"))
    [sleeper] = outbox.lease(1, NOW, 60)
    [taken] = outbox.lease(1, after(seconds=61), 60)
    assert not outbox.failed(sleeper, after(seconds=62))
    assert outbox.lease(1, after(seconds=63), 60) == []
    assert outbox.failed(taken, after(seconds=64))


def test_it_is_given_up_in_time(engine: Engine) -> None:
    outbox = Deliveries(engine)
    put(engine, *(delivery(str(number), gives_up_at=after(minutes=number)) for number in range(1, 5)))
    assert [each.id for each in outbox.lease(1, NOW, 120)] == ["1"]
    assert outbox.give_up(NOW) == []
    # The first is being sent until its lease is over; the others have not come to their end.
    assert outbox.give_up(after(minutes=1)) == []
    assert {each.id for each in outbox.give_up(after(minutes=2, seconds=1))} == {"1", "2"}
    [third] = outbox.lease(1, after(minutes=2), 60)
    assert not outbox.failed(third, after(minutes=3)), "the next attempt would be too late"
    assert outbox.lease(9, after(minutes=4), 60) == [], "what is over is not sent, be it still there"
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
    assert [each.id for each in outbox.lease(9, NOW, 60)] == ["nobody"]


def test_of_many_senders_each_gets_others(engine: Engine, store_url: str) -> None:
    put(engine, *(delivery(f"{number:03}", subject=None) for number in range(60)))
    together = threading.Barrier(4)

    def take(_: int) -> list[str]:
        with Deliveries.open(store_url) as outbox:
            together.wait(20)
            taken: list[str] = []
            while some := outbox.lease(4, NOW, 60):
                assert len(some) <= 4
                taken += [each.id for each in some]
            return taken

    with ThreadPoolExecutor(4) as threads:
        taken = [id_ for each in threads.map(take, range(4)) for id_ in each]
    # Who passed over what another was just taking may have found nothing; then it is still there.
    taken += [each.id for each in Deliveries(engine).lease(99, NOW, 60)]
    assert sorted(taken) == [f"{number:03}" for number in range(60)]


def test_of_a_person_one_at_a_time(engine: Engine) -> None:
    """Whose endpoints are slow to answer waits alone."""
    outbox = Deliveries(engine)
    put(engine, *(delivery(f"ana-{number}", next_at=after(seconds=-number)) for number in range(3)), delivery("eva", subject=EVA))
    put(engine, delivery("nobody-1", subject=None), delivery("nobody-2", subject=None))
    together = outbox.lease(9, NOW, 60)
    assert {each.id for each in together} == {"ana-2", "eva", "nobody-1", "nobody-2"}
    assert outbox.lease(9, after(seconds=59), 60) == []
    outbox.done("ana-2")
    [second] = outbox.lease(9, NOW, 60)
    assert second.id == "ana-1"
    outbox.failed(second, after(minutes=9))
    assert [each.id for each in outbox.lease(9, NOW, 60)] == ["ana-0"], "what is tried again later is in nobody's way"
    assert "ana-0" in {each.id for each in outbox.lease(9, after(minutes=9), 60)}, "nor is a lease that is over"


def test_of_a_person_one_at_a_time_by_many_senders(engine: Engine, store_url: str) -> None:
    put(engine, *(delivery(f"{number:03}", subject=(ANA, EVA)[number % 2]) for number in range(40)))
    together = threading.Barrier(4)

    def take(_: int) -> list[str]:
        with Deliveries.open(store_url) as outbox:
            together.wait(20)
            return [each.id for each in outbox.lease(9, NOW, 60)]

    with ThreadPoolExecutor(4) as threads:
        taken = sorted(id_ for each in threads.map(take, range(4)) for id_ in each)
    assert taken == ["000", "001"]


def test_what_is_put_back_was_not_tried(engine: Engine) -> None:
    outbox = Deliveries(engine)
    put(engine, delivery("1"))
    [leased] = outbox.lease(1, NOW, 60)
    outbox.put_back(leased, after(seconds=1))
    assert outbox.lease(1, NOW, 60) == []
    [again] = outbox.lease(1, after(seconds=1), 60)
    assert again.attempts == leased.attempts == 1
    outbox.put_back(delivery("1", attempts=9), after(seconds=2))
    assert outbox.lease(1, after(seconds=2), 60) == [], "who slept through its lease disturbs nobody"


def test_a_delivery_is_a_noun_that_is_kept_whole(engine: Engine) -> None:
    put(engine, whole := delivery("1", channel=Channel.EMAIL, headers={"a": "ü"}, body=bytes(range(256))))
    assert Deliveries(engine).of(ANA) == [whole]
    assert msgspec.structs.replace(whole, attempts=1) == Deliveries(engine).lease(1, NOW, 60)[0]


def test_who_looks_where_no_store_is_makes_none(tmp_path: Path, engine: Engine) -> None:
    assert Deliveries(engine).is_there()
    with Deliveries.open(f"sqlite:///{tmp_path / 'none.sqlite'}") as outbox:
        assert not outbox.is_there()
    assert not (tmp_path / "none.sqlite").exists()

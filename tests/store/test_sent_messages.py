"""How many letters and short messages went out: counted once each, by all processes together; on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.personal import open_personal_engine
from finder.store.sent_messages import Limit, SentMessages, sweep_sent_messages

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture
def sent(store: Store, store_url: str) -> Iterator[SentMessages]:
    with SentMessages.open(store_url) as opened:
        yield opened


def test_so_many_to_one_target_within_a_day(sent: SentMessages) -> None:
    count = partial(sent.count, most_a_day=3, most_an_hour=99)
    assert [count(f"m{number}", "ana", at=NOW + timedelta(hours=number)) for number in range(3)] == [None] * 3
    assert count("m3", "ana", at=NOW + timedelta(hours=23)) is Limit.OF_TARGET
    assert count("m2", "ana", at=NOW + timedelta(hours=23)) is None, "what is tried again is the same"
    assert count("m4", "eva", at=NOW + timedelta(hours=23)) is None
    assert count("m3", "ana", at=NOW + timedelta(hours=24)) is None, "the first is a day old"
    assert count("m5", "ana", at=NOW + timedelta(hours=24)) is Limit.OF_TARGET


def test_so_many_to_all_within_an_hour(sent: SentMessages) -> None:
    count = partial(sent.count, most_a_day=9, most_an_hour=4)
    assert [count(f"m{number}", f"t{number}", at=NOW) for number in range(4)] == [None] * 4
    assert count("m4", "t4", at=NOW + timedelta(minutes=59)) is Limit.OF_ALL
    assert count("m3", "t3", at=NOW + timedelta(minutes=59)) is None
    assert count("m4", "t4", at=NOW + timedelta(minutes=60)) is None


def test_who_count_at_once_do_not_count_too_many(sent: SentMessages, store_url: str) -> None:
    def take(number: int) -> list[Limit | None]:
        with SentMessages.open(store_url) as opened:
            return [opened.count(f"{number} {each}", "ana", at=NOW, most_a_day=5, most_an_hour=99) for each in range(5)]

    with ThreadPoolExecutor(4) as threads:
        said = [limit for each in threads.map(take, range(4)) for limit in each]
    assert (said.count(None), said.count(Limit.OF_TARGET)) == (5, 15)


def test_what_is_over_is_swept(sent: SentMessages, store_url: str) -> None:
    for number in range(3):
        sent.count(str(number), "ana", at=NOW + timedelta(minutes=number), most_a_day=9, most_an_hour=9)
    engine = open_personal_engine(store_url)
    with short_write(engine) as connection:
        assert sweep_sent_messages(connection, NOW + timedelta(minutes=1)) == 1
        assert sweep_sent_messages(connection, NOW + timedelta(minutes=1)) == 0
    engine.dispose()

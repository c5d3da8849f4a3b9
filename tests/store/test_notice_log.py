"""The notice log: counted by day and reason, of nobody; on both databases."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from finder.domain.fence import Trigger
from finder.domain.visit import NoticeLogEntry, Outcome
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.fence_tables import NOTICE_LOG
from finder.store.notice_log import NoticeLog, add_log, last_day_over, sweep_notice_log
from finder.store.personal import open_personal_engine

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
LATER = NOW + 9 * DAY
"""When all the days are over of which something is entered here."""


@pytest.fixture
def engine(store: Store, store_url: str) -> Iterator[Engine]:
    opened = open_personal_engine(store_url)
    yield opened
    opened.dispose()


def entry(fence: str = "f1", reason: str = "told", *, days: int = 0, count: int = 1, tenant: str = "norte") -> NoticeLogEntry:
    return NoticeLogEntry(
        day=NOW.date() + timedelta(days=days),
        tenant=tenant,
        fence_id=fence,
        trigger=Trigger.ENTER,
        outcome=Outcome.SENT if reason == "told" else Outcome.HELD,
        reason=reason,
        count=count,
    )


entries = st.builds(
    entry, st.sampled_from(["f1", "f2"]), st.sampled_from(["told", "cap"]), days=st.integers(0, 2), count=st.integers(1, 9)
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(entries, max_size=6), max_size=4))
def test_what_is_the_same_is_counted_together(engine: Engine, writes: list[list[NoticeLogEntry]]) -> None:
    with short_write(engine) as connection:
        connection.execute(delete(NOTICE_LOG))
    true = Counter[tuple[date, str, str]]()
    for write in writes:
        with short_write(engine) as connection:
            add_log(connection, write)
        for one in write:
            true[one.day, one.fence_id, one.reason] += one.count
    page = NoticeLog(engine).page(now=LATER)
    assert {(one.day, one.fence_id, one.reason): one.count for one in page} == dict(true)
    assert len(page) == len(true)
    assert [one.day for one in page] == sorted((one.day for one in page), reverse=True)


def test_a_page_is_of_one_tenant_one_fence_and_a_time(engine: Engine) -> None:
    written = [entry("f1"), entry("f1", "cap", days=1), entry("f2", days=2), entry("f9", tenant="sur")]
    with short_write(engine) as connection:
        add_log(connection, written)
    log = NoticeLog(engine)
    assert log.page(now=LATER, tenant="norte") == [written[2], written[1], written[0]]
    assert log.page(now=LATER, tenant="norte", fence_id="f9") == []
    assert log.page(now=LATER, fence_id="f1") == [written[1], written[0]]
    assert log.page(now=LATER, since=NOW + DAY) == [written[2], written[1]], "the day of that moment is told whole"
    evening = datetime(2026, 11, 24, 18, 0, tzinfo=timezone(timedelta(hours=-8)))
    assert log.page(now=LATER, since=evening) == [written[2]], "days are those of UTC"
    assert log.page(now=LATER, limit=1, offset=1) == [written[1]]


def test_a_day_shows_once_it_is_over(engine: Engine) -> None:
    """Who asks again and again while somebody comes in sees no count go up."""
    log, midnight = NoticeLog(engine), datetime(2026, 11, 24, tzinfo=UTC)
    yesterday, today = entry("f1", days=-1), entry("f1")
    seen: list[list[NoticeLogEntry]] = []
    for one in (yesterday, today, today):
        with short_write(engine) as connection:
            add_log(connection, [one])
        seen.append(log.page(now=NOW))
    assert seen == [[yesterday]] * 3
    assert log.page(now=NOW, since=NOW) == []
    last = midnight - timedelta(microseconds=1)
    assert (last_day_over(last), log.page(now=last)) == (yesterday.day, [yesterday])
    abroad = midnight.astimezone(timezone(timedelta(hours=-8)))
    assert last_day_over(abroad) == today.day, "days are those of UTC"
    assert log.page(now=abroad) == [entry("f1", count=2), yesterday]


def test_old_days_are_swept(engine: Engine) -> None:
    with short_write(engine) as connection:
        add_log(connection, [entry(days=days) for days in range(4)])
        assert sweep_notice_log(connection, NOW + 2 * DAY) == 2
        assert sweep_notice_log(connection, NOW + 2 * DAY) == 0
    assert [one.day for one in NoticeLog(engine).page(now=LATER)] == [entry(days=3).day, entry(days=2).day]

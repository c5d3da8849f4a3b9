"""The notice log: counted by hour and reason, of nobody; on both databases."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from finder.domain.fence import Trigger
from finder.domain.visit import NoticeLogEntry, Outcome
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.fence_tables import NOTICE_LOG
from finder.store.notice_log import NoticeLog, add_log, sweep_notice_log
from finder.store.personal import open_personal_engine

HOUR = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def engine(store: Store, store_url: str) -> Iterator[Engine]:
    opened = open_personal_engine(store_url)
    yield opened
    opened.dispose()


def entry(fence: str = "f1", reason: str = "told", *, hours: int = 0, count: int = 1, tenant: str = "norte") -> NoticeLogEntry:
    return NoticeLogEntry(
        hour=HOUR + timedelta(hours=hours),
        tenant=tenant,
        fence_id=fence,
        trigger=Trigger.ENTER,
        outcome=Outcome.SENT if reason == "told" else Outcome.HELD,
        reason=reason,
        count=count,
    )


entries = st.builds(
    entry, st.sampled_from(["f1", "f2"]), st.sampled_from(["told", "cap"]), hours=st.integers(0, 2), count=st.integers(1, 9)
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(entries, max_size=6), max_size=4))
def test_what_is_the_same_is_counted_together(engine: Engine, writes: list[list[NoticeLogEntry]]) -> None:
    with short_write(engine) as connection:
        connection.execute(delete(NOTICE_LOG))
    true = Counter[tuple[datetime, str, str]]()
    for write in writes:
        with short_write(engine) as connection:
            add_log(connection, write)
        for one in write:
            true[one.hour, one.fence_id, one.reason] += one.count
    page = NoticeLog(engine).page()
    assert {(one.hour, one.fence_id, one.reason): one.count for one in page} == dict(true)
    assert len(page) == len(true)
    assert [one.hour for one in page] == sorted((one.hour for one in page), reverse=True)


def test_the_hour_is_all_that_is_kept_of_the_moment(engine: Engine) -> None:
    late = msgspec.structs.replace(entry(), hour=datetime(2026, 11, 23, 3, 59, 59, 9, tzinfo=timezone(timedelta(hours=-6))))
    with short_write(engine) as connection:
        add_log(connection, [entry(), late])
        add_log(connection, [])
    assert NoticeLog(engine).page() == [entry(count=2)]


def test_a_page_is_of_one_tenant_one_fence_and_a_time(engine: Engine) -> None:
    written = [entry("f1"), entry("f1", "cap", hours=1), entry("f2", hours=2), entry("f9", tenant="sur")]
    with short_write(engine) as connection:
        add_log(connection, written)
    log = NoticeLog(engine)
    assert log.page(tenant="norte") == [written[2], written[1], written[0]]
    assert log.page(tenant="norte", fence_id="f9") == []
    assert log.page(fence_id="f1") == [written[1], written[0]]
    assert log.page(since=HOUR + timedelta(minutes=90)) == [written[2], written[1]], "the hour that is running is told whole"
    assert log.page(limit=1, offset=1) == [written[1]]


def test_old_hours_are_swept(engine: Engine) -> None:
    with short_write(engine) as connection:
        add_log(connection, [entry(hours=hours) for hours in range(4)])
        assert sweep_notice_log(connection, HOUR + timedelta(hours=2)) == 2
        assert sweep_notice_log(connection, HOUR + timedelta(hours=2)) == 0
    assert [one.hour for one in NoticeLog(engine).page()] == [HOUR + timedelta(hours=3), HOUR + timedelta(hours=2)]

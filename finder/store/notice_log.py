"""Why notices were sent or held back: how often on a day, at which fence, for which reason. Of whom is nowhere.

By the day, in UTC: hours, beside the order in which a person's sealed notices were told, would say where the person was. A day is
read when it is over: who asked again and again while it lasts, and looks at the door, would see at whom the count goes up.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from finder.domain.fence import Trigger
from finder.domain.visit import NoticeLogEntry, Outcome
from finder.store.admin_engine import short_read
from finder.store.fence_tables import NOTICE_LOG
from finder.store.personal import PersonalStore
from finder.store.sweeping import BATCH_ROWS

__all__ = ["NOTICE_LOG_KEPT", "NoticeLog", "add_log", "last_day_over", "sweep_notice_log"]

NOTICE_LOG_KEPT: Final = timedelta(days=90)

_SAME: Final = ("day", "fence_id", "trigger", "outcome", "reason")
"""What is counted together: the table has one row of each."""


class NoticeLog(PersonalStore):
    """The log, for reading. It is written by who tells, in the transaction of the notice: :func:`add_log`."""

    def page(
        self,
        *,
        now: datetime,
        tenant: str | None = None,
        fence_id: str | None = None,
        since: datetime | None = None,
        limit: int = 1000,
        offset: int = 0,
    ) -> list[NoticeLogEntry]:
        """The entries of days that are over at ``now``, newest first; of a tenant, a fence, from the day of ``since`` on."""
        columns = NOTICE_LOG.c
        query = select(NOTICE_LOG).where(columns.day <= last_day_over(now))
        query = query.order_by(columns.day.desc(), *(columns[name] for name in _SAME[1:]))
        if tenant is not None:
            query = query.where(columns.tenant == tenant)
        if fence_id is not None:
            query = query.where(columns.fence_id == fence_id)
        if since is not None:
            query = query.where(columns.day >= since.astimezone(UTC).date())
        with short_read(self._engine) as connection:
            return [_entry(row) for row in connection.execute(query.limit(limit).offset(offset)).mappings()]


def last_day_over(now: datetime) -> date:
    """Return the last day (UTC) that is over at an aware moment: the newest of which the log is read."""
    return now.astimezone(UTC).date() - timedelta(days=1)


def add_log(connection: Connection, entries: Iterable[NoticeLogEntry]) -> None:
    """Count entries in the transaction of what they tell of."""
    counts: Counter[tuple[date, str, str, str, str]] = Counter()
    tenants: dict[str, str] = {}
    for entry in entries:
        counts[entry.day, entry.fence_id, entry.trigger.value, entry.outcome.value, entry.reason] += entry.count
        tenants[entry.fence_id] = entry.tenant
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    # In one order, or two who count the same rows could wait for each other.
    for same, count in sorted(counts.items()):
        row = dict(zip(_SAME, same, strict=True)) | {"tenant": tenants[same[1]], "count": count}
        statement = insert(NOTICE_LOG).values(row)
        more = {"count": NOTICE_LOG.c.count + statement.excluded["count"]}
        connection.execute(statement.on_conflict_do_update(index_elements=list(_SAME), set_=more))


def sweep_notice_log(connection: Connection, before: datetime) -> int:
    """Delete a batch of the days before that of an aware moment; how many rows: 0 when none is left."""
    old = select(NOTICE_LOG.c.id).where(NOTICE_LOG.c.day < before.astimezone(UTC).date()).limit(BATCH_ROWS)
    return connection.execute(delete(NOTICE_LOG).where(NOTICE_LOG.c.id.in_(old))).rowcount


def _entry(row: Mapping[Any, Any]) -> NoticeLogEntry:
    return NoticeLogEntry(
        day=row["day"],
        tenant=row["tenant"],
        fence_id=row["fence_id"],
        trigger=Trigger(row["trigger"]),
        outcome=Outcome(row["outcome"]),
        reason=row["reason"],
        count=row["count"],
    )

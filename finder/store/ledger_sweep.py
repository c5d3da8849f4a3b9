"""What goes from the consent ledger, and when. The database checks it too: the triggers of migration 0005."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, and_, delete, exists, func, or_, select

from finder.domain.consent import Act
from finder.store.admin_engine import in_utc
from finder.store.consent_tables import CONSENT_ENTRY
from finder.store.sweeping import BATCH_ROWS, SweepAccess

__all__ = ["LINES_KEPT", "TOMBSTONES_KEPT", "sweep_lines", "sweep_tombstones"]

LINES_KEPT: Final = timedelta(days=365)
"""After another line of the same purpose took a line's place, or it ended by itself: a yes when it expires, a no at once."""
TOMBSTONES_KEPT: Final = timedelta(days=3 * 365)
"""After the erasure."""


def sweep_lines(access: SweepAccess, before: datetime) -> Iterator[int]:
    """Delete the yes and no lines that were replaced or had ended ``before`` a moment; a yes that holds is never one.

    The last line of a purpose goes only when no earlier one is left, and so not at once: what :meth:`ConsentLedger.last` says
    of who had taken a yes back never turns into the yes.
    """
    anything = True
    while anything:
        anything = False
        for first, last in _windows(access, before):
            with access.writing() as connection:
                over = _is_over(_possible(connection, before, LINES_KEPT))
                those = delete(CONSENT_ENTRY).where(CONSENT_ENTRY.c.seq.between(first, last), over)
                # Twice, as many a last line follows soon upon the one that it replaced.
                deleted = connection.execute(those).rowcount + connection.execute(those).rowcount
            if deleted:
                anything = True
                yield deleted


def sweep_tombstones(connection: Connection, before: datetime) -> int:
    """Delete a batch of the lines that stand for erasures ``before`` a moment; how many: 0 when none is left."""
    before = _possible(connection, before, TOMBSTONES_KEPT)
    old = select(CONSENT_ENTRY.c.seq).where(CONSENT_ENTRY.c.purpose.is_(None), CONSENT_ENTRY.c.at < before).limit(BATCH_ROWS)
    return connection.execute(delete(CONSENT_ENTRY).where(CONSENT_ENTRY.c.seq.in_(old))).rowcount


def _windows(access: SweepAccess, before: datetime) -> Iterator[tuple[int, int]]:
    """Walk once over the ledger and yield the first and last number of each batch in which a line may go.

    Reading holds up nobody who writes, and most hours nothing is to be deleted.
    """
    after = 0
    while True:
        with access.reading() as connection:
            first = connection.execute(select(func.min(CONSENT_ENTRY.c.seq)).where(CONSENT_ENTRY.c.seq > after)).scalar_one()
            if first is None:
                return
            after = first + BATCH_ROWS - 1
            over = _is_over(_possible(connection, before, LINES_KEPT))
            in_window = CONSENT_ENTRY.c.seq.between(first, after)
            found = connection.execute(select(CONSENT_ENTRY.c.seq).where(in_window, over).limit(1)).first()
        if found:
            yield first, after


def _is_over(before: datetime) -> Any:
    """The condition of the trigger, with a moment in the place of a year ago."""
    other = CONSENT_ENTRY.alias("other")
    of_same = (other.c.subject == CONSENT_ENTRY.c.subject, other.c.purpose == CONSENT_ENTRY.c.purpose)
    replaced = exists().where(*of_same, other.c.seq > CONSENT_ENTRY.c.seq, other.c.at < before)
    ended = and_(
        CONSENT_ENTRY.c.purpose.is_not(None),
        or_(CONSENT_ENTRY.c.act != Act.GRANTED.value, CONSENT_ENTRY.c.expires_at < before),
        ~exists().where(*of_same, other.c.seq < CONSENT_ENTRY.c.seq),
    )
    return and_(CONSENT_ENTRY.c.at < before, or_(replaced, ended))


def _possible(connection: Connection, before: datetime, kept: timedelta) -> datetime:
    """The moment, or an earlier one: the database goes by its own clock, and refuses what is not over by it."""
    now = in_utc(connection.execute(select(func.now())).scalar_one())
    assert now is not None  # noqa: S101 - it always knows
    return min(before, now - kept)

"""What goes from the consent ledger, and when. The database checks it too: the triggers of migration 0005."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Connection, and_, any_, delete, exists, func, literal, or_, select

from finder.domain.consent import Act
from finder.store.admin_engine import in_utc
from finder.store.consent_tables import CONSENT_ENTRY
from finder.store.sweeping import BATCH_ROWS, SweepAccess

__all__ = ["LINES_KEPT", "TOMBSTONES_KEPT", "sweep_lines", "sweep_tombstones"]

LINES_KEPT: Final = timedelta(days=365)
"""After another line of the same purpose took a line's place, or it ended by itself: a yes when it expires, a no at once."""
TOMBSTONES_KEPT: Final = timedelta(days=3 * 365)
"""After the erasure."""
_LOOKED_AT_ONCE: Final = 100_000
_FEWEST_ROWS: Final = 1000
_BATCH_S: Final = 0.4
"""For how long a batch deletes: on SQLite nobody else writes meanwhile. The more rows it has, the fewer times is each page of the
index written, in which lines that follow one another are anywhere, as subjects are random."""


def sweep_lines(access: SweepAccess, before: datetime) -> Iterator[int]:
    """Delete the yes and no lines that were replaced or had ended ``before`` a moment; a yes that holds is never one.

    The last line of a purpose goes only when no earlier one is left, and so not at once: what :meth:`ConsentLedger.last` says
    of who had taken a yes back never turns into the yes.

    They are looked for while others write, and deleted by their numbers: what was over once stays so.
    """
    after, rows = 0, BATCH_ROWS
    while True:
        with access.reading() as connection:
            first = connection.execute(select(func.min(CONSENT_ENTRY.c.seq)).where(CONSENT_ENTRY.c.seq > after)).scalar_one()
            if first is None:
                return
            after = first + _LOOKED_AT_ONCE - 1
            over = _over(connection, first, after, _possible(connection, before, LINES_KEPT))
        while over:
            batch, over = over[:rows], over[rows:]
            with access.writing() as connection:
                start = time.perf_counter()
                # One after the other, as a line goes by itself only once those that it replaced are gone.
                deleted = _delete(connection, [line.seq for line in batch if line.is_replaced])
                deleted += _delete(connection, [line.seq for line in batch if not line.is_replaced])
                rows_in_time = int(len(batch) * _BATCH_S / (time.perf_counter() - start))
            rows = max(_FEWEST_ROWS, min(rows_in_time, 2 * rows))
            yield deleted


def sweep_tombstones(connection: Connection, before: datetime) -> int:
    """Delete a batch of the lines that stand for erasures ``before`` a moment; how many: 0 when none is left."""
    before = _possible(connection, before, TOMBSTONES_KEPT)
    old = select(CONSENT_ENTRY.c.seq).where(CONSENT_ENTRY.c.purpose.is_(None), CONSENT_ENTRY.c.at < before).limit(BATCH_ROWS)
    return connection.execute(delete(CONSENT_ENTRY).where(CONSENT_ENTRY.c.seq.in_(old))).rowcount


class _Over(NamedTuple):
    """A line that may go."""

    seq: int
    is_replaced: bool
    """Else it ended by itself."""


def _over(connection: Connection, first: int, last: int, before: datetime) -> list[_Over]:
    """The lines between two numbers that may go, in their order.

    It is the condition of the trigger, with a moment in the place of a year ago. Of an earlier line it need only ask whether it
    is as old, as then it is replaced by this one, and gone before.
    """
    other = CONSENT_ENTRY.alias("other")
    of_same = (other.c.subject == CONSENT_ENTRY.c.subject, other.c.purpose == CONSENT_ENTRY.c.purpose)
    replaced = exists().where(*of_same, other.c.seq > CONSENT_ENTRY.c.seq, other.c.at < before)
    ended = and_(
        or_(CONSENT_ENTRY.c.act != Act.GRANTED.value, CONSENT_ENTRY.c.expires_at < before),
        ~exists().where(*of_same, other.c.seq < CONSENT_ENTRY.c.seq, other.c.at >= before),
    )
    said = (CONSENT_ENTRY.c.seq.between(first, last), CONSENT_ENTRY.c.purpose.is_not(None), CONSENT_ENTRY.c.at < before)
    lines = select(CONSENT_ENTRY.c.seq, replaced.label("is_replaced")).where(*said, or_(replaced, ended))
    return [_Over(*line) for line in connection.execute(lines.order_by(CONSENT_ENTRY.c.seq))]


def _delete(connection: Connection, seqs: list[int]) -> int:
    """Delete the lines of these numbers, of which an erasure may have taken some meanwhile; how many."""
    if connection.dialect.name == "postgresql":
        those = CONSENT_ENTRY.c.seq == any_(literal(seqs, ARRAY(BigInteger)))
    else:  # which takes a list as JSON only, when it is long
        those = CONSENT_ENTRY.c.seq.in_(select(func.json_each(json.dumps(seqs)).table_valued("value").c.value))
    return connection.execute(delete(CONSENT_ENTRY).where(those)).rowcount if seqs else 0


def _possible(connection: Connection, before: datetime, kept: timedelta) -> datetime:
    """The moment, or an earlier one: the database goes by its own clock, and refuses what is not over by it."""
    now = in_utc(connection.execute(select(func.now())).scalar_one())
    assert now is not None  # noqa: S101 - it always knows
    return min(before, now - kept)

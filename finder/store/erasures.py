"""What is being written about a person while all about that person is erased is not kept: who asked before is refused after.

Nor is what rests on a yes kept when that is taken back while it is written.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from finder.domain.consent import Act, Purpose, Subject
from finder.errors import ErasedMeanwhile
from finder.store.consent_tables import CONSENT_ENTRY
from finder.store.personal import hold_person

__all__ = ["agrees", "hold_unless_erased", "last_erasure"]


def last_erasure(connection: Connection, subject: Subject) -> int:
    """The number of the line of the ledger that stands for the last erasure of a person; 0 where there is none."""
    of_erasures = (CONSENT_ENTRY.c.subject == subject, CONSENT_ENTRY.c.purpose.is_(None), CONSENT_ENTRY.c.act == Act.ERASED.value)
    return connection.execute(select(func.coalesce(func.max(CONSENT_ENTRY.c.seq), 0)).where(*of_erasures)).scalar_one()


def hold_unless_erased(connection: Connection, subject: Subject, since: int) -> None:
    """Hold the person for a row about to be added, for a request that read ``since``, the last erasure, when it began.

    Then the row is there before an erasure, which deletes it, or is not written: raises :class:`ErasedMeanwhile`.
    """
    hold_person(connection, subject)
    if last_erasure(connection, subject) > since:
        raise ErasedMeanwhile("All about this person was erased while this was asked, so nothing of it was kept.")


def agrees(connection: Connection, subject: Subject, purpose: Purpose, at: datetime) -> bool:
    """Whether the person's newest word on a purpose is a yes that still holds at an aware moment; the caller holds the person."""
    columns = CONSENT_ENTRY.c
    newest = select(func.max(columns.seq)).where(columns.subject == subject, columns.purpose == purpose.value)
    holds = (columns.act == Act.GRANTED.value, columns.expires_at > at.astimezone(UTC))
    return connection.execute(select(columns.seq).where(columns.seq == newest.scalar_subquery(), *holds)).first() is not None

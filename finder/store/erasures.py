"""What is being written about a person while all about that person is erased is not kept: who asked before is refused after."""

from sqlalchemy import Connection, func, select

from finder.domain.consent import Act, Subject
from finder.errors import ErasedMeanwhile
from finder.store.consent_tables import CONSENT_ENTRY
from finder.store.personal import hold_person

__all__ = ["hold_unless_erased", "last_erasure"]


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

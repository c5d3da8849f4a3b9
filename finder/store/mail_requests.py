"""Requests about personal data that came by letter or e-mail: what was asked, until when it is due, and how it ended."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from finder.domain.consent import Subject
from finder.domain.rights import Law, MailRequest, Outcome, RequestKind
from finder.errors import BadInput, Conflict, ErasedMeanwhile, NotFound
from finder.store.admin_engine import short_read, short_write
from finder.store.erasures import hold_unless_erased, last_erasure
from finder.store.mail_requests_tables import MAIL_REQUEST
from finder.store.personal import PersonalStore
from finder.store.sweeping import BATCH_ROWS

__all__ = ["MailRequests", "forget_in_mail_requests", "sweep_mail_requests"]

_LARGEST_ID: Final = 2**31 - 1


class MailRequests(PersonalStore):
    """The requests of a store."""

    def last_erasure(self, subject: Subject) -> int:
        """What :meth:`add` is told that comes of a request which begins now."""
        with short_read(self._engine) as connection:
            return last_erasure(connection, subject)

    def add(
        self,
        kind: RequestKind,
        law: Law,
        *,
        received_on: date,
        due_on: date,
        reference: str,
        subject: Subject | None,
        since: int,
    ) -> MailRequest:
        """Enter a request. ``since``: what :meth:`last_erasure` said of the subject when entering it began.

        After an erasure since then it is nobody's, as one is that was entered before. Raises :class:`NotReady` when it cannot be
        written now.
        """
        values = {
            "kind": kind.value,
            "law": law.value,
            "received_on": received_on,
            "due_on": due_on,
            "reference": reference,
            "subject": subject,
        }
        with short_write(self._engine) as connection:
            if subject is not None:
                try:
                    hold_unless_erased(connection, subject, since)
                except ErasedMeanwhile:
                    values["subject"] = None
            return _request(connection.execute(insert(MAIL_REQUEST).values(values).returning(MAIL_REQUEST)).mappings().one())

    def get(self, request_id: int) -> MailRequest:
        """One request. Raises :class:`NotFound`."""
        if 0 < request_id <= _LARGEST_ID:
            with short_read(self._engine) as connection:
                row = connection.execute(select(MAIL_REQUEST).where(MAIL_REQUEST.c.id == request_id)).mappings().one_or_none()
            if row is not None:
                return _request(row)
        raise NotFound(f"There is no request {request_id}: finder requests list shows them.")

    def listed(self, *, answered: bool) -> list[MailRequest]:
        """Those that wait for an answer, the one that is due first before others; with ``answered`` the others after them."""
        query = select(MAIL_REQUEST).order_by(MAIL_REQUEST.c.answered_on.is_not(None), MAIL_REQUEST.c.due_on, MAIL_REQUEST.c.id)
        if not answered:
            query = query.where(MAIL_REQUEST.c.answered_on.is_(None))
        with short_read(self._engine) as connection:
            return [_request(row) for row in connection.execute(query).mappings()]

    def of(self, subject: Subject) -> list[MailRequest]:
        """All about a person's data, in the order in which they were entered."""
        query = select(MAIL_REQUEST).where(MAIL_REQUEST.c.subject == subject).order_by(MAIL_REQUEST.c.id)
        with short_read(self._engine) as connection:
            return [_request(row) for row in connection.execute(query).mappings()]

    def of_letter(self, reference: str, kind: RequestKind) -> MailRequest | None:
        """The first of a kind that was entered of the letter of that reference."""
        of_letter = (MAIL_REQUEST.c.reference == reference, MAIL_REQUEST.c.kind == kind.value)
        query = select(MAIL_REQUEST).where(*of_letter).order_by(MAIL_REQUEST.c.id).limit(1)
        with short_read(self._engine) as connection:
            row = connection.execute(query).mappings().one_or_none()
        return _request(row) if row else None

    def answer(self, request_id: int, outcome: Outcome, *, on: date) -> MailRequest:
        """Say how a request was answered, once.

        Raises :class:`NotFound`, :class:`Conflict` for one that has been answered, :class:`BadInput` for a day before the
        request came, and :class:`NotReady` when it cannot be written now.
        """
        request = self.get(request_id)
        if on < request.received_on:
            raise BadInput("A request is not answered before it is received.")
        waiting = (MAIL_REQUEST.c.id == request_id, MAIL_REQUEST.c.answered_on.is_(None))
        change = update(MAIL_REQUEST).where(*waiting).values(answered_on=on, outcome=outcome.value).returning(MAIL_REQUEST)
        with short_write(self._engine) as connection:
            row = connection.execute(change).mappings().one_or_none()
        if row is None:
            raise Conflict(f"Request {request_id} has been answered already.")
        return _request(row)


def forget_in_mail_requests(connection: Connection, subject: Subject) -> int:
    """Let a person's requests say no more whose they are, in the transaction of the erasure; how many there were.

    They stay, since it must be possible to show that they were answered in time.
    """
    change = update(MAIL_REQUEST).where(MAIL_REQUEST.c.subject == subject).values(subject=None)
    return connection.execute(change).rowcount


def sweep_mail_requests(connection: Connection, before: datetime) -> int:
    """Delete a batch of those answered on a day before that of ``before``; how many: 0 when none is left."""
    old = select(MAIL_REQUEST.c.id).where(MAIL_REQUEST.c.answered_on < before.date()).limit(BATCH_ROWS)
    return connection.execute(delete(MAIL_REQUEST).where(MAIL_REQUEST.c.id.in_(old))).rowcount


def _request(row: Mapping[Any, Any]) -> MailRequest:
    return MailRequest(
        id=row["id"],
        kind=RequestKind(row["kind"]),
        law=Law(row["law"]),
        received_on=row["received_on"],
        due_on=row["due_on"],
        reference=row["reference"],
        subject=Subject(row["subject"]) if row["subject"] else None,
        answered_on=row["answered_on"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
    )

"""Requests about personal data that came by letter or e-mail: staff enter them, do what was asked, and say how they ended."""

import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from typing import Final

from finder.domain.consent import Purpose, Subject, Via
from finder.domain.rights import Law, MailRequest, Outcome, RequestKind
from finder.errors import BadInput, Conflict, NotFound
from finder.privacy.deadlines import due_on
from finder.privacy.personal_data import PersonalData
from finder.privacy.rights import ErasureReceipt, RightsDesk
from finder.privacy.sealing import PersonKey
from finder.privacy.subjects import person_of

__all__ = ["REFERENCE", "WHOSE", "MailDesk"]

REFERENCE: Final = r"^(?=[^0-9]*[0-9])[A-Za-z0-9][A-Za-z0-9./_-]{0,39}$"
"""Of a letter's reference: a file number, which has a digit and no blank, so that nobody enters a name or an address."""
WHOSE: Final = r"^(fs_[a-z2-7]{40}|[0-9a-f]{64})$"
"""A person's key, or the subject that the privacy centre shows."""
_FIRST_DAY: Final = date(2000, 1, 1)


class MailDesk:
    """Over one store; for all threads of a process. ``clock`` gives aware times. ``whose`` is in the form of :data:`WHOSE`.

    Every method raises :class:`NotFound` for a request that is not there, and what writes raises :class:`NotReady` when it cannot
    be written now.
    """

    def __init__(self, rights: RightsDesk, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._requests = rights.requests
        self._rights = rights
        self._clock = clock

    def today(self) -> date:
        """The day in UTC, by which requests are due and overdue."""
        return self._clock().astimezone(UTC).date()

    def add(
        self, kind: RequestKind, law: Law, *, received_on: date, reference: str, whose: str | None = None, again: bool = False
    ) -> MailRequest:
        """Enter a request; its law says until when it is due. A key in ``whose`` is not kept.

        Raises :class:`BadInput` for a day to come or one long ago, a reference that is no file number, and what is no key;
        :class:`Conflict` for one of a kind and a reference that another request has, unless it is said that it is so ``again``.
        """
        if received_on > self.today():
            raise BadInput("A request is entered on the day on which it came, or later.")
        if received_on < _FIRST_DAY:
            raise BadInput(f"A request that came before {_FIRST_DAY.year} is none that waits: see that the year is right.")
        if not re.fullmatch(REFERENCE, reference):
            raise BadInput("A reference is a file number such as 2026/114: letters, digits, . / _ and -, at most 40; no names.")
        if not again and (other := self._requests.of_letter(reference, kind)):
            raise Conflict(f"Request {other.id} is of this letter and this kind: see that it is not the same, then say again.")
        subject = _whose(whose)[0] if whose else None
        since = self._requests.last_erasure(subject) if subject else 0
        due = due_on(law, kind, received_on)
        return self._requests.add(
            kind, law, received_on=received_on, due_on=due, reference=reference, subject=subject, since=since
        )

    def listed(self, *, answered: bool = False) -> list[MailRequest]:
        """Those that wait, the one that is due first before others; with ``answered`` the others after them."""
        return self._requests.listed(answered=answered)

    def answer(self, request_id: int, outcome: Outcome) -> MailRequest:
        """Say how a request was answered today. Raises :class:`Conflict` for one that has been answered."""
        return self._requests.answer(request_id, outcome, on=self.today())

    def export(self, request_id: int, whose: str | None = None) -> PersonalData:
        """All that is held about the person of a request for access; saved places are opened only with the person's key.

        Raises :class:`Conflict` for a request of another kind or one that was answered, and :class:`BadInput` when it is not said
        whose data, or not those of the request.
        """
        return self._rights.export(*self._person(request_id, RequestKind.ACCESS, whose))

    def erase(self, request_id: int, whose: str | None = None) -> ErasureReceipt:
        """Erase all about the person of a request for cancellation.

        Raises what :meth:`export` raises, and :class:`NotFound` where nothing is held about the person.
        """
        subject, _ = self._person(request_id, RequestKind.CANCELLATION, whose)
        if not self._rights.holds(subject, beside=request_id):
            raise NotFound(f"Nothing is held about this person, so nothing was erased: answer request {request_id} nothing-held.")
        return self._rights.erase(subject, via=Via.ADMIN)

    def oppose(self, request_id: int, purposes: Collection[Purpose], whose: str | None = None) -> list[Purpose]:
        """Take the yes to these purposes back for the person of a request of opposition; those of which there was one.

        Raises what :meth:`export` raises.
        """
        subject, _ = self._person(request_id, RequestKind.OPPOSITION, whose)
        return self._rights.oppose(subject, purposes, via=Via.ADMIN)

    def _person(self, request_id: int, kind: RequestKind, whose: str | None) -> tuple[Subject, PersonKey | None]:
        request = self._requests.get(request_id)
        if request.kind is not kind:
            raise Conflict(f"Request {request_id} is one of {request.kind}, not of {kind}.")
        if request.answered_on is not None:
            raise Conflict(f"Request {request_id} has been answered: enter another one.")
        if whose is None:
            if request.subject is None:
                raise BadInput("It is not known whose data this request is about: say the person's key, or the subject.")
            return request.subject, None
        subject, key = _whose(whose)
        if request.subject not in {None, subject}:
            raise BadInput("This request is about somebody else's data.")
        return subject, key


def _whose(text: str) -> tuple[Subject, PersonKey | None]:
    if person := person_of(text):
        return person.subject, person.key
    if re.fullmatch(WHOSE, text):
        return Subject(text), None
    raise BadInput("A person is named by the key, fs_ and 40 letters and digits, or by the subject, 64 of 0-9 and a-f.")

"""What is in an armed visit and in its notices, and sealing them, as both say where a person was."""

from datetime import datetime
from typing import Any, Final, override

import msgspec

from finder.domain.consent import Subject
from finder.domain.fence import Trigger
from finder.domain.visit import SealedNotice, SealedVisit
from finder.errors import Damaged
from finder.privacy.sealing import PersonKey

__all__ = [
    "NoticeSaid",
    "VisitSaid",
    "opened_notice",
    "opened_state",
    "opened_visit",
    "sealed_notice",
    "sealed_state",
    "sealed_visit",
]

_VISIT_STEP_BYTES: Final = 1024
"""What is sealed of a visit is as long as a multiple of this: one, whatever its person chose, but for the longest names."""
_NOTICE_STEP_BYTES: Final = 512
_STATE_STEP_BYTES: Final = 2048
_LENGTH_BYTES: Final = 4


class VisitSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said when they armed notices for a visit. It shows itself to nobody."""

    facility_id: str
    facility_name: str
    language: str
    """Of the notices: ``en`` or ``es``."""
    tenants_told: tuple[str, ...] = ()
    """The ids of whom the person agreed to have told of the visit too, under the ``reference``: who ran the facility then.

    Nobody else is, whoever runs it later. Releases that kept a yes without whom it was to are read as if it had been a no.
    """
    reference: str
    """Random; shown to the person, and all that the facility learns of who they are."""
    email: str | None
    sms: str | None
    """Where the person wishes to be told besides: an address and a telephone number (E.164)."""
    secret: bytes
    """Random; without it nobody can tell from the hashes of what was told which fences those were."""

    @override
    def __repr__(self) -> str:
        return "VisitSaid(…)"


class NoticeSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What a person was told, when and why. It shows itself to nobody."""

    at: datetime
    title: str
    body: str
    language: str
    facility_id: str
    facility_name: str
    fence_id: str
    fence_name: str
    trigger: Trigger
    why: str
    tenant: str
    who: str
    """The name of the tenant."""

    @override
    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


def sealed_visit(visit: VisitSaid, key: PersonKey, subject: Subject, visit_id: str) -> bytes:
    """What is stored of a visit: only the key of the person opens it, and only as this visit."""
    return key.seal(_padded(msgspec.json.encode(visit), _VISIT_STEP_BYTES), subject=subject, name=f"visit {visit_id}")


def opened_visit(visit: SealedVisit, key: PersonKey) -> VisitSaid:
    """What was sealed. Raises :class:`Damaged` for another's key, for another visit's and for what was changed since."""
    return _opened(key.unseal(visit.sealed, subject=visit.subject, name=f"visit {visit.id}"), VisitSaid)


def sealed_notice(notice: NoticeSaid, key: PersonKey, subject: Subject, notice_id: str) -> bytes:
    """What is stored of a notice: only the key of the person opens it, and only as this notice."""
    said = {name: getattr(notice, name) for name in NoticeSaid.__struct_fields__}
    return key.seal(_padded(msgspec.json.encode(said), _NOTICE_STEP_BYTES), subject=subject, name=f"notice {notice_id}")


def opened_notice(notice: SealedNotice, key: PersonKey) -> NoticeSaid:
    """What was sealed. Raises :class:`Damaged` for another's key, for another notice's and for what was changed since."""
    return _opened(key.unseal(notice.sealed, subject=notice.subject, name=f"notice {notice.id}"), NoticeSaid)


def sealed_state(state: Any, key: PersonKey, subject: Subject, visit_id: str) -> bytes:
    """What is stored of the way of a person on a visit: positions among it, in the form of ``finder.notices.visits``."""
    text = msgspec.msgpack.encode(state)
    whole = len(text).to_bytes(_LENGTH_BYTES) + text
    # As long as any other: it grows with the fences of a place and with what happened there.
    return key.seal(whole + bytes(-len(whole) % _STATE_STEP_BYTES), subject=subject, name=f"state {visit_id}")


def opened_state[T](visit: SealedVisit, key: PersonKey, form: type[T]) -> T | None:
    """What was sealed; ``None`` where there is nothing, or what another release wrote.

    Raises :class:`Damaged` as :func:`opened_visit` does.
    """
    if visit.state is None:
        return None
    opened = key.unseal(visit.state, subject=visit.subject, name=f"state {visit.id}")
    length, text = int.from_bytes(opened[:_LENGTH_BYTES]), opened[_LENGTH_BYTES:]
    try:
        return msgspec.msgpack.decode(text[:length], type=form)
    except msgspec.DecodeError:
        return None


def _padded(text: bytes, step_bytes: int) -> bytes:
    """JSON with spaces after it, so that how long it is does not tell of which place it is."""
    return text + b" " * (-len(text) % step_bytes)


def _opened[T](opened: bytes, form: type[T]) -> T:
    try:
        return msgspec.json.decode(opened, type=form)
    except msgspec.DecodeError:
        raise _of_another_release() from None


def _of_another_release() -> Damaged:
    return Damaged("A visit has not the form that this release knows. Stop all visits, and arm anew.")

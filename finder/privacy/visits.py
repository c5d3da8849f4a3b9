"""What is in an armed visit and in its notices, and sealing them, as both say where a person was."""

from typing import Any, override

import msgspec

from finder.domain.consent import Subject
from finder.domain.fence import Trigger
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


class VisitSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said when they armed notices for a visit. It shows itself to nobody."""

    facility_id: str
    facility_name: str
    language: str
    """Of the notices: ``en`` or ``es``."""
    tell_facility: bool
    """Whether who runs the facility may be told of the visit too, under the ``reference``."""
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
    """What a person was told, and why. It shows itself to nobody."""

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


def sealed_visit(visit: VisitSaid, key: PersonKey, subject: Subject) -> bytes:
    """What is stored of a visit: only the key of the person opens it."""
    return key.seal(msgspec.json.encode(visit), subject=subject)


def opened_visit(sealed: bytes, key: PersonKey, subject: Subject) -> VisitSaid:
    """What was sealed. Raises :class:`Damaged` for another's key and for what was changed since."""
    return _opened(sealed, key, subject, VisitSaid)


def sealed_notice(notice: NoticeSaid, key: PersonKey, subject: Subject) -> bytes:
    """What is stored of a notice: only the key of the person opens it."""
    said = {name: getattr(notice, name) for name in NoticeSaid.__struct_fields__}
    return key.seal(msgspec.json.encode(said), subject=subject)


def opened_notice(sealed: bytes, key: PersonKey, subject: Subject) -> NoticeSaid:
    """What was sealed. Raises :class:`Damaged` for another's key and for what was changed since."""
    return _opened(sealed, key, subject, NoticeSaid)


def sealed_state(state: Any, key: PersonKey, subject: Subject) -> bytes:
    """What is stored of the way of a person on a visit: positions among it, in the form of ``finder.notices.visits``."""
    return key.seal(msgspec.msgpack.encode(state), subject=subject)


def opened_state[T](sealed: bytes, key: PersonKey, subject: Subject, form: type[T]) -> T:
    """What was sealed. Raises :class:`Damaged` for another's key and for what was changed since."""
    try:
        return msgspec.msgpack.decode(key.unseal(sealed, subject=subject), type=form)
    except msgspec.DecodeError:
        raise _of_another_release() from None


def _opened[T](sealed: bytes, key: PersonKey, subject: Subject, form: type[T]) -> T:
    try:
        return msgspec.json.decode(key.unseal(sealed, subject=subject), type=form)
    except msgspec.DecodeError:
        raise _of_another_release() from None


def _of_another_release() -> Damaged:
    return Damaged("A visit has not the form that this release knows. Stop all visits, and arm anew.")

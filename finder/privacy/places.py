"""What is in a saved place, and sealing it: whoever opens one shows it to its person or has a grant to use it."""

from typing import override

import msgspec

from finder.domain.consent import Subject
from finder.errors import Damaged
from finder.privacy.sealing import PersonKey

__all__ = ["PlaceSaid", "opened_place", "sealed_place"]


class PlaceSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What a person saved: WGS84 degrees, and the radius in metres that the place lies within. It shows itself to nobody."""

    name: str
    """As the person calls it."""
    label: str | None
    """As the place was found by what was typed; ``None`` of a position that a device measured."""
    lat: float
    lon: float
    accuracy_m: float

    @override
    def __repr__(self) -> str:
        return "PlaceSaid(…)"


def sealed_place(said: PlaceSaid, key: PersonKey, subject: Subject) -> bytes:
    """What is stored: only the key of the person opens it."""
    return key.seal(msgspec.json.encode(said), subject=subject)


def opened_place(sealed: bytes, key: PersonKey, subject: Subject) -> PlaceSaid:
    """What was sealed. Raises :class:`Damaged` for another's key and for what was changed since."""
    try:
        return msgspec.json.decode(key.unseal(sealed, subject=subject), type=PlaceSaid)
    except msgspec.DecodeError:
        raise Damaged("A saved place has not the form that this release knows. Delete it and save it again.") from None

"""Where a page of results ended, so that the next one goes on from there even when a new snapshot came between."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

import msgspec

from finder.domain.facility import FacilityKind
from finder.errors import BadCursor

__all__ = ["Cursor", "filters_fingerprint"]


HALF_THE_EARTH_M = 20_100_000.0
MOST_SHOWN = 10_000
"""Where paging ends: each page costs as much as all before it, and nobody reads on so far."""


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last result shown, how many were shown, and what was asked for.

    It holds a distance, so it is sent in bodies only, never in an address.
    """

    distance_m: float
    id: str
    shown: int
    filters: str

    def encode(self) -> str:
        """Return the cursor as text that a program hands back untouched."""
        return urlsafe_b64encode(msgspec.msgpack.encode(self)).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, *, filters: str) -> "Cursor":
        """Read a cursor back. Raises :class:`BadCursor` when it is none of ours, or of a search with other filters."""
        try:
            cursor = msgspec.msgpack.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=cls)
        except (ValueError, msgspec.DecodeError):
            raise BadCursor("cursor is not one that this service gave: send next_cursor of the page before, untouched.") from None
        if not (0 <= cursor.distance_m <= HALF_THE_EARTH_M and 0 <= cursor.shown <= MOST_SHOWN):
            raise BadCursor("cursor is not one that this service gave: send next_cursor of the page before, untouched.")
        if cursor.filters != filters:
            raise BadCursor("cursor belongs to a search with other filters: start again without it.")
        return cursor


def filters_fingerprint(kinds: frozenset[FacilityKind], radius_m: float | None) -> str:
    """Return a short digest of what is filtered. The position is left out on purpose: a digest of it could be searched for."""
    return blake2b(f"{sorted(kinds)}{radius_m}".encode(), digest_size=6).hexdigest()

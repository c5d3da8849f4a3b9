"""Where a page of results ended, so that the next one goes on from there even when a new snapshot came between."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b

import msgspec

from finder.directory.finding.page_borders import CarriedWait
from finder.directory.search import Search
from finder.errors import BadCursor

__all__ = ["MOST_SHOWN", "Cursor", "fingerprint", "together"]

MOST_SHOWN = 10_000
"""Where paging ends: each page costs as much as all before it, and nobody reads on so far."""
_MOST_VALUE = 20_100_000.0
"""Half the Earth in metres; no score has so many minutes either."""
_OLDEST_S = 3600
"""All pages tell what is open for the moment of the first: later than this it would too often no longer be so."""
_AHEAD_S = 60
"""By how much the clocks of two servers may differ."""
_OTHER_TIMES = (
    "travel times are not those of the first page any more, so some results would be lost: search again from the first page."
)
_OTHER_CROSSINGS = (
    "ways over the border are not those of the first page any more, so results would be lost: search again from the first page."
)
_NOT_OURS = "cursor is not one that this service gave: send next_cursor of the page before, untouched."


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last result shown, by what it was ordered; the moment of the first page; how many were shown; what was asked for.

    ``by_road``: whether times by road decided, so that later pages need the same ones. They are the same, as far as it matters,
    if what comes before the place where a page ended is what was shown: ``before`` are those :func:`together`, in one
    ``snapshot``. ``waits``: the measured waits of the first page where a border had a part, so that later pages have them
    too; None where none had.

    It holds a distance, so it is sent in bodies only, never in an address.
    """

    tier: int
    value: float
    second_value: float
    id: str
    at: int
    """Seconds since 1970: scores of later pages are reckoned for the same moment, or the order would change between pages."""
    shown: int
    asked: str
    by_road: bool
    snapshot: int
    before: int
    waits: tuple[CarriedWait, ...] | None

    def encode(self) -> str:
        """Return the cursor as text that a program hands back untouched."""
        return urlsafe_b64encode(msgspec.msgpack.encode(self)).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, *, asked: str, now: datetime) -> "Cursor":
        """Read a cursor back at an aware moment.

        Raises :class:`BadCursor` when it is none of ours, is older than an hour, or is of a search for something else.
        """
        try:
            cursor = msgspec.msgpack.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=cls)
        except (ValueError, msgspec.DecodeError):
            raise BadCursor(_NOT_OURS) from None
        values = (cursor.value, cursor.second_value)
        if not (all(0 <= value <= _MOST_VALUE for value in values) and 0 <= cursor.shown <= MOST_SHOWN and cursor.tier >= 0):
            raise BadCursor(_NOT_OURS)
        if not -_AHEAD_S <= now.timestamp() - cursor.at <= _OLDEST_S:
            raise BadCursor("cursor is too old, since then places have opened and closed: start again without it.")
        if cursor.asked != asked:
            raise BadCursor("cursor belongs to a search for something else: start again without it.")
        return cursor

    def check_without_roads(self) -> None:
        """Raise :class:`BadCursor` where the first page was ordered by times on roads, which this one does not have."""
        if self.by_road:
            raise BadCursor(_OTHER_TIMES)

    def check_before(self, before: int, snapshot: int) -> None:
        """Raise :class:`BadCursor` where other results come before this place than were shown, of the same places.

        Without roads and borders only who moves has other times: that is not looked at.
        """
        if snapshot != self.snapshot or before == self.before:
            return
        if self.by_road:
            raise BadCursor(_OTHER_TIMES)
        if self.waits is not None:
            raise BadCursor(_OTHER_CROSSINGS)


def together(ids: Iterable[str]) -> int:
    """Return a number for a set of ids, the same in any order."""
    return sum(int.from_bytes(blake2b(id_.encode(), digest_size=8).digest()) for id_ in set(ids)) % 2**64


def fingerprint(search: Search) -> str:
    """Return a short digest of what is asked for. The position is left out on purpose: a digest of it could be searched for."""
    asked = [
        search.what,
        sorted(search.wanted.kinds),
        sorted(search.wanted.languages),
        msgspec.structs.replace(search.wanted, kinds=frozenset(), languages=frozenset()),
        search.care,
        search.name,
        search.open,
        search.open_at,
        search.mode,
        search.sort,
        search.radius_m,
        search.documents,
    ]
    return blake2b(msgspec.json.encode(asked), digest_size=6).hexdigest()

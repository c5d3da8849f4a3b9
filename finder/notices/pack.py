"""What a device is given to watch by itself: the fences around the H3 cell that it named, signed, for six hours.

Whoever asks for a pack says a cell of some 5 km² and nothing else. In it are the fences whose edges are nearest to the middle of
the cell, wherever in the cell the person is. What holds a point is no further from the middle than the point is; so the nearest
fence that is left out tells up to where none is missing, and ``ask_again_m`` keeps a device within that.
"""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, NamedTuple

import h3
import msgspec

from finder.domain.facility import Facility
from finder.domain.fence import Circle, Fence, Outline, Trigger, Wish
from finder.errors import BadInput
from finder.geo.outlines import simplified
from finder.geo.points import LonLat
from finder.notices.book import FenceBook
from finder.notices.edition import Edition
from finder.notices.listening import Interval, expires_at, intervals, quiet_intervals
from finder.notices.telling import NoticeText, entrance_name, said

__all__ = [
    "AROUND_M",
    "HOLDS",
    "MOST_IN_ALL",
    "MOST_IN_ONE",
    "RESOLUTION",
    "SIGHT_M",
    "Pack",
    "PackDesk",
    "PackedFacility",
    "PackedFence",
    "PackedWish",
    "SignedPack",
]

RESOLUTION: Final = 7
"""Of H3: what a device says of where it is."""
AROUND_M: Final = 50_000.0
"""From the middle of the cell: fences further away are in no pack."""
MOST_IN_ONE: Final = 100
MOST_IN_ALL: Final = 2_000
"""In the packs of one cell before the last."""
SIGHT_M: Final = 3_000.0
"""So far ahead of a person fences are known where there is room for it, so that they can be approached."""
HOLDS: Final = timedelta(hours=6)
_MADE_EVERY: Final = timedelta(minutes=15)
"""All that are made in one such period are the same, byte for byte, while their fences are."""
_FORMAT: Final = 1
_LANGUAGES: Final = ("en", "es")
_MOST_CORNERS: Final = 64
_OFF_M: Final = 1.0
"""How far the edge of an outline with more corners than that may be from where it is."""
_SPHERE_OFF: Final = 1.006
"""A device may measure on a sphere, which is up to so much off (see ``finder.privacy.coarsen``)."""
_KEPT: Final = 256
_FENCES_KEPT: Final = 20_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class PackedFacility(msgspec.Struct, frozen=True):
    """Where a fence belongs to."""

    id: str
    name: str


class PackedWish(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is listened for and what is then shown, by language: ``en`` and ``es``."""

    trigger: Trigger
    eta_s: float | None = None
    dwell_s: float | None = None
    texts: dict[str, NoticeText]


class PackedFence(msgspec.Struct, frozen=True, kw_only=True):
    """A fence to watch. Times are seconds since 1970 (UTC), intervals from the first to before the second."""

    id: str
    facility: PackedFacility
    sender: str = msgspec.field(name="from")
    """The name of who tells."""
    shape: Circle | Outline
    shape_off_m: float
    """How far the edge may be from where it is: outlines of very many corners have fewer here."""
    wishes: tuple[PackedWish, ...]
    listens: list[tuple[int, int]]
    """When it listens while the pack holds; at no other time."""
    quiet: list[tuple[int, int]]
    """When nothing is said, whatever happens."""
    once_per_visit: bool
    most_per_day: int
    expires_at: int | None


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """The fences around a cell. Times are seconds since 1970 (UTC), distances metres."""

    version: int
    """Of this format."""
    cell: str
    centre: LonLat
    cell_radius_m: int
    """Around ``centre``; the circle holds the whole cell."""
    made_at: int
    holds_until: int
    """From then on nothing of it is to be told of: ask again before."""
    ask_again_m: int
    """How far from the cell, that is, further than ``cell_radius_m + ask_again_m`` from ``centre``."""
    sight_m: int
    """Up to there a person who need not ask again knows all fences around them."""
    covers_cell: bool
    """Whether none is missing anywhere in the cell; if not, the packs that follow have the others."""
    after: int
    """How many fences nearer to ``centre`` are in the packs before this one."""
    next: int | None
    """The ``after`` of the pack that follows; ``None`` when there are no more, or so many that nobody is given all of them."""
    fences: list[PackedFence]


class SignedPack(NamedTuple):
    """A pack as a JWS in flattened JSON form, and what tells whether it is another one."""

    body: bytes
    etag: str
    """The same for everybody who asks for the same, whichever process answers."""


class _Packs(NamedTuple):
    """What was made of one edition in one period: fences by their number, and packs, the one asked for last at the end."""

    edition: Edition
    made_at: datetime
    fences: dict[int, PackedFence]
    signed: OrderedDict[tuple[str, int, int], SignedPack]


class PackDesk:
    """Makes packs of the fences in service. Safe for threads."""

    def __init__(
        self,
        book: FenceBook,
        sign: Callable[[Mapping[str, Any]], bytes],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``sign`` makes a JWS of claims."""
        self._book, self._sign, self._clock = book, sign, clock
        self._lock = threading.Lock()
        self._packs: _Packs | None = None

    def signed(self, cell: str, limit: int, after: int = 0) -> SignedPack:
        """Return :meth:`pack`, signed. Raises what it raises, and what signing raises."""
        made, key = self._made(), (cell, limit, after)
        with self._lock:
            if key in made.signed:
                made.signed.move_to_end(key)
                return made.signed[key]
        body = self._sign(msgspec.structs.asdict(_pack(made, cell, limit, after)))
        signed = SignedPack(body, f'W/"{sha256(body).hexdigest()[:32]}"')
        with self._lock:
            made.signed[key] = signed
            while len(made.signed) > _KEPT:
                made.signed.popitem(last=False)
        return signed

    def pack(self, cell: str, limit: int, after: int = 0) -> Pack:
        """Return the ``limit`` fences that are nearest to the middle of a cell, or fewer, without the ``after`` nearest.

        Raises :class:`BadInput` for what is no H3 cell of resolution 7 and for numbers that are out of bounds,
        :class:`NotReady` where one of them is awaited, and what :meth:`FenceBook.current` raises.
        """
        return _pack(self._made(), cell, limit, after)

    def _made(self) -> _Packs:
        edition, now = self._book.current(), self._clock().astimezone(UTC)
        made_at = now - (now - _EPOCH) % _MADE_EVERY
        with self._lock:
            made = self._packs
            if made is None or made.edition is not edition or made.made_at != made_at or len(made.fences) > _FENCES_KEPT:
                self._packs = made = _Packs(edition, made_at, {}, OrderedDict())
            return made


def _pack(made: _Packs, cell: str, limit: int, after: int) -> Pack:
    if not (len(cell) == 15 and cell.islower() and h3.is_valid_cell(cell) and h3.get_resolution(cell) == RESOLUTION):
        raise BadInput(f"cell is the index of an H3 cell of resolution {RESOLUTION}: 15 hexadecimal digits, in small letters.")
    if not (1 <= limit <= MOST_IN_ONE and 0 <= after <= MOST_IN_ALL):
        raise BadInput(f"limit is 1 to {MOST_IN_ONE}, and after what the pack before said as next.")
    centre, radius_m = _circle_around(cell)
    near = made.edition.index.nearest(centre, after + limit + 1, most_m=AROUND_M)
    numbers, is_cut = near.fences.tolist()[after : after + limit], len(near.fences) > after + limit
    known_m = (float(near.edge_m[-1]) if is_cut else AROUND_M) - 1.0
    made.edition.check_around(centre, max(0.0, known_m + 1.0))
    room_m = known_m / _SPHERE_OFF - radius_m
    sight_m = min(SIGHT_M, max(0.0, room_m) / 2.0)
    return Pack(
        version=_FORMAT,
        cell=cell,
        centre=centre,
        cell_radius_m=radius_m,
        made_at=int(made.made_at.timestamp()),
        holds_until=int((made.made_at + HOLDS).timestamp()),
        ask_again_m=max(0, math.floor(room_m - sight_m)),
        sight_m=math.floor(sight_m),
        covers_cell=room_m >= 0.0,
        after=after,
        next=after + limit if is_cut and after + limit <= MOST_IN_ALL else None,
        fences=[_packed(made, number) for number in numbers],
    )


def _packed(made: _Packs, number: int) -> PackedFence:
    packed = made.fences.get(number)
    if packed is None:
        packed = made.fences[number] = _made_of(made.edition, made.edition.fences[number], made.made_at)
    return packed


def _made_of(edition: Edition, fence: Fence, start: datetime) -> PackedFence:
    facility = edition.facility(fence.facility_id)
    shape, off_m = _drawn(fence.shape)
    end, expires = start + HOLDS, expires_at(fence, facility)
    return PackedFence(
        id=fence.id,
        facility=PackedFacility(facility.id, facility.name),
        sender=edition.tenant_name(fence.tenant),
        shape=shape,
        shape_off_m=off_m,
        wishes=tuple(_wish(wish, fence, facility) for wish in fence.wishes),
        listens=_seconds(intervals(fence, facility, start, end)),
        quiet=_seconds(quiet_intervals(fence, facility, start, end)),
        once_per_visit=fence.once_per_visit,
        most_per_day=fence.most_per_day,
        expires_at=None if expires is None else int(expires.timestamp()),
    )


def _drawn(shape: Circle | Outline) -> tuple[Circle | Outline, float]:
    """The shape of a fence for a device, and how far its edge may be off."""
    if isinstance(shape, Circle) or sum(len(ring) for rings in shape.polygons for ring in rings) <= _MOST_CORNERS:
        return shape, 0.0
    return Outline(polygons=simplified(shape.polygons, _OFF_M), level=shape.level), _OFF_M


def _circle_around(cell: str) -> tuple[LonLat, int]:
    lat, lon = h3.cell_to_latlng(cell)
    corner_m = max(h3.great_circle_distance((lat, lon), corner, unit="m") for corner in h3.cell_to_boundary(cell))
    return LonLat(lon, lat), math.ceil(corner_m * _SPHERE_OFF)


def _wish(wish: Wish, fence: Fence, facility: Facility) -> PackedWish:
    texts = {
        language: said(wish, fence, facility.names.get(language, facility.name), language, entrance_name(facility, language))
        for language in _LANGUAGES
    }
    return PackedWish(trigger=wish.trigger, eta_s=wish.eta_s, dwell_s=wish.dwell_s, texts=texts)


def _seconds(spans: list[Interval]) -> list[tuple[int, int]]:
    return [(int(begin.timestamp()), int(end.timestamp())) for begin, end in spans]

"""Fences: the outlines at which a visit is noticed, what they listen for and what they say."""

import hashlib
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec

from finder.geo.points import LonLat

__all__ = [
    "HIGHEST_LEVEL",
    "LOWEST_LEVEL",
    "MOST_FALSE",
    "MOST_MISSED",
    "Circle",
    "Fence",
    "FenceStatus",
    "Outline",
    "Trial",
    "Trigger",
    "Wish",
    "shape_sha256",
]

LOWEST_LEVEL: Final = -100.0
"""Of floors, as ``level`` of OpenStreetMap counts them."""
HIGHEST_LEVEL: Final = 300.0

MOST_FALSE: Final = 0.05
"""A fence that tells what is not so on more of the visits works for nobody, whatever its tenant thinks of it."""
MOST_MISSED: Final = 0.5
"""Of the simulated visits with something due: above it a fence would tell almost nobody, and is not activated."""


class Trigger(StrEnum):
    """What of a visit a fence listens for."""

    APPROACH = "approach"
    """The person will be there within ``eta_s``, as they move now."""
    ENTER = "enter"
    DWELL = "dwell"
    """Inside for ``dwell_s`` without having left."""
    EXIT = "exit"
    WRONG_ENTRANCE = "wrong_entrance"
    """At a door that is not the one to go in by: a fence of its own around that door."""


class Circle(msgspec.Struct, frozen=True, kw_only=True, tag="circle"):
    """A circle around a point, its radius on the ground."""

    centre: LonLat
    radius_m: Annotated[float, msgspec.Meta(ge=1.0, le=20_000.0)]


class Outline(msgspec.Struct, frozen=True, kw_only=True, tag="outline"):
    """Polygons in WGS84: one or more, each its outer ring and then its holes; rings are lon, lat and closed.

    ``level`` is the floor of a zone inside a building; ``None`` for an outline in the open.
    """

    polygons: tuple[tuple[tuple[LonLat, ...], ...], ...]
    level: float | None = None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a fence listens for, and what the person is then told, by language."""

    trigger: Trigger
    texts: dict[str, str]
    """By BCP 47 language. Braces name what is filled in: ``{facility}``, ``{entrance}``."""
    eta_s: float | None = None
    dwell_s: float | None = None


class FenceStatus(StrEnum):
    """A draft tells nobody anything; one that has ended is kept for its log."""

    DRAFT = "draft"
    ACTIVE = "active"
    ENDED = "ended"


class Fence(msgspec.Struct, frozen=True, kw_only=True):
    """A fence of the tenant that runs the facility. Times of day are the facility's own."""

    id: str
    tenant: str
    facility_id: str
    name: str
    shape: Circle | Outline
    wishes: tuple[Wish, ...]
    windows: str = ""
    """When it listens, as ``opening_hours`` of OpenStreetMap; empty: always."""
    quiet_hours: str = ""
    """When it says nothing, in the same form."""
    once_per_visit: bool = True
    most_per_day: Annotated[int, msgspec.Meta(ge=1, le=20)] = 3
    """Notices to one person in one day, over all its wishes."""
    false_event_limit: Annotated[float, msgspec.Meta(ge=0.0, le=MOST_FALSE)] = 0.01
    """The share of simulated visits with a false event above which it cannot be activated."""
    status: FenceStatus = FenceStatus.DRAFT
    expires_on: date | None = None
    changed_at: datetime | None = None
    extras: dict[str, Any] = {}
    """Columns of an admin's file that mean nothing to us; kept, and shown to nobody else."""

    @property
    def level(self) -> float | None:
        """The floor of a zone indoors; ``None`` for a fence that does not ask on which floor a person is."""
        return None if isinstance(self.shape, Circle) else self.shape.level

    @property
    def wishes_without_floor(self) -> tuple[Wish, ...]:
        """What can be told to a person whose device states no floor, as no browser does: of a zone its approach alone."""
        return tuple(wish for wish in self.wishes if self.level is None or wish.trigger is Trigger.APPROACH)

    @property
    def needs_floor(self) -> bool:
        """Whether it listens for something that only a device that states the floor can come to."""
        return len(self.wishes_without_floor) < len(self.wishes)


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What simulated visits said of a fence before it goes live."""

    at: datetime
    runs: int
    false_share: float
    """Of the visits: those with something told that was not so, or told twice."""
    missed_share: float
    shape_sha256: str
    """Of the shape and the wishes that were tried: a fence that was changed since has not been tried."""


def shape_sha256(fence: Fence) -> str:
    """The SHA-256, in hex, of what a trial tries: the shape, and what is listened for without its texts."""
    listens_for = sorted((wish.trigger, wish.eta_s or 0.0, wish.dwell_s or 0.0) for wish in fence.wishes)
    return hashlib.sha256(msgspec.json.encode((fence.shape, listens_for))).hexdigest()

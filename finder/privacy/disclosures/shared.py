"""A saved place as an application gets it: what the person was told that it would read, and nothing besides."""

from typing import Self, override

import msgspec

from finder.privacy.personal_data import SavedPlaceLine

__all__ = ["SharedPlace"]


class SharedPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a place is, in degrees of WGS84 and metres, and what the person calls it; null where it could not be opened."""

    id: str
    name: str | None
    label: str | None
    lat: float | None
    lon: float | None
    accuracy_m: float | None

    @classmethod
    def of(cls, line: SavedPlaceLine) -> Self:
        """Return what of a person's place is disclosed."""
        return cls(**{name: getattr(line, name) for name in cls.__struct_fields__})

    @override
    def __repr__(self) -> str:
        return "SharedPlace(…)"

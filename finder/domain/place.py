"""A named place that is no facility: what a person types to say where they are."""

from enum import StrEnum

import msgspec

from finder.geo.points import LonLat

__all__ = ["Place", "PlaceKind"]


class PlaceKind(StrEnum):
    """How large a thing the name stands for, largest first."""

    COUNTRY = "country"
    STATE = "state"
    CITY = "city"
    POSTCODE = "postcode"
    NEIGHBOURHOOD = "neighbourhood"
    STREET = "street"
    ADDRESS = "address"
    LANDMARK = "landmark"


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named place with a point in it and the radius of the circle that holds it."""

    name: str
    kind: PlaceKind
    lon_lat: LonLat
    radius_m: float
    alternate_names: tuple[str, ...] = ()
    city: str | None = None
    state: str | None = None
    country: str | None = None
    """ISO 3166-1 alpha-2, upper case."""
    population: int = 0
    source: str = ""

    def label(self) -> str:
        """The name with what tells it from others of the same name: ``Calle 2, Tijuana``."""
        context = (self.city, self.state, self.country)
        return ", ".join(dict.fromkeys(part for part in (self.name, *context) if part))

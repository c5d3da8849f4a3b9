"""States of Mexico and of the United States: by name, code or postcode, and about where each of them lies."""

import math
import tomllib
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources

import msgspec

from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.loading.fold import folded

__all__ = ["State", "knows_states_of", "states_by_postcode", "states_named"]

_OWN_COUNTRY = frozenset({"PR", "VI", "GU", "AS", "MP", "FM", "MH", "PW"})
"""Places that the postal service of the USA takes for states, and ISO 3166-1 for countries: a list may name either."""

type Box = tuple[float, float, float, float]
"""lon_min, lat_min, lon_max, lat_max in WGS84 degrees."""


class State(msgspec.Struct, frozen=True):
    """A state and the boxes that hold its land, generous by some kilometres."""

    country: str
    """ISO 3166-1 alpha-2."""
    code: str
    """The part of the ISO 3166-2 code behind the country: ``BCN``."""
    name: str
    boxes: tuple[Box, ...]

    def holds(self, lon_lat: LonLat) -> bool:
        """Whether the point is in one of the boxes."""
        lon, lat = lon_lat
        for west, south, east, north in self.boxes:  # noqa: SIM110 - twice as fast as any(…), and it runs for every row of a file
            if west <= lon <= east and south <= lat <= north:
                return True
        return False

    def distance_m(self, lon_lat: LonLat) -> float:
        """Metres from the point to the nearest box, 0 in it.

        The geodesic distance to the box's point that is nearest on a sphere. It is never too small; on the spheroid it is at
        most 0.5 % too large.
        """
        return min(_distance_to_box_m(box, lon_lat) for box in self.boxes)


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    """One line of ``state_outlines.toml``, which explains it."""

    name: str
    boxes: tuple[Box, ...]
    postcodes: tuple[str, ...]
    names: tuple[str, ...] = ()


class _Tables(msgspec.Struct):
    by_name: dict[str, tuple[State, ...]]
    by_postcode: dict[tuple[str, str], tuple[State, ...]]
    """By country and first digits."""


def knows_states_of(country: str | None) -> bool:
    """Whether all states of the country are in the table."""
    return country in _digits()


@lru_cache(maxsize=65_536)
def states_named(text: str, country: str | None) -> tuple[State, ...]:
    """The states that a cell may mean, by name or code; of every country that is known here when none is given.

    ``states_named("CA", None)`` is California. Empty when the country is another, or has no state of that name.
    """
    found = _tables().by_name.get(folded(text), ())
    return tuple(state for state in found if country is None or country in {state.country, *_own_country(state)})


@lru_cache(maxsize=65_536)
def states_by_postcode(postcode: str, country: str | None) -> tuple[State, ...]:
    """The states whose postcodes begin as this one does. None without a country: five digits may be anybody's."""
    postal = "US" if country in _OWN_COUNTRY else country
    if postal is None or postal not in _digits():
        return ()
    return _tables().by_postcode.get((postal, postcode.strip()[: _digits()[postal]]), ())


def _own_country(state: State) -> Iterable[str]:
    return (state.code,) if state.code in _OWN_COUNTRY and state.country == "US" else ()


@cache
def _tables() -> _Tables:
    raw = tomllib.loads(resources.files("finder.loading").joinpath("state_outlines.toml").read_text("utf-8"))
    by_name: dict[str, dict[State, None]] = {}
    by_postcode: dict[tuple[str, str], dict[State, None]] = {}
    for country, entries in msgspec.convert(raw, dict[str, dict[str, _Entry]]).items():
        for code, entry in entries.items():
            state = State(country=country, code=code, name=entry.name, boxes=entry.boxes)
            for name in (code, entry.name, *entry.names):
                by_name.setdefault(folded(name), {})[state] = None
            for prefix in _prefixes(entry.postcodes):
                by_postcode.setdefault((country, prefix), {})[state] = None
    return _Tables(
        {name: tuple(states) for name, states in by_name.items()},
        {prefix: tuple(states) for prefix, states in by_postcode.items()},
    )


@cache
def _digits() -> dict[str, int]:
    """How many first digits of a postcode tell the state, by country."""
    return {country: len(prefix) for country, prefix in _tables().by_postcode}


def _prefixes(ranges: Iterable[str]) -> Iterable[str]:
    """``010-012`` → 010, 011, 012."""
    for text in ranges:
        first, _, last = text.partition("-")
        yield from (str(number).zfill(len(first)) for number in range(int(first), int(last or first) + 1))


def _distance_to_box_m(box: Box, lon_lat: LonLat) -> float:
    west, south, east, north = box
    lon, lat = lon_lat
    if west <= lon <= east:
        nearest = LonLat(lon, min(max(lat, south), north))
        return 0.0 if nearest == lon_lat else geodesic_m(lon_lat, nearest)
    # East or west of the box the nearest point is on the edge that is nearer in longitude: the foot of the perpendicular on that
    # meridian, tan φ' = tan φ / cos Δλ, or, where that is not in the box, one of the corners.
    away = {edge: abs((lon - edge + 180.0) % 360.0 - 180.0) for edge in (west, east)}
    edge = min(away, key=away.__getitem__)
    foot = math.degrees(math.atan2(math.sin(math.radians(lat)), math.cos(math.radians(lat)) * math.cos(math.radians(away[edge]))))
    if south <= foot <= north:
        return geodesic_m(lon_lat, LonLat(edge, foot))
    return min(geodesic_m(lon_lat, LonLat(edge, south)), geodesic_m(lon_lat, LonLat(edge, north)))

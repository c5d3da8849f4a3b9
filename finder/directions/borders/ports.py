"""``ports.toml``: the land ports of entry, their lanes by direction, and when they are open."""

import tomllib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import msgspec
from opening_hours import OpeningHours, ParserError  # pyright: ignore[reportAttributeAccessIssue]

from finder.errors import BadFile, BadInput
from finder.geo.points import LonLat, checked_lon_lat

__all__ = [
    "MAX_WAIT_MIN",
    "Direction",
    "Lane",
    "LaneFacts",
    "Passage",
    "Port",
    "WaitRange",
    "known_ports",
    "ports_between",
    "ports_from_text",
    "read_ports",
]

MAX_WAIT_MIN: Final = 24 * 60.0
"""No wait is longer than a day; a number above it is in other units."""

Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
WaitRange = tuple[float, float, float]
"""Minutes: the low, the likely and the high end of a wait."""


class Lane(StrEnum):
    """Where people queue: the last two on foot, in a wheelchair or with a bicycle, the others in a car."""

    GENERAL = "general"
    READY = "ready"
    """For documents with a radio chip, such as a passport card or a newer border crossing card."""
    SENTRI = "sentri"
    """For members of the trusted traveller programme, in a registered car."""
    MEDICAL_FAST_LANE = "medical_fast_lane"
    """For visitors who were treated in Tijuana and have their clinic's pass."""
    PEDESTRIAN = "pedestrian"
    PEDESTRIAN_READY = "pedestrian_ready"


class Direction(msgspec.Struct, frozen=True):
    """Out of one country into another, both ISO 3166-1 alpha-2; as a text ``MX>US``."""

    leaves: str
    enters: str

    @classmethod
    def parse(cls, text: str) -> "Direction":
        """Read ``MX>US``. Raises :class:`BadInput` for any other form."""
        leaves, _, enters = text.partition(">")
        if not (_is_country(leaves) and _is_country(enters)) or leaves == enters:
            raise BadInput("A direction is two different countries in capital letters, such as MX>US.")
        return cls(leaves, enters)

    def __str__(self) -> str:
        return f"{self.leaves}>{self.enters}"


class LaneFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a lane: the wait while nobody has measured one (our judgement), and its own hours if it has any."""

    usual_min: WaitRange
    hours: str | None = None


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A port in one direction. ``lon_lat`` is where one crosses the line."""

    direction: Direction
    lon_lat: LonLat
    lanes: dict[Lane, LaneFacts]
    hours: str


class Port(msgspec.Struct, frozen=True, kw_only=True):
    """A land port of entry. ``airport_passengers_only``: it is listed so that nobody wonders, and never used."""

    id: str
    name_en: str
    name_es: str
    countries: tuple[str, str]
    lon_lat: LonLat
    time_zone: str
    passages: tuple[Passage, ...]
    airport_passengers_only: bool = False

    def passage(self, direction: Direction) -> Passage | None:
        """Return the port in that direction; None where one cannot pass."""
        return next((passage for passage in self.passages if passage.direction == direction), None)

    def is_open(self, direction: Direction, lane: Lane, at: datetime) -> bool:
        """Whether the lane is open at an aware moment, the port and the lane both; a lane that is not there is never open.

        Raises :class:`BadInput` for a moment without a time zone.
        """
        if at.tzinfo is None:
            raise BadInput("A moment needs its time zone, or it would be read by this server's own clock.")
        passage = self.passage(direction)
        if passage is None or lane not in passage.lanes:
            return False
        local = at.astimezone(ZoneInfo(self.time_zone))
        texts = (passage.hours, passage.lanes[lane].hours)
        return all(_hours(text, self.time_zone).is_open(local) for text in texts if text is not None)


def ports_between(country_a: str, country_b: str, ports: Sequence[Port]) -> tuple[Port, ...]:
    """Return those of the ports that anybody may use between two countries, in either order."""
    return tuple(port for port in ports if {*port.countries} == {country_a, country_b} and not port.airport_passengers_only)


@cache
def known_ports() -> tuple[Port, ...]:
    """Read the file that comes with the finder, once: all of its ports, those that nobody is sent to included."""
    return ports_from_text(resources.files("finder.directions.borders").joinpath("ports.toml").read_text("utf-8"), "ports.toml")


def read_ports(path: Path) -> tuple[Port, ...]:
    """Read an operator's own file of the same form. Raises :class:`BadFile`, which says where and what."""
    try:
        return ports_from_text(path.read_text("utf-8-sig"), path.name)
    except OSError as error:
        raise BadFile(f"The file of ports {path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"The file of ports {path.name} is not text in UTF-8.") from error


def ports_from_text(text: str, name: str) -> tuple[Port, ...]:
    """Return what the TOML text says; ``name`` is what messages call it. Raises :class:`BadFile`."""
    try:
        rows = msgspec.convert(tomllib.loads(text), _File).port
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadFile(f"The file of ports {name} cannot be used: {error}.") from error
    if len({row.id for row in rows}) < len(rows):
        raise BadFile(f"The file of ports {name} has an id twice; each port needs its own.")
    ports: list[Port] = []
    for row in rows:
        try:
            ports.append(_port(row))
        except BadInput as error:
            raise BadFile(f"The file of ports {name}, port {row.id}: {error}") from error
    return tuple(ports)


class _PassageRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    direction: str
    lanes: dict[Lane, LaneFacts]
    hours: str | None = None
    lon_lat: LonLat | None = None


class _PortRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]*$")]
    name_en: Annotated[str, msgspec.Meta(min_length=1)]
    name_es: Annotated[str, msgspec.Meta(min_length=1)]
    countries: tuple[Country, Country]
    lon_lat: LonLat
    time_zone: str
    passage: tuple[_PassageRow, ...]
    hours: str = "24/7"
    airport_passengers_only: bool = False


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of ``ports.toml``."""

    port: tuple[_PortRow, ...]


def _port(row: _PortRow) -> Port:
    try:
        ZoneInfo(row.time_zone)
    except (OSError, ValueError, KeyError) as error:  # an unknown name, an absurd one, one that is a folder
        raise BadInput("time_zone must be an IANA name, such as America/Tijuana.") from error
    passages = tuple(_passage(passage, row) for passage in row.passage)
    if len({passage.direction for passage in passages}) < len(passages):
        raise BadInput("a direction is there twice; write all of its lanes in one passage.")
    return Port(
        id=row.id,
        name_en=row.name_en,
        name_es=row.name_es,
        countries=row.countries,
        lon_lat=checked_lon_lat(*row.lon_lat),
        time_zone=row.time_zone,
        passages=passages,
        airport_passengers_only=row.airport_passengers_only,
    )


def _passage(row: _PassageRow, port: _PortRow) -> Passage:
    direction = Direction.parse(row.direction)
    if {direction.leaves, direction.enters} != {*port.countries}:
        raise BadInput(f"the direction {direction} is not between the port's two countries.")
    hours = row.hours or port.hours
    for text in (hours, *(facts.hours for facts in row.lanes.values() if facts.hours)):
        try:
            _hours(text, port.time_zone)
        except (ParserError, SyntaxError) as error:
            raise BadInput(f'the hours "{text}" are not in OpenStreetMap\'s grammar, such as "Mo-Su 06:00-22:00".') from error
    for lane, facts in row.lanes.items():
        low, likely, high = facts.usual_min
        if not 0.0 <= low <= likely <= high <= MAX_WAIT_MIN:
            raise BadInput(f"usual_min of {direction} {lane} must be minutes [low, likely, high], ascending, a day at most.")
    lon_lat = checked_lon_lat(*(row.lon_lat or port.lon_lat))
    return Passage(direction=direction, lon_lat=lon_lat, lanes=row.lanes, hours=hours)


@lru_cache(maxsize=256)
def _hours(text: str, time_zone: str) -> OpeningHours:
    return OpeningHours(text, timezone=ZoneInfo(time_zone))


def _is_country(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isalpha() and text.isupper()

"""Positions from network addresses, by databases in the MMDB format (https://maxmind.github.io/MaxMind-DB/).

Two layouts are read: MaxMind's nested one (``location.latitude``, ``location.accuracy_radius``, ``city.names``) and the flat
one of the npm packages of ip-location-db (``latitude``, ``longitude``, ``city``, ``state1``; no radius).
"""

import math
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from typing import Never, cast

import maxminddb

from finder.domain.position import PositionFor, PositionSource
from finder.errors import BadFile, BadInput
from finder.geo.points import LonLat, checked_lon_lat
from finder.locate.ip_credits import Attribution, attribution_of

__all__ = ["CITY_RADIUS_M", "COUNTRY_RADIUS_M", "STATE_RADIUS_M", "IpDatabases"]

CITY_RADIUS_M = 50_000.0
"""Radius for a record that names a city and gives no radius of its own.

Published median errors are 3-16 km on fixed lines and 179-207 km on mobile networks, and such a record does not say which it
is. Half a hundred kilometres holds about two thirds when every third person is on a mobile network: 67 % is what MaxMind's
own ``accuracy_radius`` promises, so positions of both layouts mean the same.
"""
STATE_RADIUS_M = 200_000.0
"""The same for a record that names a state and no city."""
COUNTRY_RADIUS_M = 1_000_000.0
"""The same for a record with a country at most: the point is somewhere in the middle of it."""

_NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
        "ff00::/8",
    )
)
"""Addresses that are the same in every house and so have no place on Earth, whatever a database says.

Not ``ipaddress.is_private``: that also counts the documentation networks, which the demo's own database places.
"""


class IpDatabases:
    """One or more databases, asked in order: the first that knows where an address is answers. Safe to share by threads."""

    attributions: tuple[Attribution, ...]
    """The credits to show wherever a position from here is used."""

    def __init__(self, readers: Sequence[maxminddb.Reader], attributions: Sequence[Attribution]) -> None:
        self._readers = tuple((reader, reader.metadata().ip_version) for reader in readers)
        self.attributions = tuple(dict.fromkeys(attributions))

    @classmethod
    def open(cls, paths: Sequence[Path]) -> "IpDatabases":
        """Open the files, memory-mapped. No files at all is fine: then no address is ever known.

        Raises :class:`BadFile` for a file that is missing or no MMDB.
        """
        readers: list[maxminddb.Reader] = []
        attributions: list[Attribution] = []
        try:
            for path in paths:
                reader = _opened(path)
                readers.append(reader)
                attribution = attribution_of(path, reader)
                if attribution is not None:
                    attributions.append(attribution)
        except BadFile:
            for reader in readers:
                reader.close()
            raise
        return cls(readers, attributions)

    def close(self) -> None:
        """Give the files back. A look-up after this raises."""
        for reader, _ in self._readers:
            reader.close()

    def locate(self, address: IPv4Address | IPv6Address | None, *, language: str = "en") -> PositionFor[Never] | None:
        """Where the address probably is, or ``None`` when no database says so or it is an address of private use.

        The label is the city's name in ``language`` (a BCP 47 tag) where the database has it, else in English, else as it is.
        """
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if address is None or any(address in network for network in _NEVER):
            return None
        for reader, ip_version in self._readers:
            if address.version > ip_version:
                continue
            try:
                record = reader.get(address)
            except maxminddb.InvalidDatabaseError:
                # A file damaged in this one branch must not take the page down: the next database may know.
                continue
            if isinstance(record, dict) and (position := _position(cast("Mapping[str, object]", record), language)) is not None:
                return position
        return None


def _opened(path: Path) -> maxminddb.Reader:
    try:
        return maxminddb.open_database(path)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        raise BadFile(
            f"{path.name} is no database of network addresses that can be read: it must be an unpacked .mmdb file. "
            "Get one with `finder ipdb get`, or name another with `finder ipdb use PATH`."
        ) from error


def _position(record: Mapping[str, object], language: str) -> PositionFor[Never] | None:
    """The position in a record of either layout; ``None`` without a usable coordinate."""
    location = record.get("location")
    nested = isinstance(location, dict)
    fields = cast("Mapping[str, object]", location) if nested else record
    lon_lat = _lon_lat(fields.get("longitude"), fields.get("latitude"))
    if lon_lat is None:
        return None
    if nested:
        subdivisions = record.get("subdivisions")
        divisions = cast("Sequence[object]", subdivisions) if isinstance(subdivisions, list) else ()
        city = _name(record.get("city"), language)
        state = _name(divisions[0], language) if divisions else None
        country = _name(record.get("country"), language)
    else:
        city, state, country = _text(record.get("city")), _text(record.get("state1")), None
    radius_km = fields.get("accuracy_radius")
    if isinstance(radius_km, int | float) and not isinstance(radius_km, bool) and math.isfinite(radius_km) and radius_km > 0:
        accuracy_m = radius_km * 1000.0
    else:
        accuracy_m = CITY_RADIUS_M if city else STATE_RADIUS_M if state else COUNTRY_RADIUS_M
    return PositionFor(lon_lat=lon_lat, accuracy_m=accuracy_m, source=PositionSource.IP, label=city or state or country)


def _lon_lat(lon: object, lat: object) -> LonLat | None:
    """The point, unless it is missing, impossible, or 0,0, which is what makers write for "unknown"."""
    if isinstance(lon, bool) or isinstance(lat, bool) or not isinstance(lon, int | float) or not isinstance(lat, int | float):
        return None
    try:
        point = checked_lon_lat(float(lon), float(lat))
    except BadInput:
        return None
    return None if point == (0.0, 0.0) else point


def _name(thing: object, language: str) -> str | None:
    """The name of a nested ``{"names": {"en": …}}``."""
    names = cast("Mapping[str, object]", thing).get("names") if isinstance(thing, dict) else None
    if not isinstance(names, dict):
        return None
    by_language = cast("Mapping[str, object]", names)
    for tag in (language, language.partition("-")[0], "en", *by_language):
        if found := _text(by_language.get(tag)):
            return found
    return None


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None

"""A small database of network addresses for the demo: only networks that are set aside for documentation."""

import os
import tempfile
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet

from finder.errors import BadInput
from finder.geo.points import LonLat, checked_lon_lat

__all__ = ["DOCUMENTATION_NETWORKS", "write_demo_database"]

DOCUMENTATION_NETWORKS = tuple(
    ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
)
"""RFC 5737, RFC 3849 and RFC 9637: nobody on the Internet has one of these addresses."""


def write_demo_database(path: Path, centres: Sequence[tuple[IPv4Network | IPv6Network, LonLat, float, str, str]]) -> None:
    """Write an MMDB file in MaxMind's nested layout, for IPv4 and IPv6, in one step.

    Each of ``centres`` is (network, point, accuracy in km, name of the city, country as ISO 3166-1 alpha-2). Raises
    :class:`BadInput` for a network that is not set aside for documentation: a demo must not say where real people are.
    """
    writer = MMDBWriter(
        ip_version=6,
        ipv4_compatible=True,
        database_type="Finder-Demo-City",
        languages=["en"],
        description={"en": "Care Finder demo: documentation networks only, places made up"},
    )
    for network, point, accuracy_km, city, country in centres:
        if not any(network.version == reserved.version and _within(network, reserved) for reserved in DOCUMENTATION_NETWORKS):
            raise BadInput("The demo's database takes documentation networks only, such as 192.0.2.0/24 or 2001:db8::/32.")
        lon, lat = checked_lon_lat(*point)
        writer.insert_network(
            IPSet([str(network)]),
            {
                "city": {"names": {"en": city}},
                "country": {"iso_code": country},
                "location": {"latitude": float(lat), "longitude": float(lon), "accuracy_radius": round(accuracy_km)},
            },
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unfinished = Path(folder) / path.name
        writer.to_db_file(str(unfinished))
        os.replace(unfinished, path)  # noqa: PTH105 - one atomic rename


def _within(network: IPv4Network | IPv6Network, reserved: IPv4Network | IPv6Network) -> bool:
    return network.network_address in reserved and network.broadcast_address in reserved

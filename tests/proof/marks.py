"""What a marked person leaves if somebody writes it down: each mark in every form in which a program may have written it."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

import h3
import numpy as np

from finder.geo.points import LonLat
from finder.geo.polyline import encode_polyline

__all__ = ["Mark", "address_mark", "network_mark", "position_mark", "secret_mark"]

COARSEST_TOLD = 7
"""The H3 resolution that may be written, where somebody agreed to it; any finer may not."""
_FINEST_H3 = 15
_DIGITS = 4
"""Of decimal degrees: 11 m. What has fewer of them is not told apart from the coordinates of thousands of others."""
_V6_TOLD_GROUPS = 3


@dataclass(frozen=True)
class Mark:
    """One thing that must not be found. ``forms`` are the bytes to look for, by the name of the form."""

    name: str
    forms: Mapping[str, bytes]


def position_mark(name: str, lon_lat: LonLat) -> Mark:
    """A position: as text, as the numbers of a file, as a cell finer than is told, and as the beginning of an encoded line."""
    forms: dict[str, bytes] = {}
    for axis, degrees in (("lon", lon_lat.lon), ("lat", lon_lat.lat)):
        for text in {f"{degrees:.{_DIGITS}f}", f"{degrees:.{_DIGITS + 4}f}"[:-4]}:  # rounded and cut off
            forms[f"{axis} {text}…"] = text.encode()
        for scale in (6, 7):
            forms[f"{axis} times 10^{scale}"] = str(round(degrees * 10**scale)).encode()
            for order, sign in (("little", "<"), ("big", ">")):
                forms[f"{axis} as int32 of 10^-{scale}, {order} endian"] = struct.pack(f"{sign}i", round(degrees * 10**scale))
        for order, sign in (("little", "<"), ("big", ">")):
            forms[f"{axis} as float64, {order} endian"] = struct.pack(f"{sign}d", degrees)
            forms[f"{axis} as float32, {order} endian"] = struct.pack(f"{sign}f", degrees)
    for resolution in range(COARSEST_TOLD + 1, _FINEST_H3 + 1):
        cell = h3.latlng_to_cell(lon_lat.lat, lon_lat.lon, resolution)
        forms[f"H3 cell of resolution {resolution}"] = cell.encode()
        forms[f"H3 cell of resolution {resolution} as a number"] = str(h3.str_to_int(cell)).encode()
        forms[f"H3 cell of resolution {resolution} as uint64"] = h3.str_to_int(cell).to_bytes(8, "little")
    for precision in (5, 6):
        forms[f"polyline of {precision} decimals"] = encode_polyline(np.array([lon_lat]), precision=precision).encode()
    return Mark(name, forms)


def network_mark(name: str, text: str) -> Mark:
    """A network address: what is more of it than /24 of IPv4 or /48 of IPv6."""
    address = ip_address(text)
    forms = {"as text": text.encode(), "in its long form": address.exploded.encode(), "as bytes": address.packed}
    if isinstance(address, IPv6Address):
        groups = [f"{int(group, 16):x}" for group in address.exploded.split(":")]
        forms["its first 64 bits"] = ":".join(groups[: _V6_TOLD_GROUPS + 1]).encode()
        forms["as /64"] = str(ip_network(f"{text}/64", strict=False)).encode()
    return Mark(name, forms)


def address_mark(name: str, text: str) -> Mark:
    """Words that a person wrote: as they are, in small letters, and as JSON and addresses write them."""
    return Mark(
        name,
        {
            "as text": text.encode(),
            "in small letters": text.lower().encode(),
            "in an address": text.replace(" ", "%20").encode(),
            "in a form": text.replace(" ", "+").encode(),
            "in UTF-16": text.encode("utf-16-le"),
        },
    )


def secret_mark(name: str, texts: Mapping[str, str]) -> Mark:
    """Secrets that only the person or an app has, such as tokens, by what they are."""
    forms = {what: text.encode() for what, text in texts.items()}
    # Such as fs_: the letters after it are the secret.
    forms |= {f"{what} without its prefix": text[3:].encode() for what, text in texts.items() if text[2:3] == "_"}
    return Mark(name, forms)

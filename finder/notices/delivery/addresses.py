"""Which addresses may be called that somebody else names, a browser or a tenant: those of the public Internet and no others."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

__all__ = ["PORTS", "Network", "is_in", "is_public"]

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network

PORTS: Final = frozenset({443, 8443})
"""What else listens on a public machine is not for us."""
_UNICAST: Final = IPv6Network("2000::/3")
"""All of IPv6 that is given out for the Internet."""
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are the address that is meant. That of :rfc:`8215` is for use within a network."""


def is_public(address: Address) -> bool:
    """Return whether an address is one of the public Internet; of one that holds an IPv4 address, whether that is, too."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    if address.scope_id is not None or address.sixtofour is not None:  # nobody runs 6to4 for all any more
        return False
    meant = _meant(address)
    if meant is not None:
        return is_public(meant)
    return address in _UNICAST and address.is_global and address.teredo is None


def is_in(address: Address, networks: Sequence[Network]) -> bool:
    """Return whether an address, or the IPv4 address that it holds, is in one of the networks."""
    meant = _meant(address) if isinstance(address, IPv6Address) else None
    return any(address in network or (meant is not None and meant in network) for network in networks)


def _meant(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to this one come to in the end: mapped, 6to4 or NAT64."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour

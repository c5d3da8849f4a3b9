"""Where a request comes from, for want of anything better: its network address, or the place that stands in."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Never

from finder.domain.position import PositionFor
from finder.locate.client_address import client_address
from finder.locate.ip import IpDatabases

__all__ = ["AddressLocator"]


class AddressLocator:
    """``stand_in`` gives the position for an address that tells nothing, such as the region's centre."""

    def __init__(
        self, databases: IpDatabases, trusted: Sequence[IPv4Network | IPv6Network], stand_in: Callable[[], PositionFor[Never]]
    ) -> None:
        self._databases = databases
        self._trusted = trusted
        self._stand_in = stand_in

    def locate(
        self, peer: str | None, forwarded_for: Sequence[str], forwarded: Sequence[str], *, language: str = "en"
    ) -> PositionFor[Never]:
        """Return the position of whoever is at the other end; the arguments are those of ``client_address``."""
        address = client_address(peer, forwarded_for, forwarded, self._trusted)
        return self._databases.locate(address, language=language) or self._stand_in()

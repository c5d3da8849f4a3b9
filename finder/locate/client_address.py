"""The network address of the person, seen from behind reverse proxies.

A proxy that the operator trusts appends the address it was called from to ``X-Forwarded-For`` (de facto) or ``Forwarded``
(RFC 7239). Whatever stands to the left of that may have been written by anybody. So both are read from the right, and only as
far as trusted networks reach.
"""

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

__all__ = ["client_address"]

type Address = IPv4Address | IPv6Address

_HOST_PORT = re.compile(
    r"""(?: \[ (?P<bracketed> [0-9A-Fa-f:.]{2,45} ) \]      # [2001:db8::1], the only form of IPv6 that may carry a port
          | (?P<ipv4> [0-9]{1,3} (?: \. [0-9]{1,3} ){3} ) )
        (?: : (?: [0-9]{1,5} | _[A-Za-z0-9._-]{1,64} ) )?   # a port, or RFC 7239's obfuscated port
    """,
    re.VERBOSE,
)
_BARE_IPV6 = re.compile(r"[0-9A-Fa-f:.]{2,45}")
_PARAMETER = re.compile(
    r"""\s* ([!#$%&'*+.^_`|~0-9A-Za-z-]+) = (?: "((?:[^"\\]|\\.)*)" | ([^\s";,=\\]+) ) \s* (?:;|$)""", re.VERBOSE
)


def client_address(
    peer: str | None,
    forwarded_for: Sequence[str],
    forwarded: Sequence[str],
    trusted: Sequence[IPv4Network | IPv6Network],
) -> Address | None:
    """The address of whoever called the outermost trusted proxy; ``None`` when the peer has no network address.

    ``peer`` is the other end of the socket; ``forwarded_for`` and ``forwarded`` are the lines of the two headers in the order
    they came. The headers are ignored unless the peer is in ``trusted``. An entry that is no address (``unknown``, an
    obfuscated name, garbage) ends the walk: the answer is the last good address before it. When both headers are there they
    must agree, because nobody can tell which of the two the proxy wrote and which the caller: the answer is the last hop on
    which they do. IPv4-mapped IPv6 addresses come back as IPv4. Never raises, whatever the headers hold.
    """
    start = _address(peer.strip().partition("%")[0]) if peer else None
    if start is None or not _is_trusted(start, trusted):
        return start
    if any(line.strip() for line in forwarded_for) and any(line.strip() for line in forwarded):
        pairs = zip(
            _walk(start, _entries(forwarded_for), trusted), _walk(start, _forwarded_nodes(forwarded), trusted), strict=False
        )
        agreed = start
        for left, right in pairs:
            if left != right:
                break
            agreed = left
        return agreed
    last = start
    entries = _entries(forwarded_for) if any(line.strip() for line in forwarded_for) else _forwarded_nodes(forwarded)
    for last in _walk(start, entries, trusted):  # noqa: B007 - the last one is the answer
        pass
    return last


def _walk(start: Address, entries: Iterator[str | None], trusted: Sequence[IPv4Network | IPv6Network]) -> Iterator[Address]:
    """The good addresses from the peer outwards, ending with the first that is not trusted."""
    current = start
    yield current
    while _is_trusted(current, trusted):
        following = _address(next(entries, None) or "")
        if following is None:
            return
        current = following
        yield current


def _is_trusted(address: Address, trusted: Sequence[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in trusted)


def _address(text: str) -> Address | None:
    """The address in ``text``, with or without a port and brackets, or ``None``."""
    match = _HOST_PORT.fullmatch(text)
    host = (match["bracketed"] or match["ipv4"]) if match else text
    if not match and not _BARE_IPV6.fullmatch(text):
        return None
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if match and match["bracketed"] and isinstance(address, IPv4Address):
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _entries(lines: Sequence[str]) -> Iterator[str]:
    """The comma-separated entries of ``X-Forwarded-For``, right to left; empty ones do not count (RFC 9110, 5.6.1)."""
    for line in reversed(lines):
        for entry in reversed(line.split(",")):
            if entry.strip():
                yield entry.strip()


def _forwarded_nodes(lines: Sequence[str]) -> Iterator[str | None]:
    """The ``for`` nodes of ``Forwarded``, right to left; ``None`` stands for an element that cannot be read."""
    for line in reversed(lines):
        for element in _elements_from_right(line):
            yield _for_node(element)


def _elements_from_right(line: str) -> Iterator[str]:
    """Split at the commas outside quotes, starting from the right.

    From the left, one unclosed quote written by the caller would swallow the comma and the entry that the proxy appended.
    """
    end = len(line)
    quoted = False
    for at in range(len(line) - 1, -1, -1):
        if line[at] == '"':
            first = at
            while first > 0 and line[first - 1] == "\\":
                first -= 1
            if not quoted or (at - first) % 2 == 0:
                quoted = not quoted
        elif line[at] == "," and not quoted:
            if line[at + 1 : end].strip():
                yield line[at + 1 : end]
            end = at
    if line[:end].strip():
        yield line[:end]


def _for_node(element: str) -> str | None:
    """The value of the one ``for`` parameter of a forwarded element, unquoted; ``None`` when it has none, two, or bad syntax."""
    nodes: list[str] = []
    at = 0
    while at < len(element):
        match = _PARAMETER.match(element, at)
        if match is None:
            return None
        if match[1].lower() == "for":
            nodes.append(re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3])
        at = match.end()
    return nodes[0] if len(nodes) == 1 else None

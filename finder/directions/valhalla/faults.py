"""What each of Valhalla's error codes means to the one who asked.

The codes are those of valhalla/exceptions.h: 1xx from reading and placing the request, 2xx from the turn list, 4xx from the
search and the matching of a trace. Valhalla's own words are left out: some repeat parts of the request.
"""

from typing import Final

from finder.errors import BadInput, FinderError, NoRoute, NotReady

__all__ = ["NO_ROAD", "fault_of"]

_TOO_FAR: Final = "These points are too far apart for this way of travelling. Choose nearer ones, or go by car."
_NO_WAY: Final = "No way is known between these points by this way of travelling. Try another one, or points on the same roads."
NO_ROAD: Final = "There is no road within 300 metres of one of these points. Choose points on or beside a road."
_NO_MATCH: Final = "No way fits these measured points. Send points of one trip on roads of this way of travelling, not far apart."
_TOO_MANY: Final = "There are too many points in this request. Send fewer."

_NO_ROUTE: Final = {
    154: _TOO_FAR,
    170: _NO_WAY,
    171: NO_ROAD,
    172: _TOO_FAR,
    440: _NO_WAY,
    441: _NO_WAY,
    442: _NO_WAY,
    443: _NO_MATCH,
    444: _NO_MATCH,
}
_BAD_INPUT: Final = {
    123: "A trace needs at least two points.",
    125: "This road engine does not know that way of travelling. Choose another one.",
    150: _TOO_MANY,
    151: "The time is too long for this road engine. Ask for fewer minutes.",
    152: "These are too many times at once. Ask for fewer.",
    153: _TOO_MANY,
    157: _TOO_MANY,
    158: _TOO_MANY,
}


def fault_of(code: int) -> FinderError:
    """Return the error to raise for a code; for one that a person can do nothing about, :class:`NotReady` with the code."""
    if code in _NO_ROUTE:
        return NoRoute(_NO_ROUTE[code])
    if code in _BAD_INPUT:
        return BadInput(_BAD_INPUT[code])
    if 100 <= code < 170:
        return BadInput(f"The road engine cannot use this request (its code {code}). Check the points and the options.")
    return NotReady(
        f"The road engine failed (its code {code}). Try again; if it stays so, who runs this service should build the region's "
        "roads again or see to the engine's server."
    )

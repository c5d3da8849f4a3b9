"""What the tracker keeps between two fixes. It goes to the store together with the events, so that neither is lost alone."""

from enum import StrEnum
from typing import Final

import msgspec

from finder.errors import Damaged
from finder.geo.points import LonLat

__all__ = ["Clock", "FenceState", "Held", "Mean", "Seen", "Side", "TrackState", "Where", "decode_state", "encode_state"]

_VERSION: Final = 1


class Side(StrEnum):
    """On which side of a fence's edge a person is believed to be."""

    UNKNOWN = "unknown"
    OUTSIDE = "outside"
    INSIDE = "inside"


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A fix as it is remembered: seconds since 1970 by the track's clock, its error in metres, its number."""

    at_s: float
    lon_lat: LonLat
    error_m: float
    number: int


class Held(msgspec.Struct, frozen=True, array_like=True):
    """A fix that surprises, and is not believed yet; ``speed_mps`` is what it took to get there."""

    seen: Seen
    speed_mps: float


class Clock(msgspec.Struct, frozen=True, array_like=True):
    """The track's clock: the device's, put right where it cannot be true.

    ``late`` are fixes that came in a row and are older than what is known: device's and server's seconds since 1970 of each.
    """

    shift_s: float = 0.0
    newest_s: float | None = None
    newest_beacon_s: float | None = None
    late: tuple[tuple[float, float], ...] = ()


class Mean(msgspec.Struct, frozen=True, array_like=True):
    """The mean of the fixes of a person who does not move."""

    lon_lat: LonLat
    information: float
    """One over the variance along one axis, in 1/m², before what averaging does not take away."""
    since: Seen
    """The first fix of it."""


class Where(msgspec.Struct, frozen=True, array_like=True):
    """Where the person is believed to be: at the mean of the fixes since they last moved."""

    mean: Mean
    last: Seen
    silent_s: float
    """How long before ``last`` nothing was heard."""
    trail: tuple[Seen, ...]
    """The last minute, thinned, oldest first."""
    former: Mean | None = None
    """Where they were before they seemed to move, as long as they may turn out to be there still."""
    former_s: float = 0.0
    """When that was."""
    pace_mps: float = 0.0
    scatter_m2: float = 0.0
    leapt_s: float | None = None
    """When a leap was last believed."""


class FenceState(msgspec.Struct, frozen=True, array_like=True):
    """What is known of one fence."""

    fence_id: str
    side: Side = Side.UNKNOWN
    stay: int = 0
    since_s: float = 0.0
    """When the stay began, by the track's clock."""
    since_number: int = 0
    already_inside: bool = False
    turning: Side | None = None
    """The other side, when the last fixes speak for it."""
    turning_s: float = 0.0
    turning_numbers: tuple[int, ...] = ()
    """The fixes that do: the first and at most the last seven."""
    silent_s: float = 0.0
    """The longest silence of this stay; in a zone, the longest time in which no fix stated its floor."""
    told: tuple[str, ...] = ()
    """What was said since the person last left."""
    distances: tuple[tuple[float, float, int], ...] = ()
    """Time, metres from the edge and number: of the last fixes, where a fence listens for an approach; of who is inside a zone,
    of the last one that stated its floor."""


class TrackState(msgspec.Struct, frozen=True, array_like=True):
    """Everything known of one visit. A new one is ``TrackState()``."""

    version: int = _VERSION
    fixes: int = 0
    """How many came, those passed over included."""
    clock: Clock = Clock()
    where: Where | None = None
    held: tuple[Held, ...] = ()
    fences: tuple[FenceState, ...] = ()
    """By fence id."""


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(TrackState)


def encode_state(state: TrackState) -> bytes:
    """Return the state as MessagePack. It holds positions of a person: seal it before it is written anywhere."""
    return _ENCODER.encode(state)


def decode_state(encoded: bytes) -> TrackState:
    """Return the state that :func:`encode_state` wrote. Raises :class:`Damaged` for anything else."""
    try:
        state = _DECODER.decode(encoded)
    except msgspec.DecodeError as error:
        raise Damaged("The state of a visit cannot be read: end that visit, and let the person arm it again.") from error
    if state.version != _VERSION:
        raise Damaged("The state of a visit is of another version of the finder: end that visit, and let it be armed again.")
    return state

"""Who may cross, and where: the port that brings a person soonest to each of many targets, its wait included.

A person is sent across only with documents that were named: :attr:`Documents.NONE`, the default here, opens no lane.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.directions.borders.documents import Documents, lanes_open_to
from finder.directions.borders.leg_times import leg_times
from finder.directions.borders.ports import Direction, Lane, Passage, Port, ports_between
from finder.directions.borders.waits import Wait, WaitBook
from finder.directions.estimate import TravelMode
from finder.directions.router import Basis, Router
from finder.errors import BadInput
from finder.geo.distance import geodesic_m, geodesic_many_m
from finder.geo.points import LonLat

__all__ = ["MAX_DETOUR_M", "Borders", "Crossing", "Crossings", "MayCross"]

MAX_DETOUR_M: Final = 100_000.0
"""A port is out if to every target it is so much farther, as the crow flies, than one that is open: no road is asked about it."""

_NOWHERE: Final = -1


class MayCross(StrEnum):
    """Whether a person who wants from one country to another can be sent there."""

    NOT_NEEDED = "not_needed"
    """Both are in one country."""
    YES = "yes"
    NO_PORT_KNOWN = "no_port_known"
    """We know of no port of entry between the two at all, whatever the documents."""
    NO_DOCUMENTS = "no_documents"
    """None were named."""
    NO_PORT = "no_port"
    """There are ports between the two, and none of them has a lane for this mode and these documents."""
    CLOSED = "closed"
    """There are such lanes, all of them closed at that moment."""
    UNKNOWN_COUNTRY = "unknown_country"
    """Where the person or the target is is not known, such as at sea."""


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """A way over a border at ``lon_lat``: ``arrival_at`` (UTC) is when the person likely reaches the port.

    ``may_be_closed``: open then, yet not any more for one who arrives late and waits long. ``closed_lanes``: those of the port
    that the documents would open, were they not closed at that hour.
    """

    port: Port
    direction: Direction
    lane: Lane
    lon_lat: LonLat
    wait: Wait
    arrival_at: datetime
    may_be_closed: bool
    closed_lanes: tuple[Lane, ...]


class Crossings(msgspec.Struct, frozen=True, kw_only=True):
    """The quickest crossings to each of m targets.

    ``likely_s``, ``min_s``, ``max_s``, shape (m,): seconds from the origin to the target over the border; NaN where no port
    serves. ``crossing_index``, shape (m,): which of ``crossings`` each target has, -1 where none. ``basis``: roads where the ways
    to the ports and on from them are, else an estimate.
    """

    basis: Basis
    likely_s: NDArray[np.float64]
    min_s: NDArray[np.float64]
    max_s: NDArray[np.float64]
    crossing_index: NDArray[np.intp]
    crossings: tuple[Crossing, ...]

    def of(self, target: int) -> Crossing | None:
        """Return the crossing on the way to a target, given by its place among them; None where no port serves."""
        index = int(self.crossing_index[target])
        return None if index == _NOWHERE else self.crossings[index]


class _Way(NamedTuple):
    """A passage, and those of its lanes that are open to a person."""

    port: Port
    passage: Passage
    lanes: list[Lane]


class Borders:
    """The ports with their ``waits``: who may cross, and where it is quickest. Safe to ask from many threads."""

    def __init__(self, waits: WaitBook) -> None:
        self.waits = waits

    def may_cross(
        self,
        origin_country: str | None,
        target_country: str | None,
        mode: TravelMode,
        documents: Documents = Documents.NONE,
        *,
        at: datetime,
    ) -> MayCross:
        """Return whether one who is in the one country (ISO 3166-1 alpha-2) can be sent to the other.

        ``at`` (aware) is the moment at the port: who comes from afar may find open what is closed yet, as :meth:`cross` knows.
        """
        if origin_country is None or target_country is None:
            return MayCross.UNKNOWN_COUNTRY
        if origin_country == target_country:
            return MayCross.NOT_NEEDED
        if not ports_between(origin_country, target_country, self.waits.ports):
            return MayCross.NO_PORT_KNOWN
        if documents is Documents.NONE:
            return MayCross.NO_DOCUMENTS
        ways = self._ways(Direction(origin_country, target_country), mode, documents)
        if not ways:
            return MayCross.NO_PORT
        return MayCross.YES if any(self._best_lane(way, at) is not None for way in ways) else MayCross.CLOSED

    def cross(
        self,
        router: Router,
        origin: LonLat,
        targets: Sequence[LonLat],
        mode: TravelMode,
        *,
        direction: Direction,
        documents: Documents = Documents.NONE,
        at: datetime,
    ) -> Crossings:
        """Return for each target the port over which it likely takes least, with the wait, for one who leaves at ``at``.

        Out are ports that are closed when the person likely arrives, that have no lane for the mode and the documents, that lie
        farther off than :data:`MAX_DETOUR_M`, and that the router knows no way to. The lane is that of the least likely wait.
        Raises :class:`BadInput` for a moment without a time zone, and what the router raises.
        """
        if at.tzinfo is None:
            raise BadInput("A moment needs its time zone, or it would be read by this server's own clock.")
        ways = self._near_enough(self._ways(direction, mode, documents), origin, targets, at)
        if not ways:
            return _nowhere(len(targets))
        to_ports = router.matrix([origin], [way.passage.lon_lat for way in ways], mode)
        there = leg_times(to_ports, mode)
        arrivals = [(float(likely_s), float(max_s)) for likely_s, max_s in zip(there.likely_s[0], there.max_s[0], strict=True)]
        found = [self._crossing(way, at, *arrival) for way, arrival in zip(ways, arrivals, strict=True)]
        used = [place for place, crossing in enumerate(found) if crossing is not None]
        crossings = tuple(crossing for crossing in found if crossing is not None)
        if not crossings:
            return _nowhere(len(targets))
        from_ports = router.matrix([crossing.lon_lat for crossing in crossings], targets, mode)
        onward = leg_times(from_ports, mode)
        waits = np.array([(one.wait.likely_s, one.wait.min_s, one.wait.max_s) for one in crossings])
        # One row a port, one column a target.
        likely_s, min_s, max_s = (
            to_port[0, used, np.newaxis] + waits[:, [column]] + on
            for column, (to_port, on) in enumerate(zip(there, onward, strict=True))
        )
        best = np.where(np.isnan(likely_s), np.inf, likely_s).argmin(axis=0)
        each = np.arange(len(targets))
        return Crossings(
            basis=Basis.ROADS if to_ports.basis is from_ports.basis is Basis.ROADS else Basis.ESTIMATE,
            likely_s=likely_s[best, each],
            min_s=min_s[best, each],
            max_s=max_s[best, each],
            crossing_index=np.where(np.isnan(likely_s[best, each]), _NOWHERE, best),
            crossings=crossings,
        )

    def _ways(self, direction: Direction, mode: TravelMode, documents: Documents) -> list[_Way]:
        """Return the passages that have a lane for such a person."""
        allowed = lanes_open_to(documents, mode)
        ports = ports_between(direction.leaves, direction.enters, self.waits.ports)
        passages = [(port, passage) for port in ports if (passage := port.passage(direction)) is not None]
        ways = [_Way(port, passage, [lane for lane in passage.lanes if lane in allowed]) for port, passage in passages]
        return [way for way in ways if way.lanes]

    def _near_enough(self, ways: list[_Way], origin: LonLat, targets: Sequence[LonLat], at: datetime) -> list[_Way]:
        """Return the ways without those that are a detour to every target, so that no far region's roads are asked about."""
        if not ways or not targets:
            return []
        lon_lat = np.array(targets, dtype=np.float64)
        over_m = np.array(
            [geodesic_m(origin, way.passage.lon_lat) + geodesic_many_m(way.passage.lon_lat, lon_lat) for way in ways]
        )
        is_open = np.array([self._best_lane(way, at) is not None for way in ways])
        shortest_m = over_m[is_open].min(axis=0, initial=np.inf)
        is_near = (over_m <= shortest_m + MAX_DETOUR_M).any(axis=1)
        return [way for way, near in zip(ways, is_near.tolist(), strict=True) if near]

    def _best_lane(self, way: _Way, at: datetime) -> tuple[Lane, Wait] | None:
        """Return the open lane with the least likely wait at a moment."""
        found = [(lane, wait) for lane in way.lanes if (wait := self._open_wait(way, lane, at)) is not None]
        return min(found, key=lambda lane_wait: lane_wait[1].likely_s, default=None)

    def _open_wait(self, way: _Way, lane: Lane, at: datetime) -> Wait | None:
        """Return the wait in a lane at a moment; None where it is closed then."""
        port, direction = way.port, way.passage.direction
        return self.waits.wait(port.id, direction, lane, at) if port.is_open(direction, lane, at) else None

    def _crossing(self, way: _Way, at: datetime, likely_s: float, max_s: float) -> Crossing | None:
        """Return the crossing of one who needs so many seconds to the port; None if it is closed then, or for NaN."""
        if not np.isfinite(likely_s):
            return None
        # From UTC, as adding to a local time adds to what its clock shows.
        at_utc = at.astimezone(UTC)
        arrival_at = at_utc + timedelta(seconds=likely_s)
        best = self._best_lane(way, arrival_at)
        if best is None:
            return None
        lane, wait = best
        direction = way.passage.direction
        return Crossing(
            port=way.port,
            direction=direction,
            lane=lane,
            lon_lat=way.passage.lon_lat,
            wait=wait,
            arrival_at=arrival_at,
            may_be_closed=not way.port.is_open(direction, lane, at_utc + timedelta(seconds=max_s + wait.max_s)),
            closed_lanes=tuple(one for one in way.lanes if self._open_wait(way, one, arrival_at) is None),
        )


def _nowhere(targets: int) -> Crossings:
    nan = np.full(targets, np.nan)
    return Crossings(
        basis=Basis.ESTIMATE,
        likely_s=nan,
        min_s=nan,
        max_s=nan,
        crossing_index=np.full(targets, _NOWHERE, dtype=np.intp),
        crossings=(),
    )

"""Where points meet the roads: once for all that is asked from there.

A road counts that leads on. Valhalla chooses so in a route as well, but there and in a matrix it keeps the roads beside it, and
then takes one of them in the one and another in the other: docs/decisions/0025-snapped-once.md.
"""

from collections.abc import Callable, Sequence
from itertools import batched
from threading import Lock
from time import monotonic
from typing import Final, NamedTuple

import msgspec

from finder.directions.estimate import TravelMode
from finder.directions.router import FAR_FROM_ROAD_M, Snap
from finder.directions.valhalla.answers import decoded
from finder.directions.valhalla.codec import Action, snap_question
from finder.errors import NotReady
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat, checked_lon_lat

__all__ = ["MOST_KEPT", "Ties", "snap_all"]

MOST_KEPT: Final = 50_000
"""So many places are kept where they meet the roads, some 20 MB for each region."""
_KEPT_S: Final = 3600.0  # a server elsewhere may get new roads

_AT_ONCE: Final = 1000
_LEADS_ON: Final = 50  # roads, to which Valhalla counts: one that leads to fewer is an island or a dead end
# Most points have a road as near as this, and to look no farther takes Valhalla two thirds of the time.
_NEAR_M: Final = 100.0

type Ask = Callable[[Action, str], str | bytes]


class _Correlated(msgspec.Struct):
    correlated_lat: float
    correlated_lon: float
    distance: float
    outbound_reach: int
    inbound_reach: int


class _Located(msgspec.Struct):
    # Absent or null for a place without tiles.
    edges: list[_Correlated] | None = None


_LOCATED: Final = msgspec.json.Decoder(list[_Located])


class _Found(NamedTuple):
    snap: Snap | None
    leads_on: bool


def snap_all(ask: Ask, points: Sequence[LonLat], mode: TravelMode) -> list[Snap | None]:
    """Return where each point meets the nearest road that leads on, or else any; None where that is too far.

    Raises :class:`BadInput` for points that are not on the Earth.
    """
    checked = [checked_lon_lat(float(point.lon), float(point.lat)) for point in points]
    found = _found(ask, checked, mode, _NEAR_M)
    again = [number for number, one in enumerate(found) if not one.leads_on]
    for number, one in zip(again, _found(ask, [checked[number] for number in again], mode, FAR_FROM_ROAD_M), strict=True):
        found[number] = one
    return [one.snap for one in found]


class Ties:
    """Ties people and places to roads by asking ``ask``. Where a person was is forgotten with the answer.

    Of places, which anybody may look up, it is kept for an hour, as most are asked about again and again. Safe from threads.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._lock = Lock()
        self._places: dict[tuple[LonLat, TravelMode], Snap | None] = {}
        self._since = monotonic()

    def of(
        self, people: Sequence[LonLat], places: Sequence[LonLat], mode: TravelMode
    ) -> tuple[list[Snap | None], list[Snap | None]]:
        """Return what :func:`snap_all` does, of each: of all that is not known in one question."""
        kept = self._kept()
        known = {place: kept[place, mode] for place in set(places) if (place, mode) in kept}
        new = [place for place in dict.fromkeys(places) if place not in known]
        snaps = snap_all(self._ask, [*people, *new], mode)
        found = dict(zip(new, snaps[len(people) :], strict=True))
        kept |= {(place, mode): snap for place, snap in found.items()}
        known |= found
        return snaps[: len(people)], [known[place] for place in places]

    def _kept(self) -> dict[tuple[LonLat, TravelMode], Snap | None]:
        with self._lock:
            if len(self._places) >= MOST_KEPT or monotonic() - self._since >= _KEPT_S:
                self._places, self._since = {}, monotonic()
            return self._places


def _found(ask: Ask, points: Sequence[LonLat], mode: TravelMode, within_m: float) -> list[_Found]:
    found: list[_Found] = []
    for some in batched(points, _AT_ONCE):
        answer = decoded(_LOCATED, ask(Action.SNAP, snap_question(some, mode, within_m)))
        if len(answer) != len(some):
            raise NotReady(
                "The road engine answers for other points than it was asked. See whether its server is a Valhalla 3.9."
            )
        found.extend(_nearest(point, located) for point, located in zip(some, answer, strict=True))
    return found


def _nearest(point: LonLat, located: _Located) -> _Found:
    edges = located.edges or []
    leading = [edge for edge in edges if edge.outbound_reach >= _LEADS_ON and edge.inbound_reach >= _LEADS_ON]
    nearest = min(leading or edges, key=lambda edge: edge.distance, default=None)
    if nearest is None:
        return _Found(None, leads_on=False)
    place = LonLat(nearest.correlated_lon, nearest.correlated_lat)
    # Valhalla's own distance is a little rougher than ours, and old servers have no limit at all.
    distance_m = geodesic_m(point, place)
    return _Found(Snap(lon_lat=place, distance_m=distance_m) if distance_m <= FAR_FROM_ROAD_M else None, bool(leading))

"""The ways that lead over a border, for a person who said with what documents: through a port of entry, its wait included."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from finder.directions.borders import Borders, Crossing, Direction, Documents
from finder.directions.estimate import TravelMode, TravelTime
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Basis, Router
from finder.directory.finding.road_times import RoadTimes
from finder.geo.points import LonLat

__all__ = ["CrossingWay", "OverBorder"]

_WITHOUT_ROADS: Final = GreatCircle()


class CrossingWay(NamedTuple):
    """A way over the border: how long it takes, the wait in it, whether by roads, and where it crosses."""

    time: TravelTime
    by_road: bool
    crossing: Crossing


class OverBorder:
    """The ways over the border from ``origin``, which lies in the country ``here``, for who leaves at an aware moment."""

    def __init__(
        self, borders: Borders, documents: Documents, here: str, *, origin: LonLat, mode: TravelMode, at: datetime
    ) -> None:
        self.here = here
        self._borders, self._documents = borders, documents
        self._origin, self._mode, self._at = origin, mode, at
        self._estimated: dict[tuple[str, LonLat], CrossingWay | None] = {}
        self._by_road: dict[tuple[str, LonLat], CrossingWay | None] = {}

    def seen_at(self, at: datetime, borders: Borders) -> "OverBorder":
        """The same for who leaves at another moment, with the waits known by then: another wait, perhaps another port."""
        if at == self._at and borders is self._borders:
            return self
        return OverBorder(borders, self._documents, self.here, origin=self._origin, mode=self._mode, at=at)

    def ways(self, country: str, targets: Sequence[LonLat]) -> list[CrossingWay | None]:
        """Return the estimated way to each target in that country; None where no port serves."""
        new = [target for target in dict.fromkeys(targets) if (country, target) not in self._estimated]
        if new:
            ways = self._crossed(_WITHOUT_ROADS, country, new)
            self._estimated |= {(country, target): way for target, way in zip(new, ways, strict=True)}
        return [self._estimated[country, target] for target in targets]

    def ways_by_road(self, roads: RoadTimes, country: str, targets: Sequence[LonLat]) -> list[CrossingWay | None]:
        """Return the way by roads to each target in that country; None where none is known. Raises as :meth:`RoadTimes.ask`."""
        new = [target for target in dict.fromkeys(targets) if (country, target) not in self._by_road]
        if new:
            ways = roads.ask(lambda router: self._crossed(router, country, new))
            on_roads = [way if way is not None and way.by_road else None for way in ways]
            roads.found_any = roads.found_any or any(way is not None for way in on_roads)
            self._by_road |= {(country, target): way for target, way in zip(new, on_roads, strict=True)}
        return [self._by_road[country, target] for target in targets]

    def _crossed(self, router: Router, country: str, targets: list[LonLat]) -> list[CrossingWay | None]:
        direction = Direction(self.here, country)
        found = self._borders.cross(
            router, self._origin, targets, self._mode, direction=direction, documents=self._documents, at=self._at
        )
        by_road = found.basis is Basis.ROADS
        times = zip(found.likely_s.tolist(), found.min_s.tolist(), found.max_s.tolist(), strict=True)
        return [
            CrossingWay(TravelTime(likely_s=likely_s, min_s=min_s, max_s=max_s), by_road, crossing)
            if (crossing := found.of(number)) is not None
            else None
            for number, (likely_s, min_s, max_s) in enumerate(times)
        ]

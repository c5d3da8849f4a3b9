"""How long the way to each row takes: by road for the nearest places, estimated for all others, through one door.

A search must prove that nothing it leaves out can belong among its first. It knows of what has not come yet only how far away it
lies at the least; :meth:`TravelTimes.least_s` turns that into a time which nothing that is left can undercut.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from finder.directions.borders import Borders, Crossing
from finder.directions.estimate import TravelMode, TravelTime, estimate, likely_s, widened
from finder.directions.router import FAR_FROM_ROAD_M, Basis
from finder.directory.countries import NO_COUNTRY, country_code, country_of_code
from finder.directory.finding.catalogue import Catalogue
from finder.directory.finding.over_border import CrossingWay, OverBorder
from finder.directory.finding.road_times import RoadTimes
from finder.geo.points import LonLat

__all__ = ["MOST_TARGETS", "TOP_SPEED_KM_H", "Likely", "TravelTimes", "Way"]

MOST_TARGETS: Final = 256
"""So many places one search asks roads about; one facility is one place, however many doctors work there. In a city, where the
bound on what is left proves little, a search by car costs all of it: one question, about 0.1 s of an engine in the process."""

TOP_SPEED_KM_H: Final = {
    TravelMode.CAR: 140.0,
    TravelMode.FOOT: 7.7,
    TravelMode.BICYCLE: 40.0,
    TravelMode.WHEELCHAIR: 6.0,
    TravelMode.TRANSIT: 350.0,
}
"""An answer that is faster is not believed. They are Valhalla's defaults, OSRM's are lower: ``top_speed`` of a car; 5.1
km/h on foot, 4.0 in a wheelchair and 18 on a bicycle, each at its best downhill (1.5 times as fast, on a bicycle 2.2 times); of
public transport it is that of the fastest trains. Who
is faster was carried, by a ferry of whose departures the engine knows nothing; or the engine is another than we think."""

_NEAREST: Final = 128
_FAST_KM_H: Final = 20.0
_KM_H: Final = 1.0 / 3.6


class Likely(NamedTuple):
    """Of n rows the likely seconds (n,), and whether they are those of a way on roads (n,)."""

    seconds: NDArray[np.float64]
    by_road: NDArray[np.bool_]


class Way(NamedTuple):
    """The way to one answer; ``crossing`` where it leads over a border."""

    time: TravelTime
    basis: Basis
    crossing: Crossing | None


class _Admitted:
    """The places of a catalogue that are asked about: the nearest of those that came, up to a number. Ways end there."""

    def __init__(self) -> None:
        self.places: set[LonLat] = set()
        self.farthest_m = 0.0


class TravelTimes:
    """Times from one origin, for one mode; without ``roads`` all of them are estimates.

    Whether a row is asked about depends on how many nearer places were, and on nothing else: rows come in order of distance, and
    each catalogue has its own ``most_targets``. So a later page has the times of the first. ``over_border`` is there for a
    person who said with which documents. Who did not gets estimates of what lies in another country than ``here``: a time by
    road would have no wait in it.
    """

    def __init__(
        self,
        mode: TravelMode,
        *,
        roads: RoadTimes | None = None,
        over_border: OverBorder | None = None,
        here: str | None = None,
        most_targets: int = MOST_TARGETS,
    ) -> None:
        self._mode = mode
        self._here = here
        self._roads = roads
        self._over_border = over_border
        self._most_targets = most_targets
        self._admitted: dict[Catalogue, _Admitted] = {}

    @property
    def asks_roads(self) -> bool:
        """Whether asking is dear, so that many rows are better asked about at once."""
        return self._roads is not None

    @property
    def at_once(self) -> int:
        """So many places are best asked about in the first question, if the order goes by time.

        All that may be, for a mode so much faster than its usual way in a town that the bound seldom proves anything before;
        a second question would find the way to the nearer ones once more.
        """
        return self._most_targets if TOP_SPEED_KM_H[self._mode] > _FAST_KM_H else _NEAREST

    def seen_at(self, at: datetime, borders: Borders) -> "TravelTimes":
        """The same for who leaves at another moment, with the waits known by then; by road where these are."""
        over_border = None if self._over_border is None else self._over_border.seen_at(at, borders)
        if over_border is self._over_border:
            return self
        other = self._with(over_border)
        other._admitted = self._admitted
        return other

    def with_places_of_its_own(self) -> "TravelTimes":
        """The same, with as many places to ask about as if none had been yet. What is known of a place is not asked again."""
        return self._with(self._over_border)

    def _with(self, over_border: OverBorder | None) -> "TravelTimes":
        return TravelTimes(
            self._mode, roads=self._roads, over_border=over_border, here=self._here, most_targets=self._most_targets
        )

    def seconds(self, catalogue: Catalogue, rows: NDArray[np.int64], distance_m: NDArray[np.float64]) -> Likely:
        """Return the times of rows (n,) which lie ``distance_m`` (n,) away; the estimate where no way on roads is known.

        Raises :class:`RoadsFailed`, as all that is asked here.
        """
        likely, by_road = likely_s(distance_m, self._mode), np.zeros(len(rows), dtype=np.bool_)
        places = self._places(catalogue, rows)
        across = self._across(catalogue, rows)
        admitted = self._admit(catalogue, rows, places, distance_m)
        least_s = np.where(admitted, self._least_by_road_s(catalogue, distance_m), np.inf)
        direct = np.flatnonzero(admitted & (across == 0))
        if self._roads is not None and len(direct):
            road_s = self._roads.seconds([places[at] for at in direct.tolist()])
            known = road_s >= least_s[direct]  # of NaN that is false
            likely[direct[known]], by_road[direct[known]] = road_s[known], True
        for at, way in self._ways_across(places, across, least_s).items():
            likely[at], by_road[at] = way.time.likely_s, way.by_road
        return Likely(likely, by_road)

    def can_be_reached(self, catalogue: Catalogue, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether the person may go to each row (n,): all in the same country, and those that a port of entry serves."""
        across = self._across(catalogue, rows)
        reached = across == 0
        if not reached.all():
            no_roads = np.full(len(rows), np.inf)
            reached[list(self._ways_across(self._places(catalogue, rows), across, no_roads))] = True
        return reached

    def way(self, catalogue: Catalogue, row: int, distance_m: float, accuracy_m: float) -> Way:
        """Return the way to one row, from a position which may be wrong by ``accuracy_m``."""
        rows, distances_m = np.array([row]), np.array([distance_m])
        seconds, by_road = self.seconds(catalogue, rows, distances_m)
        basis = Basis.ROADS if by_road[0] else Basis.ESTIMATE
        across = self._across(catalogue, rows)
        least_s = np.where(by_road, 0.0, np.inf)
        over = self._ways_across(self._places(catalogue, rows), across, least_s).get(0)
        if over is None and not by_road[0]:
            time = estimate(max(0.0, distance_m - accuracy_m), distance_m, distance_m + accuracy_m, self._mode)
            return Way(time, basis, None)
        exact_s = float(seconds[0])
        time = over.time if over is not None else TravelTime(likely_s=exact_s, min_s=exact_s, max_s=exact_s)
        return Way(widened(time, accuracy_m, self._mode), basis, over.crossing if over is not None else None)

    def least_s(self, catalogue: Catalogue, distance_m: float) -> float:
        """Return a time than which no row takes less that lies so far away, or farther, and has not come yet."""
        if self._may_be_by_road(catalogue, distance_m):
            return float(self._least_by_road_s(catalogue, np.array([distance_m]))[0])
        # An estimated way over a border ends at a door, all others at the position.
        least_m = distance_m if self._over_border is None else max(0.0, distance_m - catalogue.farthest_door_m(self._mode))
        return float(likely_s(np.array([least_m]), self._mode)[0])

    def _least_by_road_s(self, catalogue: Catalogue, distance_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the time (n,) than which no way on roads takes less to places so far away (n,)."""
        # A way begins and ends on the road, one over the border twice; and it ends at a door.
        not_gone_m = FAR_FROM_ROAD_M * (2 if self._over_border is None else 4) + catalogue.farthest_door_m(self._mode)
        return np.maximum(0.0, distance_m - not_gone_m) / (TOP_SPEED_KM_H[self._mode] * _KM_H)

    def _may_be_by_road(self, catalogue: Catalogue, distance_m: float) -> bool:
        if self._roads is None:
            return False
        admitted = self._admitted.setdefault(catalogue, _Admitted())
        if len(admitted.places) < self._most_targets:
            return True
        # To a door that was asked about more rows may come, which lie as far from it as any.
        return distance_m <= admitted.farthest_m + 2.0 * catalogue.farthest_door_m(self._mode)

    def _admit(
        self, catalogue: Catalogue, rows: NDArray[np.int64], places: Sequence[LonLat], distance_m: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        is_in = np.zeros(len(rows), dtype=np.bool_)
        if self._roads is None:
            return is_in
        admitted = self._admitted.setdefault(catalogue, _Admitted())
        abroad = self._abroad(catalogue, rows)
        for at in np.lexsort((rows, distance_m)).tolist():
            if abroad[at]:
                continue
            if places[at] not in admitted.places:
                if len(admitted.places) >= self._most_targets:
                    continue
                admitted.places.add(places[at])
                admitted.farthest_m = max(admitted.farthest_m, float(distance_m[at]))
            is_in[at] = True
        return is_in

    def _abroad(self, catalogue: Catalogue, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which rows (n,) lie across a border that nobody has said how to cross."""
        if self._over_border is not None or self._here is None:
            return np.zeros(len(rows), dtype=np.bool_)
        return ~np.isin(catalogue.country[rows], [NO_COUNTRY, country_code(self._here)])

    def _places(self, catalogue: Catalogue, rows: NDArray[np.int64]) -> list[LonLat]:
        if self._roads is None and self._over_border is None:
            return []
        return [LonLat(lon, lat) for lon, lat in catalogue.door_lon_lat(self._mode)[rows].tolist()]

    def _across(self, catalogue: Catalogue, rows: NDArray[np.int64]) -> NDArray[np.uint16]:
        """The country of each row (n,) to which a border must be crossed, 0 where none must or nobody asked about borders."""
        if self._over_border is None:
            return np.zeros(len(rows), dtype=np.uint16)
        country = catalogue.country[rows]
        return np.where(country == country_code(self._over_border.here), np.uint16(0), country)

    def _ways_across(
        self, places: Sequence[LonLat], across: NDArray[np.uint16], least_s: NDArray[np.float64]
    ) -> dict[int, CrossingWay]:
        """The ways over the border by the place of their row; rows are left out that no port serves.

        By road where that takes no less than ``least_s`` (n,); infinite where roads are not to be asked.
        """
        found: dict[int, CrossingWay] = {}
        if self._over_border is None:
            return found
        for code in np.unique(across[across != 0]).tolist():
            country, here = country_of_code(code) or "", np.flatnonzero(across == code)
            estimated = self._over_border.ways(country, [places[at] for at in here.tolist()])
            found |= {at: way for at, way in zip(here.tolist(), estimated, strict=True) if way is not None}
            asked = here[np.isfinite(least_s[here])].tolist()
            if self._roads is not None and asked:
                by_road = self._over_border.ways_by_road(self._roads, country, [places[at] for at in asked])
                for at, way in zip(asked, by_road, strict=True):
                    if way is not None and way.time.likely_s >= least_s[at]:
                        found[at] = way
        return found

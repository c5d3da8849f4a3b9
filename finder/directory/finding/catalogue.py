"""What can be searched of one sort, by row: where it is and its doors, what marks it has, when it is open, what care it gives."""

from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from finder.directions.estimate import TravelMode
from finder.directory.countries import country_code
from finder.directory.doors import WayEnds
from finder.directory.finding.ageing import Fact
from finder.directory.hours_book import HoursBook, write_hours_book
from finder.errors import Damaged
from finder.geo.distance import geodesic_m
from finder.geo.kdforest import KdForest
from finder.geo.points import LonLat

__all__ = ["EVERYTHING", "Catalogue", "CatalogueRow", "write_catalogue"]

EVERYTHING = 0
"""The group of the forest that holds every row; group 1 + i holds those that give care number i of the table."""

_ARRAYS: Final = ("marks", "lon_lat", "way_ends", "farthest_door_m", "verified_day", "country", "care", "care_ends")

type CatalogueRow = tuple[
    LonLat, WayEnds, int, Sequence[int], tuple[str | None, str | None, str | None], Sequence[int], str | None
]
"""Position; where ways end; marks; numbers of care; opening hours, time zone, country of the address; day numbers of the facts,
by ``Fact``; the country where it lies."""


class Catalogue:
    """Facilities, or listings of practitioners, in the order of their ids. Memory-mapped, immutable, safe for many threads.

    ``marks`` (n,) uint64, ``lon_lat`` (n, 2) WGS84 degrees, from which distances are; ``way_ends`` (n, 2, 2) where ways lead, by
    the columns of :class:`WayEnds`, no farther from there than ``farthest_door_m`` (2,); ``verified_day`` (n, 3) int32 by
    ``Fact``, ``country`` (n,) uint16 by :func:`finder.directory.countries.country_code`. A row's numbers of care are
    ``care[care_ends[row - 1]:care_ends[row]]``.
    """

    def __init__(
        self,
        *,
        forest: KdForest,
        hours: HoursBook,
        marks: NDArray[np.uint64],
        lon_lat: NDArray[np.float64],
        way_ends: NDArray[np.float64],
        farthest_door_m: NDArray[np.float64],
        verified_day: NDArray[np.int32],
        country: NDArray[np.uint16],
        care: NDArray[np.uint16],
        care_ends: NDArray[np.int64],
    ) -> None:
        self.forest = forest
        self.hours = hours
        self.marks = marks
        self.lon_lat = lon_lat
        self._way_ends = way_ends
        self._farthest_door_m = farthest_door_m
        self.verified_day = verified_day
        self.country = country
        self.care = care
        self.care_ends = care_ends

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Map what :func:`write_catalogue` wrote. Raises :class:`Damaged` when files are missing or do not fit each other."""
        forest, hours = KdForest.open(folder / "forest", verify=False), HoursBook.open(folder / "hours")
        try:
            marks, lon_lat, way_ends, farthest_door_m, verified_day, country, care, care_ends = (
                np.load(folder / f"{name}.npy", mmap_mode="r") for name in _ARRAYS
            )
        except (OSError, ValueError) as error:
            raise Damaged(f"The catalogue {folder.name} of a snapshot cannot be read. Publish again: finder publish.") from error
        n = len(marks)
        lengths = {len(array) for array in (hours, lon_lat, way_ends, verified_day, country, care_ends, forest.tree(EVERYTHING))}
        if lengths != {n} or len(farthest_door_m) != len(WayEnds._fields) or (n and care_ends[-1] != len(care)):
            raise Damaged(f"The files of the catalogue {folder.name} do not fit each other. Publish again: finder publish.")
        return cls(
            forest=forest,
            hours=hours,
            marks=marks,
            lon_lat=lon_lat,
            way_ends=way_ends,
            farthest_door_m=farthest_door_m,
            verified_day=verified_day,
            country=country,
            care=care,
            care_ends=care_ends,
        )

    def __len__(self) -> int:
        return len(self.marks)

    def door_lon_lat(self, mode: TravelMode) -> NDArray[np.float64]:
        """Where the ways of a mode end, (n, 2) WGS84 degrees: at a door, or at the position."""
        return self._way_ends[:, WayEnds.column(mode)]

    def farthest_door_m(self, mode: TravelMode) -> float:
        """How far from its position the way of a mode to any row ends at the most."""
        return float(self._farthest_door_m[WayEnds.column(mode)])

    def care_of(self, rows: NDArray[np.int64]) -> NDArray[np.uint16]:
        """The numbers of care of all the rows, one after the other."""
        starts = np.where(rows > 0, self.care_ends[np.maximum(rows, 1) - 1], 0)
        counts = self.care_ends[rows] - starts
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return self.care[np.repeat(starts, counts) + offsets]

    def gives(self, rows: NDArray[np.int64], numbers: Sequence[int]) -> NDArray[np.bool_]:
        """Whether each row gives any care of these numbers, shape of ``rows``."""
        starts = np.where(rows > 0, self.care_ends[np.maximum(rows, 1) - 1], 0)
        counts = self.care_ends[rows] - starts
        hit = np.isin(self.care_of(rows), numbers)
        given = np.zeros(len(rows), dtype=np.bool_)
        given[np.repeat(np.arange(len(rows)), counts)[hit]] = True
        return given


def write_catalogue(folder: Path, rows: Iterable[CatalogueRow], cares: int) -> None:
    """Write the rows, in order, into a new folder; ``cares`` is how many entries the table of care has.

    Keeps about 100 bytes a row in memory until all are written.
    """
    folder.mkdir()
    lon_lat, doors, marks, verified, countries = array("d"), array("d"), array("Q"), array("i"), array("H")
    farthest_door_m = [0.0] * len(WayEnds._fields)
    care, care_ends = array("H"), array("q")

    def triples() -> Iterable[tuple[str | None, str | None, str | None]]:
        for point, ends, mark, numbers, hours, days, country in rows:
            lon_lat.extend(point)
            for column, end in enumerate(ends):
                doors.extend(end)
                if end != point:
                    farthest_door_m[column] = max(farthest_door_m[column], geodesic_m(point, end))
            marks.append(mark)
            verified.extend(days)
            countries.append(country_code(country))
            care.extend(sorted(numbers))
            care_ends.append(len(care))
            yield hours

    (folder / "hours").mkdir()
    write_hours_book(folder / "hours", triples())
    points = np.frombuffer(lon_lat, np.float64).reshape(-1, 2)
    tags, numbers = np.frombuffer(marks, np.uint64), np.frombuffer(care, np.uint16)
    ends = np.frombuffer(care_ends, np.int64)
    np.save(folder / "lon_lat.npy", points)
    np.save(folder / "way_ends.npy", np.frombuffer(doors, np.float64).reshape(-1, len(WayEnds._fields), 2))
    np.save(folder / "farthest_door_m.npy", np.array(farthest_door_m))
    np.save(folder / "marks.npy", tags)
    np.save(folder / "verified_day.npy", np.frombuffer(verified, np.int32).reshape(-1, len(Fact)))
    np.save(folder / "country.npy", np.frombuffer(countries, np.uint16))
    np.save(folder / "care.npy", numbers)
    np.save(folder / "care_ends.npy", ends)
    KdForest.build(points, tags, [np.arange(len(tags), dtype=np.int64), *_rows_by_care(numbers, ends, cares)]).save(
        folder / "forest"
    )


def _rows_by_care(numbers: NDArray[np.uint16], ends: NDArray[np.int64], cares: int) -> list[NDArray[np.int64]]:
    row_of_entry = np.repeat(np.arange(len(ends), dtype=np.int64), np.diff(ends, prepend=0))
    by_number = np.argsort(numbers, kind="stable")
    bounds = np.searchsorted(numbers[by_number], np.arange(cares + 1))
    return [row_of_entry[by_number[bounds[number] : bounds[number + 1]]] for number in range(cares)]

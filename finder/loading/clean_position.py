"""Where the rows of a block say that they are, and what the outlines of the time zones tell of it."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finder.geo.points import LonLat
from finder.loading import check
from finder.loading.clean import US_POSTAL_COUNTRIES, clean_number
from finder.loading.columns import BlockColumns
from finder.loading.row_error import CellProblem, Severity
from finder.loading.zones import country_at, country_of_time_zone, time_zone_at, zones_around

__all__ = ["CELLS_PER_DEGREE", "Positions", "Surroundings", "positions_of", "surroundings_of"]

CELLS_PER_DEGREE = 100
"""What surrounds a point is asked once for each cell of about a kilometre."""
MEMO_CELLS = 200_000
PLAIN_NUMBERS = frozenset("0123456789.-")


class Surroundings(NamedTuple):
    """What the outlines of the time zones tell of a point."""

    country: str | None
    """The only country near (ISO 3166-1 alpha-2); ``None`` near a border and at sea."""
    time_zone: str | None
    """The IANA zone, where all around is of one; else ``None``, and the point must be asked itself."""


class Positions(NamedTuple):
    """One entry a row of the block."""

    lon_lat: NDArray[np.float64]
    """Shape (n, 2), degrees; NaN where the row has none."""
    countries: Sequence[str | None]
    """What the rows name (ISO 3166-1 alpha-2)."""
    around: Sequence[str | None]
    """The same, or else the country that surrounds the point: it tells how phones and postcodes are read."""
    time_zones: list[str | None]


_surroundings: dict[tuple[int, int], Surroundings] = {}


def positions_of(columns: BlockColumns, countries: list[str | None]) -> Positions:
    """The checked points of a block. A row whose coordinates cannot be true is refused; one without any has NaN."""
    lat, lon = (_degrees(columns, field) for field in ("lat", "lon"))
    lon_lat = np.column_stack([lon, lat])
    around: list[str | None] = list(countries)
    zones: list[str | None] = [None] * columns.size
    cells = np.floor(np.nan_to_num(lon_lat) * CELLS_PER_DEGREE).astype(np.int64).tolist()
    longitudes, latitudes = lon.tolist(), lat.tolist()
    for row in range(columns.size):
        x, y = longitudes[row], latitudes[row]
        if math.isnan(x) or math.isnan(y):
            continue
        found = surroundings_of(cells[row][0], cells[row][1], countries[row]) if -180 <= x <= 180 and -90 <= y <= 90 else None
        if found:
            around[row], zones[row] = found
            continue
        _check_one(columns, row, LonLat(x, y), around, zones)
    return Positions(lon_lat, countries, around, zones)


def surroundings_of(column: int, line: int, country: str | None) -> Surroundings | None:
    """What is certain of every point in a cell for a row that names ``country``; ``None`` where each must be looked at itself."""
    if len(_surroundings) > MEMO_CELLS:
        _surroundings.clear()
    found = _surroundings.get((column, line)) or _look_around(column, line)
    if not found.time_zone or not found.country or not (country is None or _is_of(found.country, country)):
        return None
    return Surroundings(country or found.country, found.time_zone)


def _check_one(columns: BlockColumns, row: int, lon_lat: LonLat, around: list[str | None], zones: list[str | None]) -> None:
    country = around[row]
    try:
        point = check.check_lon_lat(*lon_lat, country)
    except CellProblem as problem:
        field = "lon" if problem.problem.startswith("The longitude") else "lat"
        columns.report(row, columns.column_of(field), problem, Severity.ERROR)
        return
    around[row] = country or country_at(point)
    zones[row] = time_zone_at(point, country)


def _is_of(near: str, country: str) -> bool:
    return near == country or (near in US_POSTAL_COUNTRIES and country in US_POSTAL_COUNTRIES)


def _look_around(column: int, line: int) -> Surroundings:
    centre = LonLat((column + 0.5) / CELLS_PER_DEGREE, (line + 0.5) / CELLS_PER_DEGREE)
    zones = zones_around(centre)
    zone = next(iter(zones)) if len(zones) == 1 else None
    country = country_of_time_zone(zone) if zone else None
    # A point in Antarctica may be a swapped one: each is looked at by itself.
    found = Surroundings(country, zone if country and country != "AQ" else None)
    _surroundings[column, line] = found
    return found


def _degrees(columns: BlockColumns, field: str) -> NDArray[np.float64]:
    """The numbers of a column, NaN where there is none."""
    cells = columns.plain_cells(field)
    if cells and PLAIN_NUMBERS.issuperset("".join(cells)) and all(cells):
        try:
            numbers = np.array(list(map(float, cells)), np.float64)
        except ValueError:
            pass
        else:
            if np.abs(numbers).max() <= 180:  # beyond it may be -999, which says that nothing is known
                return numbers
    values = columns.values(field, clean_number, Severity.ERROR)
    return np.array([math.nan if value is None else value for value in values], np.float64)

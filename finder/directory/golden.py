"""Golden searches: those whose answers an admin is shown as they are and as a load would make them.

They come from an operator's file, or are made up from where facilities lie. They are about public places, never about a person.
:mod:`finder.directory.golden_diff` asks them.
"""

import math
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from finder.directory.facility_records import FacilityRecords
from finder.directory.snapshot import Near, Snapshot
from finder.domain.facility import Facility, FacilityKind, FacilityStatus
from finder.errors import BadInput
from finder.geo.ecef import ecef_m
from finder.geo.points import LonLat, checked_lon_lat

__all__ = ["GoldenSearch", "default_golden_searches", "read_golden_searches"]

MOST_SEARCHES: Final = 200
MOST_SHOWN: Final = 100
"""What one page of the API shows at most."""

_KEYS: Final = ("name", "place", "lat", "lon", "kinds", "limit", "max_distance_m")
_SPOTS: Final = 8
_REACH_M: Final = 100_000.0
"""Farther off, a change is none for the people of a spot: one new hospital would be news in every town of a country."""
_SAMPLE: Final = 5000
_CELLS_ACROSS: Final = 40
_NARROWEST_CELL_M: Final = 500.0
_PLURALS: Final = {
    FacilityKind.HOSPITAL: "hospitals",
    FacilityKind.EMERGENCY: "emergency departments",
    FacilityKind.URGENT_CARE: "urgent care",
    FacilityKind.CLINIC: "clinics",
    FacilityKind.DOCTORS: "doctors",
    FacilityKind.DENTIST: "dentists",
    FacilityKind.PHARMACY: "pharmacies",
    FacilityKind.MENTAL_HEALTH: "mental health care",
    FacilityKind.ADDICTION_TREATMENT: "addiction treatment",
    FacilityKind.LABORATORY: "laboratories",
    FacilityKind.REHABILITATION: "rehabilitation",
    FacilityKind.EYE_CARE: "eye care",
    FacilityKind.MATERNITY: "maternity care",
    FacilityKind.MOBILE_UNIT: "mobile units",
    FacilityKind.OTHER: "other care",
}


class GoldenSearch(msgspec.Struct, frozen=True, kw_only=True):
    """The ``limit`` facilities nearest to a public place, of any of ``kinds`` (none: of every kind).

    Raises :class:`BadInput` for a place off the Earth.
    """

    name: str
    """For admins: ``hospitals near Zona Río, Tijuana``."""
    lon_lat: LonLat
    kinds: tuple[FacilityKind, ...] = ()
    limit: int = 10
    max_distance_m: float | None = None

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise ValueError("a golden search asks for at least 1 facility")
        checked_lon_lat(*self.lon_lat)

    def ask(self, snapshot: Snapshot, limit: int) -> list[Near]:
        """Return the first ``limit`` answers of a snapshot."""
        radius_m = math.inf if self.max_distance_m is None else self.max_distance_m
        return snapshot.nearest(self.lon_lat, limit, radius_m=radius_m, kinds=self.kinds)


def read_golden_searches(path: Path) -> tuple[GoldenSearch, ...]:
    """Read an operator's file (TOML, see ``docs/golden-searches.md``).

    Raises :class:`BadInput` for what it cannot use, naming the entry and what would be right, never a coordinate.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise BadInput(f"The golden searches in {path.name} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"The golden searches in {path.name} are no TOML: {error}.") from error
    entries = content.pop("search", None)
    if content:
        raise BadInput(f"{path.name} has {_listed(content)}; all it can have are entries that begin with [[search]].")
    if not isinstance(entries, list) or not entries:
        raise BadInput(
            f"{path.name} has no golden searches: write each as [[search]] with name, lat and lon, or remove the file."
        )
    entries = cast("list[object]", entries)
    if len(entries) > MOST_SEARCHES:
        raise BadInput(f"{path.name} has {len(entries)} golden searches; keep at most {MOST_SEARCHES}.")
    searches = tuple(_entry(path.name, number, entry) for number, entry in enumerate(entries, start=1))
    if repeated := [name for name, times in Counter(search.name for search in searches).items() if times > 1]:
        raise BadInput(f"{path.name} has several searches called {_listed(repeated)}: give each a name of its own.")
    return searches


def _entry(file_name: str, number: int, entry: object) -> GoldenSearch:
    if not isinstance(entry, dict):
        raise BadInput(f"{file_name}, search {number}: write it as [[search]] with name, lat and lon below.")
    values = cast("dict[str, Any]", entry)
    called = next((values[key] for key in ("name", "place") if key in values), None)
    named = isinstance(called, str) and bool(called.strip())

    def wrong(problem: str) -> BadInput:
        return BadInput(f"{file_name}, search {number}{f' “{called}”' if named else ''}: {problem}")

    if unknown := [key for key in values if key not in _KEYS]:
        raise wrong(f"{_listed(unknown)} is not known; a search can have {', '.join(_KEYS)}.")
    kinds = _kinds(values.get("kinds", []), wrong)
    if not named:
        raise wrong('it needs a name in quotes: name = "hospitals near Zona Río".')
    if any(not _is_number(values.get(key)) for key in ("lat", "lon")):
        raise wrong("it needs lat and lon in degrees, as numbers without quotes.")
    try:
        lon_lat = checked_lon_lat(float(values["lon"]), float(values["lat"]))
    except BadInput as error:
        raise wrong(str(error)) from error
    limit = values.get("limit", 10)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MOST_SHOWN:
        raise wrong(f"limit is how many results are compared: a whole number from 1 to {MOST_SHOWN}.")
    max_distance_m = values.get("max_distance_m")
    if max_distance_m is not None and not (_is_number(max_distance_m) and max_distance_m > 0):
        raise wrong("max_distance_m must be a number of metres above 0.")
    return GoldenSearch(
        name=str(called) if "name" in values else _name(kinds, str(called)),
        lon_lat=lon_lat,
        kinds=kinds,
        limit=limit,
        max_distance_m=None if max_distance_m is None else float(max_distance_m),
    )


def _kinds(given: object, wrong: Callable[[str], BadInput]) -> tuple[FacilityKind, ...]:
    known = [str(kind) for kind in FacilityKind]
    if not isinstance(given, list) or any(kind not in known for kind in cast("list[object]", given)):
        raise wrong(f'kinds must be a list, such as ["hospital"], of any of {", ".join(known)}; leave it out for all.')
    return tuple(dict.fromkeys(FacilityKind(kind) for kind in cast("list[str]", given)))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _name(kinds: Sequence[FacilityKind], place: str) -> str:
    return f"{' or '.join(_PLURALS[kind] for kind in kinds) or 'any care'} near {place}"


def default_golden_searches(snapshot: Snapshot | None, facilities: Iterable[Facility] = ()) -> tuple[GoldenSearch, ...]:
    """Make searches for want of an operator's: up to 8 spots where many facilities are, each for any care and up to 3 kinds.

    Spots are chosen among the open ones of ``snapshot`` and of ``facilities`` (a load's; streamed, some thousands are kept).
    The kinds are hospitals and pharmacies where there are any, and the commonest besides; the reach is 100 km. The same input
    gives the same searches.
    """
    by_kind = Counter[FacilityKind]()
    sample: list[Facility] = []
    if snapshot is not None and (records := _records_of(snapshot)) is not None:
        by_kind.update(snapshot.manifest.by_kind)
        # Slots go along the tree, so that equal steps are as dense everywhere as the facilities are.
        sample += map(records.facility_at, range(0, len(records), -(-len(records) // _SAMPLE)))
    sample += _every_nth(facilities, by_kind)
    if not sample:
        return ()
    everyday = [kind for kind in (FacilityKind.HOSPITAL, FacilityKind.PHARMACY) if by_kind[kind]]
    others = [kind for kind in FacilityKind if by_kind[kind] and kind not in everyday]
    asked: list[tuple[FacilityKind, ...]] = [(), *((kind,) for kind in everyday)]
    if others:
        asked.append((max(others, key=by_kind.__getitem__),))
    places: dict[str, LonLat] = {}
    for spot in _populated_spots(sample):
        places[_label(spot, places)] = spot.lon_lat
    return tuple(
        GoldenSearch(name=_name(kinds, place), lon_lat=lon_lat, kinds=kinds, max_distance_m=_REACH_M)
        for place, lon_lat in places.items()
        for kinds in asked
    )


def _records_of(snapshot: Snapshot) -> FacilityRecords | None:
    """Return all facilities of a snapshot by slot; None where it has none."""
    return snapshot.records if len(snapshot) else None


def _every_nth(facilities: Iterable[Facility], by_kind: Counter[FacilityKind]) -> list[Facility]:
    """Return evenly many of the open ones, however many come, and count their kinds."""
    kept: list[Facility] = []
    step = 1
    for number, facility in enumerate(one for one in facilities if one.status is FacilityStatus.OPEN):
        by_kind[facility.kind] += 1
        if number % step == 0:
            kept.append(facility)
            if len(kept) == 2 * _SAMPLE:
                del kept[1::2]
                step *= 2
    return kept


def _populated_spots(sample: Sequence[Facility]) -> Iterator[Facility]:
    """Yield facilities in the middle of dense cells of a grid, the densest first, then dense ones far from those before."""
    xyz_m = ecef_m(np.array([one.lon_lat for one in sample], dtype=np.float64))
    widest_m = float((xyz_m.max(axis=0) - xyz_m.min(axis=0)).max())
    cell_m = max(_NARROWEST_CELL_M, widest_m / _CELLS_ACROSS)
    cells, cell_of, counts = np.unique(_grid(xyz_m, cell_m), axis=0, return_inverse=True, return_counts=True)
    cell_of = cell_of.reshape(-1)
    middles_m = np.column_stack([np.bincount(cell_of, xyz_m[:, axis]) for axis in range(3)]) / counts[:, None]
    # Not the distance alone, which would pick the loneliest; not the number alone, which would pick one city only.
    worth: NDArray[np.float64] = counts.astype(np.float64)
    apart_m: NDArray[np.float64] = np.full(len(cells), np.inf)
    for _ in range(min(_SPOTS, len(cells))):
        best = int(np.argmax(worth))
        yield sample[_thickest(xyz_m, np.flatnonzero(cell_of == best), cell_m)]
        apart_m = np.minimum(apart_m, np.linalg.norm(middles_m - middles_m[best], axis=1))
        apart_m[best] = 0.0
        worth = counts * apart_m


def _grid(xyz_m: NDArray[np.float64], cell_m: float) -> NDArray[np.float64]:
    """Return the cell of each point. Shifted, because at 0° and ±180° rounding would part what lies on a line of the grid."""
    return np.floor(xyz_m / cell_m + 0.37)


def _thickest(xyz_m: NDArray[np.float64], members: NDArray[np.int64], cell_m: float) -> int:
    """Return the one of ``members`` in the middle of where most are, in ever smaller cells: the town, not the land around it."""
    while cell_m > _NARROWEST_CELL_M:
        cell_m /= 4.0
        _, cell_of, counts = np.unique(_grid(xyz_m[members], cell_m), axis=0, return_inverse=True, return_counts=True)
        members = members[cell_of.reshape(-1) == np.argmax(counts)]
    off_m = np.linalg.norm(xyz_m[members] - xyz_m[members].mean(axis=0), axis=1)
    return int(members[np.argmin(off_m)])


def _label(spot: Facility, taken: Iterable[str]) -> str:
    around = list(dict.fromkeys(part for part in (spot.address.neighbourhood, spot.address.city) if part))
    taken = set(taken)
    candidates = [", ".join(around), ", ".join([spot.name, *around[-1:]])]
    free = next((label for label in candidates if label and label not in taken), None)
    return free or next(label for n in range(2, _SPOTS + 2) if (label := f"{candidates[1]} ({n})") not in taken)

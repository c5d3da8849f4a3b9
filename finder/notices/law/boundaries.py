"""Whose law may rule a place: every jurisdiction whose outline is so near that the errors of the outlines cannot tell.

The outlines come with set-up (``web-assets/install.py``) and are generalised: countries of Natural Earth (1:10m) and states of
the US Census Bureau, both in the public domain. Beside the borders of the time zones of OpenStreetMap, corners of the first lay
up to 3.8 km off, of the second up to 0.8 km; more than double that is taken for their error.
"""

import hashlib
import math
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import shapely
from shapely.geometry.base import BaseGeometry

from finder.errors import Damaged
from finder.notices.law.atlases import HOW, atlas_parts
from finder.notices.law.ground import Ground
from finder.notices.law.table import Atlas, LawTable, law_table

__all__ = ["ERROR_M", "Boundaries", "Near", "Ruling", "installed_boundaries"]

ERROR_M: Final = {Atlas.WORLD: 10_000.0, Atlas.US: 3_000.0}
"""How far a line may be from where it is drawn."""
_STATES_M: Final = 2.0 * ERROR_M[Atlas.WORLD] + ERROR_M[Atlas.US]
"""Where the USA are within their error, the state that it is may be drawn so far away, by another hand."""
_FILES: Final = {Atlas.WORLD: ("countries-10m.json", "countries"), Atlas.US: ("states-10m.json", "states")}
_UNITED_STATES: Final = "840"
_M_PER_DEG: Final = 110_574.0  # of latitude at the equator, where it is least
_FARTHEST_LAT: Final = 88.0
_FOLDER: Final = ("web", "static", "vendor", "boundaries")


class Ruling(NamedTuple):
    """A jurisdiction whose law may rule; ``code`` is ``None`` where the table has none."""

    code: str | None
    name: str


class Near(NamedTuple):
    """Which jurisdictions may rule an area, by name, and whether all of the area is in one of them."""

    rulings: tuple[Ruling, ...]
    all_known: bool


class _Outline(NamedTuple):
    ruling: Ruling
    atlas: Atlas
    of_states: bool
    """The United States as a whole: its states rule, not this."""


class Boundaries:
    """The outlines of all countries and of the states of the USA. Safe for threads."""

    def __init__(self, folder: Path, table: LawTable) -> None:
        """Read them: half a second. Raises :class:`Damaged` for files that are missing or not these, or lack one of the table."""
        codes: dict[tuple[Atlas, str | None], str] = {(one.atlas, one.id): one.code for one in table.jurisdictions.values()}
        found: set[str | None] = set()
        self._outlines: list[_Outline] = []
        parts: list[BaseGeometry] = []
        for atlas, (file, layer) in _FILES.items():
            for id_, name, pieces in atlas_parts(folder / file, layer):
                code = codes.get((atlas, id_))
                found.add(code)
                outline = _Outline(Ruling(code, name), atlas, (atlas, id_) == (Atlas.WORLD, _UNITED_STATES))
                parts += pieces
                self._outlines += [outline] * len(pieces)
        missing = sorted(set(codes.values()) - found)
        if missing:
            raise Damaged(f"The outlines of {', '.join(missing)} are missing: {HOW}")
        self._tree = shapely.STRtree(parts)
        files = (hashlib.sha256((folder / file).read_bytes()).digest() for file, _ in _FILES.values())
        self.sha256 = hashlib.sha256(b"".join(files)).hexdigest()
        """Of the files, in hex."""

    @classmethod
    def open(cls, folder: Path, table: LawTable) -> Self | None:
        """Read those of a folder; ``None`` where set-up did not bring them. Raises :class:`Damaged`."""
        return cls(folder, table) if all((folder / file).is_file() for file, _ in _FILES.values()) else None

    def near(self, ground: Ground, area: BaseGeometry, reach_m: float) -> Near:
        """Tell who may rule an area laid on ``ground``: whose outline is nearer than its error and ``reach_m`` together.

        All is known where each point of the area is nearer to an outline than that outline's error: the coast is drawn no better.
        """
        farthest_m = float(shapely.hausdorff_distance(area, shapely.Point(0.0, 0.0)))
        found = self._around(ground, farthest_m + reach_m + _STATES_M)
        rulings: dict[Ruling, None] = {}
        known: list[BaseGeometry] = []
        state_near, whole = False, None
        for outline, piece in found:
            distance_m = float(shapely.distance(area, piece))
            if outline.atlas is Atlas.US:
                state_near |= distance_m <= _STATES_M + reach_m
            if distance_m > ERROR_M[outline.atlas] + reach_m:
                continue
            if outline.of_states:
                whole = outline.ruling
                continue
            rulings[outline.ruling] = None
            known.append(shapely.buffer(piece, ERROR_M[outline.atlas]))
        if whole is not None and not state_near:
            rulings[whole] = None
        return Near(tuple(sorted(rulings, key=lambda one: one.name)), bool(shapely.covers(shapely.union_all(known), area)))

    def _around(self, ground: Ground, radius_m: float) -> list[tuple[_Outline, BaseGeometry]]:
        """The outlines around the middle of ``ground``, cut to a box that holds the radius, in metres."""
        lon, lat = ground.centre
        up_deg = radius_m / _M_PER_DEG
        highest = abs(lat) + up_deg
        if highest > _FARTHEST_LAT:
            return []
        side_deg = up_deg / math.cos(math.radians(highest))
        found: list[tuple[_Outline, BaseGeometry]] = []
        for turn in (-360.0, 0.0, 360.0):
            west, south, east, north = lon - side_deg + turn, lat - up_deg, lon + side_deg + turn, lat + up_deg
            for number in self._tree.query(shapely.box(west, south, east, north)).tolist():
                part: Any = self._tree.geometries[number]
                piece: Any = shapely.clip_by_rect(part, west, south, east, north)
                if not shapely.is_empty(piece):
                    found.append((self._outlines[number], shapely.make_valid(ground.laid(piece))))
        return found


def installed_boundaries() -> Boundaries | None:
    """The outlines that set-up brought, read again when those change; ``None`` where it did not. Raises :class:`Damaged`."""
    folder = Path(str(resources.files("finder"))).joinpath(*_FOLDER)
    try:
        states = [(folder / file).stat() for file, _ in _FILES.values()]
    except OSError:
        return None
    return _opened(folder, tuple((state.st_mtime_ns, state.st_size, state.st_ino) for state in states))


@lru_cache(maxsize=1)
def _opened(folder: Path, _stamp: tuple[tuple[int, int, int], ...]) -> Boundaries | None:
    return Boundaries.open(folder, law_table())

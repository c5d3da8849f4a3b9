"""From the shapes of fences to the arrays that ``finder.geo.fence_kernels`` walks through: a tree of balls around them.

A fence stands in the tree as the ball, in Earth-centred coordinates, around the middle of its shape that holds it: there is no
seam at ±180° there, and no poles. Slots are ordered as those of a k-d tree over these middles; the tree over them is complete,
its node 1 the root and node i's children 2i and 2i + 1, so that leaf j has the slots from n·j / leaves up to n·(j + 1) / leaves.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from finder.errors import BadInput
from finder.geo.ecef import ecef_m
from finder.geo.kdtree import KdTree
from finder.geo.kdtree_files import levels_of
from finder.geo.outlines import Polygons, area_of
from finder.geo.points import LonLat, checked_lon_lat

__all__ = ["FENCE", "NODE", "VERTEX", "FenceArrays", "OutlineShape", "RoundShape", "fence_arrays"]

_LONGEST_EDGE_M: Final = 250.0  # over which the ground rises 1.2 mm above a straight line
_MOST_OFF_M: Final = 1e-3  # that a parallel, or another straight line of the map, may be beside a straight line of the ground
_REACH_MARGIN_M: Final = 0.01  # more than edges bulge beyond their vertices
_M_PER_DEG: Final = 111_700.0  # no degree is longer


class RoundShape(Protocol):
    """A circle on the ground, such as ``finder.domain.fence.Circle``."""

    @property
    def centre(self) -> LonLat:
        """Its middle."""
        ...

    @property
    def radius_m(self) -> float:
        """How far its edge is from there, by the geodesic."""
        ...


class OutlineShape(Protocol):
    """Polygons as ``finder.geo.outlines`` reads them, such as ``finder.domain.fence.Outline``."""

    @property
    def polygons(self) -> Polygons:
        """Each its outer ring and then its holes."""
        ...


_BALL: Final = [("x_m", "<f8"), ("y_m", "<f8"), ("z_m", "<f8"), ("reach_m", "<f8")]

FENCE: Final = np.dtype(
    [
        *_BALL,
        ("radius_m", "<f8"),
        ("west", "<f8"),
        ("east", "<f8"),
        ("first", "<i8"),
        ("last", "<i8"),
        ("number", "<i8"),
        ("has_north_pole", "<i4"),
        ("has_south_pole", "<i4"),
    ]
)
"""The ball; the radius of a circle, or -1; of an outline the longitudes between which it is, its first and its last vertex, and
whether the poles are in it; its number in the input."""

VERTEX: Final = np.dtype(
    [("lon", "<f8"), ("lat", "<f8"), ("x_m", "<f8"), ("y_m", "<f8"), ("z_m", "<f8"), ("drawn_to", "<i4"), ("is_edge", "<i4")]
)
"""Degrees, the longitude perhaps beyond ±180; the same in Earth-centred metres. The vertex to which a line of the map is drawn
from here; 0 where a ring ends and where a line was cut. Whether there is an edge on the ground from here to the next vertex: not
from the end of a ring, nor along ±180° inside an outline, nor along what the map draws of a pole."""

NODE: Final = np.dtype([(f"{bound}_{axis}_m", "<f8") for bound in ("least", "most") for axis in "xyz"])
"""The box around the balls below."""


class FenceArrays(NamedTuple):
    """``nodes``, ``fences`` in slot order and ``vertices``: read-only arrays of the three record types."""

    nodes: NDArray[np.void]
    fences: NDArray[np.void]
    vertices: NDArray[np.void]


def fence_arrays(shapes: Sequence[RoundShape | OutlineShape]) -> FenceArrays:
    """Return the arrays of these shapes. Raises :class:`BadInput` for what cannot be a fence, naming the number."""
    fences = np.zeros(len(shapes), dtype=FENCE)
    fences["number"], fences["radius_m"] = np.arange(len(shapes)), -1.0
    middles = np.empty((len(shapes), 2))
    numbers: list[int] = []
    areas: list[BaseGeometry] = []
    for number, shape in enumerate(shapes):
        try:
            if hasattr(shape, "polygons"):  # isinstance of a protocol takes 11 µs
                areas.append(area_of(cast("OutlineShape", shape).polygons))
                numbers.append(number)
            else:
                middles[number], fences["radius_m"][number] = _checked_circle(cast("RoundShape", shape))
        except BadInput as error:
            raise BadInput(f"Fence {number} (from 0): {error}" if len(shapes) > 1 else str(error)) from error
    vertices = np.empty(0, dtype=VERTEX)
    if areas:
        outlines = fences[numbers]
        west, south, east, north = shapely.bounds(areas).T
        middles[numbers] = np.column_stack([((west + east) / 2.0 + 180.0) % 360.0 - 180.0, (south + north) / 2.0])
        outlines["west"], outlines["east"] = west, east
        outlines["has_north_pole"], outlines["has_south_pole"] = north == 90.0, south == -90.0
        vertices, outlines["first"] = _vertices(areas)
        outlines["last"] = np.append(outlines["first"][1:], len(vertices)) - 1
        fences[numbers] = outlines
    fences["x_m"], fences["y_m"], fences["z_m"] = ecef_m(middles).T
    fences["reach_m"] = fences["radius_m"] + _REACH_MARGIN_M
    fences["reach_m"][numbers] = _reaches(fences[numbers], vertices)
    fences = fences[KdTree.build(middles).order]
    arrays = FenceArrays(_nodes(fences), fences, vertices)
    for array in arrays:
        array.flags.writeable = False
    return arrays


def _checked_circle(circle: RoundShape) -> tuple[LonLat, float]:
    if not 0.0 < circle.radius_m < math.inf:
        raise BadInput("The radius of a circle must be a number of metres above 0.")
    return checked_lon_lat(*circle.centre), circle.radius_m


def _vertices(areas: list[BaseGeometry]) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Return the vertices of all areas, those that cut long edges among them; and the first vertex of each, shape (areas,)."""
    parts, area_of_part = shapely.get_parts(areas, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    lon_lat, ring = shapely.get_coordinates(rings, return_index=True)
    area = area_of_part[part_of_ring[ring]]
    step = np.diff(lon_lat, axis=0, append=lon_lat[-1:])
    is_last = np.append(np.diff(ring) != 0, True)
    step[is_last] = 0.0
    pieces = _pieces(lon_lat, step)
    starts = np.cumsum(pieces) - pieces
    line = np.repeat(np.arange(len(lon_lat)), pieces)
    share = (np.arange(len(line)) - starts[line]) / pieces[line]
    cut = lon_lat[line] + step[line] * share[:, None]
    vertices = np.zeros(len(cut), dtype=VERTEX)
    vertices["lon"], vertices["lat"] = cut.T
    vertices["x_m"], vertices["y_m"], vertices["z_m"] = ecef_m(cut).T
    vertices["drawn_to"][starts] = np.where(is_last, 0, starts + pieces)
    vertices["is_edge"] = (~is_last & ~_is_none_on_the_ground(lon_lat, step, shapely.bounds(areas)[area]))[line]
    return vertices, starts[np.searchsorted(area, np.arange(len(areas)))]


def _pieces(lon_lat: NDArray[np.float64], step: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return into how many pieces, shape (n,), the lines by these steps from these points, both (n, 2), are to be cut."""
    lat, end_lat = lon_lat[:, 1], lon_lat[:, 1] + step[:, 1]
    low = np.where(lat * end_lat <= 0.0, 0.0, np.minimum(np.abs(lat), np.abs(end_lat)))
    high = np.maximum(np.abs(lat), np.abs(end_lat))
    length_m = _M_PER_DEG * np.hypot(step[:, 0] * np.cos(np.radians(low)), step[:, 1])
    # Meridians turn towards each other by this much along the line, and bend it on the ground by an eighth of that.
    turn = np.radians(np.abs(step[:, 0])) * np.sin(np.radians(high))
    pieces = np.ceil(np.maximum(length_m / _LONGEST_EDGE_M, np.sqrt(length_m * turn / (8.0 * _MOST_OFF_M))))
    return np.maximum(1, pieces.astype(np.int64))


def _is_none_on_the_ground(
    lon_lat: NDArray[np.float64], step: NDArray[np.float64], bounds: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell of lines, given the bounds (n, 4) of their areas, which are a pole or where the map of a whole turn was cut open."""
    lon, lat = lon_lat.T
    west, _, east, _ = bounds.T
    over_pole = (np.abs(lat) == 90.0) & (step[:, 1] == 0.0)
    along_cut = (step[:, 0] == 0.0) & ((lon == west) | (lon == east)) & (east - west >= 360.0)
    return over_pole | along_cut


def _reaches(outlines: NDArray[np.void], vertices: NDArray[np.void]) -> NDArray[np.float64]:
    """Return the radius of the ball around each of these outlines, shape (n,), which have all these vertices in this order.

    No point inside is further from the middle than every vertex, however large the outline is: along its parallel away from the
    middle's meridian chords grow up to half a turn, and the outline ends there at the latest.
    """
    if not len(outlines):
        return np.empty(0)
    owner = np.repeat(np.arange(len(outlines)), outlines["last"] + 1 - outlines["first"])
    squared = sum((vertices[axis] - outlines[axis][owner]) ** 2 for axis in ("x_m", "y_m", "z_m"))
    return np.sqrt(np.maximum.reduceat(squared, outlines["first"])) + _REACH_MARGIN_M


def _nodes(fences: NDArray[np.void]) -> NDArray[np.void]:
    """Return the nodes, shape (2 · leaves,), above fences in slot order. Node 0 is none; that of no fences is infinitely far."""
    leaves = 1 << levels_of(len(fences))
    nodes = np.empty(2 * leaves, dtype=NODE)
    starts = (len(fences) * np.arange(leaves, dtype=np.int64)) // leaves
    for axis in "xyz":
        least_m, most_m = np.full(2 * leaves, math.inf), np.full(2 * leaves, -math.inf)
        if len(fences):
            middle_m = fences[f"{axis}_m"]
            least_m[leaves:] = np.minimum.reduceat(middle_m - fences["reach_m"], starts)
            most_m[leaves:] = np.maximum.reduceat(middle_m + fences["reach_m"], starts)
        width = leaves
        while width > 1:
            half = width // 2
            least_m[half:width] = least_m[width : 2 * width].reshape(-1, 2).min(axis=1)
            most_m[half:width] = most_m[width : 2 * width].reshape(-1, 2).max(axis=1)
            width = half
        nodes[f"least_{axis}_m"], nodes[f"most_{axis}_m"] = least_m, most_m
    return nodes

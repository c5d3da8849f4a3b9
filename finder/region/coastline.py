"""The sea, which OpenStreetMap draws as a line only: ``natural=coastline`` has land on its left, water on its right."""

from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from finder.region.extract import Bounds

__all__ = ["sea_in"]

_ASIDE_DEGREES = 1e-6
"""About a decimetre: how far beside a coastline its water is looked for."""
_MOST_PROBES = 400
_CUT_SHORT_DEGREES = 0.003
"""About 300 m. An extract may lack the nodes beyond its edge: the line then ends this much or less before it."""


def sea_in(bounds: Bounds, coastlines: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """The parts of the box (WGS84 degrees) that the coastlines say are sea, as Polygons; none where the lines are in pieces.

    The lines and the edge of the box cut it into faces; a face is sea when more of the coastline's segments have it on
    their right than on their left. A line that ends inside the box has the same face on both sides and so says nothing.
    """
    box = shapely.box(*bounds)
    inside = shapely.line_merge(shapely.intersection(shapely.union_all(list(coastlines)), box))
    lines = [_to_the_edge(line, box) for line in getattr(inside, "geoms", [inside]) if line.geom_type == "LineString"]
    faces = list(shapely.polygonize([shapely.union_all([*lines, box.exterior])]).geoms) if lines else []
    tree = shapely.STRtree(faces)
    votes = [0] * len(faces)
    for line in lines:
        points = shapely.get_coordinates(line)
        step = max(1, len(points) // _MOST_PROBES)
        for (x0, y0), (x1, y1) in zip(points[:-1:step], points[1::step], strict=False):
            length = float(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5)
            if length == 0.0:
                continue
            middle_x, middle_y = (x0 + x1) / 2, (y0 + y1) / 2
            right_x, right_y = (y1 - y0) / length * _ASIDE_DEGREES, (x0 - x1) / length * _ASIDE_DEGREES
            for side, vote in ((1, 1), (-1, -1)):
                point = shapely.Point(middle_x + side * right_x, middle_y + side * right_y)
                for face in tree.query(point, predicate="within").tolist():
                    votes[face] += vote
    return [face for face, vote in zip(faces, votes, strict=True) if vote > 0]


def _to_the_edge(line: BaseGeometry, box: shapely.Polygon) -> shapely.LineString:
    """The line, its loose ends led straight on to the nearest edge of the box where they end just before it."""
    points = [(float(x), float(y)) for x, y in shapely.get_coordinates(line)]
    if points[0] == points[-1]:
        return shapely.LineString(points)
    first, last = ([_nearest_on_edge(point, box)] for point in (points[0], points[-1]))
    return shapely.LineString([*(p for p in first if p is not None), *points, *(p for p in last if p is not None)])


def _nearest_on_edge(point: tuple[float, float], box: shapely.Polygon) -> tuple[float, float] | None:
    at = shapely.Point(point)
    if not 0.0 < box.exterior.distance(at) <= _CUT_SHORT_DEGREES:
        return None
    x, y = shapely.shortest_line(box.exterior, at).coords[0]
    return float(x), float(y)

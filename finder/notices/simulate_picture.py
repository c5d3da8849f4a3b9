"""A picture of one simulated run as SVG: fences, the true track, the fixes with what they claimed, and what was told where."""

from collections.abc import Callable, Sequence
from html import escape

import numpy as np
import shapely
from numpy.typing import NDArray

from finder.domain.fence import Circle, Fence
from finder.notices.simulate import Report
from finder.notices.simulate_noise import Truth
from finder.notices.tracker import Confidence

__all__ = ["picture"]

type Plane = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From WGS84 degrees, longitude first, shape (n, 2), to metres east and south of the middle of the picture."""

_METRES_PER_DEGREE = 111_195.0
_LONGER_SIDE = 960.0
_MARGIN_M = 60.0
_NARROWEST = 0.5
"""The shorter side, as a share of the longer: a walk straight north is not a strip whose words nobody can read."""
_LABEL_WIDTH = 200.0
"""No label is longer: in type of this size the longest has some 160."""
_COLOURS = {"approach": "#8a5a00", "enter": "#006b3c", "dwell": "#00499c", "exit": "#a3123f", "wrong_entrance": "#6a1b9a"}
_LARGEST_CLAIM_M = 150.0
"""Larger circles would hide the rest."""


def picture(fences: Sequence[Fence], truth: Truth, report: Report) -> str:
    """Return the SVG document, north at the top. Radii and distances are to scale near the middle of the track."""
    middle = truth.lon_lat.mean(axis=0)
    east_m = _METRES_PER_DEGREE * float(np.cos(np.radians(middle[1])))

    def plane(lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Metres east and south of the middle."""
        turned = (lon_lat[:, 0] - middle[0] + 180.0) % 360.0 - 180.0
        return np.column_stack([turned * east_m, (middle[1] - lon_lat[:, 1]) * _METRES_PER_DEGREE])

    shapes = [(fence, _on_plane(fence, plane)) for fence in fences]
    track = plane(truth.lon_lat)
    fixes = plane(np.array([fix.lon_lat for fix in report.first_run]).reshape(-1, 2))
    arrivals = [fix.received_at for fix in report.first_run]
    told = [event for event in report.first_events if event.confidence is not Confidence.NONE]
    told_at = fixes[[arrivals.index(event.at_server) for event in told]]
    corners = np.vstack([track, told_at, *(np.reshape(shape.bounds, (2, 2)) for _, shape in shapes)])
    west, north, width_m, height_m = _frame(corners)
    scale = _LONGER_SIDE / max(width_m, height_m)
    width, height = width_m * scale, height_m * scale

    def at(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return (points - [west, north]) * scale

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-family="sans-serif">',
        "<title>One simulated run</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
    ]
    for fence, shape in shapes:
        rings = [ring for one in shapely.get_parts(shape) for ring in (one.exterior, *one.interiors)]
        path = " ".join(f"M{_listed(at(np.asarray(ring.coords)))}Z" for ring in rings)
        parts.append(
            f'<path d="{path}" fill="#cfe5ff" fill-rule="evenodd" stroke="#00499c"><title>{escape(fence.name)}</title></path>'
        )
    for fix, (x, y) in zip(report.first_run, at(fixes), strict=True):
        claim = min(fix.accuracy_m or 0.0, _LARGEST_CLAIM_M) * scale
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{claim:.1f}" fill="none" stroke="#bbb" stroke-width="0.5"/>')
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="#777"/>')
    parts.append(f'<polyline points="{_listed(at(track))}" fill="none" stroke="#111" stroke-width="2"/>')
    for number, (event, (x, y)) in enumerate(zip(told, at(told_at), strict=True)):
        colour, words = _COLOURS[event.trigger], escape(f"{event.trigger} ({event.confidence})")
        side, anchor = (-9.0, "end") if x > width - _LABEL_WIDTH else (9.0, "start")
        line_y = min(max(y + 4.0 + 14.0 * (number % 3 - 1), 14.0), height - 6.0)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{colour}"/>')
        parts.append(
            f'<text x="{x + side:.1f}" y="{line_y:.1f}" font-size="12" text-anchor="{anchor}" fill="{colour}">{words}</text>'
        )
    bar = 100.0 * scale
    parts.append(f'<path d="M12 {height - 12:.1f}h{bar:.1f}" stroke="#111" stroke-width="2"/>')
    parts.append(f'<text x="12" y="{height - 18:.1f}" font-size="12">100 m</text>')
    return "\n".join([*parts, "</svg>", ""])


def _frame(corners: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Return west and north end, width and height, in metres, of a frame around points, shape (n, 2), with margins."""
    (west, north), (east, south) = corners.min(axis=0) - _MARGIN_M, corners.max(axis=0) + _MARGIN_M
    least = _NARROWEST * max(east - west, south - north)
    width, height = max(east - west, least), max(south - north, least)
    return (west + east - width) / 2.0, (north + south - height) / 2.0, width, height


def _on_plane(fence: Fence, plane: Plane) -> shapely.Polygon | shapely.MultiPolygon:
    if isinstance(fence.shape, Circle):
        (x, y) = plane(np.array([fence.shape.centre]))[0]
        return shapely.Point(x, y).buffer(fence.shape.radius_m, quad_segs=32)
    return shapely.MultiPolygon(
        [
            shapely.Polygon(outer, holes)
            for outer, *holes in ([plane(np.array(ring)) for ring in one] for one in fence.shape.polygons)
        ]
    )


def _listed(points: NDArray[np.float64]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)

"""The signed distance from a fence's edge, and the way through a fence, against PROJ and a fine walk."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from finder.domain.fence import Circle, Outline
from finder.errors import BadInput
from finder.geo.points import LonLat
from finder.notices.tracker import edge_distance
from finder.notices.tracker.crossing import deepest_m

GEOD = Geod(ellps="WGS84")
CENTRES = st.sampled_from([LonLat(24.9, 60.17), LonLat(-117.03, 32.54), LonLat(179.9999, -17.0), LonLat(0.0, 0.0)])
METRES = st.floats(-900.0, 900.0)


def away(origin: LonLat, azimuth_deg: float, distance_m: float) -> LonLat:
    lon, lat, _ = GEOD.fwd(*origin, azimuth_deg, distance_m)
    return LonLat(float(lon), float(lat))


def star(centre: LonLat, radii_m: list[float]) -> Outline:
    """A polygon seen from its centre in equal steps of direction."""
    ring = [away(centre, 360.0 * number / len(radii_m), radius_m) for number, radius_m in enumerate(radii_m)]
    return Outline(polygons=(((*ring, ring[0]),),))


def by_proj_m(shape: Outline, point: LonLat) -> float:
    """PROJ's azimuth and distance put every corner on a plane around the point."""
    ring = shape.polygons[0][0]
    azimuth_deg, _, distance_m = GEOD.inv(
        [point.lon] * len(ring), [point.lat] * len(ring), [p[0] for p in ring], [p[1] for p in ring]
    )
    azimuth = np.radians(azimuth_deg)
    area = shapely.Polygon(np.column_stack([distance_m * np.sin(azimuth), distance_m * np.cos(azimuth)]))
    origin = shapely.Point(0.0, 0.0)
    return (-1.0 if area.covers(origin) else 1.0) * float(area.exterior.distance(origin))


@given(CENTRES, st.floats(1.0, 2000.0), st.floats(0.0, 360.0), st.floats(0.0, 5000.0))
@settings(max_examples=60, deadline=None)
def test_a_circles_edge_is_where_the_geodesic_says(
    centre: LonLat, radius_m: float, azimuth_deg: float, distance_m: float
) -> None:
    edge_m = edge_distance(Circle(centre=centre, radius_m=radius_m))
    assert edge_m(away(centre, azimuth_deg, distance_m)) == pytest.approx(distance_m - radius_m, abs=1e-3)


@given(CENTRES, st.lists(st.floats(20.0, 400.0), min_size=3, max_size=9), st.floats(0.0, 360.0), st.floats(0.0, 2000.0))
@settings(max_examples=80, deadline=None)
def test_an_outlines_edge_is_where_proj_says(centre: LonLat, radii_m: list[float], azimuth_deg: float, distance_m: float) -> None:
    shape = star(centre, radii_m)
    point = away(centre, azimuth_deg, distance_m)
    assert edge_distance(shape)(point) == pytest.approx(by_proj_m(shape, point), rel=2e-3, abs=0.05)


def test_a_hole_is_outside() -> None:
    centre = LonLat(24.9, 60.17)
    outer, hole = star(centre, [200.0] * 12).polygons[0][0], star(centre, [50.0] * 12).polygons[0][0]
    edge_m = edge_distance(Outline(polygons=((outer, hole),)))
    assert edge_m(centre) == pytest.approx(50.0 * math.cos(math.pi / 12), rel=1e-3)
    assert edge_m(away(centre, 0.0, 120.0)) < 0.0


def test_an_outline_without_area_is_refused() -> None:
    flat = (LonLat(0.0, 0.0), LonLat(0.001, 0.0), LonLat(0.002, 0.0), LonLat(0.0, 0.0))
    with pytest.raises(BadInput, match="area"):
        edge_distance(Outline(polygons=((flat,),)))


@given(METRES, METRES, METRES, METRES, st.floats(10.0, 300.0))
@settings(max_examples=80, deadline=None)
def test_the_way_through_is_as_deep_as_a_fine_walk_finds(x: float, y: float, to_x: float, to_y: float, radius_m: float) -> None:
    centre = LonLat(24.9, 60.17)
    start, end = (
        away(centre, math.degrees(math.atan2(east, north)), math.hypot(east, north)) for east, north in ((x, y), (to_x, to_y))
    )
    edge_m = edge_distance(Circle(centre=centre, radius_m=radius_m))
    walked = [
        edge_m(LonLat(start.lon + share * (end.lon - start.lon), start.lat + share * (end.lat - start.lat)))
        for share in np.linspace(0.0, 1.0, 2001)
    ]
    assert min(0.0, deepest_m(edge_m, start, end)) == pytest.approx(min(0.0, *walked), abs=3.0)

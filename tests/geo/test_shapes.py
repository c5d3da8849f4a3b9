import math
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from finder.errors import BadInput, NotFound
from finder.geo.points import LonLat
from finder.geo.shapes import ShapeIndex
from tests.geo.brute_force import GEOD, lon_lats, proj_m

EDGES_ERR_M = 0.03  # as the docstring of within_m says

SQUARE_IN_TIJUANA = box(-117.04, 32.51, -117.03, 32.52)
FIJI_CUT = MultiPolygon([box(179.9, -17.1, 180.0, -17.0), box(-180.0, -17.1, -179.9, -17.0)])
FIJI_GOING_ON = box(179.9, -17.1, 180.1, -17.0)
NORTH_CAP = box(-180.0, 89.9, 180.0, 90.0)


def index_of(**shapes: BaseGeometry) -> ShapeIndex:
    index = ShapeIndex()
    for key, geometry in shapes.items():
        index.insert(key, geometry)
    return index


def holds(geometry: BaseGeometry, origin: LonLat) -> bool:
    return any(geometry.covers(Point(origin.lon + turn, origin.lat)) for turn in (-360, 0, 360))


def brute_force_m(origin: LonLat, geometry: BaseGeometry) -> float:
    """The distance by PROJ to the nearest of very many points of the outline, or 0 inside."""
    if holds(geometry, origin):
        return 0.0
    outline = geometry.boundary if geometry.geom_type.endswith("Polygon") else geometry
    return float(proj_m(origin, shapely.get_coordinates(shapely.segmentize(outline, 2e-5))).min())


def shape_around(lon: float, lat: float, size_deg: float, corners: int) -> BaseGeometry:
    """A point, a line or a polygon near the place; it goes on beyond ±180° where it meets that."""
    angles = np.linspace(0.3, 0.3 + math.tau, corners, endpoint=False)
    ring = np.column_stack([lon + size_deg * np.cos(angles), np.clip(lat + size_deg * np.sin(angles), -90.0, 90.0)])
    return Point(ring[0]) if corners == 1 else LineString(ring) if corners == 2 else Polygon(ring)


@settings(deadline=None, max_examples=60)
@given(
    origin=lon_lats,
    around=st.lists(
        st.tuples(st.floats(-3, 3), st.floats(-0.2, 0.2), st.sampled_from([1e-4, 0.02, 0.1]), st.integers(1, 6)),
        min_size=1,
        max_size=6,
    ),
    radius_m=st.sampled_from([0.0, 30.0, 5_000.0, 30_000.0]),
)
def test_within_equals_brute_force(origin: LonLat, around: list[tuple[float, float, float, int]], radius_m: float) -> None:
    index, true_m, holding = ShapeIndex(), dict[str, float](), set[str]()
    for number, (d_lon, d_lat, size_deg, corners) in enumerate(around):
        lon = (origin.lon + d_lon / max(0.02, math.cos(math.radians(origin.lat))) + 180.0) % 360.0 - 180.0
        geometry = shape_around(lon, origin.lat + d_lat if abs(origin.lat + d_lat) <= 90 else origin.lat, size_deg, corners)
        index.insert(str(number), geometry)
        true_m[str(number)] = brute_force_m(origin, geometry)
        if holds(geometry, origin):
            holding.add(str(number))
    found = index.within_m(origin, radius_m)
    # The brute force sees a point of the outline every 2.2 m at least: its distance may be 1.1 m too long.
    off_m = EDGES_ERR_M + 1.2
    assert {key for key, distance_m in true_m.items() if distance_m <= radius_m - off_m} <= set(found)
    assert set(found) <= {key for key, distance_m in true_m.items() if distance_m <= radius_m + off_m}
    distances_m = [true_m[key] for key in found]
    assert all(a <= b + off_m for a, b in pairwise(distances_m))
    if abs(origin.lat) < 90.0:  # shapely does not know that a pole has every longitude
        assert set(index.containing(origin)) == holding


@pytest.mark.parametrize(
    ("lon_lat", "azimuth_deg"),
    [((24.9, 60.2), 30.0), ((179.9999, 0.0), 90.0), ((-179.9999, -17.0), -90.0), ((10.0, 89.9999), 0.0), ((10.0, -90.0), 10.0)],
)
def test_the_radius_is_a_geodesic(lon_lat: tuple[float, float], azimuth_deg: float) -> None:
    lon, lat, _ = GEOD.fwd(*lon_lat, azimuth_deg, 250.0)
    index = index_of(node=Point(lon, lat))
    assert index.within_m(LonLat(*lon_lat), 250.000_01) == ["node"]
    assert index.within_m(LonLat(*lon_lat), 249.999_99) == []


@pytest.mark.parametrize(("latitude", "length_deg"), [(0.0, 1.0), (45.0, 1.0), (60.0, 5.0), (80.0, 20.0)])
def test_a_long_edge_follows_its_parallel(latitude: float, length_deg: float) -> None:
    # The nearest point of the parallel is straight to the south, where its middle is: 1 km by the meridian.
    index = index_of(road=LineString([(-length_deg / 2, latitude), (length_deg / 2, latitude)]))
    _, origin_lat, _ = GEOD.fwd(0.0, latitude, 0.0, 1000.0)
    assert index.within_m(LonLat(0.0, origin_lat), 1000.0 + EDGES_ERR_M) == ["road"]
    assert index.within_m(LonLat(0.0, origin_lat), 1000.0 - EDGES_ERR_M) == []


def test_nearest_first_and_equals_by_key() -> None:
    index = index_of(b=Point(0.001, 0), a=Point(-0.001, 0), here=box(-1e-4, -1e-4, 1e-4, 1e-4), far=Point(1, 1))
    assert index.within_m(LonLat(0, 0), 200.0) == ["here", "a", "b"]
    assert index.within_m(LonLat(0, 0), math.inf) == ["here", "a", "b", "far"]


@pytest.mark.parametrize("fiji", [FIJI_CUT, FIJI_GOING_ON])
@pytest.mark.parametrize("lon", [180.0, -180.0, 179.95, -179.95])
def test_a_shape_across_the_antimeridian(fiji: BaseGeometry, lon: float) -> None:
    index = index_of(fiji=fiji, tijuana=SQUARE_IN_TIJUANA)
    assert index.containing(LonLat(lon, -17.05)) == ["fiji"]
    assert index.within_m(LonLat(lon, -17.05), 0.0) == ["fiji"]
    assert index.within_m(LonLat(lon, -17.2), 11_100.0) == ["fiji"]
    assert index.within_m(LonLat(lon, -17.2), 11_000.0) == []


def test_a_shape_over_a_pole() -> None:
    index = index_of(cap=NORTH_CAP)
    for lon in (-180.0, 0.0, 33.0, 180.0):
        assert index.containing(LonLat(lon, 90.0)) == ["cap"]
        assert index.containing(LonLat(lon, 89.95)) == ["cap"]
        assert index.containing(LonLat(lon, -90.0)) == []
        assert index.within_m(LonLat(lon, 89.8), 11_200.0) == ["cap"]
        assert index.within_m(LonLat(lon, 89.8), 11_100.0) == []


def test_a_wedge_that_reaches_the_pole_holds_it_under_every_longitude() -> None:
    wedge = index_of(wedge=box(0.0, 80.0, 10.0, 90.0))
    assert wedge.containing(LonLat(-100.0, 90.0)) == ["wedge"]
    assert wedge.within_m(LonLat(-100.0, 90.0), 0.0) == ["wedge"]
    assert wedge.containing(LonLat(-100.0, 89.99)) == []


def test_across_the_pole_to_the_other_side() -> None:
    assert index_of(hut=Point(150.0, 89.999)).within_m(LonLat(-30.0, 89.999), 224.0) == ["hut"]
    assert index_of(hut=Point(150.0, 89.999)).within_m(LonLat(-30.0, 89.999), 223.0) == []


def test_a_hole_is_outside() -> None:
    ring = Polygon(box(0, 0, 1, 1).exterior.coords, [box(0.4, 0.4, 0.6, 0.6).exterior.coords])
    index = index_of(ring=ring)
    assert index.containing(LonLat(0.5, 0.5)) == []
    assert index.containing(LonLat(0.4, 0.5)) == ["ring"]
    assert index.within_m(LonLat(0.5, 0.5), 11_200.0) == ["ring"]
    assert index.within_m(LonLat(0.5, 0.5), 11_000.0) == []


def test_shapes_come_and_go() -> None:
    index = index_of(a=SQUARE_IN_TIJUANA)
    inside = LonLat(-117.035, 32.515)
    assert ("a" in index, len(index)) == (True, 1)
    index.insert("a", Point(0, 0))
    assert (index.containing(inside), len(index)) == ([], 1)
    index.insert("b", SQUARE_IN_TIJUANA)
    assert index.containing(inside) == ["b"]
    index.remove("b")
    assert ("b" in index, index.containing(inside), index.within_m(inside, 1e6)) == (False, [], [])
    with pytest.raises(NotFound):
        index.remove("b")
    assert index.containing(LonLat(0, 0)) == ["a"]


@pytest.mark.parametrize(
    "geometry",
    [Point(), Polygon(), Point(32.5, -117.0), box(0, 0, 361, 1), Point(math.inf, 0), LineString([(0, 0), (1, math.inf)])],
)
def test_unusable_shapes_are_refused_and_change_nothing(geometry: BaseGeometry) -> None:
    index = index_of(a=Point(1, 1))
    with pytest.raises(BadInput):
        index.insert("a", geometry)
    assert index.containing(LonLat(1, 1)) == ["a"]


def test_unusable_questions_are_refused() -> None:
    index = index_of(a=Point(1, 1))
    for origin, radius_m in ((LonLat(0, 91), 1.0), (LonLat(math.nan, 0), 1.0), (LonLat(0, 0), -1.0), (LonLat(0, 0), math.nan)):
        with pytest.raises(BadInput):
            index.within_m(origin, radius_m)
    with pytest.raises(BadInput):
        index.containing(LonLat(200, 0))

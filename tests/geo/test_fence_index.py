"""Fences against PROJ and shapely: which hold a point, how far their edges are, which are nearest; also where maps end."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from finder.domain.fence import Circle, Outline
from finder.errors import BadInput, NotFound
from finder.geo.fence_index import FenceIndex, warm_up
from finder.geo.points import LonLat
from tests.geo.brute_force import GEOD, lon_lats, proj_m

EDGE_ERR_M = 2e-3  # as the docstring of edge_m says
ANYWHERE = [LonLat(24.94, 60.17), LonLat(-117.03, 32.54), LonLat(179.9995, -17.0), LonLat(-180.0, 66.0), LonLat(0.0, 0.0)]
CENTRES = st.sampled_from([*ANYWHERE, LonLat(10.0, 89.9), LonLat(100.0, -88.0)])


def away(origin: LonLat, azimuth_deg: float, distance_m: float) -> LonLat:
    lon, lat, _ = GEOD.fwd(*origin, azimuth_deg, distance_m)
    return LonLat(float(lon), float(lat))


def outline(*polygons: Sequence[Sequence[tuple[float, float]]]) -> Outline:
    return Outline(polygons=tuple(tuple(tuple(LonLat(*point) for point in ring) for ring in rings) for rings in polygons))


def box(west: float, south: float, east: float, north: float) -> list[tuple[float, float]]:
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def star(centre: LonLat, radii_m: Sequence[float], hole: float = 0.0) -> Outline:
    """A polygon around its centre in equal steps of direction, its hole the same shape smaller; it goes on beyond ±180°."""

    def ring(size: float) -> list[tuple[float, float]]:
        corners = [away(centre, 360.0 * number / len(radii_m), size * radius_m) for number, radius_m in enumerate(radii_m)]
        goes_on = [(centre.lon + (lon - centre.lon + 180.0) % 360.0 - 180.0, lat) for lon, lat in corners]
        return [*goes_on, goes_on[0]]

    return outline([ring(1.0), ring(hole)] if hole else [ring(1.0)])


def as_shapely(shape: Outline) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.Polygon(outer, holes) for outer, *holes in shape.polygons])


def true_m(shape: Circle | Outline, point: LonLat) -> float:
    """By PROJ; the edge of an outline on the plane around the point where its distances are true."""
    if isinstance(shape, Circle):
        return float(proj_m(point, np.array([shape.centre]))[0]) - shape.radius_m
    area = as_shapely(shape)
    holds = any(area.covers(shapely.Point(point.lon + turn, point.lat)) for turn in (-360.0, 0.0, 360.0))

    def plane(vertices: np.ndarray) -> np.ndarray:
        n = len(vertices)
        azimuth_deg, _, distance_m = GEOD.inv([point.lon] * n, [point.lat] * n, vertices[:, 0].copy(), vertices[:, 1].copy())
        azimuth = np.radians(azimuth_deg)
        return np.column_stack([distance_m * np.sin(azimuth), distance_m * np.cos(azimuth)])

    # As many pieces of every line: one along a meridian is short in degrees, and long on the ground near a pole.
    shares = np.linspace(0.0, 1.0, 300)[:, None]
    rings = [np.array(ring) for polygon in shape.polygons for ring in polygon]
    fine = [plane(start + (end - start) * shares) for ring in rings for start, end in pairwise(ring)]
    return min(float(shapely.distance(shapely.LineString(line), shapely.Point(0.0, 0.0))) for line in fine) * (
        -1.0 if holds else 1.0
    )


@st.composite
def shapes_around(draw: st.DrawFn, centre: LonLat) -> Circle | Outline:
    middle = away(centre, draw(st.floats(0.0, 360.0)), draw(st.floats(0.0, 900.0)))
    if draw(st.booleans()):
        return Circle(centre=middle, radius_m=draw(st.floats(1.0, 5_000.0)))
    return star(middle, draw(st.lists(st.floats(20.0, 700.0), min_size=4, max_size=9)), draw(st.sampled_from([0.0, 0.3, 0.9])))


@st.composite
def towns(draw: st.DrawFn) -> tuple[list[Circle | Outline], list[LonLat]]:
    """Fences and points in one place."""
    centre = draw(CENTRES)
    shapes = draw(st.lists(shapes_around(centre), max_size=25))
    points = draw(st.lists(st.tuples(st.floats(0.0, 360.0), st.floats(0.0, 3_000.0)), min_size=1, max_size=4))
    return shapes, [away(centre, *point) for point in points]


@settings(deadline=None, max_examples=80)
@given(town=towns(), k=st.integers(1, 30), most_m=st.sampled_from([math.inf, 300.0, 0.0, -20.0]))
def test_equals_brute_force(town: tuple[list[Circle | Outline], list[LonLat]], k: int, most_m: float) -> None:
    shapes, points = town
    index = FenceIndex(shapes)
    held = index.containing(np.array(points))
    assert np.array_equal(held.points, np.sort(held.points))
    for row, point in enumerate(points):
        true = np.array([true_m(shape, point) for shape in shapes])
        edge_m = np.array([index.edge_m(number, point) for number in range(len(shapes))])
        assert edge_m == pytest.approx(true, abs=EDGE_ERR_M, rel=1e-9)
        one = index.holding(point).tolist()
        assert one == held.fences[held.points == row].tolist() == np.flatnonzero(edge_m <= 0.0).tolist()
        assert set(np.flatnonzero(true < -EDGE_ERR_M)) <= set(one) <= set(np.flatnonzero(true < EDGE_ERR_M))
        order = [number for number in np.lexsort((np.arange(len(shapes)), edge_m)).tolist() if edge_m[number] <= most_m][:k]
        near = index.nearest(point, k, most_m=most_m)
        assert near.fences.tolist() == order
        assert near.edge_m.tolist() == edge_m[order].tolist()


def test_very_many_fences_of_all_sizes_equal_a_look_at_each() -> None:
    random = np.random.default_rng(3)
    centres = np.concatenate(
        [
            np.column_stack([random.uniform(-180, 180, 1500), np.degrees(np.arcsin(random.uniform(-1, 1, 1500)))]),
            np.column_stack([random.normal(24.9, 0.1, 1500), random.normal(60.2, 0.05, 1500)]),
        ]
    )
    radii_m = np.exp(random.uniform(0.0, math.log(20_000.0), len(centres)))
    radii_m[:3] = [9e6, 15e6, 20_003_931.5]  # no circle that anybody draws; the last but for a metre the whole Earth
    shapes: list[Circle | Outline] = [
        Circle(centre=LonLat(*centre), radius_m=radius_m)
        for centre, radius_m in zip(centres.tolist(), radii_m.tolist(), strict=True)
    ]
    index, ordinary = FenceIndex(shapes), FenceIndex(shapes[3:])
    points = [LonLat(*point) for point in centres[::150].tolist()] + [LonLat(0, 90), LonLat(77, -90), LonLat(180, 3)]
    for point in points:
        true = proj_m(point, centres) - radii_m
        # Far away an arc is no geodesic: the doubtful ones are left out.
        doubtful = np.abs(true) < np.where(radii_m > 1e5, 0.005 * radii_m, 1e-4)
        held = np.isin(np.arange(len(centres)), index.holding(point))
        assert np.array_equal(held[~doubtful], (true <= 0.0)[~doubtful])
        near = ordinary.nearest(point, 30)
        assert near.edge_m == pytest.approx(np.sort(true[3:])[:30], rel=1e-6, abs=1e-4)
        assert len(set(near.fences.tolist())) == 30


@settings(deadline=None, max_examples=200)
@example(LonLat(0.0, 0.0), 90.0, 1e-150)
@given(a=lon_lats, azimuth_deg=st.floats(0, 360), distance_m=st.floats(0, 1e6))
def test_a_circles_edge_is_where_the_geodesic_ends(a: LonLat, azimuth_deg: float, distance_m: float) -> None:
    index = FenceIndex([Circle(centre=a, radius_m=100.0)])
    error_m = 1e-7 if distance_m <= 50_000.0 else 1e-7 * distance_m
    assert index.edge_m(0, away(a, azimuth_deg, distance_m)) == pytest.approx(distance_m - 100.0, abs=error_m)


@settings(deadline=None, max_examples=60)
@given(
    centre=st.sampled_from([LonLat(179.9995, -17.0), LonLat(-179.999, 66.0)]),
    radii_m=st.lists(st.floats(200.0, 900.0), min_size=4, max_size=9),
    ways=st.lists(st.tuples(st.floats(0, 360), st.floats(0, 1_500)), min_size=1, max_size=10),
)
def test_however_an_outline_across_the_antimeridian_is_written(
    centre: LonLat, radii_m: list[float], ways: list[tuple[float, float]]
) -> None:
    going_on = star(centre, radii_m)
    jumping = outline([[((lon + 180.0) % 360.0 - 180.0, lat) for lon, lat in going_on.polygons[0][0]]])
    area = as_shapely(going_on)
    halves: list[Sequence[Sequence[tuple[float, float]]]] = []
    for west in (-540.0, -180.0, 180.0):
        parts = shapely.get_parts(area.intersection(shapely.box(west, -90.0, west + 360.0, 90.0)))
        halves += [[[(lon - west - 180.0, lat) for lon, lat in part.exterior.coords]] for part in parts if part.area > 0.0]
    index = FenceIndex([going_on, jumping, outline(*halves)])
    for way in ways:
        point = away(centre, *way)
        first, *others = (index.edge_m(number, point) for number in range(3))
        assert others == pytest.approx([first, first], abs=1e-5)


@settings(deadline=None, max_examples=60)
@given(
    pole=st.sampled_from([90.0, -90.0]),
    radii_m=st.lists(st.floats(50.0, 800.0), min_size=4, max_size=12),
    lon=st.floats(-180, 180),
    distance_m=st.floats(0, 1500),
)
def test_an_outline_around_a_pole_holds_it(pole: float, radii_m: list[float], lon: float, distance_m: float) -> None:
    toward = math.copysign(1.0, pole)
    lons = np.linspace(-170.0, 190.0, len(radii_m), endpoint=False)
    metre_deg = 1.0 / 111_694.0
    lats = np.array([toward * (90.0 - radius_m * metre_deg) for radius_m in radii_m])
    ring = [((lon + 180.0) % 360.0 - 180.0, lat) for lon, lat in zip(lons.tolist(), lats.tolist(), strict=True)]
    index = FenceIndex([outline([[*ring, ring[0]]])])
    # The same edges, straight on the map, on a plane around the pole.
    shares = np.linspace(0.0, 1.0, 400, endpoint=False)
    ends = np.append(lons[1:], lons[0] + 360.0), np.append(lats[1:], lats[0])
    fine_lon = np.radians((lons[:, None] + (ends[0] - lons)[:, None] * shares).ravel())
    fine_m = (90.0 - toward * (lats[:, None] + (ends[1] - lats)[:, None] * shares).ravel()) / metre_deg
    plane = shapely.Polygon(np.column_stack([fine_m * np.sin(fine_lon), fine_m * np.cos(fine_lon)]))
    on_plane = shapely.Point(distance_m * math.sin(math.radians(lon)), distance_m * math.cos(math.radians(lon)))
    expected_m = plane.exterior.distance(on_plane) * (-1.0 if plane.covers(on_plane) else 1.0)
    here = LonLat(lon, toward * (90.0 - distance_m * metre_deg))
    assert index.edge_m(0, here) == pytest.approx(expected_m, abs=0.02, rel=1e-4)
    assert index.holding(LonLat(lon, pole)).tolist() == [0]
    assert index.holding(LonLat(lon, -pole)).tolist() == []


@pytest.mark.parametrize("lon", [-180.0, -179.9, -90.0, 0.0, 33.0, 180.0])
def test_a_cap_has_no_edge_at_the_pole_nor_at_the_antimeridian(lon: float) -> None:
    index = FenceIndex([outline([box(-180.0, 89.9, 180.0, 90.0)])])
    _, _, deep_m = GEOD.inv(0.0, 90.0, 0.0, 89.9)
    assert index.edge_m(0, LonLat(lon, 90.0)) == pytest.approx(-deep_m, abs=EDGE_ERR_M)
    assert index.edge_m(0, LonLat(lon, 89.95)) == pytest.approx(-deep_m / 2.0, abs=0.01)
    assert index.edge_m(0, LonLat(lon, 89.8)) == pytest.approx(deep_m, abs=0.01)
    assert index.holding(LonLat(lon, -90.0)).tolist() == []


def test_a_wedge_that_reaches_the_pole_has_its_edge_there() -> None:
    index = FenceIndex([outline([box(0.0, 80.0, 10.0, 90.0)])])
    assert index.edge_m(0, LonLat(-100.0, 90.0)) == pytest.approx(0.0, abs=1e-6)
    assert index.holding(LonLat(-100.0, 90.0)).tolist() == [0]
    assert index.holding(LonLat(-100.0, 89.99)).tolist() == []
    assert index.edge_m(0, LonLat(-100.0, 89.99)) == pytest.approx(GEOD.inv(0.0, 90.0, 0.0, 89.99)[2], abs=EDGE_ERR_M)


@pytest.mark.parametrize(("latitude", "width_deg"), [(0.0, 1.0), (45.0, 1.0), (60.0, 5.0), (89.0, 90.0)])
def test_a_long_edge_follows_its_parallel(latitude: float, width_deg: float) -> None:
    index = FenceIndex([outline([box(-width_deg / 2.0, latitude, width_deg / 2.0, latitude + 0.5)])])
    _, south, _ = GEOD.fwd(0.0, latitude, 180.0, 1000.0)
    assert index.edge_m(0, LonLat(0.0, south)) == pytest.approx(1000.0, abs=EDGE_ERR_M)
    assert index.holding(LonLat(0.0, latitude)).tolist() == [0]
    assert index.holding(LonLat(0.0, latitude - 1e-9)).tolist() == []


def test_shapes_larger_than_half_the_earth() -> None:
    index = FenceIndex(
        [
            outline([box(-180.0, -80.0, 180.0, 90.0)]),
            outline([box(-180.0, -90.0, 180.0, 90.0)]),
            outline([box(-180.0, -90.0, 180.0, 90.0), box(20.0, 59.0, 21.0, 60.0)]),
            outline([box(-180.0, -90.0, 180.0, 0.0)], [box(170.0, -10.0, 190.0, 10.0)]),
        ]
    )
    assert index.holding(LonLat(-30.0, 20.0)).tolist() == [0, 1, 2]
    assert index.holding(LonLat(20.5, 59.5)).tolist() == [0, 1]
    assert index.holding(LonLat(-30.0, -85.0)).tolist() == [1, 2, 3]
    assert index.holding(LonLat(-175.0, 5.0)).tolist() == [0, 1, 2, 3]
    assert index.edge_m(1, LonLat(0.0, 0.0)) == -math.inf
    assert index.nearest(LonLat(0.0, 50.0), 2).fences.tolist() == [1, 0]


def test_touching_edges_hold_together_and_what_is_joined_has_no_edge_inside() -> None:
    left, right = box(0.0, 0.0, 0.01, 0.01), box(0.01, 0.0, 0.02, 0.01)
    index = FenceIndex([outline([left]), outline([right]), outline([left], [right])])
    on_both = LonLat(0.01, 0.005)
    assert index.holding(on_both).tolist() == [0, 1, 2]
    assert [index.edge_m(number, on_both) for number in (0, 1)] == pytest.approx([0.0, 0.0], abs=1e-8)
    assert index.edge_m(2, on_both) == pytest.approx(-GEOD.inv(0.0, 0.0, 0.0, 0.005)[2], abs=EDGE_ERR_M)
    for corner in left[:4]:
        assert 0 in index.holding(LonLat(*corner)).tolist()
    assert index.holding(LonLat(0.0, 0.0100001)).tolist() == []


@settings(deadline=None, max_examples=100)
@given(corners=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=7), seed=st.integers(0, 99))
def test_on_a_grid_where_points_lie_on_edges_and_corners(corners: list[tuple[int, int]], seed: int) -> None:
    # Multiples of 1/64 degree are exact numbers, and rings may cross themselves or go to and fro.
    ring = [(24.0 + x / 64.0, 60.0 + y / 64.0) for x, y in corners]
    area = shapely.make_valid(shapely.Polygon(ring))
    faces = [face for face in shapely.get_parts(shapely.get_parts(area)) if face.geom_type == "Polygon"]
    if not faces:
        with pytest.raises(BadInput):
            FenceIndex([outline([ring])])
        return
    random = np.random.default_rng(seed)
    points = np.column_stack([24.0 + random.integers(-2, 15, 80) / 128.0, 60.0 + random.integers(-2, 15, 80) / 128.0])
    union = shapely.union_all(faces)
    expected = shapely.intersects_xy(union, points[:, 0], points[:, 1])
    # Where lines cross, the corner is rounded: what is so near to an edge may be on either side.
    sure = expected | (shapely.distance(union, shapely.points(points)) > 1e-12)
    held = np.isin(np.arange(len(points)), FenceIndex([outline([ring])]).containing(points).points)
    assert np.array_equal(held[sure], expected[sure])


def test_a_hole_is_outside_and_its_edge_belongs_to_the_fence() -> None:
    index = FenceIndex([outline([box(0.0, 0.0, 0.01, 0.01), box(0.004, 0.004, 0.006, 0.006)])])
    assert index.edge_m(0, LonLat(0.005, 0.005)) == pytest.approx(GEOD.inv(0.0, 0.005, 0.0, 0.006)[2], abs=EDGE_ERR_M)
    assert index.holding(LonLat(0.004, 0.005)).tolist() == [0]
    assert index.edge_m(0, LonLat(0.002, 0.005)) < 0.0


def test_equal_fences_are_nearest_in_order_of_number() -> None:
    circle = Circle(centre=LonLat(1.0, 1.0), radius_m=50.0)
    index = FenceIndex([circle] * 100)
    assert index.nearest(LonLat(1.0, 1.01), 20).fences.tolist() == list(range(20))
    assert index.holding(LonLat(1.0, 1.0)).tolist() == list(range(100))


def test_no_fences_and_no_points() -> None:
    none = FenceIndex([])
    assert len(none) == 0
    assert none.holding(LonLat(0.0, 0.0)).tolist() == []
    assert none.nearest(LonLat(0.0, 0.0), 3).fences.tolist() == []
    assert none.containing(np.zeros((3, 2))).points.tolist() == []
    assert FenceIndex([Circle(centre=LonLat(0, 0), radius_m=1.0)]).containing(np.empty((0, 2))).fences.tolist() == []


@pytest.mark.parametrize(
    "shape",
    [
        Circle(centre=LonLat(0.0, 91.0), radius_m=10.0),
        Circle(centre=LonLat(0.0, 0.0), radius_m=0.0),
        Circle(centre=LonLat(0.0, 0.0), radius_m=math.nan),
        Circle(centre=LonLat(0.0, 0.0), radius_m=math.inf),
        outline(),
        outline([]),
        outline([[]]),
        outline([[(0.0, 0.0), (1.0, 1.0), (0.0, 0.0)]]),
        outline([box(0.0, 0.0, 0.1, 0.1)], [[(5.0, 5.0), (5.1, 5.1), (5.2, 5.2), (5.0, 5.0)]]),
        outline([box(0.0, 89.0, 1.0, 91.0)]),
        outline([[(0.0, 0.0), (math.nan, 1.0), (1.0, 1.0), (0.0, 0.0)]]),
    ],
)
def test_what_cannot_be_a_fence_is_refused_by_its_number(shape: Circle | Outline) -> None:
    with pytest.raises(BadInput, match="Fence 1 "):
        FenceIndex([Circle(centre=LonLat(0, 0), radius_m=1.0), shape])


def test_unusable_questions_are_refused() -> None:
    warm_up()
    index, here = FenceIndex([Circle(centre=LonLat(0, 0), radius_m=1.0)]), LonLat(0.0, 0.0)
    for wrong in (LonLat(181.0, 0.0), LonLat(0.0, math.nan)):
        with pytest.raises(BadInput):
            index.holding(wrong)
        with pytest.raises(BadInput):
            index.edge_m(0, wrong)
        with pytest.raises(BadInput):
            index.nearest(wrong, 1)
        with pytest.raises(BadInput, match="row 1"):
            index.containing(np.array([here, wrong]))
    for number in (-1, 1):
        with pytest.raises(NotFound):
            index.edge_m(number, here)
    with pytest.raises(BadInput):
        index.nearest(here, 0)
    with pytest.raises(BadInput):
        index.nearest(here, 1, most_m=math.nan)

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.domain.fence import Outline
from finder.errors import BadInput
from finder.geo.fence_index import FenceIndex
from finder.geo.outlines import area_of, simplified
from finder.geo.points import LonLat
from tests.geo.brute_force import GEOD


def wavy(centre: tuple[float, float], corners: int, size_m: float, wave_m: float, seed: int) -> tuple[LonLat, ...]:
    """A ring with a rough edge, as building outlines and traced borders have it."""
    random = np.random.default_rng(seed)
    azimuth_deg = np.linspace(0.0, 360.0, corners, endpoint=False)
    distance_m = size_m + random.uniform(-wave_m, wave_m, corners)
    lon, lat, _ = GEOD.fwd(np.full(corners, centre[0]), np.full(corners, centre[1]), azimuth_deg, distance_m)
    ring = [LonLat(*point) for point in np.column_stack([lon, lat]).tolist()]
    return (*ring, ring[0])


@settings(deadline=None, max_examples=60)
@given(
    centre=st.sampled_from([(24.9, 60.2), (-117.0, 32.5), (179.999, -17.0), (0.0, 0.0), (30.0, 85.0)]),
    size_m=st.floats(100.0, 3_000.0),
    tolerance_m=st.floats(0.0, 40.0),
    seed=st.integers(0, 99),
)
def test_the_edge_moves_by_no_more_than_the_tolerance(
    centre: tuple[float, float], size_m: float, tolerance_m: float, seed: int
) -> None:
    polygons = ((wavy(centre, 80, size_m, 10.0, seed), wavy(centre, 30, size_m / 3.0, 10.0, seed + 1)),)
    simple = simplified(polygons, tolerance_m)
    before, after = FenceIndex([Outline(polygons=polygons)]), FenceIndex([Outline(polygons=simple)])
    assert all(-180.0 <= point.lon <= 180.0 for polygon in simple for ring in polygon for point in ring)
    for old in (point for ring in polygons[0] for point in ring):
        assert abs(after.edge_m(0, old)) <= tolerance_m + 1e-3
    for start, end in zip(simple[0][0], simple[0][0][1:], strict=False):
        if not start.lon == end.lon == math.copysign(180.0, start.lon):  # where it is cut is no edge
            middle = LonLat((start.lon + end.lon) / 2.0, (start.lat + end.lat) / 2.0)
            assert abs(before.edge_m(0, middle)) <= tolerance_m + 1e-3


def test_few_corners_are_left_of_a_rough_edge() -> None:
    polygons = ((wavy((24.9, 60.2), 400, 500.0, 2.0, 1),),)
    (outer,) = simplified(polygons, 5.0)[0]
    assert len(outer) <= 40


def test_what_is_across_the_antimeridian_comes_back_in_two_halves() -> None:
    ring = [LonLat(179.99, -17.0), LonLat(-179.99, -17.0), LonLat(-179.99, -16.99), LonLat(179.99, -16.99)]
    halves = simplified([[[*ring, ring[0]]]], 1.0)
    assert sorted(shapely.Polygon(outer).bounds for (outer,) in halves) == [
        pytest.approx((-180.0, -17.0, -179.99, -16.99)),
        pytest.approx((179.99, -17.0, 180.0, -16.99)),
    ]


def test_an_area_is_one_and_begins_on_the_map() -> None:
    east, west = shapely.box(179.9, 0.0, 180.0, 1.0), shapely.box(-180.0, 0.0, -179.9, 1.0)
    parts = [[[LonLat(*point) for point in part.exterior.coords]] for part in (west, east)]
    for polygons in (parts, parts[::-1]):
        area = area_of(polygons)
        assert area.geom_type == "Polygon"
        assert area.bounds == pytest.approx((179.9, 0.0, 180.1, 1.0))
    assert area_of([[[LonLat(*point) for point in shapely.box(-300.0, 0.0, -290.0, 1.0).exterior.coords]]]).bounds[0] == 60.0


@pytest.mark.parametrize("tolerance_m", [-1.0, math.nan])
def test_a_tolerance_is_a_length(tolerance_m: float) -> None:
    with pytest.raises(BadInput):
        simplified([[wavy((24.9, 60.2), 8, 100.0, 0.0, 0)]], tolerance_m)

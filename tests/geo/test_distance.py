import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from finder.geo.distance import geodesic_m, geodesic_many_m
from finder.geo.ecef import ecef_m
from finder.geo.kernels import ecef_of, vincenty_m
from finder.geo.points import LonLat
from tests.geo.brute_force import GEOD, KINDS, lon_lats, on_earth, proj_m, scattered

BOUND_M = 1e-7  # as the docstring of finder.geo.distance says


@settings(deadline=None)  # the first example may compile
@given(a=lon_lats, b=lon_lats)
def test_geodesic_is_that_of_proj(a: LonLat, b: LonLat) -> None:
    assert geodesic_m(a, b) == pytest.approx(proj_m(a, np.array([b]))[0], rel=0, abs=BOUND_M)


@pytest.mark.parametrize("length_m", [0.01, 30.0, 5_000.0, 30_000.0, 49_999.0, 50_001.0, 80_000.0])
def test_short_lines_by_their_chord_and_those_just_too_long_for_that(length_m: float) -> None:
    random = np.random.default_rng(6)
    n = 4000
    start = np.vstack([scattered(random, n, kind) for kind in KINDS])
    # One in four along a meridian or a parallel.
    azimuth = np.where(
        random.random(len(start)) < 0.25, 90.0 * random.integers(4, size=len(start)), random.uniform(0, 360, len(start))
    )
    lon, lat, _ = GEOD.fwd(start[:, 0], start[:, 1], azimuth, np.full(len(start), length_m))
    found_m = [vincenty_m(*line) for line in np.column_stack([start, lon, lat]).tolist()]
    _, _, true_m = GEOD.inv(start[:, 0], start[:, 1], lon, lat)
    np.testing.assert_allclose(found_m, true_m, rtol=0, atol=1e-8)


@settings(deadline=None)  # the first example may compile
@given(a=lon_lats, d_lon=st.floats(-1, 1), d_lat=st.floats(-1, 1), scale=st.sampled_from([1.0, 1e-2, 1e-6]))
def test_near_antipodal_pairs(a: LonLat, d_lon: float, d_lat: float, scale: float) -> None:
    far = LonLat(*on_earth(np.array([a.lon + 180.0 + scale * d_lon]), np.array([-a.lat + scale * d_lat]))[0].tolist())
    assert geodesic_m(a, far) == pytest.approx(proj_m(a, np.array([far]))[0], rel=0, abs=BOUND_M)


@pytest.mark.parametrize("kind", KINDS)
def test_many_from_one(kind: str) -> None:
    random = np.random.default_rng(1)
    points = scattered(random, 4000, kind)
    for origin in (LonLat(20.0, 10.0), LonLat(0.0, 90.0), LonLat(180.0, -17.0), LonLat(*points[0].tolist())):
        distance_m = geodesic_many_m(origin, points)
        np.testing.assert_allclose(distance_m, proj_m(origin, points), rtol=0, atol=BOUND_M)
        assert distance_m[7] == geodesic_m(origin, LonLat(*points[7].tolist()))


def test_vincenty_gives_up_near_the_antipode_and_proj_steps_in() -> None:
    assert math.isnan(vincenty_m(0.0, 0.0, 180.0, 0.0))
    assert math.isnan(vincenty_m(0.0, 0.0, 179.7, 0.3))
    # Half a meridian: the shortest way round from the equator to its antipode goes over a pole.
    assert geodesic_m(LonLat(0, 0), LonLat(180, 0)) == pytest.approx(20_003_931.458_625, abs=1e-5)


def test_one_place_under_two_names_is_exactly_as_far() -> None:
    origin = LonLat(12.3, 45.6)
    assert geodesic_m(origin, LonLat(180.0, 8.0)) == geodesic_m(origin, LonLat(-180.0, 8.0))
    assert geodesic_m(origin, LonLat(0.0, 90.0)) == geodesic_m(origin, LonLat(77.0, 90.0))
    assert geodesic_m(LonLat(5.0, -90.0), LonLat(-120.0, -90.0)) == 0.0
    assert geodesic_m(origin, origin) == 0.0


def test_no_points_and_other_layouts_of_memory() -> None:
    assert geodesic_many_m(LonLat(0, 0), np.empty((0, 2))).shape == (0,)
    points = np.asfortranarray(scattered(np.random.default_rng(2), 10, "uniform"))
    points.flags.writeable = False
    np.testing.assert_allclose(geodesic_many_m(LonLat(3, 4), points), proj_m(LonLat(3, 4), points), rtol=0, atol=BOUND_M)
    assert points.flags.f_contiguous


def test_ecef_is_that_of_proj_and_its_scalar_twin() -> None:
    points = np.vstack(
        [scattered(np.random.default_rng(3), 500, kind) for kind in KINDS] + [[[0, 90], [180, 0], [-180, 0], [5, -90]]]
    )
    transformer = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    expected = np.column_stack(transformer.transform(points[:, 0], points[:, 1], np.zeros(len(points))))
    np.testing.assert_allclose(ecef_m(points), expected, rtol=0, atol=1e-8)
    np.testing.assert_allclose([ecef_of(lon, lat) for lon, lat in points.tolist()], expected, rtol=0, atol=1e-8)

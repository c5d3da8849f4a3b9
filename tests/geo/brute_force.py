"""The answers to compare with, worked out by PROJ over all points, and kinds of points that indexes get wrong."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import Geod

from finder.geo.kdtree import KdTree
from finder.geo.points import LonLat

GEOD = Geod(ellps="WGS84")


def proj_m(origin: LonLat, lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
    n = len(lon_lat)
    _, _, distance_m = GEOD.inv(np.full(n, origin.lon), np.full(n, origin.lat), lon_lat[:, 0].copy(), lon_lat[:, 1].copy())
    return distance_m


def on_earth(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([(lon + 180.0) % 360.0 - 180.0, np.clip(lat, -90.0, 90.0)])


def uniform(random: np.random.Generator, n: int) -> NDArray[np.float64]:
    return on_earth(random.uniform(-180, 180, n), np.degrees(np.arcsin(random.uniform(-1, 1, n))))


def scattered(random: np.random.Generator, n: int, kind: str) -> NDArray[np.float64]:
    """Make n points: all over the Earth, in towns, around a pole, along ±180°, or about an antipode of (20, 10)."""
    match kind:
        case "uniform":
            return uniform(random, n)
        case "clustered":
            towns = uniform(random, 8)[random.integers(8, size=n)]
            return on_earth(towns[:, 0] + random.normal(0, 0.05, n), towns[:, 1] + random.normal(0, 0.05, n))
        case "polar":
            return on_earth(random.uniform(-180, 180, n), random.choice([-1, 1], n) * (90.0 - random.exponential(0.5, n)))
        case "antimeridian":
            return on_earth(180.0 + random.normal(0, 0.1, n), random.normal(-17, 0.2, n))
        case "antipodal":
            return on_earth(200.0 + random.normal(0, 0.5, n), -10.0 + random.normal(0, 0.5, n))
        case _:
            raise ValueError(kind)


KINDS = ("uniform", "clustered", "polar", "antimeridian", "antipodal")

lon_lats = st.builds(
    LonLat,
    st.one_of(st.floats(-180, 180, allow_subnormal=False), st.sampled_from([-180.0, 180.0, 0.0, -0.0, 179.9999])),
    st.one_of(st.floats(-90, 90, allow_subnormal=False), st.sampled_from([-90.0, 90.0, 0.0, 89.9999])),
)


def assert_nearest_is_right(
    tree: KdTree,
    lon_lat: NDArray[np.float64],
    tags: NDArray[np.uint64],
    origin: LonLat,
    k: int,
    radius_m: float,
    having: Sequence[int],
) -> None:
    """Compare with PROJ over all rows. Two roundings of one distance may differ, so rows may swap where PROJ has them equal."""
    tolerance_m = 1e-7
    found = tree.nearest(origin, k, radius_m=radius_m, having=having)
    rows = tree.order[found.slots]
    true_m = proj_m(origin, lon_lat)
    meets = np.all([tags & np.uint64(mask) != 0 for mask in having], axis=0) if having else np.ones(len(tags), dtype=np.bool_)
    matching = np.flatnonzero(meets)
    expected_m = np.sort(true_m[matching])
    sure = np.searchsorted(expected_m, radius_m - tolerance_m, side="right")
    possible = np.searchsorted(expected_m, radius_m + tolerance_m, side="right")
    assert min(k, sure) <= len(rows) <= min(k, possible)
    np.testing.assert_allclose(found.distance_m, expected_m[: len(rows)], rtol=0, atol=tolerance_m)
    np.testing.assert_allclose(found.distance_m, true_m[rows], rtol=0, atol=tolerance_m)
    assert len(set(rows.tolist())) == len(rows)
    assert meets[rows].all()
    assert sorted(zip(found.distance_m.tolist(), rows.tolist(), strict=True)) == list(
        zip(found.distance_m.tolist(), rows.tolist(), strict=True)
    )
    np.testing.assert_array_equal(tree.lon_lat[found.slots], lon_lat[rows])


def reopened(tree: KdTree, folder: Path) -> KdTree:
    tree.save(folder)
    return KdTree.open(folder)

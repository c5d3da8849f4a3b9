import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.errors import BadInput, Damaged
from finder.geo.distance import geodesic_many_m
from finder.geo.kdtree import KdTree, warm_up
from finder.geo.kernels import geodesic_many_kernel, nearest_kernel
from finder.geo.points import LonLat
from tests.geo.brute_force import KINDS, assert_nearest_is_right, lon_lats, reopened, scattered

ALL = 0xFFFF_FFFF_FFFF_FFFF
EMPTY = np.empty((0, 2), dtype=np.float64)


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_equals_brute_force(kind: str, mapped: bool, tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    lon_lat = scattered(random, 5000, kind)
    # A kind (one of 32) and some of 32 features, as facilities have them.
    kinds = np.uint64(1) << random.integers(0, 32, len(lon_lat), dtype=np.uint64)
    tags = kinds | random.integers(0, 2**32, len(lon_lat), dtype=np.uint64) << np.uint64(32)
    tree = KdTree.build(lon_lat, tags)
    if mapped:
        tree = reopened(tree, tmp_path / "tree")
    origins = [LonLat(20.0, 10.0), LonLat(0.0, 90.0), LonLat(90.0, -90.0), LonLat(180.0, -17.0), LonLat(-180.0, -17.0)]
    origins += [LonLat(*point) for point in scattered(random, 6, kind).tolist() + lon_lat[:4].tolist()]
    for origin in origins:
        for k, radius_m, having in (
            (20, math.inf, ()),
            (20, math.inf, (1 << 31,)),
            (20, math.inf, (0x7, 1 << 63)),
            (20, math.inf, (1 << 3, 0b11 << 40, 1 << 63)),
            (5, math.inf, (1 << 3, 1 << 4)),  # of two kinds at once: none
            (3, 20_000.0, (0xFF,)),
            (700, 3e6, (ALL,)),
            (1, 0.0, ()),
        ):
            assert_nearest_is_right(tree, lon_lat, tags, origin, k, radius_m, having)


@settings(deadline=None, max_examples=150)
@given(
    points=st.lists(lon_lats, max_size=60),
    origin=lon_lats,
    k=st.integers(1, 70),
    radius_m=st.one_of(st.just(math.inf), st.floats(0, 2.1e7)),
    having=st.lists(st.sampled_from([ALL, 1, 6, 4 | 1 << 63, 1 << 63, 0]), max_size=3),
    seed=st.integers(0, 9),
)
def test_equals_brute_force_wherever_the_points_are(
    points: list[LonLat], origin: LonLat, k: int, radius_m: float, having: list[int], seed: int
) -> None:
    lon_lat = np.array(points, dtype=np.float64).reshape(-1, 2)
    random = np.random.default_rng(seed)
    tags = random.integers(0, 8, len(points), dtype=np.uint64) | random.integers(0, 2, len(points), dtype=np.uint64) << np.uint64(
        63
    )
    assert_nearest_is_right(KdTree.build(lon_lat, tags), lon_lat, tags, origin, k, radius_m, having)


def test_equal_distances_come_in_order_of_row() -> None:
    # 300 at one place, 300 mirrored in the meridian of the origin, one nearer: more than the first rounds fetch.
    lon_lat = np.vstack([np.tile([[11.0, 40.0], [9.0, 40.0]], (300, 1)), [[10.5, 40.0]]])
    found = KdTree.build(lon_lat)
    assert found.order[found.nearest(LonLat(10.0, 40.0), 40).slots].tolist() == [600, *range(39)]
    assert found.order[found.nearest(LonLat(10.0, 40.0), 1000).slots].tolist() == [600, *range(600)]


@pytest.mark.parametrize("lat", [89.999_999, 89.99, 89.5])
def test_equal_distances_at_a_pole_where_the_bound_is_tight(lat: float) -> None:
    # There the least geodesic over a chord is the geodesic itself but for rounding, and rounding must not decide.
    tree = KdTree.build(np.column_stack([np.arange(200) * 1.7 - 170.0, np.full(200, lat)])[::-1])
    for k in (1, 20, 150):
        assert tree.order[tree.nearest(LonLat(33.0, 90.0), k).slots].tolist() == list(range(k))


def test_a_pole_and_the_antimeridian_are_one_place_under_many_names() -> None:
    poles = KdTree.build(np.array([[lon, 90.0] for lon in (170.0, -20.0, 0.0, 55.0)]))
    assert poles.order[poles.nearest(LonLat(3.0, 90.0), 4).slots].tolist() == [0, 1, 2, 3]
    assert poles.nearest(LonLat(3.0, 90.0), 4, radius_m=0.0).distance_m.tolist() == [0.0] * 4
    seam = KdTree.build(np.array([[-180.0, 1.0], [180.0, 1.0], [-180.0, 1.0]]))
    assert seam.order[seam.nearest(LonLat(179.0, 1.0), 2).slots].tolist() == [0, 1]
    assert seam.order[seam.nearest(LonLat(-179.0, 1.0), 3).slots].tolist() == [0, 1, 2]


def test_antipodal_points_of_which_all_are_wanted() -> None:
    lon_lat = scattered(np.random.default_rng(5), 800, "antipodal")
    assert_nearest_is_right(
        KdTree.build(lon_lat), lon_lat, np.full(800, ALL, dtype=np.uint64), LonLat(20, 10), 800, math.inf, (1 << 63,)
    )


def test_a_radius_and_tags_hold_near_the_antipode_too() -> None:
    lon_lat = np.vstack([scattered(np.random.default_rng(5), 300, kind) for kind in ("antipodal", "uniform")])
    tags = np.arange(600, dtype=np.uint64)
    tree = KdTree.build(lon_lat, tags)
    for k, radius_m, having in (
        (600, 19.98e6, ()),
        (600, math.inf, (0b110, 0b1000)),
        (400, 19.98e6, (1,)),
        (600, math.inf, (0,)),
    ):
        assert_nearest_is_right(tree, lon_lat, tags, LonLat(20, 10), k, radius_m, having)


def test_the_distance_of_a_search_is_that_of_the_line_to_the_last_bit() -> None:
    lon_lat = np.vstack([scattered(np.random.default_rng(9), 300, kind) for kind in KINDS])
    tree, origin = KdTree.build(lon_lat), LonLat(20.02, 10.01)
    found = tree.nearest(origin, len(lon_lat))
    np.testing.assert_array_equal(found.distance_m, geodesic_many_m(origin, lon_lat[tree.order[found.slots]]))


@pytest.mark.parametrize("n", [0, 1, 2, 16, 17, 32, 33])
def test_small_trees_and_k_larger_than_they_are(n: int, tmp_path: Path) -> None:
    lon_lat = scattered(np.random.default_rng(n), n, "uniform")
    tags = np.ones(n, dtype=np.uint64)
    tree = KdTree.build(lon_lat, tags)
    for one in (tree, reopened(tree, tmp_path)):
        assert len(one) == n
        assert sorted(one.order.tolist()) == list(range(n))
        assert len(one.nearest(LonLat(0, 0), 100).slots) == n
        assert len(one.nearest(LonLat(0, 0), 100, having=(2,)).slots) == 0
        assert_nearest_is_right(one, lon_lat, tags, LonLat(0, 0), 100, math.inf, (1,))


def test_every_mask_must_be_met() -> None:
    lon_lat = np.column_stack([np.arange(5.0), np.zeros(5)])
    tree = KdTree.build(lon_lat, np.array([0, 0b0001, 0b0101, 0b0110, 0b1101], dtype=np.uint64))

    def rows(*having: int) -> list[int]:
        return tree.order[tree.nearest(LonLat(0, 0), 5, having=having).slots].tolist()

    assert rows() == [0, 1, 2, 3, 4]
    assert rows(0b0001) == [1, 2, 4]
    assert rows(0b0011) == [1, 2, 3, 4]
    assert rows(0b0011, 0b0100) == [2, 3, 4]
    assert rows(0b0011, 0b0100, 0b1000) == [4]
    assert rows(ALL) == [1, 2, 3, 4]
    assert rows(0b0001, 0) == rows(0) == []


def test_saving_and_opening_changes_nothing(tmp_path: Path) -> None:
    lon_lat = scattered(np.random.default_rng(6), 3000, "clustered")
    tree = KdTree.build(lon_lat, np.arange(3000, dtype=np.uint64))
    first = reopened(tree, tmp_path / "first")
    second = reopened(first, tmp_path / "second")
    names = {path.name for path in (tmp_path / "first").iterdir()}
    arrays = {f"{name}.npy" for name in ("forks", "lon_lat", "points")}
    assert names == arrays | {"tree.json"}
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
    for mine, theirs in ((tree, first), (tree, second)):
        np.testing.assert_array_equal(mine.order, theirs.order)
        np.testing.assert_array_equal(mine.lon_lat, theirs.lon_lat)
        for a, b in zip(mine.nearest(LonLat(1, 2), 50), theirs.nearest(LonLat(1, 2), 50), strict=True):
            np.testing.assert_array_equal(a, b)


def test_saving_over_an_open_tree_leaves_that_one_whole(tmp_path: Path) -> None:
    old = reopened(KdTree.build(np.array([[1.0, 2.0]])), tmp_path)
    new = reopened(KdTree.build(np.array([[3.0, 4.0], [5.0, 6.0]])), tmp_path)
    assert old.lon_lat.tolist() == [[1.0, 2.0]]
    assert len(new) == 2


def test_mapped_and_in_memory_trees_use_one_compiled_kernel(tmp_path: Path) -> None:
    warm_up()
    lon_lat = scattered(np.random.default_rng(7), 100, "clustered")
    tree = KdTree.build(lon_lat)
    reopened(tree, tmp_path).nearest(LonLat(0, 0), np.int64(5), radius_m=100, having=(np.uint64(1), 2))  # pyright: ignore
    assert len(nearest_kernel.signatures) == 1  # pyright: ignore
    assert len(geodesic_many_kernel.signatures) == 1  # pyright: ignore


def test_arrays_cannot_be_changed(tmp_path: Path) -> None:
    given_by_caller = np.array([[1.0, 2.0]])
    tree = KdTree.build(given_by_caller)
    given_by_caller[0, 0] = 9.0
    assert tree.lon_lat[0, 0] == 1.0
    for one in (tree, reopened(tree, tmp_path)):
        with pytest.raises(ValueError, match="read-only"):
            one.lon_lat[0, 0] = 3.0


@pytest.mark.parametrize("file", ["forks", "lon_lat", "points", "tree.json"])
@pytest.mark.parametrize("harm", ["missing", "empty", "cut", "flipped", "text", "of another"])
def test_a_damaged_folder_is_refused(file: str, harm: str, tmp_path: Path) -> None:
    random = np.random.default_rng(8)
    tree = KdTree.build(scattered(random, 100, "uniform"), np.arange(100, dtype=np.uint64))
    other = KdTree.build(scattered(random, 100, "uniform"), np.arange(100, 200, dtype=np.uint64))
    tree.save(tmp_path / "tree")
    other.save(tmp_path / "other")
    path = tmp_path / "tree" / (file if "." in file else f"{file}.npy")
    data = path.read_bytes()
    match harm:
        case "missing":
            path.unlink()
        case "of another":
            path.write_bytes((tmp_path / "other" / path.name).read_bytes())
        case _:
            at = len(data) // 2
            flipped = data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]
            path.write_bytes({"empty": b"", "cut": data[:-1], "flipped": flipped, "text": b"not an array"}[harm])
    with pytest.raises(Damaged, match=r"publish again"):
        KdTree.open(tmp_path / "tree")


def test_no_harm_to_the_head_of_a_file_gets_through(tmp_path: Path) -> None:
    tree = KdTree.build(np.zeros((40, 2)))
    tree.save(tmp_path)
    path = tmp_path / "lon_lat.npy"
    data = path.read_bytes()
    refused = 0
    for at in range(128):
        for bit in (0x01, 0x04, 0x40):
            path.unlink()
            path.write_bytes(data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :])
            try:
                # What a wrong byte of padding leaves as it was may open; anything else is to be Damaged, and no other error.
                np.testing.assert_array_equal(KdTree.open(tmp_path).lon_lat, tree.lon_lat)
            except Damaged:
                refused += 1
    assert refused > 128


def test_an_array_of_another_shape_is_refused_without_reading_it(tmp_path: Path) -> None:
    KdTree.build(np.zeros((40, 2))).save(tmp_path)
    np.save(tmp_path / "lon_lat.npy", np.zeros((39, 2)))
    with pytest.raises(Damaged):
        KdTree.open(tmp_path, verify=False)
    with pytest.raises(Damaged):
        KdTree.open(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("lon_lat", "tags"),
    [
        (np.zeros((3, 3)), None),
        (np.zeros(3), None),
        (np.array([[0.0, 91.0]]), None),
        (np.array([[181.0, 0.0]]), None),
        (np.array([[math.nan, 0.0]]), None),
        (np.zeros((3, 2)), np.zeros(2, dtype=np.uint64)),
        (EMPTY, np.zeros(1, dtype=np.uint64)),
    ],
)
def test_unusable_points_are_refused(lon_lat: np.ndarray, tags: np.ndarray | None) -> None:
    with pytest.raises(BadInput):
        KdTree.build(lon_lat, tags)


@pytest.mark.parametrize("points", [np.zeros((3, 2)), EMPTY])
def test_unusable_questions_are_refused(points: np.ndarray) -> None:
    tree = KdTree.build(points)
    for origin, k, radius_m, having in (
        (LonLat(0, 91), 1, 1.0, ()),
        (LonLat(math.nan, 0), 1, 1.0, ()),
        (LonLat(0, 0), 0, 1.0, ()),
        (LonLat(0, 0), 1, -1.0, ()),
        (LonLat(0, 0), 1, math.nan, ()),
        (LonLat(0, 0), 1, 1.0, (-1,)),
        (LonLat(0, 0), 1, 1.0, (1, 2**64)),
    ):
        with pytest.raises(BadInput):
            tree.nearest(origin, k, radius_m=radius_m, having=having)

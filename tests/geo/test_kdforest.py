import math
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from finder.errors import BadInput, Damaged, NotFound
from finder.geo.kdforest import KdForest
from finder.geo.kdtree import KdTree, warm_up
from finder.geo.kernels import nearest_kernel
from finder.geo.points import LonLat
from tests.geo.brute_force import KINDS, assert_nearest_is_right, lon_lats, proj_m, scattered

ARRAYS = ("forks", "lon_lat", "points")


def assert_group_is_right(
    forest: KdForest,
    group: int,
    lon_lat: NDArray[np.float64],
    tags: NDArray[np.uint64],
    groups: list[NDArray[np.int64]],
    origin: LonLat,
    k: int,
    radius_m: float,
    having: tuple[int, ...],
) -> None:
    """Compare with PROJ over the rows of the group that meet every mask."""
    tree = forest.tree(group)
    assert len(tree) == forest.sizes[group] == len(groups[group])
    found = tree.nearest(origin, k, radius_m=radius_m, having=having)
    true_m = proj_m(origin, lon_lat)
    matches = np.isin(np.arange(len(lon_lat)), groups[group]) & (true_m <= radius_m)
    for mask in having:
        matches &= (tags & np.uint64(mask)) != 0
    matching = np.flatnonzero(matches)
    expected = matching[np.lexsort((matching, true_m[matching]))][:k]
    rows = tree.order[found.slots]
    assert set(rows.tolist()) <= set(matching.tolist())
    np.testing.assert_allclose(found.distance_m, true_m[expected], rtol=0, atol=1e-7)
    np.testing.assert_allclose(true_m[rows], true_m[expected], rtol=0, atol=1e-7)
    pairs = list(zip(found.distance_m.tolist(), rows.tolist(), strict=True))
    assert pairs == sorted(set(pairs))  # ties by row, and none twice


def reopened(forest: KdForest, folder: Path) -> KdForest:
    forest.save(folder)
    return KdForest.open(folder, verify=True)


def some_groups(random: np.random.Generator, n: int) -> list[NDArray[np.int64]]:
    """Make groups of all sizes, out of order: none, all, one, parts that overlap, leaves filled to the brim."""
    sizes = (0, n, 1, n // 2, n // 3, 0, 16, 17, 33, 0)
    return [random.permutation(n)[: min(n, size)] for size in sizes]


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_each_group_equals_brute_force(kind: str, mapped: bool, tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    lon_lat = scattered(random, 2000, kind)
    tags = random.integers(0, 2**32, len(lon_lat), dtype=np.uint64)
    groups = some_groups(random, len(lon_lat))
    forest = KdForest.build(lon_lat, tags, groups)
    if mapped:
        forest = reopened(forest, tmp_path)
    assert len(forest) == len(groups)
    origins = [LonLat(20.0, 10.0), LonLat(0.0, 90.0), LonLat(90.0, -90.0), LonLat(180.0, -17.0), LonLat(-180.0, -17.0)]
    origins += [LonLat(*point) for point in lon_lat[:3].tolist()]
    for group in range(len(forest)):
        for origin in origins:
            for k, radius_m, having in (
                (20, math.inf, ()),
                (20, math.inf, (0b1, 0b110, 1 << 31)),
                (300, 40_000.0, (0xFF00,)),
                (20, math.inf, (0xFF, 0)),
            ):
                assert_group_is_right(forest, group, lon_lat, tags, groups, origin, k, radius_m, having)


@settings(deadline=None, max_examples=100)
@given(
    points=st.lists(lon_lats, max_size=60),
    twice=st.booleans(),
    membership=st.lists(st.integers(0, 2**60 - 1), max_size=5),
    origin=lon_lats,
    k=st.integers(1, 70),
    having=st.lists(st.sampled_from([1, 6, 1 << 40, 0xFF]), max_size=3),
)
def test_each_group_equals_brute_force_wherever_the_points_are(
    points: list[LonLat], twice: bool, membership: list[int], origin: LonLat, k: int, having: list[int]
) -> None:
    # Each point twice: equal distances, of which the lower row is to come first.
    lon_lat = np.array(points * (2 if twice else 1), dtype=np.float64).reshape(-1, 2)
    n = len(lon_lat)
    tags = np.random.default_rng(n).integers(0, 8, n, dtype=np.uint64) | np.uint64(1 << 40)
    groups = [np.array([row for row in range(n) if bits >> row % 60 & 1], dtype=np.int64) for bits in membership]
    forest = KdForest.build(lon_lat, tags, groups)
    for group in range(len(groups)):
        assert_group_is_right(forest, group, lon_lat, tags, groups, origin, k, math.inf, tuple(having))


def test_one_group_of_all_rows_is_the_tree_of_them() -> None:
    random = np.random.default_rng(5)
    lon_lat = scattered(random, 700, "clustered")
    tags = random.integers(0, 8, 700, dtype=np.uint64)
    forest = KdForest.build(lon_lat, tags, [random.permutation(700)])
    np.testing.assert_array_equal(forest.tree(0).order, KdTree.build(lon_lat, tags).order)
    assert_nearest_is_right(forest.tree(0), lon_lat, tags, LonLat(3, 4), 30, math.inf, (1, 2))


def test_a_forest_of_no_groups_and_of_empty_ones(tmp_path: Path) -> None:
    nothing, no_tags = np.empty((0, 2)), np.empty(0, dtype=np.uint64)
    none = reopened(KdForest.build(nothing, no_tags, []), tmp_path / "none")
    assert (len(none), none.sizes.tolist()) == (0, [])
    empty = reopened(KdForest.build(nothing, no_tags, [np.empty(0, dtype=np.int64)] * 3), tmp_path / "empty")
    assert (len(empty), empty.sizes.tolist()) == (3, [0, 0, 0])
    assert len(empty.tree(2).nearest(LonLat(0, 0), 5, having=(1,)).slots) == 0


def test_there_is_no_such_group() -> None:
    forest = KdForest.build(np.zeros((2, 2)), np.ones(2, dtype=np.uint64), [np.arange(2)])
    for group in (-1, 1):
        with pytest.raises(NotFound):
            forest.tree(group)


def test_trees_of_a_forest_use_the_one_compiled_kernel_and_cannot_be_changed(tmp_path: Path) -> None:
    warm_up()
    built = KdForest.build(np.zeros((40, 2)), np.ones(40, dtype=np.uint64), [np.arange(1), np.arange(40)])
    for forest in (built, reopened(built, tmp_path)):
        for group in range(2):
            assert len(forest.tree(group).nearest(LonLat(0, 0), 5, having=(1,)).slots) in {1, 5}
            with pytest.raises(ValueError, match="read-only"):
                forest.tree(group).lon_lat[0, 0] = 3.0
    assert len(nearest_kernel.signatures) == 1  # pyright: ignore


@pytest.mark.parametrize(
    "group",
    [[0, 3], [-1, 0], [1, 1], [[0, 1], [1, 2]]],
)
def test_unusable_groups_are_refused(group: list[int]) -> None:
    with pytest.raises(BadInput, match="Group 1"):
        KdForest.build(np.zeros((3, 2)), np.ones(3, dtype=np.uint64), [np.arange(3), np.array(group)])


def test_unusable_points_and_tags_are_refused() -> None:
    with pytest.raises(BadInput):
        KdForest.build(np.array([[0.0, 91.0]]), np.ones(1, dtype=np.uint64), [])
    with pytest.raises(BadInput):
        KdForest.build(np.zeros((3, 2)), np.ones(2, dtype=np.uint64), [])


def forest_of(seed: int) -> KdForest:
    random = np.random.default_rng(seed)
    return KdForest.build(
        scattered(random, 100, "uniform"), random.integers(0, 9, 100, dtype=np.uint64), some_groups(random, 100)
    )


@pytest.mark.parametrize("file", [*(f"{name}.npy" for name in ARRAYS), "tree.json"])
@pytest.mark.parametrize("harm", ["missing", "cut", "flipped", "of another"])
def test_a_damaged_folder_is_refused(file: str, harm: str, tmp_path: Path) -> None:
    forest_of(8).save(tmp_path / "mine")
    forest_of(9).save(tmp_path / "other")
    path = tmp_path / "mine" / file
    data = path.read_bytes()
    path.unlink()
    at = len(data) // 2
    match harm:
        case "missing":
            pass
        case "cut":
            path.write_bytes(data[:-1])
        case "flipped":
            path.write_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
        case _:
            path.write_bytes((tmp_path / "other" / file).read_bytes())
    with pytest.raises(Damaged, match="publish again"):
        KdForest.open(tmp_path / "mine", verify=True)


@pytest.mark.parametrize("change", [[1], [-1, 1], [0]])
def test_arrays_that_do_not_fit_the_sizes_are_refused_without_reading_them(change: list[int], tmp_path: Path) -> None:
    built = forest_of(8)
    built.save(tmp_path)
    assert len(KdForest.open(tmp_path)) == len(built)
    manifest = msgspec.json.decode((tmp_path / "tree.json").read_bytes())
    (tmp_path / "tree.json").write_bytes(msgspec.json.encode(manifest | {"sizes": change}))
    with pytest.raises(Damaged):
        KdForest.open(tmp_path)


def test_a_forest_is_not_opened_as_a_tree(tmp_path: Path) -> None:
    forest_of(8).save(tmp_path)
    with pytest.raises(Damaged, match="forest"):
        KdTree.open(tmp_path)

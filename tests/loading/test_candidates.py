"""Who a new facility may be, compared with all points measured by PROJ; and the verdict over several."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.domain.facility import Facility, FacilityKind, FacilityStatus
from finder.errors import BadInput
from finder.geo.points import LonLat
from finder.loading.candidates import Candidates, Match, best_match
from finder.loading.match import Verdict, compare_pair
from tests.geo.brute_force import proj_m, scattered

HERE = LonLat(-117.03, 32.53)


@pytest.mark.parametrize("kind", ["uniform", "clustered", "polar", "antimeridian"])
@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 120), st.sampled_from([0.0, 40.0, 1300.0, 60_000.0, 3e6, 3e7]))
def test_near_is_what_proj_says(kind: str, seed: int, n: int, radius_m: float) -> None:
    random = np.random.default_rng(seed)
    stored, asked = scattered(random, n, kind), scattered(random, 6, kind)
    if n:
        asked[:2] = stored[0]  # a place that is there already, and a short way from one
        asked[1, 1] = np.clip(asked[1, 1] + 3e-4, -90.0, 90.0)
    found = Candidates([str(row) for row in range(n)], stored).near(asked, radius_m)
    assert len(found) == len(asked)
    for (lon, lat), positions in zip(asked.tolist(), found, strict=True):
        distance_m = proj_m(LonLat(lon, lat), stored)
        assert (
            set(np.flatnonzero(distance_m <= radius_m - 1.0))
            <= set(positions)
            <= set(np.flatnonzero(distance_m <= radius_m + 1.0))
        )
        assert len(set(positions)) == len(positions)
        assert np.all(np.diff(distance_m[positions]) >= -1e-3)


def test_more_neighbours_than_are_fetched_at_once() -> None:
    stored = np.tile([[-117.0, 32.5]], (500, 1))
    assert sorted(Candidates([str(row) for row in range(500)], stored).near(stored[:1], 10.0)[0]) == list(range(500))


def test_nothing_stored_nothing_near() -> None:
    candidates = Candidates([], np.empty((0, 2)))
    assert candidates.near(np.array([[0.0, 0.0]]), 1e6) == [[]]
    assert candidates.near(np.empty((0, 2)), 1e6) == []


def test_points_and_ids_must_go_together() -> None:
    with pytest.raises(BadInput, match="one point for each id"):
        Candidates(["a"], np.empty((0, 2)))
    with pytest.raises(BadInput, match="not on the Earth"):
        Candidates(["a"], np.array([[0.0, 91.0]]))
    with pytest.raises(BadInput, match="radius"):
        Candidates(["a"], np.array([[0.0, 0.0]])).near(np.array([[0.0, 0.0]]), -1.0)


def clinic(ident: str, name: str, north_m: float = 0.0, **said: object) -> Facility:
    lon_lat = LonLat(HERE.lon, HERE.lat + north_m / 110_900)
    return msgspec.structs.replace(Facility(id=ident, kind=FacilityKind.CLINIC, name=name, lon_lat=lon_lat), **said)


NEW = clinic("new", "Clínica Altamira del Sol")


def test_one_that_is_the_same() -> None:
    same, other = clinic("x", "Altamira del Sol", 30), clinic("y", "Consultorio Vida", 20)
    assert best_match(NEW, [other, same]) == Match(Verdict.SAME, ("x",), (compare_pair(NEW, same),))


def test_two_that_are_the_same_are_for_people() -> None:
    match = best_match(NEW, [clinic("x", "Altamira del Sol", 30), clinic("y", "Clínica Altamira del Sol", -15)])
    assert (match.verdict, match.ids) == (Verdict.UNSURE, ("y", "x"))
    assert [likeness.verdict for likeness in match.likenesses] == [Verdict.SAME, Verdict.SAME]


def test_one_that_comes_near_the_same_is_for_people_too() -> None:
    best = clinic("x", "Clínica Altamira del Sol", 10)
    next_best = clinic("y", "Clínica Altamira del Sol", 20, status=FacilityStatus.CLOSED)
    assert compare_pair(NEW, best).verdict is Verdict.SAME
    assert compare_pair(NEW, next_best).verdict is Verdict.UNSURE
    match = best_match(NEW, [next_best, best])
    assert (match.verdict, match.ids) == (Verdict.UNSURE, ("x", "y"))


def test_a_doubtful_one_far_behind_does_not_hold_up_the_same() -> None:
    best, doubtful = clinic("x", "Clínica Altamira del Sol", 10), clinic("y", "Clínica Altamira del Sol", 600)
    assert compare_pair(NEW, doubtful).verdict is Verdict.UNSURE
    assert best_match(NEW, [doubtful, best]).verdict is Verdict.SAME


def test_only_doubtful_ones() -> None:
    match = best_match(NEW, [clinic("x", "Clínica Altamira del Sol", 600), clinic("y", "Óptica Luz", 10)])
    assert (match.verdict, match.ids) == (Verdict.UNSURE, ("x",))


def test_none_at_all() -> None:
    assert best_match(NEW, []) == Match(Verdict.DIFFERENT)
    assert best_match(NEW, [clinic("y", "Óptica Luz", 10)]) == Match(Verdict.DIFFERENT)


@settings(deadline=None)
@given(st.permutations([clinic(str(n), NEW.name, 40.0 * n) for n in range(5)]))
def test_the_order_of_candidates_does_not_matter(candidates: list[Facility]) -> None:
    assert best_match(NEW, candidates) == best_match(NEW, sorted(candidates, key=lambda one: one.id))

"""A matrix from an engine that fails whole questions: made up, so that the points at fault are known."""

import json
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.directions.estimate import TravelMode
from finder.directions.router import Snap
from finder.directions.valhalla.codec import Action
from finder.directions.valhalla.matrix import MAX_MATRIX_KM, MAX_PAIRS, PAIRS_AT_ONCE, full_matrix
from finder.errors import BadInput, NoRoute, NotReady
from finder.geo.points import LonLat

NUMBERS = st.frozensets(st.integers(0, 39), max_size=12)


class MadeUp:
    """From any point to any other it takes 1000 * origin + target seconds, by their numbers; some points fail a question."""

    def __init__(self, *, far: frozenset[LonLat] = frozenset(), unconnected: frozenset[LonLat] = frozenset()) -> None:
        self.far, self.unconnected = far, unconnected
        self.asked: list[int] = []
        self.on_roads: set[LonLat] = set()

    def ask(self, action: Action, question: str) -> str:
        assert action is Action.MATRIX
        sides = json.loads(question)
        origins, targets = ([LonLat(one["lon"], one["lat"]) for one in sides[side]] for side in ("sources", "targets"))
        self.asked.append(len(origins) * len(targets))
        assert self.on_roads >= {*origins, *targets}, "it is asked from where the points were snapped to"
        assert len(origins) <= len(targets), "timedistancematrix is wrong there"
        if {*map(self.road_of, self.far | self.unconnected)} & {*origins, *targets}:
            raise NoRoute
        durations = [[1000 * number_of(origin) + number_of(target) for target in targets] for origin in origins]
        return json.dumps({"sources_to_targets": {"durations": durations, "distances": durations}})

    def tie(
        self, origins: Sequence[LonLat], targets: Sequence[LonLat], _: TravelMode
    ) -> tuple[list[Snap | None], list[Snap | None]]:
        return self._snapped(origins), self._snapped(targets)

    def _snapped(self, points: Sequence[LonLat]) -> list[Snap | None]:
        self.on_roads |= {self.road_of(point) for point in points}
        return [None if point in self.far else Snap(lon_lat=self.road_of(point), distance_m=1.0) for point in points]

    @staticmethod
    def road_of(point: LonLat) -> LonLat:
        return LonLat(point.lon, point.lat + 0.00001)


def place(number: int) -> LonLat:
    return LonLat(24.0 + number / 16384, 60.0)


def number_of(point: LonLat) -> int:
    return round((point.lon - 24.0) * 16384)


def expected(origins: int, targets: int, bad: frozenset[int]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    numbers = [[1000.0 * a + b if not {a, b} & bad else np.nan for b in range(targets)] for a in range(origins)]
    return np.array(numbers)


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(1, 40), NUMBERS, NUMBERS)
def test_no_point_spoils_another(origins: int, targets: int, far: frozenset[int], unconnected: frozenset[int]) -> None:
    engine = MadeUp(far=frozenset(map(place, far)), unconnected=frozenset(map(place, unconnected)))
    found = full_matrix(engine.ask, engine.tie, [*map(place, range(origins))], [*map(place, range(targets))], TravelMode.FOOT)
    assert np.array_equal(found.duration_s, expected(origins, targets, far | unconnected), equal_nan=True)
    assert np.array_equal(found.length_m, 1000 * found.duration_s, equal_nan=True)


@pytest.mark.parametrize(
    ("origins", "targets", "asked"),
    # Where there are more origins than targets, targets are asked for more than once.
    [(1, 10_000, 10_000), (3, 2600, 7800), (120, 130, 17_900), (2600, 3, 130_000), (60, 1, 2600)],
)
def test_many_pairs_are_asked_for_in_parts(origins: int, targets: int, asked: int) -> None:
    engine = MadeUp()
    found = full_matrix(engine.ask, engine.tie, [*map(place, range(origins))], [*map(place, range(targets))], TravelMode.CAR)
    assert np.array_equal(found.duration_s, expected(origins, targets, frozenset()))
    assert max(engine.asked) <= PAIRS_AT_ONCE
    assert sum(engine.asked) == asked
    assert len(engine.asked) <= 2 + 4 * asked / PAIRS_AT_ONCE


def test_pairs_too_far_apart_are_not_asked_for() -> None:
    engine = MadeUp()
    near, far = LonLat(24.0, 60.0), LonLat(24.0, 60.0 - MAX_MATRIX_KM[TravelMode.FOOT] / 100)
    found = full_matrix(engine.ask, engine.tie, [near, far], [near, far], TravelMode.FOOT)
    assert np.isfinite(found.duration_s).tolist() == [[True, False], [False, True]]
    assert engine.asked == [1, 1]


def test_too_many_pairs() -> None:
    engine = MadeUp()
    with pytest.raises(BadInput, match="100,000"):
        full_matrix(engine.ask, engine.tie, [place(0)] * (MAX_PAIRS // 1000 + 1), [place(0)] * 1000, TravelMode.CAR)


def test_an_engine_that_is_down_is_no_missing_way() -> None:
    def down(_: Action, __: str) -> str:
        raise NotReady

    with pytest.raises(NotReady):
        full_matrix(down, MadeUp().tie, [place(0)], [place(1)], TravelMode.CAR)

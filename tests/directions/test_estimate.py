"""Travel times without roads: never surprising, and the same one by one as for many."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.directions.estimate import TravelMode, estimate, likely_s, widened
from finder.errors import BadInput

MODES = st.sampled_from(TravelMode)
METRES = st.floats(0, 2e7)


@pytest.mark.parametrize(
    ("mode", "minutes"),
    [
        (TravelMode.CAR, (600 / 34.5, 600 / 25.6, 600 / 16.5)),
        (TravelMode.FOOT, (600 / 4.5, 150.0, 600 / 3.5)),
        (TravelMode.BICYCLE, (600 / 13.5, 600 / 11.4, 600 / 8.5)),
        (TravelMode.WHEELCHAIR, (600 / 4.5, 600 / 3.1, 600 / 2.1)),
        (TravelMode.TRANSIT, (600 / 18, 600 / 11, 600 / 3.5)),
    ],
)
def test_ten_kilometres(mode: TravelMode, minutes: tuple[float, float, float]) -> None:
    time = estimate(10_000.0, 10_000.0, 10_000.0, mode)
    assert (time.min_s / 60, time.likely_s / 60, time.max_s / 60) == pytest.approx(minutes)


@given(MODES, st.tuples(METRES, METRES, METRES))
def test_the_likely_time_is_in_the_range(mode: TravelMode, distances: tuple[float, float, float]) -> None:
    nearest_m, likely_m, farthest_m = sorted(distances)
    time = estimate(nearest_m, likely_m, farthest_m, mode)
    assert 0.0 <= time.min_s <= time.likely_s <= time.max_s < float("inf")


@given(MODES, METRES, METRES)
def test_farther_takes_no_less_time(mode: TravelMode, one: float, other: float) -> None:
    near, far = sorted((one, other))
    less, more = estimate(near, near, near, mode), estimate(far, far, far, mode)
    assert less.min_s <= more.min_s
    assert less.likely_s <= more.likely_s
    assert less.max_s <= more.max_s


@given(MODES, st.lists(METRES))
def test_many_are_as_one(mode: TravelMode, distances: list[float]) -> None:
    times = likely_s(np.array(distances, dtype=np.float64), mode)
    assert times.tolist() == [estimate(metres, metres, metres, mode).likely_s for metres in distances]


def test_there_already() -> None:
    """Of no mode are there minutes beside the way, such as for parking: a way on roads has none either."""
    for mode in TravelMode:
        assert estimate(0.0, 0.0, 0.0, mode).max_s == 0.0


@given(METRES)
def test_a_wheelchair_is_no_faster_than_feet(metres: float) -> None:
    chair, feet = (estimate(metres, metres, metres, mode) for mode in (TravelMode.WHEELCHAIR, TravelMode.FOOT))
    assert chair.likely_s >= feet.likely_s
    assert chair.max_s >= feet.max_s


@given(METRES)
def test_riding_is_never_promised_to_be_slower_than_feet(metres: float) -> None:
    ride, feet = (estimate(metres, metres, metres, mode) for mode in (TravelMode.TRANSIT, TravelMode.FOOT))
    assert ride.max_s <= feet.max_s
    # Who does not know where the person is does not know how far the stop is.
    assert widened(ride, 500.0, TravelMode.TRANSIT).max_s - ride.max_s == pytest.approx(
        widened(feet, 500.0, TravelMode.FOOT).max_s - feet.max_s
    )


@pytest.mark.parametrize(
    "distances", [(-1.0, 0.0, 0.0), (2.0, 1.0, 3.0), (1.0, 3.0, 2.0), (0.0, float("nan"), 1.0), (0.0, 1.0, float("inf"))]
)
def test_distances_that_make_no_sense_are_refused(distances: tuple[float, float, float]) -> None:
    with pytest.raises(BadInput, match="nearest first"):
        estimate(*distances, TravelMode.FOOT)

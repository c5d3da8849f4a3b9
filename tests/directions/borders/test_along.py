"""Where a shape changes country: drawn on a world of straight borders, and over the real one."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import Geod

from finder.directions.borders import CountryChange, Direction, crossings_of
from finder.directory.countries import country_at
from finder.geo.points import LonLat

GEOD = Geod(ellps="WGS84")
BORDER = 32.54
M = 1 / GEOD.line_length([0, 0], [BORDER - 0.005, BORDER + 0.005]) / 100  # degrees of latitude a metre, near the border
NORTH, SOUTH = Direction("MX", "US"), Direction("US", "MX")


def straight(point: LonLat) -> str | None:
    return "US" if point.lat > BORDER else "MX"


def up_and_down(*beyond_m: float) -> NDArray[np.float64]:
    """A way along one meridian by metres north (+) and south (-) of the border."""
    return np.array([(-117.0, BORDER + metres * M) for metres in beyond_m])


def directions(changes: tuple[CountryChange, ...]) -> list[str]:
    return [str(change.direction) for change in changes]


def test_the_world_of_the_test_is_true_to_scale() -> None:
    shape = up_and_down(-1000, 1000)
    assert GEOD.line_length(shape[:, 0], shape[:, 1]) == pytest.approx(2000, rel=1e-3)


@pytest.mark.parametrize(
    ("way_m", "expected"),
    [
        ((), []),
        ((-2000,), []),
        ((-2000, -1000), []),
        ((-2000, 2000), ["MX>US"]),
        ((2000, -2000), ["US>MX"]),
        ((-2000, 2000, -2000), ["MX>US", "US>MX"]),
        ((-2000, 200, -2000), []),  # 400 m on the other side
        ((-2000, 300, -2000), ["MX>US", "US>MX"]),  # 600 m
        ((-2000, 150), ["MX>US"]),  # little, but to the end
        ((-150, 2000), ["MX>US"]),
        ((-2000, 100, -100, 150, -100, 200, -2000), []),
        ((-2000, 100, -100, 150, -100, 2000), ["MX>US"]),
        ((-2000, -2000, 2000, 2000), ["MX>US"]),
    ],
)
def test_a_change_counts_if_it_lasts(way_m: tuple[float, ...], expected: list[str]) -> None:
    assert directions(crossings_of(up_and_down(*way_m).reshape(-1, 2), straight)) == expected


def test_where_it_is() -> None:
    shape = up_and_down(-3000, -1500, -1000, 4000, 5000)
    (change,) = crossings_of(shape, straight)
    assert change.direction == NORTH
    assert change.along_m == pytest.approx(3000, abs=51)
    assert abs(change.lon_lat.lat - BORDER) < 51 * M
    assert change.index == 2


def test_where_no_country_is_known_it_stays_what_it_was() -> None:
    def with_sea(point: LonLat) -> str | None:
        return None if abs(point.lat - BORDER) < 1000 * M else straight(point)

    assert directions(crossings_of(up_and_down(-3000, 3000), with_sea)) == ["MX>US"]
    assert crossings_of(up_and_down(-900, 900), with_sea) == ()
    assert directions(crossings_of(up_and_down(-900, 3000, -900), with_sea)) == []
    assert crossings_of(up_and_down(-3000, 0, -3000), with_sea) == ()


def test_a_third_country_for_a_moment() -> None:
    def three(point: LonLat) -> str:
        return "MX" if point.lat < BORDER else "XX" if point.lat < BORDER + 300 * M else "US"

    assert directions(crossings_of(up_and_down(-2000, 2000), three)) == ["MX>US"]


def test_over_the_antimeridian() -> None:
    def by_side(point: LonLat) -> str:
        assert -180 <= point.lon <= 180
        return "FJ" if point.lon > 0 else "WS"

    (change,) = crossings_of(np.array([(179.9, -17.0), (-179.7, -17.0)]), by_side)
    assert str(change.direction) == "FJ>WS"
    assert change.along_m == pytest.approx(GEOD.line_length([179.9, 180], [-17, -17]), abs=51)


def test_the_real_border() -> None:
    freeway = np.array([(-117.02, 32.525), (-117.0297, 32.5425), (-117.07, 32.64), (-117.16, 32.72)])
    (change,) = crossings_of(freeway, country_at)
    assert change.direction == NORTH
    assert GEOD.line_length([change.lon_lat.lon, -117.0297], [change.lon_lat.lat, 32.5425]) < 300
    (back,) = crossings_of(freeway[::-1], country_at)
    assert back.direction == SOUTH
    # The road along the fence, in Tijuana: never in the United States for long.
    via_internacional = np.array([(-117.09, 32.5345), (-117.06, 32.537), (-117.04, 32.5385)])
    assert crossings_of(via_internacional, country_at) == ()


@given(way_m=st.lists(st.integers(-1500, 1500).filter(lambda metres: abs(metres) > 80), min_size=1, max_size=8))
def test_any_way_on_one_line(way_m: list[int]) -> None:
    """Against the stays on either side, summed up exactly: those near 500 m may count or not."""
    crossed = directions(crossings_of(up_and_down(*way_m), straight))
    stays: list[tuple[str, float]] = []
    for begin_m, end_m in pairwise(way_m):
        cuts = [begin_m, 0, end_m] if begin_m * end_m < 0 else [begin_m, end_m]
        for one_m, other_m in pairwise(cuts):
            side = "US" if one_m + other_m > 0 else "MX"
            before_m = stays.pop()[1] if stays and stays[-1][0] == side else 0.0
            stays.append((side, before_m + abs(other_m - one_m)))
    assume(not any(380 < length_m < 620 for _, length_m in stays[1:-1]))
    sides = [side for place, (side, length_m) in enumerate(stays) if place in {0, len(stays) - 1} or length_m > 500]
    assert crossed == [f"{one}>{other}" for one, other in pairwise(sides) if one != other]


@given(ends_m=st.tuples(st.floats(-50_000, 50_000), st.floats(-50_000, 50_000)), jitter_m=st.floats(0, 240))
def test_a_border_that_is_not_quite_there_changes_nothing(ends_m: tuple[float, float], jitter_m: float) -> None:
    """A way in a straight line crosses once or never, though the border that is known runs to and fro by some hundred metres."""

    def known(point: LonLat) -> str:
        return "US" if point.lat > BORDER + jitter_m * M * np.sin(point.lat / M / 60) else "MX"

    begin_m, end_m = ends_m
    changes = crossings_of(up_and_down(begin_m, end_m), known)
    if min(abs(begin_m), abs(end_m)) > 1000:
        assert directions(changes) == (["MX>US"] if begin_m < 0 < end_m else ["US>MX"] if end_m < 0 < begin_m else [])
    else:
        assert len(changes) <= 1

"""Outlines that are larger than any site are refused at the price of their corners: nothing is laid of them."""

import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.domain.fence import Circle, Outline
from finder.geo.points import LonLat
from finder.notices.law import Operator, Purpose, Why, installed_boundaries, look_around_m, verdict
from finder.notices.law import ground as ground_module
from finder.notices.law.ground import Ground, centre_of, corners_when_laid, farthest_corner_m
from tests.notices.law_shapes import WGS84, away, circle, outline, regular, site_of

INSTALLED = installed_boundaries()
HELSINKI, DATE_LINE = (24.94, 60.17), (179.9999, -16.8)
PLACES = st.tuples(st.floats(-180.0, 180.0), st.floats(-85.0, 85.0))


def why(shape: Circle | Outline, at: tuple[float, float] = HELSINKI) -> list[Why]:
    given_ = verdict(
        shape,
        site_of({"lon_lat": at}),
        others=[],
        operator=Operator.RUNS_THE_FACILITY,
        purpose=Purpose.NOTICES,
        boundaries=INSTALLED,
    )
    return [reason.why for reason in given_.reasons]


def star(corners: int, at: tuple[float, float], radius_m: float) -> Outline:
    """A ring that crosses itself at every edge."""
    ring = [away(at, 360.0 * (number * (corners // 2 - 1) % corners) / corners, radius_m) for number in range(corners)]
    return outline([*ring, ring[0]])


ROUND_THE_GLOBE = [(math.degrees(math.sin(number)) * 3.0, math.degrees(math.cos(1.7 * number)) * 1.5) for number in range(1999)]
ROUND_A_POLE = [((-90.0, 90.0)[number % 2], 89.98 + number * 1e-6) for number in range(1999)]
LARGE = {
    "over the globe": outline([*ROUND_THE_GLOBE, ROUND_THE_GLOBE[0]]),
    "a box around the world": outline([(-179.0, -80.0), (179.0, -80.0), (179.0, 80.0), (-179.0, 80.0), (-179.0, -80.0)]),
    "to and fro beside a pole": outline([*ROUND_A_POLE, ROUND_A_POLE[0]]),
    "parts far from one another": Outline(polygons=regular(HELSINKI, 50.0).polygons + regular((-99.1, 19.4), 50.0).polygons),
    "over the date line": regular(DATE_LINE, 26_000.0),
    "to and fro over a city": star(1999, HELSINKI, 24_000.0),
}


@pytest.mark.parametrize("kind", sorted(LARGE))
def test_what_is_too_large_is_not_laid(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    def laid(*_: Any) -> Any:
        raise AssertionError("it was to be laid")

    for name in ("segmentize", "transform", "make_valid", "union_all"):
        monkeypatch.setattr(ground_module.shapely, name, laid)
    assert why(LARGE[kind]) == [Why.TOO_LARGE]
    assert look_around_m(LARGE[kind]) == 0.0, "and nobody is looked for around it"


@given(PLACES, st.floats(25_100.0, 5_000_000.0), st.integers(3, 40))
@settings(deadline=None, max_examples=100)
def test_by_its_corners_it_is_too_large_wherever_it_is(place: tuple[float, float], radius_m: float, corners: int) -> None:
    assert why(regular(place, radius_m, corners), place)[-1] is Why.TOO_LARGE


@given(PLACES, st.floats(5.0, 12_000.0), st.integers(3, 40))
@settings(deadline=None, max_examples=100)
def test_what_is_not_so_large_is_laid_and_judged(place: tuple[float, float], radius_m: float, corners: int) -> None:
    shape = regular(place, radius_m, corners)
    assert Why.TOO_LARGE not in why(shape, place)
    farthest_m = shapely.hausdorff_distance(Ground.under(shape).shape(shape), shapely.Point(0.0, 0.0))
    assert look_around_m(shape) > farthest_m
    assert farthest_corner_m(shape) <= farthest_m + 0.01


def test_over_the_date_line_it_is_as_large_as_elsewhere() -> None:
    shape = regular(DATE_LINE, 400.0, 40)
    assert farthest_corner_m(shape) == pytest.approx(400.0, abs=5.0)
    assert corners_when_laid(shape) == pytest.approx(40, abs=2)
    assert Why.TOO_LARGE not in why(shape, DATE_LINE)


@given(PLACES, st.floats(5.0, 200_000.0), st.integers(3, 60))
@settings(deadline=None, max_examples=60)
def test_corners_are_counted_as_shapely_makes_them(place: tuple[float, float], radius_m: float, corners: int) -> None:
    shape = regular(place, radius_m, corners)
    ring = np.unwrap(np.array(shape.polygons[0][0]), period=360.0, axis=0)
    laid = shapely.get_num_coordinates(shapely.segmentize(shapely.LinearRing(ring), 0.05))
    # Unwrapped, the ring may end a rounding beside where it began; shapely closes it by one more.
    assert laid - 2.001 <= corners_when_laid(shape) <= laid + corners + 0.001


@given(PLACES, st.floats(5.0, 200_000.0), st.integers(3, 60))
@settings(deadline=None, max_examples=60)
def test_the_farthest_corner_is_as_proj_has_it(place: tuple[float, float], radius_m: float, corners: int) -> None:
    shape = regular(place, radius_m, corners)
    middle = centre_of(shape)
    farthest_m = max(WGS84.inv(*middle, *corner)[2] for corner in shape.polygons[0][0])
    assert farthest_corner_m(shape) == pytest.approx(farthest_m, rel=1e-9, abs=1e-6)


def test_a_circle_is_as_large_as_it_says() -> None:
    assert why(circle(HELSINKI, 25_100.0)) == [Why.TOO_LARGE]
    assert Why.TOO_LARGE not in why(Circle(centre=LonLat(*HELSINKI), radius_m=20_000.0))

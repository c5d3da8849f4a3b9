"""Sea from coastlines: land on the left, water on the right."""

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from finder.region.coastline import sea_in
from finder.region.extract import Bounds

BOX = Bounds(0.0, 0.0, 1.0, 1.0)


def area(parts: list[BaseGeometry]) -> float:
    return float(shapely.area(parts).sum()) if parts else 0.0


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_a_coast_across_the_box(west_lat: float, east_lat: float) -> None:
    """Going east, the land on the left is in the north."""
    sea = sea_in(BOX, [shapely.LineString([(-1, west_lat), (0, west_lat), (1, east_lat), (2, east_lat)])])
    assert area(sea) == pytest.approx((west_lat + east_lat) / 2)
    westwards = sea_in(BOX, [shapely.LineString([(2, east_lat), (1, east_lat), (0, west_lat), (-1, west_lat)])])
    assert area(sea) + area(westwards) == pytest.approx(1.0)


def test_an_island_and_a_coast_in_pieces() -> None:
    island = shapely.LineString([(0.4, 0.2), (0.6, 0.2), (0.6, 0.3), (0.4, 0.3), (0.4, 0.2)])  # anticlockwise: land inside
    pieces = [shapely.LineString([(0.5, 0.5), (1.5, 0.5)]), shapely.LineString([(-0.5, 0.5), (0.5, 0.5)])]
    assert area(sea_in(BOX, [island])) == pytest.approx(0.98)
    assert area(sea_in(BOX, [*pieces, island])) == pytest.approx(0.48)


def test_a_line_cut_just_before_the_edge_is_led_to_it_and_a_loose_one_says_nothing() -> None:
    assert area(sea_in(BOX, [shapely.LineString([(0.002, 0.5), (0.999, 0.5)])])) == pytest.approx(0.5)
    assert sea_in(BOX, [shapely.LineString([(0.002, 0.5), (0.6, 0.5)])]) == []
    assert sea_in(BOX, []) == []
    assert sea_in(BOX, [shapely.LineString([(3, 3), (4, 4)])]) == []

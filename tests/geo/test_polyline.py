"""Encoded polylines against the specification's examples and the road engine's own codec."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from valhalla.midgard.utils import decode_polyline as valhalla_decode

from finder.errors import BadInput
from finder.geo.polyline import decode_polyline, encode_polyline

# developers.google.com/maps/documentation/utilities/polylinealgorithm
EXAMPLE = "_p~iF~ps|U_ulLnnqC_mqNvxq`@"
POINTS = [(-120.2, 38.5), (-120.95, 40.7), (-126.453, 43.252)]

micro_degrees = st.tuples(st.integers(-180_000_000, 180_000_000), st.integers(-90_000_000, 90_000_000))


def test_the_example_of_the_specification() -> None:
    assert encode_polyline(np.array(POINTS)) == EXAMPLE
    assert np.allclose(decode_polyline(EXAMPLE), POINTS, atol=1e-9)
    assert encode_polyline(np.array([[-179.9832104, 0.0]])) == "?`~oia@"


@given(points=st.lists(micro_degrees, max_size=30))
def test_there_and_back(points: list[tuple[int, int]]) -> None:
    lon_lat = np.array(points, dtype=np.float64).reshape(-1, 2) / 1e6
    back = decode_polyline(encode_polyline(lon_lat, precision=6), precision=6)
    assert back.shape == lon_lat.shape
    assert np.abs(back - lon_lat).max(initial=0.0) < 1e-9


@given(points=st.lists(micro_degrees, min_size=1, max_size=30))
def test_the_engine_reads_the_same(points: list[tuple[int, int]]) -> None:
    text = encode_polyline(np.array(points, dtype=np.float64) / 1e6, precision=6)
    assert np.allclose(valhalla_decode(text, precision=6), decode_polyline(text, precision=6), atol=1e-9)


@given(text=st.text(max_size=40))
def test_any_text_is_points_or_refused(text: str) -> None:
    try:
        points = decode_polyline(text)
    except BadInput:
        return
    assert points.ndim == 2


@pytest.mark.parametrize("text", ["_", "_p~iF", "_p~iF~ps|U_", "é?", "\x1f?", "~" * 20 + "??"])
def test_a_cut_or_foreign_text_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        decode_polyline(text)


def test_no_coordinate_that_is_not_finite() -> None:
    with pytest.raises(BadInput):
        encode_polyline(np.array([[np.nan, 0.0]]))

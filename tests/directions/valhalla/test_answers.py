"""What is made of Valhalla's answers."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.directions.estimate import TravelMode
from finder.directions.router import StepKind
from finder.directions.valhalla.answers import error_code, matrix_answer, route_answer
from finder.directions.valhalla.faults import fault_of
from finder.directions.valhalla.maneuvers import STEP_KINDS
from finder.directions.valhalla.shapes import shape_ends
from finder.errors import BadInput, FinderError, NoRoute, NotReady
from finder.geo.points import LonLat
from finder.geo.polyline import decode_polyline, encode_polyline

POINTS = st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=30)
A, B, C = LonLat(24.0, 60.0), LonLat(24.001, 60.0), LonLat(24.001, 60.002)


def leg(points: list[LonLat], *kinds: int) -> dict[str, Any]:
    step = {"instruction": "Go.", "time": 10.5, "length": 0.25, "begin_shape_index": 0, "end_shape_index": len(points) - 1}
    shape = encode_polyline(np.array(points), precision=6)
    return {"shape": shape, "maneuvers": [step | {"type": kind} for kind in kinds]}


def trip(*legs: dict[str, Any], **summary: Any) -> str:
    return json.dumps({"trip": {"legs": legs, "summary": {"time": 21.0, "length": 0.5} | summary}})


def test_every_maneuver_of_valhalla_has_a_kind() -> None:
    # The numbers of Valhalla's proto/directions.proto that a person must not confuse.
    assert len(STEP_KINDS) == 44
    kinds = {
        1: "start", 4: "arrive", 5: "arrive", 6: "arrive", 8: "continue", 9: "slight_right", 10: "right", 11: "sharp_right",
        12: "u_turn", 13: "u_turn", 14: "sharp_left", 15: "left", 16: "slight_left", 18: "ramp", 20: "ramp", 23: "slight_right",
        24: "slight_left", 25: "merge", 26: "roundabout", 28: "ferry", 37: "merge", 38: "merge", 39: "elevator", 40: "steps",
        41: "escalator", 43: "continue",
    }  # fmt: skip
    assert {number: STEP_KINDS[number].value for number in kinds} == kinds


def test_an_unknown_maneuver_goes_on() -> None:
    route = route_answer(trip(leg([A, B], 99, -1)), TravelMode.CAR, A, B)
    assert [step.kind for step in route.steps] == [StepKind.CONTINUE] * 2


def test_one_leg_keeps_its_shape() -> None:
    one = leg([A, B], 1, 4)
    route = route_answer(trip(one, has_toll=True, has_ferry=True), TravelMode.FOOT, A, C)
    assert route.polyline == one["shape"]
    assert (route.length_m, route.time.min_s, route.time.likely_s, route.time.max_s) == (500.0, 21.0, 21.0, 21.0)
    assert (route.steps[0].length_m, route.steps[0].duration_s) == (250.0, 10.5)
    assert route.has_toll
    assert route.has_ferry
    assert route.origin_snap_m == 0.0
    assert route.target_snap_m == pytest.approx(222.8, abs=0.1)


def test_legs_are_joined() -> None:
    route = route_answer(trip(leg([A, B], 1, 4), leg([B, C], 1, 4)), TravelMode.FOOT, A, C)
    assert np.allclose(route.shape(), [A, B, B, C])
    assert [(step.first, step.last) for step in route.steps] == [(0, 1), (0, 1), (2, 3), (2, 3)]
    assert route.target_snap_m == 0.0


@settings(deadline=None)
@given(POINTS)
def test_ends_are_those_of_the_whole_shape(points: list[tuple[float, float]]) -> None:
    text = encode_polyline(np.array(points), precision=6)
    shape, ends = decode_polyline(text, precision=6), shape_ends(text)
    assert ends == (LonLat(*shape[0]), LonLat(*shape[-1]), len(shape))


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=140), max_size=40))
def test_ends_of_anything_are_as_the_whole_shape_has_them(text: str) -> None:
    try:
        shape = decode_polyline(text, precision=6)
    except BadInput:
        shape = np.empty((0, 2))
    if len(shape):
        assert shape_ends(text).points == len(shape)
    else:
        with pytest.raises(BadInput):
            shape_ends(text)


def test_a_matrix_has_nan_where_no_way_is_known() -> None:
    answer = {"sources_to_targets": {"durations": [[1, None]], "distances": [[0.5, None]]}}
    duration_s, length_m = matrix_answer(json.dumps(answer), (1, 2))
    assert np.array_equal(duration_s, [[1.0, np.nan]], equal_nan=True)
    assert np.array_equal(length_m, [[500.0, np.nan]], equal_nan=True)
    with pytest.raises(NotReady):
        matrix_answer(json.dumps(answer), (2, 2))


@pytest.mark.parametrize("text", ["", "[]", "<html>", '{"trip": {}}', b"\xff", trip(), trip(leg([A], 1) | {"shape": "\x7f"})])
def test_an_answer_that_is_none(text: str | bytes) -> None:
    with pytest.raises(NotReady, match=r"3\.9"):
        route_answer(text, TravelMode.CAR, A, B)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (125, BadInput),
        (130, BadInput),
        (150, BadInput),
        (154, NoRoute),
        (171, NoRoute),
        (442, NoRoute),
        (499, NotReady),
        (0, NotReady),
    ],
)
def test_codes(code: int, error: type[FinderError]) -> None:
    assert type(fault_of(code)) is error
    assert error_code(json.dumps({"error_code": code, "error": "x"})) == code


def test_no_code() -> None:
    assert error_code(b"<html>Too many requests") is None

"""What a fence must say: of many corners it does not cross itself, and of few it may."""

import math

import pytest

from finder.domain.fence import Outline
from finder.errors import BadInput
from finder.geo.points import LonLat
from finder.notices.fences.checked import MOST_CORNERS, check, problems
from tests.notices.fences.desks import HELSINKI, NOW, clinic, fence_of
from tests.notices.law_shapes import away, outline, regular

CLINIC = clinic("a", HELSINKI)
DATE_LINE = LonLat(179.9999, -16.8)


def star(corners: int) -> Outline:
    """A ring of an odd number of corners in which every edge crosses most of the others."""
    ring = [away(HELSINKI, 360.0 * (number * (corners // 2) % corners) / corners, 100.0) for number in range(corners)]
    return outline([*ring, ring[0]])


def needles(count: int) -> Outline:
    """Triangles through the middle, each of which crosses all others."""
    parts = [
        [away(HELSINKI, turn, 100.0), away(HELSINKI, turn + 180.0, 100.0), away(HELSINKI, turn + 180.2, 100.0)]
        for turn in (180.0 * number / count for number in range(count))
    ]
    return Outline(polygons=tuple(outline([*part, part[0]]).polygons[0] for part in parts))


def waves(corners: int, at: LonLat) -> Outline:
    """A ring as of a coast, which does not cross itself."""
    far_m = [100.0 + 30.0 * math.sin(number) + 20.0 * math.sin(number / 7.0) for number in range(corners)]
    ring = [away(at, 360.0 * number / corners, far_m[number]) for number in range(corners)]
    return outline([*ring, ring[0]])


def said(shape: Outline) -> list[str]:
    return [f"{field}: {text}" for field, text in problems(fence_of(CLINIC, shape=shape), CLINIC, NOW)]


@pytest.mark.parametrize("shape", [star(201), star(1999), needles(51), needles(499)], ids=["star", "stars", "needles", "many"])
def test_of_many_corners_it_must_not_cross_itself(shape: Outline) -> None:
    (problem,) = said(shape)
    assert problem.startswith("shape: An outline of more than 200 corners must not cross itself")
    with pytest.raises(BadInput, match="correct it, or simplify it"):
        check(fence_of(CLINIC, shape=shape), CLINIC, NOW)


@pytest.mark.parametrize(
    "shape",
    [star(199), needles(50), waves(MOST_CORNERS - 1, HELSINKI), waves(900, DATE_LINE), regular(HELSINKI, 90.0, 300)],
    ids=["star", "needles", "coast", "date line", "round"],
)
def test_of_few_it_may_and_of_many_it_may_have_any_form(shape: Outline) -> None:
    assert said(shape) == []


def test_of_too_many_only_that_is_told() -> None:
    (problem,) = said(star(2001))
    assert "more than 2,000 corners" in problem

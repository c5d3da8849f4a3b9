"""What a fence must say: its outline does not cross itself, and of many corners its parts do not cross each other."""

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


def drawn(*parts: list[list[tuple[int, int]]], at: LonLat = HELSINKI) -> Outline:
    """Parts, each a ring and its holes, in steps of 0.001 degrees east and north of a place; each ring is closed here."""
    rings = [
        tuple(
            tuple(LonLat((at.lon + east / 1000 + 180) % 360 - 180, at.lat + north / 1000) for east, north in [*ring, ring[0]])
            for ring in part
        )
        for part in parts
    ]
    return Outline(polygons=tuple(rings))


SQUARE = [(0, 0), (4, 0), (4, 4), (0, 4)]
CROSSING = [
    (drawn([[(0, 0), (4, 4), (4, 0), (0, 4)]]), "The outline crosses itself", "after corner 1 and corner 3 meet"),
    (drawn([[(0, 0), (4, 4), (4, 0), (0, 4)]], at=DATE_LINE), "The outline crosses itself", "after corner 1 and corner 3 meet"),
    (drawn([SQUARE], [[(9, 0), (13, 4), (13, 0), (9, 4)]]), "Part 2 of the outline crosses", "corner 1 and corner 3"),
    (drawn([SQUARE, [(1, 1), (5, 1), (5, 2)]]), "The outline has rings 1 and 2 that cross or lie along", "at corners 2 and"),
    (
        drawn([SQUARE, [(1, 0), (2, 0), (2, 1), (1, 1)]]),
        "The outline has rings 1 and 2 that cross or lie along",
        "a hole lies within",
    ),
    (drawn([[(0, 0), (1, 0), (2, 0)]]), "The outline crosses itself, or runs back along itself", "in order"),
    (drawn([SQUARE, [(6, 1), (7, 1), (7, 2)]]), "The outline has a hole that is not inside it", "correct it"),
    (
        drawn([SQUARE, [(1, 1), (3, 1), (3, 3), (1, 3)], [(1, 1), (3, 1), (2, 2)]]),
        "The outline has rings 2 and 3",
        "leave it out",
    ),
    (drawn([SQUARE, [(1, 1), (3, 3), (3, 1), (1, 3)]]), "The outline crosses itself", "corner 3 of ring 2 meet"),
    (drawn([[(0, 0), (9, 0), (0, 9)], [(1, 1), (5, 1), (1, 5)], [(2, 2), (3, 2), (2, 3)]]), "The outline has", "inside another"),
    (star(5), "The outline crosses itself", "in order"),
    (star(1999), "The outline crosses itself", "in order"),
]


@pytest.mark.parametrize(("shape", "what", "where"), CROSSING)
def test_an_outline_that_crosses_itself_is_refused_with_where_and_no_coordinate(shape: Outline, what: str, where: str) -> None:
    (problem,) = said(shape)
    assert problem.startswith(f"shape: {what}")
    assert where in problem
    assert not any(number in problem for number in ("24.9", "60.1", "179.", "16.8"))
    with pytest.raises(BadInput, match="outline"):
        check(fence_of(CLINIC, shape=shape), CLINIC, NOW)


@pytest.mark.parametrize("shape", [needles(51), needles(499)], ids=["some", "many"])
def test_of_many_corners_its_parts_must_not_cross_each_other(shape: Outline) -> None:
    (problem,) = said(shape)
    assert problem.startswith("shape: The parts of an outline of more than 200 corners must not cross each other")


@pytest.mark.parametrize(
    "shape",
    [
        needles(50),
        waves(MOST_CORNERS - 1, HELSINKI),
        waves(900, DATE_LINE),
        regular(HELSINKI, 90.0, 300),
        drawn([SQUARE], [[(2, 2), (6, 2), (6, 6), (2, 6)]]),
        drawn([[(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)]]),
        drawn([SQUARE, [(0, 2), (2, 1), (4, 2), (2, 3)]]),
    ],
    ids=["needles", "coast", "date line", "round", "parts", "touching", "hole from side to side"],
)
def test_what_touches_itself_and_few_parts_that_overlap_are_plain(shape: Outline) -> None:
    assert said(shape) == []


def test_of_too_many_only_that_is_told() -> None:
    (problem,) = said(star(2001))
    assert "more than 2,000 corners" in problem

"""Ways for a wheelchair: never steps, never an escalator, checked on the answer.

Valhalla's wheelchair keeps off steps where it can and takes escalators. Its turn list does not name all of those, so each edge
that the way runs along is looked at, unless the way is nowhere near any; one that is steps or an escalator is forbidden, and the
way sought anew.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finder.directions.router import Route, StepKind
from finder.directions.valhalla.answers import Edge
from finder.directions.valhalla.barriers import Barriers
from finder.errors import NoRoute
from finder.geo.points import LonLat
from finder.geo.polyline import encode_polyline

__all__ = ["step_free_route"]

_BARRIER_USES: Final = frozenset({"steps", "escalator"})
_BARRIER_KINDS: Final = frozenset({StepKind.STEPS, StepKind.ESCALATOR})
_ATTEMPTS: Final = 6
_MAX_WITHOUT: Final = 50  # Valhalla's own limit of places to keep off
_NONE_KNOWN: Final = (
    "No step-free way is known between these points. Ask the place for its entrance without steps, or choose a point nearby."
)

type Walk = Callable[[str], Sequence[Edge]]


def step_free_route(find: Callable[[Sequence[LonLat]], Route], walk: Walk, barriers: Barriers | None = None) -> Route:
    """Return the quickest way without steps and escalators.

    ``find`` returns the quickest way that keeps off the roads nearest to some points; ``walk`` the edges under an encoded shape,
    or raises :class:`NoRoute` where it cannot tell them. No way is walked that ``barriers`` know to meet none. Raises
    :class:`NoRoute` where no way is known to be step-free.
    """
    without: list[LonLat] = []
    for _ in range(_ATTEMPTS):
        try:
            route = find(without)
        except NoRoute:
            if without:
                break
            raise
        found = _met(route, walk, barriers)
        if not found:
            return route
        without = list(dict.fromkeys([*without, *found]))
        if len(without) > _MAX_WITHOUT:
            break
    raise NoRoute(_NONE_KNOWN)


def _met(route: Route, walk: Walk, barriers: Barriers | None) -> list[LonLat]:
    """Return a point on each of the way's steps and escalators."""
    spans = [(step.first, step.last) for step in route.steps if step.kind in _BARRIER_KINDS]
    if not spans and barriers is not None and not barriers.may_be_on(route.polyline):
        return []
    try:
        spans += _spans(walk(route.polyline), 0)
    except NoRoute:
        spans += _spans_by_halves(route.shape(), 0, walk)
    if not spans:
        return []
    shape = route.shape()
    points: list[LonLat] = []
    for first, last in spans:
        # The middle of the middle line: an end of the edge would be on its neighbours as well.
        at = (first + last) // 2
        lon, lat = shape[at : at + 2].mean(axis=0)
        points.append(LonLat(float(lon), float(lat)))
    return points


def _spans(edges: Sequence[Edge], offset: int) -> list[tuple[int, int]]:
    """Return the first and last places in the way's shape of each barrier; ``offset`` is the place where the edges begin."""
    return [(offset + edge.begin_shape_index, offset + edge.end_shape_index) for edge in edges if edge.use in _BARRIER_USES]


def _spans_by_halves(shape: NDArray[np.float64], offset: int, walk: Walk) -> list[tuple[int, int]]:
    """Return the same of a shape that cannot be walked as a whole.

    Valhalla cannot walk along some of its own ways, such as there and back on one road (one in twenty in a city's centre). Then
    each half is walked alone, down to single lines.
    """
    if (shape == shape[0]).all():
        return []
    if len(shape) <= 2:
        raise NoRoute(_NONE_KNOWN)
    middle = (len(shape) - 1) // 2
    spans: list[tuple[int, int]] = []
    for half, start in ((shape[: middle + 1], offset), (shape[middle:], offset + middle)):
        try:
            spans += _spans(walk(encode_polyline(half, precision=6)), start)
        except NoRoute:
            spans += _spans_by_halves(half, start, walk)
    return spans

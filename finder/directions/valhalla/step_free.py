"""Ways for a wheelchair: never steps, never an escalator, checked on the answer.

Valhalla's wheelchair keeps off steps where it can and takes escalators. Its turn list does not name all of those, so each edge
that the way runs along is looked at; one that is steps or an escalator is forbidden, and the way sought anew.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finder.directions.router import Route, StepKind
from finder.directions.valhalla.answers import Edge
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


def step_free_route(find: Callable[[Sequence[LonLat]], Route], walk: Walk) -> Route:
    """Return the quickest way without steps and escalators.

    ``find`` returns the quickest way that keeps off the roads nearest to some points; ``walk`` the edges under an encoded shape,
    or raises :class:`NoRoute` where it cannot tell them. Raises :class:`NoRoute` where no way is known to be step-free.
    """
    without: list[LonLat] = []
    for _ in range(_ATTEMPTS):
        try:
            route = find(without)
        except NoRoute:
            if without:
                break
            raise
        found = _barriers(route, walk)
        if not found:
            return route
        without = list(dict.fromkeys([*without, *found]))
        if len(without) > _MAX_WITHOUT:
            break
    raise NoRoute(_NONE_KNOWN)


def _barriers(route: Route, walk: Walk) -> list[LonLat]:
    """Return a point on each of the way's steps and escalators."""
    shape = route.shape()
    spans = [(step.first, step.last) for step in route.steps if step.kind in _BARRIER_KINDS]
    spans += _barrier_spans(shape, 0, len(shape) - 1, walk)
    points: list[LonLat] = []
    for first, last in spans:
        # The middle of the middle line: an end of the edge would be on its neighbours as well.
        at = (first + last) // 2
        lon, lat = shape[at : at + 2].mean(axis=0)
        points.append(LonLat(float(lon), float(lat)))
    return points


def _barrier_spans(shape: NDArray[np.float64], first: int, last: int, walk: Walk) -> list[tuple[int, int]]:
    """Return the first and last places in the shape of each barrier between two places of it.

    Valhalla cannot walk along some of its own ways, such as there and back on one road (one in twenty in a city's centre). Then
    each half is walked alone, down to single lines.
    """
    try:
        edges = walk(encode_polyline(shape[first : last + 1], precision=6))
    except NoRoute:
        if (shape[first : last + 1] == shape[first]).all():
            return []
        if last - first <= 1:
            raise NoRoute(_NONE_KNOWN) from None
        middle = (first + last) // 2
        return _barrier_spans(shape, first, middle, walk) + _barrier_spans(shape, middle, last, walk)
    return [(first + edge.begin_shape_index, first + edge.end_shape_index) for edge in edges if edge.use in _BARRIER_USES]

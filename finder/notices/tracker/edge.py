"""How far a point is from a fence's edge: metres on the ground, negative inside."""

from collections.abc import Callable
from functools import partial

from finder.domain.fence import Circle, Outline
from finder.geo.fence_index import FenceIndex
from finder.geo.points import LonLat

__all__ = ["EdgeDistance", "edge_distance"]

type EdgeDistance = Callable[[LonLat], float]
"""From a point to its signed distance from a fence's edge, in metres, negative inside. It changes by no more than one moves."""


def edge_distance(shape: Circle | Outline) -> EdgeDistance:
    """Return the signed distance from this shape's edge as a function; who has a :class:`FenceIndex` asks that for it.

    Raises :class:`BadInput` for an outline without area or not on the Earth.
    """
    return partial(FenceIndex([shape]).edge_m, 0)

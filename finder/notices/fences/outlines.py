"""Outlines that cross themselves: which area they mean nobody can tell, so they are refused with where that is."""

import re
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from finder.domain.fence import Outline
from finder.notices.law.ground import turned_rings

__all__ = ["doubt_of", "overlaps"]

_CROSSING: Final = re.compile(r"Self-intersection\[(\S+) (\S+)\]")
"""A ring that only touches itself is called otherwise by GEOS: of its area there is no doubt."""
_ASTRAY: Final = ("Hole lies outside shell", "Holes are nested")


def doubt_of(outline: Outline) -> str:
    """Return why nobody can tell which area an outline means, and what to do; empty where all can.

    It may touch itself, and its parts may overlap: what that means is plain. Each ring is closed, of four places or more. What is
    returned names corners and no coordinate.
    """
    parts = turned_rings(outline)
    for number, rings in enumerate(parts, start=1):
        what = f"Part {number} of the outline" if len(parts) > 1 else "The outline"
        reason = str(shapely.is_valid_reason(shapely.Polygon(rings[0], rings[1:])))
        if found := _CROSSING.fullmatch(reason):
            (ring, one), (other_ring, other) = _edges_at(rings, float(found[1]), float(found[2]))
            if ring != other_ring:
                return (
                    f"{what} has rings {ring} and {other_ring} that cross or lie along each other, at corners {one} and {other}: "
                    "a hole lies within the first ring, and by itself. Correct it, or leave it out."
                )
            of_ring = f" of ring {ring}" if len(rings) > 1 else ""
            return (
                f"{what} crosses itself, or runs back along itself, where the edges after corner {one} and corner {other}"
                f"{of_ring} meet: put its corners in order, one after the other around it."
            )
        if reason.startswith(_ASTRAY):
            return f"{what} has a hole that is not inside it, or is inside another: correct it."
    return ""


def overlaps(outline: Outline) -> bool:
    """Return whether parts of an outline cross each other; each of them is one of which :func:`doubt_of` has nothing to say."""
    whole = shapely.MultiPolygon([(outer, holes) for outer, *holes in turned_rings(outline)])
    return _CROSSING.fullmatch(str(shapely.is_valid_reason(whole))) is not None


def _edges_at(rings: list[NDArray[np.float64]], lon: float, lat: float) -> tuple[tuple[int, int], tuple[int, int]]:
    """The ring and corner, counted from 1, after which the two edges begin that meet at a place and do not follow each other."""
    starts = [(ring, corner) for ring, places in enumerate(rings) for corner in range(len(places) - 1)]
    edges = shapely.linestrings(np.concatenate([np.stack([places[:-1], places[1:]], axis=1) for places in rings]))
    nearest = np.argsort(shapely.distance(edges, shapely.Point(lon, lat)), kind="stable")
    ring, corner = starts[nearest[0]]
    last = len(rings[ring]) - 2
    beside = {(ring, corner), (ring, (corner + 1) % (last + 1)), (ring, (corner - 1) % (last + 1))}
    others = [starts[at] for at in nearest[1:]]
    other = next((start for start in others if start not in beside), others[0])
    (ring, corner), (other_ring, other_corner) = sorted([(ring, corner), other])
    return (ring + 1, corner + 1), (other_ring + 1, other_corner + 1)

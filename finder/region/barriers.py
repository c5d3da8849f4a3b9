"""Steps and escalators of an extract: the ways that no wheelchair may be led along.

Valhalla 3.9 makes steps of ``highway=steps`` and an escalator of those that have ``conveying`` as well, of nothing else (its
lua/graph.lua). Taken here is more than that: whatever moves or has steps by its tags.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from finder.region.extract import Extract

__all__ = ["BARRIERS_FILE", "barriers_in"]

BARRIERS_FILE = "barriers.npy"

_TAGS: Final = (
    ("highway", "steps"),
    ("highway", "escalator"),
    ("conveying", "yes"),
    ("conveying", "forward"),
    ("conveying", "backward"),
    ("conveying", "reversible"),
)


def barriers_in(extract: Extract) -> NDArray[np.float64]:
    """Return each point of the steps and escalators: degrees, shape (points, 2), longitude first.

    For :func:`finder.directions.valhalla.write_barriers`. Raises :class:`finder.errors.BadFile` as reading does.
    """
    return np.array(list(extract.way_nodes(*_TAGS)), dtype=np.float64).reshape(-1, 2)

"""What one search asks a road engine: each place once, and for so long in all."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finder.directions.estimate import TravelMode
from finder.directions.router import Basis, Router
from finder.errors import FinderError
from finder.geo.points import LonLat

__all__ = ["DEADLINE_S", "RoadTimes", "RoadsFailed"]

DEADLINE_S: Final = 0.25
"""So long one search waits for roads, in all."""

_log = logging.getLogger(__name__)
# An engine cannot be interrupted, so it is asked in a thread that the search leaves behind when its time is over. While so many
# are left behind, later questions wait in line, and are withdrawn at their own deadline. An embedded engine takes memory in each.
_THREADS: Final = ThreadPoolExecutor(max_workers=4, thread_name_prefix="roads")


class RoadsFailed(Exception):
    """The engine fails or is too slow. Part of the times would make an order that no later page has again."""


class RoadTimes:
    """Times by road from one origin, for one mode. ``found_any``: whether it knew any way so far."""

    def __init__(self, router: Router, origin: LonLat, mode: TravelMode, *, deadline_s: float = DEADLINE_S) -> None:
        self._router = router
        self._origin = origin
        self._mode = mode
        self._left_s = deadline_s
        self._known: dict[LonLat, float] = {}
        self.found_any = False

    def seconds(self, targets: Sequence[LonLat]) -> NDArray[np.float64]:
        """Return the time to each target, shape (n,), NaN where no way is known. Raises :class:`RoadsFailed`."""
        new = [target for target in dict.fromkeys(targets) if target not in self._known]
        if new:
            self._known |= zip(new, self._asked(new), strict=True)
        return np.array([self._known[target] for target in targets], dtype=np.float64)

    def ask[T](self, question: Callable[[Router], T]) -> T:
        """Put a question to the engine. Raises :class:`RoadsFailed` if it fails or takes longer than is left."""
        if self._left_s <= 0.0:
            raise RoadsFailed
        started = monotonic()
        asked = _THREADS.submit(question, self._router)
        try:
            error = asked.exception(timeout=self._left_s)
        except TimeoutError:
            asked.cancel()
            raise RoadsFailed from None
        self._left_s -= monotonic() - started
        if error is None:
            return asked.result()
        if not isinstance(error, FinderError):  # its message may hold a coordinate
            _log.error("The road engine failed (%s): travel times are estimated.", type(error).__name__)
        raise RoadsFailed

    def _asked(self, targets: list[LonLat]) -> list[float]:
        matrix = self.ask(lambda router: router.matrix([self._origin], targets, self._mode))
        if matrix.basis is not Basis.ROADS:
            return [np.nan] * len(targets)
        self.found_any = self.found_any or not np.isnan(matrix.duration_s).all()
        return matrix.duration_s[0].tolist()

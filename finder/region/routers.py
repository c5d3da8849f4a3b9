"""The road engines of the regions in service: one over each pack's road tiles, made anew when the pack was built again."""

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from finder.directions.by_region import RegionRouter
from finder.directions.valhalla import EmbeddedValhalla
from finder.errors import FinderError
from finder.region.pack import RegionPack

__all__ = ["RegionRouters"]

_log = logging.getLogger(__name__)


class RegionRouters:
    """Called for each question: ``packs`` are those in service then. Safe to call from many threads.

    A pack without roads has no engine, and one whose roads cannot be opened is logged once and left out: the others go on.
    """

    def __init__(self, packs: Callable[[], Sequence[RegionPack]]) -> None:
        self._packs = packs
        self._lock = threading.Lock()
        self._engines: dict[Path, EmbeddedValhalla | None] = {}

    def __call__(self) -> list[RegionRouter]:
        """Return the engine of each region that has roads."""
        roads = [(pack, path) for pack in self._packs() if (path := pack.roads_path) is not None]
        with self._lock:
            # The builds before are let go; a thread that still asks one holds it until its answer is there.
            self._engines = {path: self._engines.get(path) or self._opened(pack, path) for pack, path in roads}
            engines = dict(self._engines)
        return [
            RegionRouter(name=pack.name, bounds=_bounds(pack), router=engine)
            for pack, path in roads
            if (engine := engines[path]) is not None
        ]

    def _opened(self, pack: RegionPack, path: Path) -> EmbeddedValhalla | None:
        if path in self._engines:
            return None  # said once that it cannot be opened
        try:
            return EmbeddedValhalla(path)
        except FinderError as error:
            _log.error("The roads of region %s are left out: %s", pack.name, error)
            return None


def _bounds(pack: RegionPack) -> tuple[float, float, float, float]:
    bounds = pack.bounds
    return bounds.west, bounds.south, bounds.east, bounds.north

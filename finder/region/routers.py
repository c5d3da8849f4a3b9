"""The road engines of the regions in service: one over each pack's road tiles, made anew when the pack was built again."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from finder.directions.by_region import RegionRouter
from finder.directions.valhalla import EmbeddedValhalla
from finder.errors import FinderError
from finder.region.pack import RegionPack

__all__ = ["RETRY_S", "RegionRouters"]

RETRY_S: Final = 60.0
"""Roads that could not be opened are tried again after so long: somebody may have put the file right."""

_log = logging.getLogger(__name__)


class RegionRouters:
    """Called for each question: ``packs`` are those in service then. Safe to call from many threads.

    A pack without roads has no engine, and one whose roads cannot be opened is logged and left out until they can: the others go
    on. ``clock`` gives seconds that never go back.
    """

    def __init__(self, packs: Callable[[], Sequence[RegionPack]], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._packs, self._clock = packs, clock
        self._lock = threading.Lock()
        self._engines: dict[Path, EmbeddedValhalla] = {}
        self._closed_until_s: dict[Path, float] = {}

    def __call__(self) -> list[RegionRouter]:
        """Return the engine of each region that has roads."""
        # The packs are read under the lock too, or a thread that read them before a build could put the engine before it back.
        with self._lock:
            roads = {path: pack for pack in self._packs() if (path := pack.roads_path) is not None}
            # The builds before are let go; a thread that still asks one holds it until its answer is there.
            self._engines = {path: engine for path, pack in roads.items() if (engine := self._engine(pack, path)) is not None}
            self._closed_until_s = {path: until_s for path, until_s in self._closed_until_s.items() if path in roads}
            engines = self._engines
        return [_router(roads[path], engine) for path, engine in engines.items()]

    def _engine(self, pack: RegionPack, path: Path) -> EmbeddedValhalla | None:
        engine = self._engines.get(path)
        if engine is not None or self._clock() < self._closed_until_s.get(path, float("-inf")):
            return engine
        try:
            return EmbeddedValhalla(path)
        except FinderError as error:
            self._closed_until_s[path] = self._clock() + RETRY_S
            _log.error("The roads of region %s are left out: %s", pack.name, error)
            return None


def _router(pack: RegionPack, engine: EmbeddedValhalla) -> RegionRouter:
    west, south, east, north = pack.bounds
    return RegionRouter(name=pack.name, bounds=(west, south, east, north), router=engine)

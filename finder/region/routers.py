"""The road engines of the regions in service: one over each pack's road tiles, made anew when the pack was built again."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from finder.directions.by_region import RegionRouter
from finder.directions.valhalla import Barriers, EmbeddedValhalla, Timetables, read_barriers
from finder.errors import FinderError
from finder.region.pack import RegionPack

__all__ = ["RETRY_S", "RegionRouters"]

RETRY_S: Final = 60.0
"""Roads that could not be opened are tried again after so long: somebody may have put the file right."""

_log = logging.getLogger(__name__)


class _Closed(NamedTuple):
    until_s: float
    fault: str


class RegionRouters:
    """Called for each question: ``packs`` are those in service then. Safe to call from many threads.

    A pack without roads has no engine, and one whose roads cannot be opened is logged once and left out until they can: the
    others go on. ``clock`` gives seconds that never go back.
    """

    def __init__(self, packs: Callable[[], Sequence[RegionPack]], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._packs, self._clock = packs, clock
        self._lock = threading.Lock()
        self._engines: dict[Path, EmbeddedValhalla] = {}
        self._closed: dict[Path, _Closed] = {}

    def __call__(self) -> list[RegionRouter]:
        """Return the engine of each region that has roads."""
        # The packs are read under the lock too, or a thread that read them before a build could put the engine before it back.
        with self._lock:
            roads = {path: pack for pack in self._packs() if (path := pack.roads_path) is not None}
            # The builds before are let go; a thread that still asks one holds it until its answer is there.
            self._engines = {path: engine for path, pack in roads.items() if (engine := self._engine(pack, path)) is not None}
            self._closed = {path: closed for path, closed in self._closed.items() if path in roads and path not in self._engines}
            engines = self._engines
        return [_router(roads[path], engine) for path, engine in engines.items()]

    def faults(self) -> list[str]:
        """Return of each region whose roads cannot be opened why, and what to do."""
        self()
        return [closed.fault for closed in self._closed.values()]

    def _engine(self, pack: RegionPack, path: Path) -> EmbeddedValhalla | None:
        engine, closed = self._engines.get(path), self._closed.get(path)
        if engine is not None or (closed is not None and self._clock() < closed.until_s):
            return engine
        try:
            return EmbeddedValhalla(path, timetables=_timetables(pack), barriers=_barriers(pack))
        except FinderError as error:
            fault = f"The roads of region {pack.name} are left out: {error}"
            if closed is None:
                _log.error(fault)
            self._closed[path] = _Closed(self._clock() + RETRY_S, fault)
            return None


def _timetables(pack: RegionPack) -> Timetables | None:
    if not pack.feeds:
        return None
    named = tuple(dict.fromkeys(feed.attribution for feed in pack.feeds))
    return Timetables(has_timetable_on=pack.has_timetable_on, credits=named)


def _barriers(pack: RegionPack) -> Barriers | None:
    if pack.barriers_path is None:
        return None
    try:
        return read_barriers(pack.barriers_path)
    except FinderError as error:
        _log.warning(f"Ways for a wheelchair in region {pack.name} take longer to find: {error}")
        return None


def _router(pack: RegionPack, engine: EmbeddedValhalla) -> RegionRouter:
    west, south, east, north = pack.bounds
    return RegionRouter(name=pack.name, bounds=(west, south, east, north), router=engine)

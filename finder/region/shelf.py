"""The region packs in service, read again only when one was built or removed."""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from finder.errors import FinderError
from finder.geo.clocks import local_time
from finder.geo.points import LonLat
from finder.region.pack import MANIFEST, RegionPack

__all__ = ["RETRY_S", "RegionShelf"]

RETRY_S: Final = 60.0
"""A pack that could not be read is tried again after so long: somebody may have put it right."""

_log = logging.getLogger(__name__)

type _Stamp = tuple[tuple[str, int, int], ...]


class _Reading(NamedTuple):
    stamp: _Stamp
    packs: tuple[RegionPack, ...]
    good_until_s: float


class RegionShelf:
    """Safe to ask from many threads. A pack that cannot be read is logged and left out until it can: the other regions go on.

    ``clock`` gives seconds that never go back.
    """

    def __init__(self, regions_dir: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._regions_dir, self._clock = regions_dir, clock
        self._read = _Reading((), (), float("inf"))

    def packs(self) -> tuple[RegionPack, ...]:
        """Return the packs, by name. Costs a look at each manifest's date."""
        manifests = sorted(self._regions_dir.glob(f"*/{MANIFEST}"))
        stamp = tuple(stamped for path in manifests if (stamped := _stamp(path)) is not None)
        read = self._read
        if stamp != read.stamp or self._clock() >= read.good_until_s:
            found = [_opened(path.parent) for path in manifests]
            good_until_s = self._clock() + RETRY_S if None in found else float("inf")
            # One whole is put in place of another, so that no thread sees half.
            self._read = read = _Reading(stamp, tuple(pack for pack in found if pack is not None), good_until_s)
        return read.packs

    def has_timetable(self, place: LonLat, at: datetime) -> bool:
        """Return whether public transport around a place can be told on the day that it is there at an aware moment."""
        with_timetables = [pack for pack in self.packs() if pack.feeds and pack.holds(place)]
        if not with_timetables:
            return False
        day = local_time(at, place).date()
        return any(pack.has_timetable_on(day) for pack in with_timetables)


def _stamp(manifest: Path) -> tuple[str, int, int] | None:
    try:
        status = manifest.stat()
    except OSError:  # removed just now
        return None
    return str(manifest), status.st_mtime_ns, status.st_ino


def _opened(folder: Path) -> RegionPack | None:
    try:
        return RegionPack.open(folder)
    except FinderError as error:
        _log.error("Region left out: %s", error)
        return None

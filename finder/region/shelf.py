"""The region packs in service, read again only when one was built or removed."""

import logging
from pathlib import Path

from finder.errors import FinderError
from finder.region.pack import MANIFEST, RegionPack

__all__ = ["RegionShelf"]

_log = logging.getLogger(__name__)

type _Stamp = tuple[tuple[str, int, int], ...]


class RegionShelf:
    """Safe to ask from many threads. A pack that cannot be read is left out and logged: the other regions go on."""

    def __init__(self, regions_dir: Path) -> None:
        self._regions_dir = regions_dir
        self._read: tuple[_Stamp, tuple[RegionPack, ...]] = ((), ())

    def packs(self) -> tuple[RegionPack, ...]:
        """Return the packs, by name. Costs a look at each manifest's date."""
        manifests = sorted(self._regions_dir.glob(f"*/{MANIFEST}"))
        stamp = tuple((str(path), status.st_mtime_ns, status.st_ino) for path in manifests for status in (path.stat(),))
        if stamp != self._read[0]:
            self._read = stamp, tuple(pack for path in manifests if (pack := _opened(path.parent)))
        return self._read[1]


def _opened(folder: Path) -> RegionPack | None:
    try:
        return RegionPack.open(folder)
    except FinderError as error:
        _log.error("Region left out: %s", error)
        return None

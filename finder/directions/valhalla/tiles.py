"""Whether a file of road tiles is whole.

Valhalla itself opens anything: of an empty, cut or garbled file it says that there are no roads. So the file is looked through
before it is used: the list of tiles that Valhalla's own builder writes first must fit the tiles that follow.
"""

import tarfile
from pathlib import Path
from typing import Final

import numpy as np

from finder.errors import Damaged, NotReady

__all__ = ["check_tiles"]

_INDEX_NAME: Final = "index.bin"
_ENTRY: Final = np.dtype([("offset", "<u8"), ("tile", "<u4"), ("bytes", "<u4")])
# A tile begins with its own number: 3 bits of level and 22 of place.
_TILE_BITS: Final = 0x1FFFFFF
_HOW: Final = "Build the region again: finder region build FILE.osm.pbf."


def check_tiles(path: Path) -> None:
    """Raise :class:`NotReady` where there is no file, :class:`Damaged` where it is no whole archive of Valhalla's road tiles.

    Reads the list of tiles and the first bytes of each: milliseconds for a country.
    """
    if not path.is_file():
        raise NotReady(f"There is no file of road tiles {path.name}. {_HOW}")
    try:
        with tarfile.open(path) as archive:
            first = archive.next()
            listed = archive.extractfile(first) if first is not None and first.name == _INDEX_NAME else None
            content = listed.read() if listed is not None else b""
    except (tarfile.TarError, OSError, EOFError):
        content = b""
    if not content or len(content) % _ENTRY.itemsize or not _tiles_fit(path, np.frombuffer(content, dtype=_ENTRY)):
        raise Damaged(f"The file of road tiles {path.name} is cut or damaged. {_HOW}")


def _tiles_fit(path: Path, entries: np.ndarray[tuple[int], np.dtype[np.void]]) -> bool:
    length = path.stat().st_size
    with path.open("rb") as file:
        for offset, tile, size in entries.tolist():
            if offset + size > length:
                return False
            file.seek(offset)
            if int.from_bytes(file.read(8), "little") & _TILE_BITS != tile:
                return False
    return True

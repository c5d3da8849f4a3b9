"""The basemap's tiles out of the region packs, memory-mapped (PMTiles version 3)."""

import mmap
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from pmtiles.reader import Reader as PmtilesReader
from pmtiles.tile import Compression

from finder.errors import Damaged, NotFound
from finder.web.services import Basemap

__all__ = ["TILE_TYPE", "Tile", "TileShelf"]

TILE_TYPE = "application/vnd.mapbox-vector-tile"
_MAX_ZOOM = 22


class Tile(NamedTuple):
    """The bytes as the file holds them."""

    content: bytes
    gzipped: bool


class _Basemap(NamedTuple):
    stamp: tuple[Path, int, int]
    reader: Any
    gzipped: bool


class TileShelf:
    """Opens a pack's basemap at its first tile, and again when ``finder region build`` has replaced the file."""

    def __init__(self, packs: Callable[[], Sequence[Basemap]]) -> None:
        self._packs = packs
        self._open: dict[str, _Basemap] = {}  # by region
        self._lock = Lock()

    def tile(self, region: str, z: int, x: int, y: int) -> Tile | None:
        """The tile, or None where the map has nothing there. Raises :class:`NotFound` for no such region or no such tile."""
        pack = next((pack for pack in self._packs() if pack.name == region), None)
        if pack is None or not pack.basemap_path.is_file():
            raise NotFound("There is no basemap of that name.")
        if not (0 <= z <= _MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
            raise NotFound("There is no such tile.")
        basemap = self._basemap(region, pack.basemap_path)
        content = basemap.reader.get(z, x, y)
        return None if content is None else Tile(content, basemap.gzipped)

    def _basemap(self, region: str, path: Path) -> _Basemap:
        status = path.stat()
        stamp = (path, status.st_mtime_ns, status.st_ino)
        known = self._open.get(region)
        if known is not None and known.stamp == stamp:
            return known
        with self._lock, path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)  # keeps the file open by itself

            def get_bytes(offset: int, length: int) -> bytes:
                return mapped[offset : offset + length]

            reader: Any = PmtilesReader(get_bytes)
            try:
                header = reader.header()
            except Exception as error:
                raise Damaged(f"The basemap {path.name} cannot be read: build the region again.") from error
            basemap = _Basemap(stamp, reader, header["tile_compression"] == Compression.GZIP)
            self._open[region] = basemap
            return basemap

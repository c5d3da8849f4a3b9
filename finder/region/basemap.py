"""A self-hosted vector basemap: one PMTiles file of Mapbox Vector Tiles. The layers and their fields: see ``map_layers``.

Tiles go to zoom 14 and no further, since a tile's address says where somebody looks: such a tile is 2.4 km wide at the equator,
2.1 km in San Diego, 1.2 km in Helsinki, so about a coarse cell (5 km²) or a third of one. The map draws closer views from these.

GDAL (by pyogrio) cuts each layer at each zoom by itself, into a file of one zoom; cut over a range of zooms at once, features
vanish at some of them. The tiles are joined by putting their layers one behind the other: a tile is a protobuf message whose only
field is its repeated layers (Mapbox Vector Tile specification 2.1, section 4.1), so joined messages are one message.
"""

import gzip
import math
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import geopandas
import msgspec
import pyogrio
import shapely
from pmtiles.reader import MemorySource, all_tiles
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from shapely.geometry.base import BaseGeometry

from finder.region.coastline import sea_in
from finder.region.extract import Bounds, Extract
from finder.region.map_layers import FIELDS, LAYERS, MAP_KEYS, Drawn, drawn

__all__ = ["ATTRIBUTION", "MAX_ZOOM", "MIN_ZOOM", "Basemap", "write_basemap"]

ATTRIBUTION = "© OpenStreetMap contributors"
MIN_ZOOM = 6
MAX_ZOOM = 14
_SMALLEST_PIXELS = 4.0
"""An area of fewer square pixels (256 to a tile) is a speck."""
_NAMELESS_TO_ZOOM = 11
"""Up to here lines of one class are drawn as one: names would not fit, and the tiles stay small."""


type Address = tuple[int, int, int]
"""Zoom, column, row, as web maps count them: row 0 is the northernmost."""


class Basemap(msgspec.Struct, frozen=True):
    """What was written."""

    tiles: int
    features: int
    """Things drawn, each counted once, whatever the number of its tiles."""


def write_basemap(path: Path, extract: Extract, title: str, report: Callable[[str], None] = lambda _: None) -> Basemap:
    """Write the basemap of the extract. ``report`` is told each zoom as it is cut.

    Raises :class:`BadFile` while reading a damaged extract. An extract that shows nothing gives a valid file with one
    empty tile.
    """
    layers = _layers(extract)
    tiles: dict[Address, bytes] = {}
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".tiles-") as folder:
        for zoom in range(MIN_ZOOM, MAX_ZOOM + 1):
            for layer in LAYERS:
                shown = _shown(layers[layer], zoom, extract.bounds)
                for address, tile in _cut(Path(folder) / f"{layer}-{zoom}.pmtiles", layer, shown, zoom).items():
                    tiles[address] = tiles.get(address, b"") + tile
            report(f"basemap: zoom {zoom} of {MAX_ZOOM}")
    if not tiles:
        tiles[0, 0, 0] = b""
    _join(path, tiles, extract.bounds, title)
    return Basemap(len(tiles), sum(map(len, layers.values())))


def _layers(extract: Extract) -> dict[str, list[Drawn]]:
    layers: dict[str, list[Drawn]] = {layer: [] for layer in LAYERS}
    coastlines: list[BaseGeometry] = []
    for found in extract.objects(*MAP_KEYS):
        if found.tags.get("natural") == "coastline":
            if not found.is_area:
                coastlines.append(found.geometry)
        elif (thing := drawn(found)) is not None:
            layers[thing.layer].append(thing)
    layers["water"] += [Drawn("water", "sea", None, MIN_ZOOM, part) for part in sea_in(extract.bounds, coastlines)]
    return layers


def _shown(things: Sequence[Drawn], zoom: int, bounds: Bounds) -> list[Drawn]:
    """What of one layer is shown at one zoom."""
    pixel_degrees = 360.0 / (256 * 2**zoom)
    # A pixel is as wide as high on the ground: in degrees of latitude it shrinks with the cosine.
    pixel_area = pixel_degrees**2 * math.cos(math.radians((bounds.south + bounds.north) / 2))
    smallest = _SMALLEST_PIXELS * pixel_area if zoom < MAX_ZOOM else 0.0
    shown = [thing for thing in things if thing.from_zoom <= zoom and not 0.0 < thing.geometry.area < smallest]
    if zoom > _NAMELESS_TO_ZOOM or not shown or shown[0].geometry.geom_type != "LineString":
        return shown
    by_class: dict[str, list[BaseGeometry]] = {}
    for thing in shown:
        by_class.setdefault(thing.of_class, []).append(thing.geometry)
    merged = {of_class: shapely.line_merge(shapely.union_all(lines)) for of_class, lines in by_class.items()}
    return [Drawn(shown[0].layer, of_class, None, zoom, lines) for of_class, lines in merged.items()]


def _cut(path: Path, layer: str, things: Sequence[Drawn], zoom: int) -> dict[Address, bytes]:
    """The tiles of one layer at one zoom, each a message that is not packed yet."""
    if not things:
        return {}
    columns = {"class": [thing.of_class for thing in things], "name": [thing.name for thing in things]}
    frame = geopandas.GeoDataFrame(
        {field: columns[field] for field in FIELDS[layer]}, geometry=[thing.geometry for thing in things], crs="EPSG:4326"
    )
    with warnings.catch_warnings():
        # GDAL warns of each ring that collapses when it is rounded to the grid of the tile: it is too small to be seen.
        warnings.simplefilter("ignore", RuntimeWarning)
        pyogrio.write_dataframe(
            frame,
            path,
            layer=layer,
            driver="PMTiles",
            geometry_type="Unknown",
            dataset_options={"MINZOOM": str(zoom), "MAXZOOM": str(zoom), "MAX_SIZE": "20000000", "MAX_FEATURES": "1000000"},
        )
    packed = path.read_bytes()
    path.unlink()
    return {address: gzip.decompress(tile) for address, tile in all_tiles(MemorySource(packed))}


def _join(path: Path, tiles: dict[Address, bytes], bounds: Bounds, title: str) -> None:
    west, south, east, north = (round(degrees * 1e7) for degrees in bounds)
    header = {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": 13,
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }
    metadata = {
        "name": title,
        "attribution": ATTRIBUTION,
        "type": "baselayer",
        "vector_layers": [
            {"id": layer, "minzoom": MIN_ZOOM, "maxzoom": MAX_ZOOM, "fields": dict.fromkeys(FIELDS[layer], "String")}
            for layer in LAYERS
        ],
    }
    with path.open("wb") as out:
        writer = Writer(out)
        for number, tile in sorted((zxy_to_tileid(*address), tile) for address, tile in tiles.items()):
            writer.write_tile(number, gzip.compress(tile, mtime=0))
        writer.finalize(header, metadata)

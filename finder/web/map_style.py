"""The look of the basemap: a MapLibre style over the tiles of every region pack."""

from collections.abc import Sequence
from typing import Any

from finder.web.services import Basemap
from finder.web.static_files import StaticFiles

__all__ = ["OSM_CREDIT", "map_style"]

OSM_CREDIT = '<a href="https://www.openstreetmap.org/copyright" rel="noopener noreferrer">© OpenStreetMap contributors</a>'
MAX_TILE_ZOOM = 14
_REGULAR, _SEMIBOLD = "Public Sans Regular", "Public Sans SemiBold"
_LATIN = [
    "U+0000-00FF", "U+0131", "U+0152-0153", "U+02BB-02BC", "U+02C6", "U+02DA", "U+02DC", "U+0304", "U+0308", "U+0329",
    "U+2000-206F", "U+20AC", "U+2122", "U+2191", "U+2193", "U+2212", "U+2215", "U+FEFF", "U+FFFD",
]  # fmt: skip
_LATIN_EXT = ["U+0100-0130", "U+0132-0151", "U+0154-02BA", "U+02BD-02C5", "U+1E00-1E9F", "U+1EF2-1EFF", "U+20A0-20AB"]

_LAND, _WATER, _GREEN, _BUILT, _TEXT, _HALO = "#f4f1ea", "#a9cfe0", "#cfe5c4", "#e2dbcf", "#37474f", "#ffffff"


def map_style(packs: Sequence[Basemap], static: StaticFiles) -> dict[str, Any]:
    """The style as MapLibre's style specification version 8 has it.

    Addresses are paths: the page's script puts its own origin before them, since behind a proxy the server cannot know it.
    """
    sources: dict[str, Any] = {}
    layers: list[dict[str, Any]] = [{"id": "land", "type": "background", "paint": {"background-color": _LAND}}]
    per_pack: list[list[dict[str, Any]]] = []
    for pack in packs:
        if not pack.basemap_path.is_file():
            continue
        sources[pack.name] = {
            "type": "vector",
            "tiles": [f"/tiles/{pack.name}/{{z}}/{{x}}/{{y}}?v={pack.basemap_path.stat().st_mtime_ns:x}"],
            "bounds": list(pack.bounds),
            "maxzoom": MAX_TILE_ZOOM,
            "attribution": OSM_CREDIT,
        }
        per_pack.append([{**layer, "id": f"{pack.name}:{layer['id']}", "source": pack.name} for layer in _LAYERS])
    # Layer by layer over all packs, so that one pack's fields never cover its neighbour's names.
    layers.extend(layer for same in zip(*per_pack, strict=True) for layer in same)
    font = "vendor/public-sans/public-sans-{}-{}-normal.woff2"
    return {
        "version": 8,
        "name": "finder",
        "sources": sources,
        "layers": layers,
        "font-faces": {
            name: [
                {"url": static.url(font.format("latin", weight)), "unicode-range": _LATIN},
                {"url": static.url(font.format("latin-ext", weight)), "unicode-range": _LATIN_EXT},
            ]
            for name, weight in ((_REGULAR, 400), (_SEMIBOLD, 600))
        },
    }


def _width(*stops: float) -> list[Any]:
    """A line's width in pixels over the zoom: zoom, width, zoom, width …"""
    return ["interpolate", ["exponential", 1.6], ["zoom"], *stops]


def _fill(name: str, source_layer: str, colour: str, **paint: Any) -> dict[str, Any]:
    return {"id": name, "type": "fill", "source-layer": source_layer, "paint": {"fill-color": colour, **paint}}


def _road(name: str, road_class: str, colour: str, width: list[Any], minzoom: int, **paint: Any) -> dict[str, Any]:
    return {
        "id": name,
        "type": "line",
        "source-layer": "roads",
        "minzoom": minzoom,
        "filter": ["==", ["get", "class"], road_class],
        "layout": {"line-cap": "round", "line-join": "round"},
        "paint": {"line-color": colour, "line-width": width, **paint},
    }


_MINOR_CASING, _MINOR = _width(12, 1, 14, 3, 18, 13), _width(12, 0.6, 14, 2, 18, 11)
_MAJOR_CASING, _MAJOR = _width(8, 1.2, 14, 5.4, 18, 20), _width(8, 0.8, 14, 4, 18, 17.5)
_MOTORWAY_CASING, _MOTORWAY = _width(6, 1.4, 14, 8, 18, 34), _width(6, 1, 14, 6, 18, 29)

_LAYERS: list[dict[str, Any]] = [
    _fill("landuse", "landuse", "#ece6db", **{"fill-opacity": 0.7}),
    _fill("green", "green", _GREEN),
    _fill("water", "water", _WATER),
    {
        "id": "waterways", "type": "line", "source-layer": "waterways",
        "paint": {"line-color": _WATER, "line-width": _width(9, 0.8, 18, 8)},
    },
    {**_fill("buildings", "buildings", _BUILT, **{"fill-outline-color": "#cfc6b6"}), "minzoom": 13},
    _road("paths", "path", "#b9a98f", _width(14, 0.7, 18, 2.4), 14, **{"line-dasharray": [3, 2]}),
    {
        "id": "rail", "type": "line", "source-layer": "rail", "minzoom": 11,
        "filter": ["!=", ["get", "class"], "subway"],  # it runs below, where nobody on the street sees it
        "paint": {"line-color": "#b3b0ab", "line-width": _width(11, 0.6, 18, 3)},
    },
    _road("minor-casing", "minor", "#d5cfc4", _MINOR_CASING, 12),
    _road("major-casing", "major", "#d9b45b", _MAJOR_CASING, 7),
    _road("motorway-casing", "motorway", "#cf9340", _MOTORWAY_CASING, 5),
    _road("minor", "minor", "#ffffff", _MINOR, 12),
    _road("major", "major", "#ffe9ae", _MAJOR, 7),
    _road("motorway", "motorway", "#ffd28a", _MOTORWAY, 5),
    {
        "id": "road-names", "type": "symbol", "source-layer": "roads", "minzoom": 13,
        "filter": ["all", ["has", "name"], ["!=", ["get", "class"], "path"]],
        "layout": {
            "symbol-placement": "line", "symbol-spacing": 320, "text-field": ["get", "name"], "text-font": [_REGULAR],
            "text-size": ["interpolate", ["linear"], ["zoom"], 13, 11, 18, 15],
        },
        "paint": {"text-color": _TEXT, "text-halo-color": _HALO, "text-halo-width": 1.6},
    },
    {
        "id": "place-names", "type": "symbol", "source-layer": "place_labels",
        "layout": {
            "text-field": ["get", "name"], "text-font": [_SEMIBOLD], "text-max-width": 8, "text-letter-spacing": 0.03,
            "text-size": ["match", ["get", "class"], "city", 19, "town", 17, "village", 15, 13],
            "symbol-sort-key": ["match", ["get", "class"], "city", 0, "town", 1, "village", 2, 3],
        },
        "paint": {"text-color": "#51436b", "text-halo-color": _HALO, "text-halo-width": 1.8},
    },
]  # fmt: skip
"""Bottom to top; ``id`` and ``source`` are completed for each pack."""

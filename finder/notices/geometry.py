"""Shapes of fences as files have them: geometries of GeoJSON (RFC 7946), and well-known text. No error repeats a coordinate."""

import re
from typing import Any, Final

import msgspec
import numpy as np
import shapely

from finder.domain.fence import Circle, Outline
from finder.errors import BadInput
from finder.geo.points import LonLat, checked_lon_lat

__all__ = ["check_crs", "circle_of", "shape_of_geojson", "shape_of_wkt"]

_KINDS: Final = "a fence is a Polygon, a MultiPolygon, or a Point with radius_m"
_LON_LAT: Final = re.compile(
    r"(?:urn:ogc:def:crs:)?(?:ogc:[0-9.]*:?crs84|epsg:[0-9.]*:?4326|wgs ?84|crs:?84)"
    r"|https?://www\.opengis\.net/def/crs/(?:ogc/[0-9.]+/crs84|epsg/[0-9.]+/4326)"
)
"""What writers of GeoJSON call it who still say so."""
_RING: Final = "A ring of an outline has at least three corners, and ends where it begins."


def circle_of(lon: float, lat: float, radius_m: float | None) -> Circle:
    """Return a circle. Raises :class:`BadInput` for a point that is not on the Earth and a radius that no fence has."""
    centre = checked_lon_lat(lon, lat)
    if radius_m is None:
        raise BadInput("A circle needs radius_m: its radius in metres.")
    if not 1.0 <= radius_m <= 20_000.0:
        raise BadInput("radius_m must be 1 to 20000 metres.")
    return Circle(centre=centre, radius_m=radius_m)


def shape_of_geojson(geometry: Any, radius_m: float | None, *, level: float | None = None) -> Circle | Outline:
    """Return the shape of a decoded geometry; ``radius_m`` is that of a Point. Raises :class:`BadInput` for what is none."""
    try:
        kind, coordinates = geometry["type"], geometry["coordinates"]
        check_crs(geometry)
        if kind == "Point":
            return circle_of(float(coordinates[0]), float(coordinates[1]), radius_m)
        if kind not in {"Polygon", "MultiPolygon"}:
            raise BadInput(f"This is no shape of a fence: {_KINDS}.")
        polygons = [coordinates] if kind == "Polygon" else coordinates
        rings = tuple(tuple(tuple(_point(point) for point in ring) for ring in polygon) for polygon in polygons)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        raise BadInput(f"The geometry cannot be read: {_KINDS}, with longitudes before latitudes.") from error
    if not rings or not all(polygon and all(len(ring) >= 4 and ring[0] == ring[-1] for ring in polygon) for polygon in rings):
        raise BadInput(_RING)
    return Outline(polygons=rings, level=level)


def check_crs(said: Any) -> None:
    """Raise :class:`BadInput` where a decoded object of GeoJSON names other coordinates than longitudes and latitudes (WGS84)."""
    crs = said.get("crs")
    if crs is None:
        return
    named = crs.get("properties", {}).get("name") if isinstance(crs, dict) and isinstance(crs.get("properties"), dict) else None
    if not isinstance(named, str) or not _LON_LAT.fullmatch(named.strip().lower()):
        raise BadInput("Its member crs names other coordinates than longitude and latitude: save it anew as WGS84 (EPSG:4326).")


def shape_of_wkt(text: str, radius_m: float | None, *, level: float | None = None) -> Circle | Outline:
    """Return the shape of well-known text, longitudes first. Raises :class:`BadInput` for what is none."""
    try:
        with np.errstate(invalid="ignore"):  # of NaN, which is told of below
            geometry = shapely.from_wkt(text)
    except shapely.errors.ShapelyError as error:
        raise BadInput(f"The well-known text cannot be read: {_KINDS}; each ring ends where it begins.") from error
    if geometry.is_empty:
        raise BadInput(f"The well-known text has no shape: {_KINDS}.")
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise BadInput("The shape is not on the Earth: longitudes and latitudes must be numbers.")
    return shape_of_geojson(msgspec.json.decode(shapely.to_geojson(geometry)), radius_m, level=level)


def _point(coordinates: Any) -> LonLat:
    return checked_lon_lat(float(coordinates[0]), float(coordinates[1]))

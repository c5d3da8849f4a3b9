"""The time zones of a region as Valhalla's builders read them: a SpatiaLite file with the table ``tz_world``.

The boundaries are those of the package tzfpy, coarser than the original by some hundred metres.
"""

from pathlib import Path

import geopandas
import shapely
import tzfpy
from shapely.geometry.base import BaseGeometry

from finder.region.extract import Bounds

__all__ = ["write_time_zones"]

_BEYOND_DEGREES = 1.0
"""Roads that an extract did not cut run beyond its box."""


def write_time_zones(path: Path, bounds: Bounds) -> list[str]:
    """Write the zones that lie within the bounds or a degree beyond, and return their names, such as ``America/Tijuana``."""
    box = shapely.box(*bounds).buffer(_BEYOND_DEGREES, join_style="mitre")
    zones = {name: zone for name in sorted(tzfpy.timezonenames()) if not name.startswith("Etc/") and (zone := _within(box, name))}
    frame = geopandas.GeoDataFrame({"TZID": list(zones)}, geometry=list(zones.values()), crs="EPSG:4326")
    # The names of the table, its columns and the spatial index are those that the builders ask for.
    frame.to_file(
        path,
        driver="SQLite",
        SPATIALITE="YES",
        SPATIAL_INDEX="YES",
        layer="tz_world",
        geometry_type="MultiPolygon",
        GEOMETRY_NAME="geom",
    )
    return list(zones)


def _within(box: BaseGeometry, name: str) -> BaseGeometry | None:
    zone = shapely.from_geojson(tzfpy.get_tz_polygon_geojson(name))
    if not zone.intersects(box):
        return None
    parts = shapely.get_parts(shapely.make_valid(shapely.union_all(shapely.get_parts(zone))).intersection(box))
    polygons = [part for part in parts.tolist() if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(polygons) if polygons else None

"""Points on the Earth: longitude first, WGS84 degrees, as GeoJSON and PostGIS have it."""

import math
from typing import NamedTuple

from finder.errors import BadInput

__all__ = ["LonLat", "checked_lon_lat"]


class LonLat(NamedTuple):
    """A point in WGS84 degrees, longitude first: ``LonLat(lon=-117.16, lat=32.72)``."""

    lon: float
    lat: float


def checked_lon_lat(lon: float, lat: float) -> LonLat:
    """Return the point, or raise :class:`BadInput` when it is not on the Earth.

    The message never repeats the numbers: it may be logged, and the point may be where a person is.
    """
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise BadInput("Longitude and latitude must be numbers.")
    if not -90.0 <= lat <= 90.0:
        raise BadInput("Latitude must be between -90 and 90 degrees. Are latitude and longitude swapped?")
    if not -180.0 <= lon <= 180.0:
        raise BadInput("Longitude must be between -180 and 180 degrees.")
    return LonLat(lon, lat)

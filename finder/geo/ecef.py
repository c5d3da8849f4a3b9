"""WGS84 and its Earth-centred, Earth-fixed (ECEF) coordinates: no seam at ±180°, no poles, so a plain k-d tree works there."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ECCENTRICITY_SQUARED",
    "EQUATORIAL_RADIUS_M",
    "FLATTENING",
    "LARGEST_CURVATURE_RADIUS_M",
    "POLAR_RADIUS_M",
    "SMALLEST_CURVATURE_RADIUS_M",
    "ecef_m",
]

EQUATORIAL_RADIUS_M: Final = 6_378_137.0
"""Semi-major axis a (NGA.STND.0036, WGS84)."""

FLATTENING: Final = 1.0 / 298.257223563
"""f = (a - b) / a (same standard)."""

POLAR_RADIUS_M: Final = EQUATORIAL_RADIUS_M * (1.0 - FLATTENING)
"""Semi-minor axis b, 6,356,752.314 m."""

ECCENTRICITY_SQUARED: Final = FLATTENING * (2.0 - FLATTENING)
"""First eccentricity squared, e² = f (2 - f)."""

SMALLEST_CURVATURE_RADIUS_M: Final = POLAR_RADIUS_M**2 / EQUATORIAL_RADIUS_M
"""b²/a, 6,335,439 m: along the meridian, at the equator. No normal section of the ellipsoid bends more."""

LARGEST_CURVATURE_RADIUS_M: Final = EQUATORIAL_RADIUS_M**2 / POLAR_RADIUS_M
"""a²/b, 6,399,594 m: at the poles. No normal section of the ellipsoid bends less."""


def ecef_m(lon_lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x, y, z in metres, shape (n, 3), of points on the ellipsoid given as (n, 2) WGS84 degrees, longitude first.

    x points to 0° E on the equator, y to 90° E, z to the north pole. Rounding error below 5 nm.
    """
    lon, lat = np.radians(lon_lat[:, 0]), np.radians(lat_deg := lon_lat[:, 1])
    sin_lat = np.sin(lat)
    # cos(radians(90)) is 6e-17, not 0: at the poles every longitude is to be the same point.
    cos_lat = np.where(np.abs(lat_deg) == 90.0, 0.0, np.cos(lat))
    # Radius of curvature in the prime vertical.
    normal_m = EQUATORIAL_RADIUS_M / np.sqrt(1.0 - ECCENTRICITY_SQUARED * sin_lat * sin_lat)
    xyz_m = np.empty((len(lon_lat), 3), dtype=np.float64)
    xyz_m[:, 0] = normal_m * cos_lat * np.cos(lon)
    xyz_m[:, 1] = normal_m * cos_lat * np.sin(lon)
    xyz_m[:, 2] = normal_m * (1.0 - ECCENTRICITY_SQUARED) * sin_lat
    return xyz_m

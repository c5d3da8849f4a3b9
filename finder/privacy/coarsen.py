"""Blurring a point to the H3 cell that holds it."""

import h3

from finder.geo.points import LonLat

__all__ = ["COARSE_RESOLUTION", "coarse_cell", "coarsened"]

COARSE_RESOLUTION = 7
"""H3 resolution 7: cells of 5.16 km² on average. Nothing finer about where a person was is ever kept."""


def coarse_cell(lon_lat: LonLat) -> str:
    """The index of the H3 cell of resolution 7 that holds the point."""
    return h3.latlng_to_cell(lon_lat.lat, lon_lat.lon, COARSE_RESOLUTION)


def coarsened(lon_lat: LonLat) -> tuple[LonLat, float]:
    """The centre of the point's cell and the radius in metres of the circle around the whole cell.

    Everybody in one cell gets the same answer, so the answer says no more than the cell.
    """
    cell = coarse_cell(lon_lat)
    centre = h3.cell_to_latlng(cell)
    radius_m = max(h3.great_circle_distance(centre, corner, unit="m") for corner in h3.cell_to_boundary(cell))
    # h3 measures on a sphere; 0.6 % covers what that differs from the spheroid anywhere.
    return LonLat(lon=centre[1], lat=centre[0]), radius_m * 1.006

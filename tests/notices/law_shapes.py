"""What the tests of the law share: cases, sites, and outlines read by the standard library and measured by brute force."""

import json
from functools import cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from finder.domain.facility import Facility, FacilityKind
from finder.domain.fence import Circle, Outline
from finder.geo.points import LonLat
from finder.notices.law import Site
from finder.web.static_files import STATIC_DIR
from tests.conftest import REPOSITORY

WGS84 = Geod(ellps="WGS84")
BOUNDARIES = STATIC_DIR / "vendor" / "boundaries"
LAW_TOML = (REPOSITORY / "finder/notices/law/law.toml").read_text(encoding="utf-8")
CASES: list[dict[str, Any]] = json.loads((REPOSITORY / "tests/cases/law_cases.json").read_text(encoding="utf-8"))


def facility(lon_lat: tuple[float, float], **fields: Any) -> Facility:
    return Facility(**{"id": "x", "kind": FacilityKind.CLINIC, "name": "Clinic", "lon_lat": LonLat(*lon_lat), **fields})


def outline(*rings: list[tuple[float, float]]) -> Outline:
    return Outline(polygons=(tuple(tuple(LonLat(*point) for point in ring) for ring in rings),))


def circle(lon_lat: tuple[float, float], radius_m: float) -> Circle:
    return Circle(centre=LonLat(*lon_lat), radius_m=radius_m)


def regular(lon_lat: tuple[float, float], radius_m: float, corners: int = 8) -> Outline:
    """A polygon with corners that far away, by PROJ."""
    ring = [away(lon_lat, 360.0 * corner / corners, radius_m) for corner in range(corners)]
    return outline([*ring, ring[0]])


def away(lon_lat: tuple[float, float], azimuth_deg: float, distance_m: float) -> tuple[float, float]:
    lon, lat, _ = WGS84.fwd(*lon_lat, azimuth_deg, distance_m)
    return float(lon), float(lat)


def site_of(case: dict[str, Any]) -> Site:
    fields = {name: case[name] for name in ("position_accuracy_m",) if name in case}
    kind, services = FacilityKind(case.get("kind", "clinic")), tuple(case.get("services", ()))
    return Site(
        facility=facility(case["lon_lat"], kind=kind, services=services, **fields),
        perimeter=outline(case["site"]) if "site" in case else None,
        practised=tuple(case.get("practised", ())),
    )


@cache
def rings(atlas: str, name: str) -> list[NDArray[np.float64]]:
    """The outer rings and holes of a country or state, decoded from TopoJSON by hand. Of places away from ±180° only."""
    file, layer = {"world": ("countries-10m.json", "countries"), "us": ("states-10m.json", "states")}[atlas]
    topology = json.loads((BOUNDARIES / file).read_bytes())
    scale, move = np.array(topology["transform"]["scale"]), np.array(topology["transform"]["translate"])

    def arc(number: int) -> NDArray[np.float64]:
        points = np.cumsum(topology["arcs"][number if number >= 0 else ~number], axis=0) * scale + move
        return points if number >= 0 else points[::-1]

    (geometry,) = [one for one in topology["objects"][layer]["geometries"] if one["properties"]["name"] == name]
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    return [np.vstack([arc(number) for number in ring]) for polygon in polygons for ring in polygon]


def holds(atlas: str, name: str, lon_lat: tuple[float, float]) -> bool:
    """Whether the point is inside, by counting the edges to the east of it."""
    lon, lat = lon_lat
    inside = False
    for ring in rings(atlas, name):
        (x0, y0), (x1, y1) = ring[:-1].T, ring[1:].T
        crosses = (y0 > lat) != (y1 > lat)
        with np.errstate(divide="ignore", invalid="ignore"):
            east = lon < x0 + (lat - y0) * (x1 - x0) / (y1 - y0)
        inside ^= bool((crosses & east).sum() % 2)
    return inside


@cache
def edge_points(atlas: str, name: str) -> NDArray[np.float64]:
    """Points on the outline, shape (n, 2), about 200 m from one another."""
    dense = [shapely.get_coordinates(shapely.segmentize(shapely.LineString(ring), 0.002)) for ring in rings(atlas, name)]
    return np.vstack(dense)


def distance_m(atlas: str, name: str, lon_lat: tuple[float, float]) -> float:
    """How far the point is, 0 inside: by PROJ to each point of the outline, so up to 150 m too much and never too little."""
    if holds(atlas, name, lon_lat):
        return 0.0
    points = edge_points(atlas, name)
    near = points[np.all(np.abs(points - lon_lat) < (1.5, 0.5), axis=1)]  # more than 50 km, south of 70°
    if not len(near):
        return 1e9
    lon, lat = np.full(len(near), lon_lat[0]), np.full(len(near), lon_lat[1])
    return float(WGS84.inv(lon, lat, near[:, 0].copy(), near[:, 1].copy())[2].min())

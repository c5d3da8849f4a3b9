"""A route as files that other programs read: GeoJSON (RFC 7946) and GPX 1.1."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from finder.directions.router import Basis, Route, Step
from finder.geo.points import LonLat

__all__ = ["GPX_NAMESPACE", "Waypoint", "to_geojson", "to_gpx"]

GPX_NAMESPACE: Final = "http://www.topografix.com/GPX/1/1"
"""See https://www.topografix.com/GPX/1/1/."""

_CREATOR: Final = "finder"


class Waypoint(NamedTuple):
    """A point of a file that stands by itself."""

    lon_lat: LonLat
    name: str


def to_geojson(route: Route, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return a FeatureCollection: the way as a LineString, then a Point for each step, where it begins; longitude first.

    ``about``: further properties of the way, in JSON's types. Without a shape, as of an estimate, the one feature has no geometry
    (RFC 7946, 3.2).
    """
    shape = route.shape()
    properties = {
        "basis": route.basis.value,
        "mode": route.mode.value,
        "length_m": route.length_m,
        "duration_s": route.time.likely_s,
        "min_duration_s": route.time.min_s,
        "max_duration_s": route.time.max_s,
        **about,
    }
    # A line has two positions at least: where one goes nowhere, the same twice.
    line = {"type": "LineString", "coordinates": np.resize(shape, (max(len(shape), 2), 2)).tolist()} if len(shape) else None
    points = [
        _feature(
            {"type": "Point", "coordinates": place.tolist()},
            {
                "kind": step.kind.value,
                "instruction": step.instruction,
                "length_m": step.length_m,
                "duration_s": step.duration_s,
                "streets": list(step.streets),
            },
        )
        for step, place in _placed(route.steps, shape)
    ]
    return {"type": "FeatureCollection", "features": [_feature(line, properties), *points]}


def to_gpx(route: Route, name: str, *, about: str, waypoints: Sequence[Waypoint]) -> bytes:
    """Return a GPX 1.1 file, UTF-8: the waypoints, a route with a point for each step, a track with all points of the way.

    ``about`` is its description, if it has any. An estimate has the waypoints only: a line as the crow flies would lead through
    houses.
    """
    # Characters that no XML may hold would make a file that nothing opens.
    label = _xml_text(name)
    ET.register_namespace("", GPX_NAMESPACE)
    root = ET.Element(_tag("gpx"), {"version": "1.1", "creator": _CREATOR})
    metadata = _child(root, "metadata")
    _child(metadata, "name", label)
    if described := _xml_text(about):
        _child(metadata, "desc", described)
    for waypoint in waypoints:
        _child(_point(root, "wpt", waypoint.lon_lat), "name", _xml_text(waypoint.name))
    if route.basis is Basis.ROADS:
        shape = route.shape()
        steps = _child(root, "rte")
        _child(steps, "name", label)
        for step, place in _placed(route.steps, shape):
            _child(_point(steps, "rtept", LonLat(*place.tolist())), "desc", _xml_text(step.instruction))
        track = _child(root, "trk")
        _child(track, "name", label)
        segment = _child(track, "trkseg")
        for place in shape.tolist():
            _point(segment, "trkpt", LonLat(*place))
    return ET.tostring(root, encoding="UTF-8", xml_declaration=True)


def _placed(steps: Iterable[Step], shape: NDArray[np.float64]) -> list[tuple[Step, NDArray[np.float64]]]:
    return [(step, shape[step.first]) for step in steps] if len(shape) else []


def _feature(geometry: dict[str, Any] | None, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _tag(name: str) -> str:
    return f"{{{GPX_NAMESPACE}}}{name}"


def _child(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, _tag(name))
    child.text = text
    return child


def _point(parent: ET.Element, name: str, place: LonLat) -> ET.Element:
    return ET.SubElement(parent, _tag(name), {"lat": f"{place.lat:.6f}", "lon": f"{place.lon:.6f}"})


def _xml_text(text: str) -> str:
    allowed = (character for character in text if character in "\t\n" or " " <= character < "\ud800" or character >= "\ue000")
    return "".join(character for character in allowed if character not in "\ufffe\uffff")

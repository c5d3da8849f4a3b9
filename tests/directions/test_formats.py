"""Files of a route, read by parsers that are not ours."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from finder.directions.estimate import TravelMode
from finder.directions.formats import Waypoint, to_geojson, to_gpx
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Basis, Route, RouteRequest, Step, StepKind
from finder.geo.points import LonLat
from finder.geo.polyline import encode_polyline

GPX = {"g": "http://www.topografix.com/GPX/1/1"}
CLINIC = Waypoint(LonLat(-117.03, 32.54), "Clínica")
PLACES = [(-117.02, 32.53), (-117.021234, 32.531), (-117.03, 32.54)]


def route_of(places: list[tuple[float, float]], instruction: str = "Gire a la derecha en Calle 2ª.") -> Route:
    estimate = GreatCircle().route(RouteRequest(origin=LonLat(*places[0]), target=LonLat(*places[-1]), mode=TravelMode.CAR))
    last = len(places) - 1
    return Route(
        basis=Basis.ROADS,
        mode=TravelMode.CAR,
        length_m=estimate.length_m,
        time=estimate.time,
        polyline=encode_polyline(np.array(places), precision=6),
        steps=(
            Step(
                kind=StepKind.START,
                instruction=instruction,
                length_m=1.0,
                duration_s=2.0,
                streets=("Calle 2ª",),
                first=0,
                last=last,
            ),
            Step(kind=StepKind.ARRIVE, instruction="Ha llegado.", length_m=0.0, duration_s=0.0, first=last, last=last),
        ),
    )


def test_geojson_has_the_way_and_its_steps_longitude_first() -> None:
    collection = json.loads(json.dumps(to_geojson(route_of(PLACES), {"notes": ["mind the step"], "crossing": None})))
    assert collection["type"] == "FeatureCollection"
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in collection["features"]]
    assert [shape.geom_type for shape in shapes] == ["LineString", "Point", "Point"]
    assert list(shapes[0].coords) == PLACES
    assert [tuple(shape.coords[0]) for shape in shapes[1:]] == [PLACES[0], PLACES[-1]]
    way, first, _ = (feature["properties"] for feature in collection["features"])
    assert (way["basis"], way["mode"], way["min_duration_s"] < way["max_duration_s"]) == ("roads", "car", True)
    assert (way["notes"], way["crossing"]) == (["mind the step"], None)
    assert (first["kind"], first["streets"]) == ("start", ["Calle 2ª"])


def test_a_way_to_where_one_is_still_is_a_line() -> None:
    line = to_geojson(route_of(PLACES[:1]), {})["features"][0]["geometry"]
    assert list(shapely.from_geojson(json.dumps(line)).coords) == [PLACES[0], PLACES[0]]


def test_an_estimate_has_no_way_to_draw() -> None:
    estimate = GreatCircle().route(RouteRequest(origin=LonLat(0, 0), target=LonLat(1, 1), mode=TravelMode.FOOT))
    (feature,) = to_geojson(estimate, {})["features"]
    assert feature["geometry"] is None
    assert feature["properties"]["basis"] == "estimate"
    root = ET.fromstring(to_gpx(estimate, "x", about="As the crow flies.", waypoints=[CLINIC]))  # noqa: S314 - we wrote it
    assert [child.tag.split("}")[1] for child in root] == ["metadata", "wpt"], "no way, not even an empty one"
    assert root.findtext("g:metadata/g:desc", "", GPX) == "As the crow flies."
    assert b"desc" not in to_gpx(estimate, "x", about="", waypoints=[CLINIC])
    (point,) = root.findall("g:wpt", GPX)
    assert (float(point.get("lon", "")), float(point.get("lat", ""))) == CLINIC.lon_lat
    assert point.findtext("g:name", "", GPX) == "Clínica"


@given(st.text(max_size=20), st.text(max_size=20))
def test_gpx_is_well_formed_whatever_the_names_hold(name: str, instruction: str) -> None:
    root = ET.fromstring(to_gpx(route_of(PLACES, instruction), name, about=name, waypoints=[CLINIC]))  # noqa: S314 - we wrote it
    assert root.tag == "{http://www.topografix.com/GPX/1/1}gpx"
    assert root.get("version") == "1.1"
    # The order that GPX's schema wants.
    assert [child.tag.split("}")[1] for child in root] == ["metadata", "wpt", "rte", "trk"]
    for path in ("g:trk/g:trkseg/g:trkpt", "g:rte/g:rtept"):
        found = [(float(point.get("lon", "")), float(point.get("lat", ""))) for point in root.findall(path, GPX)]
        assert found == (PLACES if "trk" in path else [PLACES[0], PLACES[-1]])
    assert [child.tag.split("}")[1] for child in root[0]] == (
        ["name", "desc"] if root.findtext("g:metadata/g:desc", "", GPX) else ["name"]
    )
    paths = ("g:trk/g:name", "g:metadata/g:desc", "g:rte/g:rtept/g:desc")
    texts = [root.findtext(path, "", GPX) for path in paths]
    for text, given_text in zip(texts, (name, name, instruction), strict=True):
        if given_text.isprintable():
            assert text == given_text

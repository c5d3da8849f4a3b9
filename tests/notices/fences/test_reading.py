"""Files of fences: what is read of CSV and of GeoJSON, and what is told of a row that cannot be."""

import csv
import io
import json
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.domain.fence import Circle, Outline, Trigger
from finder.errors import BadFile
from finder.notices.fences.reading import ReadFence, RowProblem, fences_of_rows, trigger_text
from finder.notices.fences.tables import rows_in
from finder.notices.tracker import wish_s_of
from tests.notices.fences.desks import HELSINKI, NOW, DictSites, clinic
from tests.notices.law_shapes import regular

SITES = DictSites(clinic("a", HELSINKI), clinic("b", HELSINKI))
SITES.draw("b", regular(HELSINKI, 70.0, 6))
SQUARE = regular(HELSINKI, 90.0, 4)
WKT = "POLYGON ((" + ", ".join(f"{lon} {lat}" for lon, lat in SQUARE.polygons[0][0]) + "))"
GEOMETRY: dict[str, Any] = {"type": "Polygon", "coordinates": [[list(point) for point in SQUARE.polygons[0][0]]]}
NO_CIRCLE = {"lat": "", "lon": "", "radius_m": ""}
ROW = {
    "facility": "a",
    "name": "Arrival",
    "triggers": "dwell 10 min",
    "text_en": "Welcome to {facility}.",
    "text_es": "Le damos la bienvenida a {facility}.",
    "lat": str(HELSINKI.lat),
    "lon": str(HELSINKI.lon),
    "radius_m": "120",
}


def table(*rows: dict[str, str], delimiter: str = ",") -> bytes:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def collection(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def feature(geometry: Any = GEOMETRY, **properties: Any) -> dict[str, Any]:
    said = {name: value for name, value in ROW.items() if name not in {"lat", "lon", "radius_m"}}
    return {"type": "Feature", "geometry": geometry, "properties": said | properties}


def read(data: bytes) -> list[ReadFence | RowProblem]:
    return list(fences_of_rows(rows_in(data, "fences"), "norte", SITES, NOW))


def one(data: bytes) -> ReadFence:
    (found,) = read(data)
    assert isinstance(found, ReadFence), found
    return found


def test_a_row_becomes_a_fence() -> None:
    row = ROW | {
        "Id": "main-door",
        "Name": " Arrival ",
        "triggers": "enter; Dwell 10 min;approach 5 min; exit ; wrong entrance; dwell 1.5 h",
        "text_en_exit": "Goodbye.",
        "text_es_exit": "Adiós.",
        "text_pt-BR": "Olá",
        "TEXT_EN_wrong_entrance": "Go in by {entrance}.",
        "windows": "Mo-Fr 08:00-18:00; PH off",
        "quiet_hours": "22:00-07:00",
        "once_per_visit": "No",
        "most_per_day": "5",
        "false_event_limit": "0.02",
        "expires_on": "2027-12-31",
        "Cost centre": "4711",
        "note": "",
    }
    del row["name"]
    found = one(table(row))
    fence = found.fence
    assert (found.row, found.site) == (2, SITES.site("a"))
    assert (fence.id, fence.tenant, fence.facility_id, fence.name) == ("main-door", "norte", "a", "Arrival")
    assert fence.shape == Circle(centre=HELSINKI, radius_m=120.0)
    assert [(wish.trigger.value, wish.dwell_s, wish.eta_s, wish.texts["en"]) for wish in fence.wishes] == [
        ("enter", None, None, "Welcome to {facility}."),
        ("dwell", 600.0, None, "Welcome to {facility}."),
        ("approach", None, 300.0, "Welcome to {facility}."),
        ("exit", None, None, "Goodbye."),
        ("wrong_entrance", None, None, "Go in by {entrance}."),
        ("dwell", 5400.0, None, "Welcome to {facility}."),
    ]
    assert {wish.texts["pt-BR"] for wish in fence.wishes} == {"Olá"}
    assert (fence.windows, fence.quiet_hours) == ("Mo-Fr 08:00-18:00; PH off", "22:00-07:00")
    assert (fence.once_per_visit, fence.most_per_day, fence.false_event_limit) == (False, 5, 0.02)
    assert (fence.expires_on, fence.extras) == (date(2027, 12, 31), {"Cost centre": "4711"})


def test_what_is_not_said_is_as_the_domain_has_it() -> None:
    fence = one(table(ROW)).fence
    assert (fence.once_per_visit, fence.most_per_day, fence.false_event_limit) == (True, 3, 0.01)
    assert (fence.windows, fence.quiet_hours, fence.expires_on, fence.extras) == ("", "", None, {})
    assert len(fence.id) == 16
    assert fence.id != one(table(ROW)).fence.id


@pytest.mark.parametrize(
    ("cells", "shape"),
    [
        ({"shape": "circle"}, Circle(centre=HELSINKI, radius_m=120.0)),
        (NO_CIRCLE | {"wkt": WKT}, SQUARE),
        (NO_CIRCLE | {"shape": "Outline", "wkt": WKT}, SQUARE),
        (NO_CIRCLE | {"wkt": WKT.replace("POLYGON (", "MULTIPOLYGON ((") + ")"}, SQUARE),
        ({"wkt": f"POINT ({HELSINKI.lon} {HELSINKI.lat})", "lat": "", "lon": ""}, Circle(centre=HELSINKI, radius_m=120.0)),
        (NO_CIRCLE | {"geojson": json.dumps(GEOMETRY)}, SQUARE),
        (NO_CIRCLE | {"geojson": json.dumps(GEOMETRY), "level": "-1"}, Outline(polygons=SQUARE.polygons, level=-1.0)),
        (NO_CIRCLE | {"geojson": json.dumps(GEOMETRY | {"crs": {"properties": {"name": "EPSG:4326"}}})}, SQUARE),
        (NO_CIRCLE | {"facility": "b", "shape": "building"}, SITES.site("b").perimeter),
    ],
)
def test_shapes(cells: dict[str, str], shape: Circle | Outline) -> None:
    assert one(table(ROW | cells)).fence.shape == shape


@given(st.sampled_from([Trigger.DWELL, Trigger.APPROACH]), st.integers(60_000, 3_600_000).map(lambda ms: ms / 1000.0))
def test_times_are_read_as_they_are_written(trigger: Trigger, time_s: float) -> None:
    [wish] = one(table({**ROW, "triggers": trigger_text(trigger, time_s)})).fence.wishes
    assert (wish.trigger, wish_s_of(wish)) == (trigger, pytest.approx(time_s, abs=1e-9))


def test_a_feature_says_the_same() -> None:
    said = {"triggers": ["enter", "dwell 90 s"], "once_per_visit": False, "most_per_day": 2, "id": 7, "extra": {"a": [1]}}
    found = one(collection(feature(**said) | {"id": "not this"}))
    fence = found.fence
    assert (found.row, fence.id, fence.shape, fence.extras) == (1, "7", SQUARE, {"extra": {"a": [1]}})
    assert [(wish.trigger.value, wish.dwell_s) for wish in fence.wishes] == [("enter", None), ("dwell", 90.0)]
    assert (fence.once_per_visit, fence.most_per_day) == (False, 2)
    circle = feature({"type": "Point", "coordinates": list(HELSINKI)}, radius_m=80.5)
    fence = one(collection(circle | {"id": "its-own"})).fence
    assert (fence.id, fence.shape) == ("its-own", Circle(centre=HELSINKI, radius_m=80.5))
    fence = one(collection(feature(None, facility="b", shape="building"))).fence
    assert fence.shape == SITES.site("b").perimeter


@pytest.mark.parametrize("encoded", [table(ROW, delimiter=";"), table(ROW, delimiter="\t"), b"\xef\xbb\xbf" + table(ROW)])
def test_as_spreadsheets_save_it(encoded: bytes) -> None:
    assert one(encoded).fence.shape == Circle(centre=HELSINKI, radius_m=120.0)


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ({"facility": ""}, "facility", "Give the id"),
        ({"facility": "z"}, "facility", "No facility of this id"),
        ({"name": ""}, "name", "Give it a name"),
        ({"name": "a\nb"}, "name", "printable"),
        ({"id": "a b"}, "id", "letters, digits"),
        (
            {"triggers": ""},
            "triggers",
            "Say 1 to 10 things that it listens for, of: enter; dwell 10 min; approach 5 min; exit; wrong",
        ),
        ({"triggers": "enter; lurk"}, "triggers", "Number 2 is none of"),
        ({"triggers": "dwell ten min"}, "triggers", "Number 1 is none of"),
        ({"triggers": "exit 5 min"}, "triggers", "which only dwell and approach have"),
        ({"triggers": "dwell 30 s"}, "triggers", "1 minute to 24 hours"),
        ({"triggers": "approach 2 h"}, "triggers", "1 minute to 1 hour"),
        ({"triggers": "dwell; dwell 5 min"}, "triggers", "same thing twice"),
        ({"text_es": ""}, "text_es", "at dwell"),
        ({"text_en": "Hi {name}"}, "text_en", "braces"),
        ({"text_en": "Hi {facility"}, "text_en", "braces"),
        ({"text_es": "{facility} " * 60}, "text_es", "240 fit"),
        ({"text_en": "a\nb"}, "text_en", "line break"),
        ({"shape": "square"}, "shape", "Say circle, outline or building"),
        ({"shape": "outline"}, "shape", "is no outline"),
        (NO_CIRCLE | {"shape": "circle", "wkt": WKT}, "shape", "is no circle"),
        (NO_CIRCLE | {"shape": "building"}, "shape", "No outline of this facility is known"),
        ({"wkt": WKT}, "shape", "Give a circle (lat, lon, radius_m) or an outline, not both"),
        (NO_CIRCLE | {"wkt": WKT, "radius_m": "120"}, "shape", "not both"),
        (NO_CIRCLE | {"wkt": WKT, "lat": "60.17"}, "shape", "not both"),
        ({"geojson": json.dumps(GEOMETRY)}, "shape", "not both"),
        ({"wkt": f"POINT ({HELSINKI.lon} {HELSINKI.lat})"}, "shape", "not both"),
        ({"facility": "b", "shape": "building", "lat": "", "lon": ""}, "shape", "not both"),
        ({"shape": "building", "facility": "b", "wkt": WKT}, "wkt", "twice"),
        ({"wkt": WKT, "geojson": json.dumps(GEOMETRY)}, "geojson", "twice"),
        (NO_CIRCLE | {"wkt": "POLYGON ((24.94 60.17, 24.95 60.17))"}, "wkt", "cannot be read"),
        (NO_CIRCLE | {"wkt": "LINESTRING (24.94 60.17, 24.95 60.17)"}, "wkt", "a Polygon"),
        (NO_CIRCLE | {"wkt": "POLYGON EMPTY"}, "wkt", "no shape"),
        (NO_CIRCLE | {"wkt": "POLYGON ((24.94 97.17, 24.95 60.17, 24.95 60.18, 24.94 97.17))"}, "wkt", "swapped"),
        (NO_CIRCLE | {"wkt": "POLYGON ((24.94 60.17, nan 60.17, 24.95 60.18, 24.94 60.17))"}, "wkt", "not on the Earth"),
        (NO_CIRCLE | {"wkt": "POINT (24.94 inf)", "radius_m": "9"}, "wkt", "not on the Earth"),
        (
            NO_CIRCLE | {"wkt": "POLYGON ((24.94 60.17, 24.95 60.18, 24.95 60.17, 24.94 60.18, 24.94 60.17))"},
            "shape",
            "crosses itself",
        ),
        (NO_CIRCLE | {"geojson": "[24.94, 60.17]"}, "geojson", "cannot be read"),
        (NO_CIRCLE | {"geojson": "24.94 60.17"}, "geojson", "no JSON"),
        (NO_CIRCLE | {"geojson": "[" * 5000}, "geojson", "no JSON"),
        (NO_CIRCLE | {"geojson": '{"type": "Point", "coordinates": ["24.94x", 60.17]}'}, "geojson", "cannot be read"),
        (NO_CIRCLE | {"geojson": json.dumps(GEOMETRY | {"crs": "EPSG:3857"})}, "geojson", "save it anew as WGS84"),
        ({"lat": ""}, "shape", "Give lat, lon"),
        ({"lat": "60,17"}, "lat", "a number from -90 to 90"),
        ({"lat": "97.17"}, "lat", "a number from -90 to 90"),
        ({"lat": "-116.96", "lon": "32.45"}, "lat", "Are lat and lon swapped?"),
        ({"lon": "nan"}, "lon", "a number from -180 to 180"),
        ({"radius_m": "0.5"}, "radius_m", "from 1 to 20000"),
        ({"radius_m": ""}, "shape", "radius_m"),
        ({"level": "ground"}, "level", "a number"),
        ({"level": "301"}, "level", "-100 to 300"),
        ({"level": "2"}, "level", "needs an outline"),
        ({"windows": "Monday morning"}, "windows", "OpenStreetMap"),
        ({"quiet_hours": "25:00-26:99"}, "quiet_hours", "OpenStreetMap"),
        ({"once_per_visit": "maybe"}, "once_per_visit", "yes or no"),
        ({"most_per_day": "0"}, "most_per_day", "1 to 20"),
        ({"most_per_day": "2.5"}, "most_per_day", "whole number"),
        ({"false_event_limit": "5 %"}, "false_event_limit", "0 to 0.05"),
        ({"expires_on": "31.12.2027"}, "expires_on", "2027-12-31"),
        ({"expires_on": "2026-11-22"}, "expires_on", "over"),
        ({"extra": "x" * 5000}, "extras", "bytes"),
        ({"triggers": "dwell 0 min"}, "triggers", "1 minute to 24 hours"),
        ({"triggers": "enter; approach 0 s"}, "triggers", "1 minute to 1 hour"),
    ],
)
def test_what_is_wrong_is_told_with_row_and_column_and_no_coordinate(cells: dict[str, str], column: str, says: str) -> None:
    good, bad = ROW | {"id": "good"}, ROW | {"id": "bad"} | cells
    first, problem, *more = read(table(good, bad))
    assert isinstance(first, ReadFence)
    assert not more
    assert isinstance(problem, RowProblem)
    assert (problem.row, problem.column) == (3, column)
    assert says in problem.text
    assert not any(number in problem.text for number in ("24.9", "60.1", "97.1"))


def test_all_that_is_wrong_is_told_at_once() -> None:
    problems = read(table(ROW | {"facility": "z", "lat": "x", "triggers": "lurk", "most_per_day": "x", "expires_on": "x"}))
    assert [(one.row, one.column) for one in problems if isinstance(one, RowProblem)] == [
        (2, column) for column in ("facility", "lat", "triggers", "most_per_day", "expires_on")
    ]


def test_an_id_is_there_once_and_rows_are_counted_as_they_stand() -> None:
    first, second, third = read(table(ROW | {"id": "a"}, dict.fromkeys(ROW, ""), ROW | {"id": "a"}, ROW | {"id": "b"}))
    assert isinstance(first, ReadFence)
    assert second == RowProblem(4, "id", "Row 2 has the same id: give each fence its own.")
    assert isinstance(third, ReadFence)
    assert third.row == 5


def test_an_outline_may_not_have_all_corners_of_the_world() -> None:
    coordinates = [list(point) for point in regular(HELSINKI, 90.0, 2000).polygons[0][0]]
    (problem,) = read(collection(feature({"type": "Polygon", "coordinates": [coordinates]})))
    assert problem == RowProblem(1, "shape", "The outline has more than 2,000 corners: simplify it.")


@pytest.mark.parametrize(
    ("bad", "column"),
    [
        (None, ""),
        (7, ""),
        ({"type": "Feature", "geometry": GEOMETRY}, ""),
        (feature(None), "shape"),
        (feature({"type": "LineString", "coordinates": [[24.94, 60.17], [24.95, 60.17]]}), "geometry"),
        (feature({"type": "Polygon", "coordinates": [[[24.94, 60.17], [24.95, 60.17], [24.95, 60.18]]]}), "geometry"),
        (feature({"type": "Polygon"}), "geometry"),
        (feature({"type": "Point", "coordinates": list(HELSINKI)}), "geometry"),
        (feature(wkt=WKT), "geometry"),
        (feature(lat=60.17, lon=24.94), "shape"),
        (feature(radius_m=120), "shape"),
        (feature({"type": "Point", "coordinates": list(HELSINKI)}, lat=1.0, lon=2.0, radius_m=120), "shape"),
        (feature() | {"crs": {"type": "name", "properties": {"name": "EPSG:3857"}}}, ""),
        (feature(GEOMETRY | {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3067"}}}), "geometry"),
        (feature(name={"en": "Arrival"}), "name"),
        (feature(triggers=[["enter"], {}]), "triggers"),
        (feature(text_en_entre="Hi"), "text_en_entre"),
        (feature(once_per_visit=2), "once_per_visit"),
    ],
)
def test_features_that_are_none(bad: Any, column: str) -> None:
    first, problem, *more = read(collection(feature(), bad))
    assert isinstance(first, ReadFence)
    assert not more
    assert isinstance(problem, RowProblem)
    assert (problem.row, problem.column) == (2, column)
    assert not any(number in problem.text for number in ("24.9", "60.1"))


def test_a_point_that_says_again_where_it_is_is_a_circle() -> None:
    point = feature({"type": "Point", "coordinates": list(HELSINKI)}, lat=HELSINKI.lat, lon=HELSINKI.lon, radius_m=120)
    assert one(collection(point)).fence.shape == Circle(centre=HELSINKI, radius_m=120.0)


def test_the_line_that_excel_reads_itself_is_passed_over() -> None:
    named = table(ROW | {"id": "norte-main"})
    assert one(b"sep=,\r\n" + named) == one(named)


def test_a_text_of_no_trigger_is_told_of_once() -> None:
    problems = [one for one in read(table(ROW | {"text_en_entre": "Hi"}, ROW)) if isinstance(one, RowProblem)]
    assert [(one.row, one.column) for one in problems] == [(1, "text_en_entre")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"\xff\xfe\x00",
        "facility;name;triggers\nñ".encode("latin-1"),
        b"facility,name\na,b\n",
        b"facility,name,triggers,Name\na,b,c,d\n",
        b"facility,name,triggers\n",
        b"facility,name,triggers,text_en_entre\n\n,,,\n",
        b'facility,name,triggers\n"a,b,c\n',
        b"{",
        b"{}",
        b'{"features": []}',
        b'{"a": ' + b"[" * 5000,
        b'{"features": "x"}',
    ],
)
def test_what_is_no_file_of_fences_is_refused(data: bytes) -> None:
    with pytest.raises(BadFile, match="fences"):
        read(data)


OF_WGS84 = (
    "urn:ogc:def:crs:OGC:1.3:CRS84",
    "urn:ogc:def:crs:EPSG::4326",
    "EPSG:4326",
    "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
)


@pytest.mark.parametrize("crs", [None, *({"type": "name", "properties": {"name": name}} for name in OF_WGS84)])
def test_a_collection_that_says_that_it_is_of_longitudes_and_latitudes_is_read(crs: Any) -> None:
    assert one(json.dumps({"crs": crs, "type": "FeatureCollection", "features": [feature()]}).encode()).fence.shape == SQUARE


@pytest.mark.parametrize("crs", ["EPSG:3857", 7, {}, {"properties": {"name": "urn:ogc:def:crs:EPSG::43267"}}, {"properties": []}])
def test_a_collection_of_other_coordinates_is_refused_with_what_to_do(crs: Any) -> None:
    with pytest.raises(BadFile, match=r"save it anew as WGS84 \(EPSG:4326\)"):
        read(json.dumps({"crs": crs, "type": "FeatureCollection", "features": [feature()]}).encode())


def test_too_many_cells_in_a_row() -> None:
    assert [type(one) for one in read(table(ROW) + b"a,b,c,d,e,f,g,h,i,j\n")] == [ReadFence, RowProblem]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
COLUMNS = st.sampled_from([*ROW, "id", "shape", "wkt", "geojson", "level", "windows", "expires_on", "most_per_day", "text_fi"])


@given(st.dictionaries(COLUMNS, JSON, max_size=6), JSON)
@settings(deadline=None, max_examples=150)
def test_whatever_a_feature_says_it_is_a_fence_or_a_problem(properties: dict[str, Any], geometry: Any) -> None:
    for shape in (geometry, {"type": "Polygon", "coordinates": geometry}):
        for found in read(collection(feature(shape, **properties))):
            assert isinstance(found, RowProblem) or msgspec.json.encode(found.fence)


@given(st.dictionaries(COLUMNS, st.text(max_size=30), max_size=6))
@settings(deadline=None, max_examples=100)
def test_whatever_a_row_says_it_is_a_fence_or_a_problem(cells: dict[str, str]) -> None:
    try:
        found = read(table(ROW | cells))
    except (BadFile, UnicodeEncodeError):
        return
    for one_ in found:
        assert isinstance(one_, RowProblem) or {wish.trigger for wish in one_.fence.wishes} <= set(Trigger)

"""GeoJSON in all its forms becomes a table, one feature at a time; what is broken is told by its line or number."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finder.errors import BadFile
from finder.loading.read import FIELD_LIMIT, Row
from finder.loading.row_error import RowError, Severity
from finder.loading.sources import geojson, json_stream
from finder.loading.sources.geojson import open_geojson

POINT = {"type": "Point", "coordinates": [-117.038, 32.514]}
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [0, 2], [2, 2], [2, 0], [0, 0]]]}


def feature(geometry: Any = POINT, /, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def collection(*features: Any, **more: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features, **more})


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "a.geojson"
    path.write_bytes(text.encode(encoding))
    return path


def rows_of(path: Path) -> list[Row | RowError]:
    return list(open_geojson(path).rows(None))


def test_a_collection_is_read_by_number_twice(tmp_path: Path) -> None:
    table = open_geojson(written(tmp_path, collection(feature(name="One"), feature(name="Two", city="Tecate"))))
    assert (table.header, table.details) == (("lat", "lon", "name", "city"), "GeoJSON, by number of the feature")
    rows = [
        Row(1, {"lat": "32.514", "lon": "-117.038", "name": "One", "city": ""}),
        Row(2, {"lat": "32.514", "lon": "-117.038", "name": "Two", "city": "Tecate"}),
    ]
    assert list(table.rows(None)) == list(table.rows(None)) == rows


FORMS = {
    "a byte order mark": "\ufeff" + collection(feature(name="One")),
    "features before the type": json.dumps(
        {"features": [feature(name="One")], "bbox": [1, 2, 3, 4], "type": "FeatureCollection"}
    ),
    "pretty": json.dumps({"type": "FeatureCollection", "name": "x", "features": [feature(name="One")]}, indent=4),
    "one feature": json.dumps(feature(name="One"), indent=1),
    "one line": json.dumps(feature(name="One")) + "\n",
    "lines": "\n" + json.dumps(feature(name="One")) + "\n\n" + json.dumps(feature(name="Two")),
    "a sequence": f"\x1e{json.dumps(feature(name='One'), indent=2)}\n\x1e{json.dumps(feature(name='Two'))}\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read(tmp_path: Path, form: str) -> None:
    names = [row.cells["name"] for row in rows_of(written(tmp_path, FORMS[form])) if isinstance(row, Row)]
    assert names == ["One", "Two"][: 2 if form in ("lines", "a sequence") else 1]


def test_lines_and_sequences_tell_the_line_and_go_on_behind_a_broken_feature(tmp_path: Path) -> None:
    lines = [json.dumps(feature(name="One")), "", '{"type": "Feature", "prop', json.dumps(feature(name="Four")), "[]"]
    path = written(tmp_path, "\n".join(lines))
    assert open_geojson(path).details == "GeoJSON, a feature on each line"
    assert [(row.line, isinstance(row, Row)) for row in rows_of(path)] == [(1, True), (3, False), (4, True), (5, False)]
    path = written(
        tmp_path, f'\x1e{json.dumps(feature(name="One"), indent=0)}\n\x1e{{"cut off\n\x1e{json.dumps(feature(name="Two"))}\n'
    )
    assert open_geojson(path).details == "GeoJSON text sequence"
    first = json.dumps(feature(name="One"), indent=0).count("\n") + 1
    read = rows_of(path)
    assert [(row.line, isinstance(row, Row)) for row in read] == [(1, True), (first + 1, False), (first + 2, True)]
    path = written(tmp_path, '{"type": "Feature", "prop}\n' + json.dumps(feature(name="Two")) + "\n")
    assert [(row.line, isinstance(row, Row)) for row in rows_of(path)] == [(1, False), (2, True)]


def test_properties_become_text(tmp_path: Path) -> None:
    properties = {
        "name": " Clínica Ñ ",
        "postcode": 22000.0,
        "phone": 526646841234567890123,
        "open": True,
        "nothing": None,
        "beds": 0.5,
        "address": {"street": "Calle 2", "geo": {"zone": "Centro"}},
        "services": ["dental", "x-ray", None],
        "hours": [{"day": "Mo"}],
        "half a letter": "\ud83d",
        "": "nameless",
    }
    read = rows_of(written(tmp_path, collection(feature(None, **properties))))
    assert read == [
        Row(
            1,
            {
                "name": "Clínica Ñ",
                "postcode": "22000",
                "phone": "526646841234567890123",
                "open": "yes",
                "nothing": "",
                "beds": "0.5",
                "address.street": "Calle 2",
                "address.geo.zone": "Centro",
                "services": "dental;x-ray",
                "hours": '{"day": "Mo"}',
                "half a letter": "?",
                "(no name)": "nameless",
            },
        )
    ]


def test_nan_says_nothing_and_a_digit_too_many_is_text(tmp_path: Path) -> None:
    text = collection(feature(name="x", a=1, b=2)).replace('"a": 1', '"a": NaN').replace('"b": 2', '"b": ' + "9" * 5000)
    (row,) = rows_of(written(tmp_path, text))
    assert isinstance(row, Row)
    assert (row.cells["a"], row.cells["b"]) == ("", "9" * 5000)


def test_the_geometry_wins_over_properties_of_the_same_name_and_is_missing_where_it_is_missing(tmp_path: Path) -> None:
    path = written(tmp_path, collection(feature(lat="1", name="x"), feature(None, lon="2", lat="3"), feature(None, name="y")))
    table = open_geojson(path)
    assert table.header == ("lat", "lon", "name")
    assert [(row.cells["lat"], row.cells["lon"]) for row in table.rows(None) if isinstance(row, Row)] == [
        ("32.514", "-117.038"),
        ("3", "2"),
        ("", ""),
    ]


def test_without_any_geometry_the_columns_are_those_of_the_properties(tmp_path: Path) -> None:
    path = written(tmp_path, collection(feature(None, latitud=32.5, name="x"), {"type": "Feature", "properties": None}))
    assert open_geojson(path).header == ("latitud", "name")
    assert [row.line for row in rows_of(path)] == [1]


def test_the_id_of_a_feature_is_a_column_unless_a_property_is(tmp_path: Path) -> None:
    path = written(tmp_path, collection({**feature(name="x"), "id": 7}, feature(name="y")))
    assert open_geojson(path).header == ("lat", "lon", "id", "name")
    assert [row.cells["id"] for row in rows_of(path) if isinstance(row, Row)] == ["7", ""]
    path = written(tmp_path, collection({**feature(ID="own"), "id": 7}))
    assert open_geojson(path).header == ("lat", "lon", "ID")


@pytest.mark.parametrize(
    "geometry",
    [
        SQUARE,
        {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]},
        {"type": "LineString", "coordinates": [[0, 0], [2, 2]]},
        {"type": "MultiPoint", "coordinates": [[1, 1]]},
        {"type": "GeometryCollection", "geometries": [SQUARE, POINT]},
        {
            "type": "Polygon",
            "coordinates": [*SQUARE["coordinates"], [[0.1, 0.1], [0.1, 1.9], [1.9, 1.9], [1.9, 0.1], [0.1, 0.1]]],
        },
    ],
)
def test_another_shape_gives_a_point_on_it(tmp_path: Path, geometry: dict[str, Any]) -> None:
    (row,) = rows_of(written(tmp_path, collection(feature(geometry, name="x"))))
    assert isinstance(row, Row)
    point = shapely.Point(float(row.cells["lon"]), float(row.cells["lat"]))
    assert shapely.from_geojson(json.dumps(geometry)).distance(point) < 1e-12


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": ["-117", "32"]},
        {"type": "Point", "coordinates": [-117]},
        {"type": "Point", "coordinates": None},
        {"type": "Point"},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Nonsense", "coordinates": [1, 2]},
        {"coordinates": [1, 2]},
        [1, 2],
        "POINT (1 2)",
    ],
)
def test_a_geometry_that_is_none_costs_the_coordinates_only(tmp_path: Path, geometry: Any) -> None:
    warning, row = rows_of(written(tmp_path, collection(feature(geometry, name="x"))))
    assert isinstance(warning, RowError)
    assert (warning.line, warning.column, warning.severity) == (1, "geometry", Severity.WARNING)
    assert row == Row(1, {"lat": "", "lon": "", "name": "x"})


def test_empty_geometries_are_no_error(tmp_path: Path) -> None:
    empty = (
        {"type": "Point", "coordinates": []},
        {"type": "MultiPolygon", "coordinates": []},
        {"type": "GeometryCollection", "geometries": []},
    )
    read = rows_of(written(tmp_path, collection(*(feature(geometry, name="x") for geometry in empty))))
    assert [type(row) for row in read] == [Row, Row, Row]


CRS_NAMES = [
    ("urn:ogc:def:crs:OGC:1.3:CRS84", True),
    ("urn:ogc:def:crs:OGC::CRS84", True),
    ("EPSG:4326", True),
    ("epsg:4326", True),
    ("urn:ogc:def:crs:EPSG::4326", True),
    ("urn:ogc:def:crs:EPSG:6.9:4326", True),
    ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", True),
    ("http://www.opengis.net/def/crs/EPSG/0/4326", True),
    ("urn:ogc:def:crs:EPSG::32611", False),
    ("EPSG:43260", False),
    ("EPSG:3857", False),
]


@pytest.mark.parametrize(("name", "fits"), CRS_NAMES)
@pytest.mark.parametrize("before", [True, False])
def test_only_wgs_84_is_read(tmp_path: Path, name: str, fits: bool, before: bool) -> None:
    crs = {"type": "name", "properties": {"name": name}}
    content = {"type": "FeatureCollection", "features": [feature(name="x")]}
    path = written(tmp_path, json.dumps({"crs": crs, **content} if before else {**content, "crs": crs}))
    if fits:
        assert len(rows_of(path)) == 1
    else:
        with pytest.raises(BadFile, match=r"^a\.geojson has coordinates in another system than WGS 84"):
            open_geojson(path)


BAD = {
    "no JSON": ("name,city\n", "cannot be read as GeoJSON"),
    "cut off": (collection(feature(name="x"), feature(name="y"))[:-40], "behind feature 1. Perhaps it was cut off"),
    "two collections": (collection(feature()) + "\n" + collection(feature()), "something stands behind its end"),
    "no features": (collection(), "has no features"),
    "an empty file": ("", "cannot be read as GeoJSON"),
    "a list": ("[]", "cannot be read as GeoJSON"),
    "a bare geometry": (json.dumps(POINT), "is JSON, but no GeoJSON"),
    "FHIR": ('{"resourceType": "Bundle", "entry": []}', "is JSON, but no GeoJSON"),
    "nested too deeply": ('{"type": "FeatureCollection", "features": [' + "[" * 200_000, "cannot be read as GeoJSON"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_geojson_is_refused_without_its_folder(tmp_path: Path, case: str) -> None:
    text, says = BAD[case]
    with pytest.raises(BadFile, match=r"^a\.geojson ") as refusal:
        open_geojson(written(tmp_path, text))
    assert says in str(refusal.value)
    assert str(tmp_path) not in str(refusal.value)


def test_other_encodings_and_missing_files_are_refused(tmp_path: Path) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": [feature(name="Clínica")]}, ensure_ascii=False)
    with pytest.raises(BadFile, match=r"^a\.geojson is not in UTF-8"):
        open_geojson(written(tmp_path, text, "latin-1"))
    with pytest.raises(BadFile, match=r"^none\.geojson cannot be read: No such file"):
        open_geojson(tmp_path / "none.geojson")


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error, row = rows_of(written(tmp_path, collection(feature(name="x" * (FIELD_LIMIT + 1)), feature(name="y"))))
    assert isinstance(error, RowError)
    assert (error.line, error.column, error.severity) == (1, "name", Severity.ERROR)
    assert isinstance(row, Row)
    many = written(tmp_path, collection(*(feature(**{f"key {number}": 1}) for number in range(geojson.MAX_COLUMNS + 1))))
    with pytest.raises(BadFile, match=r"^a\.geojson has more than 5,000 different properties"):
        open_geojson(many)
    for module in (json_stream, geojson):
        monkeypatch.setattr(module, "VALUE_LIMIT", 300_000)
    with pytest.raises(BadFile, match=r"^a\.geojson cannot be read as GeoJSON: a value has more than 300,000 characters"):
        open_geojson(written(tmp_path, collection(feature(name="x" * 2_000_000))))
    with pytest.raises(BadFile, match=r"^a\.geojson, line 2: the feature has more than 300,000 characters"):
        open_geojson(written(tmp_path, json.dumps(feature(name="x")) + "\n" + json.dumps(feature(name="x" * 2_000_000))))


def test_a_feature_that_is_cut_by_every_piece_that_is_read_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(
        tmp_path, collection(feature(name="Ñandú “x” \\ \U0001f3e5", n=-12.5e1), feature(SQUARE, name="y"), bbox=[1, 2, 3, 4])
    )
    expected = rows_of(path)
    for chunk in (1, 2, 3, 7):
        monkeypatch.setattr(json_stream, "CHUNK", chunk)
        assert rows_of(path) == expected


def test_a_long_collection_needs_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    text = json.dumps(feature(name="x", note="y" * 2000))
    with path.open("w") as file:
        file.write('{"type": "FeatureCollection", "features": [' + ",\n".join([text] * 3_000) + "]}")
    told: list[tuple[int, int]] = []
    tracemalloc.start()
    count = sum(1 for _ in open_geojson(path).rows(lambda done, total: told.append((done, total))))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 3_000
    assert peak < path.stat().st_size / 2
    assert told[-1] == (path.stat().st_size,) * 2
    assert told == sorted(told)


NAMES = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
COORDINATES = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(NAMES, st.integers(), COORDINATES), min_size=1, max_size=20),
    form=st.sampled_from(["collection", "lines"]),
)
def test_rows_come_back_as_they_were_written(tmp_path: Path, rows: list[tuple[str, int, tuple[float, float]]], form: str) -> None:
    features = [feature({"type": "Point", "coordinates": point}, name=name, n=n) for name, n, point in rows]
    text = collection(*features) if form == "collection" else "\n".join(map(json.dumps, features))
    read = rows_of(written(tmp_path, text))
    assert [row.line for row in read] == list(range(1, len(rows) + 1))
    for row, (name, n, (lon, lat)) in zip(read, rows, strict=True):
        assert isinstance(row, Row)
        assert (row.cells["name"], row.cells["n"]) == (name.strip(), str(n))
        assert (float(row.cells["lon"]), float(row.cells["lat"])) == (lon, lat)


@pytest.mark.parametrize(("driver", "form"), [("GeoJSON", "by number"), ("GeoJSONSeq", "a feature on each line")])
def test_files_that_gdal_writes_are_read(tmp_path: Path, driver: str, form: str) -> None:
    frame = geopandas.GeoDataFrame(
        {"name": ["Clínica", "Hospital"], "beds": [3, 40]},
        geometry=[shapely.Point(-117.5, 32.25), shapely.box(0, 0, 2, 2)],
        crs=4326,
    )
    path = tmp_path / "a.geojson"
    frame.to_file(path, driver=driver)
    assert form in open_geojson(path).details
    assert rows_of(path) == [
        Row(1, {"lat": "32.25", "lon": "-117.5", "name": "Clínica", "beds": "3"}),
        Row(2, {"lat": "1", "lon": "1", "name": "Hospital", "beds": "40"}),
    ]

"""GeoParquet as GeoPandas and pyarrow write it, in any coordinate system, and Parquet without a geometry."""

import json
import tracemalloc
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import geopandas
import pyarrow
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from pyproj import Transformer

from finder.errors import BadFile
from finder.loading.read import FIELD_LIMIT, Row
from finder.loading.row_error import RowError, Severity
from finder.loading.sources import geoparquet
from finder.loading.sources.geoparquet import open_geoparquet

POINTS = [shapely.Point(-117.038, 32.514), shapely.Point(-116.6, 31.87)]


def frame_of(points: list[shapely.Geometry | None], crs: object = 4326) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame({"name": [f"Clínica {number}" for number in range(len(points))]}, geometry=points, crs=crs)


def rows_of(path: Path) -> list[Row | RowError]:
    return list(open_geoparquet(path).rows(None))


def table_with(path: Path, geo: object, **columns: object) -> Path:
    table = pyarrow.table(columns).replace_schema_metadata({"geo": json.dumps(geo)})
    parquet.write_table(table, path)
    return path


def test_a_file_of_geopandas_is_read_twice(tmp_path: Path) -> None:
    frame_of(POINTS).to_parquet(tmp_path / "a.parquet")
    table = open_geoparquet(tmp_path / "a.parquet")
    assert table.header == ("lat", "lon", "name")
    assert table.details == "GeoParquet, geometry “geometry”, WGS 84, by number of the row"
    rows = [
        Row(1, {"lat": "32.514", "lon": "-117.038", "name": "Clínica 0"}),
        Row(2, {"lat": "31.87", "lon": "-116.6", "name": "Clínica 1"}),
    ]
    assert list(table.rows(None)) == list(table.rows(None)) == rows


@pytest.mark.parametrize("crs", [32611, 6372, 3857, 4269])
def test_other_coordinate_systems_become_wgs_84(tmp_path: Path, crs: int) -> None:
    frame_of(POINTS).to_crs(crs).to_parquet(tmp_path / "a.parquet")
    assert "reprojected to WGS 84" in open_geoparquet(tmp_path / "a.parquet").details
    for row, point in zip(rows_of(tmp_path / "a.parquet"), POINTS, strict=True):
        assert isinstance(row, Row)
        assert float(row.cells["lon"]) == pytest.approx(point.x, abs=2e-9)
        assert float(row.cells["lat"]) == pytest.approx(point.y, abs=2e-9)


def test_the_order_of_the_axes_is_that_of_the_standard_in_a_system_that_has_latitude_first(tmp_path: Path) -> None:
    frame_of(POINTS, crs=4267).to_parquet(tmp_path / "a.parquet")
    row = rows_of(tmp_path / "a.parquet")[0]
    assert isinstance(row, Row)
    lon, lat = Transformer.from_crs("EPSG:4267", "OGC:CRS84", always_xy=True).transform(POINTS[0].x, POINTS[0].y)
    assert (float(row.cells["lon"]), float(row.cells["lat"])) == pytest.approx((lon, lat), abs=1e-9)


def test_other_shapes_empty_and_missing_ones(tmp_path: Path) -> None:
    frame_of([shapely.box(0, 0, 2, 2), None, shapely.Point(), shapely.LineString([(0, 0), (2, 0)])]).to_parquet(
        tmp_path / "a.parquet"
    )
    read = [(row.cells["lon"], row.cells["lat"]) for row in rows_of(tmp_path / "a.parquet") if isinstance(row, Row)]
    assert read[:3] == [("1", "1"), ("", ""), ("", "")]
    assert shapely.LineString([(0, 0), (2, 0)]).distance(shapely.Point(*map(float, read[3]))) == 0


def test_points_in_arrow_form_are_read(tmp_path: Path) -> None:
    frame_of([*POINTS, None]).to_parquet(tmp_path / "a.parquet", geometry_encoding="geoarrow")
    assert [row.cells["lat"] for row in rows_of(tmp_path / "a.parquet") if isinstance(row, Row)] == ["32.514", "31.87", ""]


def test_the_geometry_replaces_columns_of_the_same_name_where_it_is_given(tmp_path: Path) -> None:
    frame = frame_of([POINTS[0], None])
    frame["lat"], frame["lon"] = [1.0, 2.0], [3.0, 4.0]
    frame.to_parquet(tmp_path / "a.parquet")
    assert open_geoparquet(tmp_path / "a.parquet").header == ("lat", "lon", "name")
    read = [(row.cells["lat"], row.cells["lon"]) for row in rows_of(tmp_path / "a.parquet") if isinstance(row, Row)]
    assert read == [("32.514", "-117.038"), ("2", "4")]


def test_a_geometry_that_cannot_be_read_or_placed_costs_the_coordinates_only(tmp_path: Path) -> None:
    far = shapely.Point(1e30, 1e30)
    geo = {"primary_column": "shape", "columns": {"shape": {"encoding": "WKB", "crs": "EPSG:32611"}}}
    path = table_with(tmp_path / "a.parquet", geo, name=["a", "b"], shape=[b"no shape", far.wkb])
    read = rows_of(path)
    warnings = [row for row in read if isinstance(row, RowError)]
    assert [(warning.line, warning.severity) for warning in warnings] == [(1, Severity.WARNING), (2, Severity.WARNING)]
    assert [row for row in read if isinstance(row, Row)] == [
        Row(n, {"lat": "", "lon": "", "name": name}) for n, name in ((1, "a"), (2, "b"))
    ]


def test_cells_become_text(tmp_path: Path) -> None:
    columns = {
        "name": [" Ñ "],
        "code": pyarrow.array(["BC"]).dictionary_encode(),
        "whole": [22000.0],
        "large": [10**15],
        "part": [0.25],
        "nan": [float("nan")],
        "flag": [True],
        "none": pyarrow.nulls(1),
        "day": [date(2026, 11, 23)],
        "moment": [datetime(2026, 11, 23, 8, 30, tzinfo=UTC)],
        "clock": [time(8, 0)],
        "money": [Decimal("12.500")],
        "list": [["a", "b"]],
        "address": [{"street": "Calle 2", "more": {"zone": "Centro"}}],
        "bytes": [b"\x00\x01"],
    }
    parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
    table = open_geoparquet(tmp_path / "a.parquet")
    assert table.details == "Parquet without a geometry, by number of the row"
    (row,) = table.rows(None)
    assert isinstance(row, Row)
    assert tuple(row.cells) == table.header
    assert row.cells == {
        "name": "Ñ",
        "code": "BC",
        "whole": "22000",
        "large": "1000000000000000",
        "part": "0.25",
        "nan": "",
        "flag": "yes",
        "none": "",
        "day": "2026-11-23",
        "moment": "2026-11-23T08:30",
        "clock": "08:00",
        "money": "12.5",
        "list": "a;b",
        "address.street": "Calle 2",
        "address.more.zone": "Centro",
        "bytes": "",
    }


def test_many_row_groups_are_read_in_order_with_progress(tmp_path: Path) -> None:
    count = 3 * geoparquet.BATCH_ROWS
    parquet.write_table(pyarrow.table({"n": range(count)}), tmp_path / "a.parquet", row_group_size=geoparquet.BATCH_ROWS - 7)
    told: list[tuple[int, int]] = []
    read = list(open_geoparquet(tmp_path / "a.parquet").rows(lambda done, total: told.append((done, total))))
    assert read == [Row(number + 1, {"n": str(number)}) for number in range(count)]
    assert told[-1] == (count, count)
    assert len(told) > 2


def test_the_hours_of_all_units_of_mexico(shared_data: Path) -> None:
    path = shared_data / "health-mx" / "clues_202501_horarios_nacional.parquet"
    table = open_geoparquet(path)
    expected = parquet.read_table(path)
    assert table.header == tuple(expected.column_names)
    read = list(table.rows(None))
    assert len(read) == expected.num_rows == 41_845
    first = expected.slice(0, 1).to_pylist()[0]
    assert isinstance(read[0], Row)
    assert read[0].cells == {name: "" if value is None else str(value).strip() for name, value in first.items()}


def geo_of(column: object, primary: str = "shape") -> dict[str, object]:
    return {"primary_column": primary, "columns": {"shape": column}}


BAD_GEO = [
    (geo_of({"encoding": "polygon"}), "has its geometry as polygon"),
    (geo_of({"encoding": "WKB", "crs": "EPSG:999999"}), "in a system that is not known"),
    (geo_of({"encoding": "WKB"}, "other"), "what it says of its geometry cannot be read"),
    ({"primary_column": "gone", "columns": {"gone": {"encoding": "WKB"}}}, "has no column gone"),
    (["nothing"], "what it says of its geometry cannot be read"),
]


@pytest.mark.parametrize(("geo", "says"), BAD_GEO)
def test_a_geometry_that_is_described_badly_is_refused(tmp_path: Path, geo: object, says: str) -> None:
    path = table_with(tmp_path / "a.parquet", geo, name=["a"], shape=[POINTS[0].wkb])
    with pytest.raises(BadFile, match=r"^a\.parquet ") as refusal:
        open_geoparquet(path)
    assert says in str(refusal.value)


def test_an_unknown_system_is_taken_for_wgs_84_which_the_checks_will_tell(tmp_path: Path) -> None:
    path = table_with(tmp_path / "a.parquet", geo_of({"encoding": "WKB", "crs": None}), shape=[POINTS[0].wkb])
    assert rows_of(path) == [Row(1, {"lat": "32.514", "lon": "-117.038"})]


def test_what_is_no_parquet_is_refused_without_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 and then nothing")
    with pytest.raises(BadFile, match=r"^a\.parquet is damaged, or no Parquet file"):
        open_geoparquet(path)
    with pytest.raises(BadFile, match=r"^none\.parquet cannot be read: No such file"):
        open_geoparquet(tmp_path / "none.parquet")
    parquet.write_table(pyarrow.table({"name": pyarrow.array([], pyarrow.string())}), path)
    with pytest.raises(BadFile, match=r"^a\.parquet has columns but no rows"):
        open_geoparquet(path)


def test_a_file_with_a_damaged_page_is_refused_when_it_is_reached(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"name": [f"text {number}" for number in range(5000)]}), path, compression="zstd")
    content = bytearray(path.read_bytes())
    content[200:1200] = bytes(1000)
    path.write_bytes(content)
    table = open_geoparquet(path)
    with pytest.raises(BadFile, match=r"^a\.parquet is damaged"):
        list(table.rows(None))


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"name": ["x" * (FIELD_LIMIT + 1), "y"]}), path)
    error, row = rows_of(path)
    assert isinstance(error, RowError)
    assert (error.line, error.column, error.severity) == (1, "name", Severity.ERROR)
    assert row == Row(2, {"name": "y"})
    monkeypatch.setattr(geoparquet, "MAX_GROUP_BYTES", 1000)
    with pytest.raises(BadFile, match=r"^a\.parquet has a row group that unpacks to more than"):
        open_geoparquet(path)


@pytest.mark.parametrize("keeps_dictionary", [True, False])
def test_a_long_text_that_every_row_repeats_needs_little_memory(tmp_path: Path, keeps_dictionary: bool) -> None:
    path, count, length = tmp_path / "a.parquet", 20_000, 100_000
    texts = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * count, pyarrow.int32()), ["x" * length])
    table = pyarrow.table({"name": texts, "n": range(count)})
    parquet.write_table(table, path, store_schema=keeps_dictionary)
    before = pyarrow.total_allocated_bytes()
    tracemalloc.start()
    rows = open_geoparquet(path).rows(None)
    errors = [next(rows) for _ in range(10)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert all(isinstance(error, RowError) and error.column == "name" for error in errors)
    assert peak + pyarrow.total_allocated_bytes() - before < 64 << 20, "all of them would be 2 GB, and those of one batch 400 MB"
    rows.close()  # pyright: ignore[reportAttributeAccessIssue]


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
WHERE = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(TEXTS, st.integers(-(2**63), 2**63 - 1), WHERE), min_size=1, max_size=30))
def test_rows_come_back_as_they_were_written(tmp_path: Path, rows: list[tuple[str, int, tuple[float, float]]]) -> None:
    names, numbers, points = zip(*rows, strict=True)
    frame = geopandas.GeoDataFrame({"name": names, "n": numbers}, geometry=list(map(shapely.Point, points)), crs=4326)
    frame.to_parquet(tmp_path / "a.parquet")
    read = rows_of(tmp_path / "a.parquet")
    assert [row.line for row in read] == list(range(1, len(rows) + 1))
    for row, (name, number, (lon, lat)) in zip(read, rows, strict=True):
        assert isinstance(row, Row)
        assert (row.cells["name"], row.cells["n"]) == (name.strip(), str(number))
        assert (float(row.cells["lon"]), float(row.cells["lat"])) == (lon, lat)

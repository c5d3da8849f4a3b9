"""GeoParquet (1.1, and the drafts that GeoPandas wrote) and plain Parquet, some thousand rows at a time."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple, cast

import msgspec
import pyarrow
import shapely
from pyarrow import parquet, types
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from finder.errors import BadFile
from finder.loading.read import FIELD_LIMIT, SHOWN, Row
from finder.loading.row_error import RowError, Severity
from finder.loading.sources.cell_text import as_text
from finder.loading.sources.table import Progress, Table

__all__ = ["MAX_GROUP_BYTES", "open_geoparquet"]

MAX_GROUP_BYTES = 512 << 20
"""Of one row group, unpacked: what a reader may have to hold at once. Writers make groups of 10 to 256 MiB."""
BATCH_ROWS = 4096
DECIMALS = 9
"""Of a degree, after a reprojection: 0.1 mm."""
WGS84 = "OGC:CRS84"
OUTSIDE = "Its coordinates lie outside of the area of their coordinate system."
UNREADABLE = "Its geometry cannot be read."


class _Geometry(NamedTuple):
    column: str
    encoding: str
    crs: str | None
    """As pyproj reads it; ``None`` for WGS 84."""


def open_geoparquet(path: Path) -> Table:
    """A table of the rows of ``path``, columns as in its schema; the fields of a struct are called ``outer.inner``.

    With a geometry, ``lat`` and ``lon`` come first, in WGS 84 whatever the file has: those of a point, or of a point within
    any other shape. They replace columns that are called the same. Without one the columns are given as they are. The line
    of a row is its number from 1. A geometry that cannot be read costs the row its coordinates, with a warning.

    Raises :class:`BadFile`, naming the file without its folders, when it is no
    Parquet, has no rows, unpacks to too much, or has a geometry in a form or a coordinate system that is not known.
    """
    try:
        # pyarrow's own message would name the folders.
        path.open("rb").close()
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read: {error.strerror}.") from error
    try:
        with parquet.ParquetFile(path) as file:
            _check_size(path, file.metadata)
            schema: Any = file.schema_arrow
            count: int = file.metadata.num_rows
    except (OSError, pyarrow.ArrowException) as error:
        raise _damaged(path) from error
    if not count:
        raise BadFile(f"{path.name} has columns but no rows. Give one row for each facility.")
    geometry = _geometry(path, schema)
    columns = [
        name for name in _flat(pyarrow.Table.from_batches([], schema)).column_names if not geometry or name != geometry.column
    ]
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise BadFile(f"{path.name} has the column {', '.join(twice)} more than once. Give each column its own name.")
    first = ("lat", "lon") if geometry else ()
    header = (*first, *(column for column in columns if column not in first))
    if not geometry:
        details = "Parquet without a geometry, by number of the row"
    else:
        crs = "WGS 84" if geometry.crs is None else f"{_crs(path, geometry.crs).name} reprojected to WGS 84"
        details = f"GeoParquet, geometry “{geometry.column}”, {crs}, by number of the row"
    return Table(header=header, details=details, rows=partial(_rows, path, header, geometry))


def _damaged(path: Path) -> BadFile:
    return BadFile(f"{path.name} is damaged, or no Parquet file. Export or download it again.")


def _check_size(path: Path, metadata: Any) -> None:
    sizes = [metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)]
    if max(sizes, default=0) > MAX_GROUP_BYTES:
        raise BadFile(
            f"{path.name} has a row group that unpacks to more than {MAX_GROUP_BYTES >> 20} MiB. "
            "Write it with smaller ones: row_group_size=50_000 in GeoPandas and pyarrow."
        )


class _Column(msgspec.Struct):
    encoding: str = "WKB"
    crs: Any = msgspec.UNSET


class _Geo(msgspec.Struct):
    """What GeoParquet writes under the key ``geo``: https://geoparquet.org/releases/v1.1.0/."""

    primary_column: str
    columns: dict[str, _Column]


def _geometry(path: Path, schema: Any) -> _Geometry | None:
    text = (schema.metadata or {}).get(b"geo")
    if text is None:
        return None
    try:
        geo = msgspec.json.decode(text, type=_Geo)
        column = geo.columns[geo.primary_column]
    except (msgspec.DecodeError, KeyError) as error:
        raise BadFile(f"{path.name} is no GeoParquet: what it says of its geometry cannot be read. Write it again.") from error
    if geo.primary_column not in schema.names:
        raise BadFile(f"{path.name} has no column {geo.primary_column}, which it says holds the geometry. Write it again.")
    if column.encoding.lower() not in ("wkb", "point"):
        raise BadFile(f"{path.name} has its geometry as {column.encoding}. Write it as WKB, which every program can.")
    if column.crs is msgspec.UNSET or column.crs is None:
        # Not given is WGS 84 by the standard; null is unknown, and the checks of each coordinate tell.
        return _Geometry(geo.primary_column, column.encoding.lower(), None)
    given = column.crs if isinstance(column.crs, str) else json.dumps(column.crs)
    is_wgs84 = _crs(path, given).equals(CRS.from_user_input(WGS84), ignore_axis_order=True)
    return _Geometry(geo.primary_column, column.encoding.lower(), None if is_wgs84 else given)


def _crs(path: Path, text: str) -> CRS:
    try:
        return CRS.from_user_input(text)
    except ProjError as error:
        raise BadFile(
            f"{path.name} has coordinates in a system that is not known here. Write it in WGS 84 (EPSG:4326)."
        ) from error


def _rows(path: Path, header: tuple[str, ...], geometry: _Geometry | None, progress: Progress | None) -> Iterator[Row | RowError]:

    transformer = (
        Transformer.from_crs(_crs(path, geometry.crs), WGS84, always_xy=True) if geometry and geometry.crs is not None else None
    )
    number = 0
    try:
        with parquet.ParquetFile(path, pre_buffer=False, read_dictionary=_text_columns(path)) as file:
            total: int = file.metadata.num_rows
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                table = pyarrow.Table.from_batches([batch])
                points: list[tuple[str, str] | str | None] = [None] * table.num_rows
                if geometry:
                    points = _points(table[geometry.column], geometry.encoding, transformer)
                    table = table.drop_columns([geometry.column])
                for cells, point in zip(_cells(_flat(table)), points, strict=True):
                    number += 1
                    yield from _row(number, header, cells, point)
                if progress:
                    progress(number, total)
    except (OSError, pyarrow.ArrowException) as error:
        raise _damaged(path) from error


def _flat(table: Any) -> Any:
    """The table with a column for each field of a struct."""

    while any(types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return table


def _cells(table: Any) -> Iterator[dict[str, str]]:
    names: list[str] = table.column_names
    columns = [_values(column, as_text) for column in table.columns]
    if not columns:
        return ({} for _ in range(table.num_rows))
    return (dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True))


def _text_columns(path: Path) -> list[str]:
    """Columns of texts and bytes that are read as dictionaries, so that a long value that every row repeats is held once."""

    wanted = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    return [field.name for field in parquet.read_schema(path) if any(is_wanted(field.type) for is_wanted in wanted)]


def _values[T](column: Any, convert: Callable[[Any], T]) -> list[T]:
    """Each value of a column, converted; a value of a dictionary is converted once."""

    found: list[T] = []
    for chunk in column.chunks:
        if types.is_dictionary(chunk.type):
            used = chunk.indices.unique().drop_null()
            converted = dict(zip(used.to_pylist(), map(convert, chunk.dictionary.take(used).to_pylist()), strict=True))
            converted[None] = convert(None)
            found += [converted[index] for index in chunk.indices.to_pylist()]
        else:
            found += map(convert, chunk.to_pylist())
    return found


def _row(
    number: int, header: tuple[str, ...], cells: dict[str, str], point: tuple[str, str] | str | None
) -> Iterator[Row | RowError]:
    if isinstance(point, tuple):
        cells["lon"], cells["lat"] = point
    elif point:
        yield RowError(
            line=number,
            column="geometry",
            problem=point,
            advice="Correct its geometry: the row is read without coordinates.",
            severity=Severity.WARNING,
        )
    if too_long := next((name for name, text in cells.items() if len(text) > FIELD_LIMIT), None):
        yield RowError(
            line=number,
            column=too_long,
            value=cells[too_long][:SHOWN] + "…",
            problem=f"The cell has {len(cells[too_long]):,} characters; at most {FIELD_LIMIT:,} are read.",
            advice="Shorten it.",
        )
    elif any(cells.values()):
        yield Row(number, {name: cells.get(name, "") for name in header})


def _points(column: Any, encoding: str, transformer: Transformer | None) -> list[tuple[str, str] | str | None]:
    """For each row longitude and latitude as text, ``None`` where there is no geometry, or what is wrong with it."""
    found = _values(column, partial(_lon_lat, encoding=encoding))
    if transformer:
        there = [position for position, point in enumerate(found) if isinstance(point, tuple)]
        some = [cast("tuple[float, float]", found[position]) for position in there]
        lons, lats = transformer.transform([x for x, _ in some], [y for _, y in some])
        for position, lon, lat in zip(there, lons, lats, strict=True):
            found[position] = (round(lon, DECIMALS), round(lat, DECIMALS)) if isfinite(lon) and isfinite(lat) else OUTSIDE
    return [(as_text(point[0]), as_text(point[1])) if isinstance(point, tuple) else point for point in found]


def _lon_lat(value: Any, encoding: str) -> tuple[float, float] | str | None:
    if value is None:
        return None
    try:
        if encoding == "point":
            return None if value["x"] is None or not isfinite(value["x"]) else (value["x"], value["y"])
        shape = shapely.from_wkb(value)
        if shape.is_empty:
            return None
        point = shape if shape.geom_type == "Point" else shape.point_on_surface()
        return (point.x, point.y) if isfinite(point.x) and isfinite(point.y) else UNREADABLE
    except (shapely.errors.ShapelyError, TypeError, ValueError, KeyError, AttributeError):
        return UNREADABLE

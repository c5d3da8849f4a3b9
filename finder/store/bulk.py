"""Many new facilities at the speed of the database's own way in: COPY on PostgreSQL, one prepared statement on SQLite."""

from collections.abc import Sequence
from itertools import repeat
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray
from sqlalchemy import Connection

from finder.store.columns import SRID_WGS84

__all__ = ["BULK_ROWS", "add_facilities", "add_statements", "defer_indexes", "read_points", "restore_indexes"]

pc: Any = pyarrow.compute  # its functions are made at run time, which no type checker sees

BULK_ROWS = 20_000
"""From so many rows on, an index made at the end is cheaper than one kept up to date."""

_WKB_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("lon", "<f8"), ("lat", "<f8")])
_EWKB_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("srid", "<u4"), ("lon", "<f8"), ("lat", "<f8")])
_WITH_SRID = 0x20000000
_HEX = np.frombuffer(b"".join(b"%02X" % byte for byte in range(256)), np.uint16)
_ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
TEXTS = ("id", "kind", "name", "status", "document")
COLUMNS = (*TEXTS, "lon_lat", "told_by")

_POSTGIS_INDEXES = {
    "ix_facility_lon_lat": "CREATE INDEX ix_facility_lon_lat ON facility USING gist (lon_lat)",
    "pk_facility": "ALTER TABLE facility ADD CONSTRAINT pk_facility PRIMARY KEY (id)",
}


def add_facilities(connection: Connection, load_id: int, table: Any) -> None:
    """Insert new facilities that only this load tells.

    ``table`` is a :class:`pyarrow.Table` with the columns ``id``, ``kind``, ``name``, ``status`` and ``document`` (texts; see
    ``documents.py``), ``lon`` and ``lat`` (degrees).
    """
    driver: Any = connection.connection.driver_connection
    lon_lat = np.column_stack([table.column("lon").to_numpy(), table.column("lat").to_numpy()])
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"COPY facility ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            copy.write(_copy_text(table, lon_lat, load_id))
    else:
        blobs, width = _wkb(_WKB_POINT, lon_lat, type=1), _WKB_POINT.itemsize
        points = [blobs[at : at + width] for at in range(0, len(blobs), width)]
        texts = [table.column(name).to_pylist() for name in TEXTS]
        statement = f"INSERT INTO facility ({', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        driver.executemany(statement, zip(*texts, points, repeat(load_id, len(points)), strict=True))


def _copy_text(table: Any, lon_lat: NDArray[np.float64], load_id: int) -> bytes:
    """The rows in the text format of COPY: https://www.postgresql.org/docs/current/sql-copy.html."""
    points = np.frombuffer(_wkb(_EWKB_POINT, lon_lat, type=1 | _WITH_SRID, srid=SRID_WGS84), np.uint8)
    width = 2 * _EWKB_POINT.itemsize
    offsets = np.arange(0, (len(lon_lat) + 1) * width, width, dtype=np.int32)
    hexes = pa.StringArray.from_buffers(len(lon_lat), pa.py_buffer(offsets), pa.py_buffer(_HEX[points]))
    end = pa.scalar(f"{load_id}\n")
    columns = [table.column(name).combine_chunks() for name in TEXTS]
    text = _joined([*columns, hexes, end])
    # Only a name may hold a tab or a line end as it is: JSON escapes them.
    if b"\\" in text or pc.any(pc.match_substring_regex(table.column("name"), r"[\t\n\r]")).as_py():
        for plain, escaped in _ESCAPES:
            columns = [pc.replace_substring(column, plain, escaped) for column in columns]
        text = _joined([*columns, hexes, end])
    return text


def _joined(columns: Sequence[Any]) -> bytes:
    rows = pc.binary_join_element_wise(*columns, "\t")
    return b"".join(memoryview(chunk.buffers()[2]) for chunk in _chunks(rows) if len(chunk))


def _chunks(array: Any) -> Any:
    return array.chunks if isinstance(array, pa.ChunkedArray) else [array]


def add_statements(connection: Connection, load_id: int, ids: Sequence[str]) -> None:
    """Insert for each facility that the load says of it just what its document says."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        end = f"\t{load_id}\n"
        with driver.cursor() as cursor, cursor.copy("COPY statement (thing_id, load_id) FROM STDIN") as copy:
            copy.write((end.join(ids) + end).encode() if ids else b"")
    else:
        driver.executemany("INSERT INTO statement (thing_id, load_id) VALUES (?, ?)", [(id_, load_id) for id_ in ids])


def read_points(connection: Connection) -> tuple[list[str], NDArray[np.float64]]:
    """The id of every facility and its point, shape (n, 2), longitude and latitude in degrees."""
    point = "ST_AsBinary(lon_lat)" if connection.dialect.name == "postgresql" else "lon_lat"
    rows = connection.exec_driver_sql(f"SELECT id, {point} FROM facility").all()  # noqa: S608
    points = np.frombuffer(b"".join(blob for _, blob in rows), _WKB_POINT)
    return [id_ for id_, _ in rows], np.column_stack([points["lon"], points["lat"]])


def defer_indexes(connection: Connection) -> None:
    """Before many rows come into empty tables: let the indexes wait for :func:`restore_indexes` in the same transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP INDEX ix_facility_lon_lat")
        connection.exec_driver_sql("ALTER TABLE facility DROP CONSTRAINT pk_facility")


def restore_indexes(connection: Connection) -> None:
    """Make the indexes that :func:`defer_indexes` took away; a double row ends the transaction here."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '256MB'")
        for statement in _POSTGIS_INDEXES.values():
            connection.exec_driver_sql(statement)


def _wkb(layout: np.dtype[Any], lon_lat: NDArray[np.float64], **constants: int) -> bytes:
    points = np.empty(len(lon_lat), layout)
    points["order"] = 1  # little-endian
    for name, value in constants.items():
        points[name] = value
    points["lon"], points["lat"] = lon_lat[:, 0], lon_lat[:, 1]
    return points.tobytes()

"""Column types that are one thing in the code and the right thing in each database."""

from typing import Any, override

from geoalchemy2 import Geometry, WKBElement
from geoalchemy2.shape import to_shape
from shapely import Point, from_wkb, set_srid, to_wkb
from sqlalchemy import JSON, Dialect, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from finder.geo.points import LonLat

__all__ = ["GeoPoint", "Json"]

SRID_WGS84 = 4326

Json = JSON().with_variant(JSONB(), "postgresql")
"""JSON text on SQLite, JSONB on PostgreSQL."""


class GeoPoint(TypeDecorator[LonLat]):
    """A :class:`LonLat`: ``geometry(POINT,4326)`` on PostGIS, a WKB blob on SQLite.

    SpatiaLite is not asked for: many Python builds cannot load it, and nothing searches in the SQLite file; the snapshot
    does that. The GiST index is made by the migration, because GeoAlchemy2's own listener does not see through a decorator.
    """

    impl = LargeBinary
    cache_ok = True
    spatial_index = False
    """GeoAlchemy2's listener reads it here."""

    @override
    def load_dialect_impl(self, dialect: Dialect | None) -> TypeEngine[Any]:
        # GeoAlchemy2's listener asks without a dialect whether this is a column that it must manage: on SQLite it is not.
        if dialect is not None and dialect.name == "postgresql":
            return dialect.type_descriptor(Geometry("POINT", srid=SRID_WGS84, spatial_index=False))
        return LargeBinary()

    @override
    def process_bind_param(self, value: LonLat | None, dialect: Dialect) -> object:
        if value is None:
            return None
        point = Point(value.lon, value.lat)
        if dialect.name == "postgresql":
            # Extended, because GeoAlchemy2 sends plain WKB as rounded text.
            return WKBElement(to_wkb(set_srid(point, SRID_WGS84), include_srid=True), extended=True)
        return to_wkb(point, byte_order=1)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> LonLat | None:
        if value is None:
            return None
        point = to_shape(value) if isinstance(value, WKBElement) else from_wkb(value)
        return LonLat(*point.coords[0])

"""How Alembic reaches the database: by the connection that ``finder.store.migrate`` hands over."""

from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers

from finder.store.columns import GeoPoint
from finder.store.tables import METADATA


def include_object(thing: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
    """Leave out what PostGIS keeps for itself and the GiST index that the migrations make by hand."""
    if type_ == "index" and name == "ix_facility_lon_lat":
        return False
    return alembic_helpers.include_object(thing, name, type_, reflected, compare_to)


def compare_type(_context: Any, _inspected: Any, metadata_column: Any, _inspected_type: Any, _metadata_type: Any) -> bool | None:
    """A GeoPoint is compared by what it is in this database, which reflection cannot name."""
    return False if isinstance(metadata_column.type, GeoPoint) else None


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    include_object=include_object,
    compare_type=compare_type,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()

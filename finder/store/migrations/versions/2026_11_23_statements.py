"""Facilities as documents, made of the statements of their loads; practitioners, roles, sources and reviews.

What was stored is kept: each source's part of a facility becomes a statement of that source's newest load.

Revision: 0002. 2026-11-23.
"""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

from finder.domain.documents import encode
from finder.domain.facility import Accessibility, Address, Facility, FacilityKind, FacilityStatus, Provenance, Wheelchair
from finder.domain.facility import facility_id as key_of
from finder.geo.points import LonLat
from finder.store.columns import GeoPoint, Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ADDRESS = ("house_number", "street", "unit", "neighbourhood", "city", "state", "postcode", "country")
OTHER_TEXTS = ("website", "opening_hours", "time_zone", "wheelchair", "accessibility_description")
JSONS = ("names", "phones", "services", "languages", "provenance")
COUNTS = ("closed", "set_aside")
UNKNOWN = "unknown"


def upgrade() -> None:
    connection = op.get_bind()
    old = sa.Table("facility", sa.MetaData(), *_old_columns())
    rows = list(connection.execute(sa.select(old)).mappings())
    identifiers: dict[str, dict[str, str]] = {}
    for scheme, value, owner in connection.exec_driver_sql("SELECT scheme, value, facility_id FROM facility_identifier"):
        identifiers.setdefault(owner, {})[scheme] = value
    newest = dict(connection.exec_driver_sql("SELECT source, max(id) FROM load GROUP BY source").all())
    op.drop_table("facility_identifier")
    op.drop_table("facility")
    for name in COUNTS:
        op.add_column("load", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        if connection.dialect.name == "postgresql":
            op.alter_column("load", name, server_default=None)
    op.add_column("load", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
    facility, statement, key = _create_tables()
    if rows and not newest:
        newest = {UNKNOWN: _enter_load(connection)}
    for row in rows:
        _carry_over(connection, _facility(row, identifiers.get(row["id"], {})), newest, (facility, statement, key))


def _create_tables() -> tuple[sa.Table, sa.Table, sa.Table]:
    facility = op.create_table(
        "facility",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("lon_lat", GeoPoint(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("told_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_facility_lon_lat", "facility", ["lon_lat"], postgresql_using="gist")
    op.create_table(
        "practitioner",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practitioner")),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("practitioner_id", sa.String(), nullable=False),
        sa.Column("facility_id", sa.String(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
    )
    op.create_index(op.f("ix_role_practitioner_id"), "role", ["practitioner_id"])
    op.create_index(op.f("ix_role_facility_id"), "role", ["facility_id"])
    statement = op.create_table(
        "statement",
        sa.Column("thing_id", sa.String(), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("own_id", sa.String(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("thing_id", "load_id", name=op.f("pk_statement")),
    )
    key = op.create_table(
        "thing_key",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("thing_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_thing_key")),
    )
    op.create_index(op.f("ix_thing_key_thing_id"), "thing_key", ["thing_id"])
    op.create_table(
        "source",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("columns", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_source")),
    )
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("topic", name=op.f("uq_review_topic")),
    )
    op.create_index(op.f("ix_review_load_id"), "review", ["load_id"])
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
    )
    return facility, statement, key


def _old_columns() -> list[sa.Column[Any]]:
    return [
        *(sa.Column(name, sa.String()) for name in ("id", "kind", "name", "status", *ADDRESS, *OTHER_TEXTS)),
        sa.Column("lon_lat", GeoPoint()),
        *(sa.Column(name, Json) for name in JSONS),
    ]


def _facility(row: Any, identifiers: dict[str, str]) -> Facility:
    return Facility(
        id=row["id"],
        kind=FacilityKind(row["kind"]),
        name=row["name"],
        lon_lat=row["lon_lat"],
        names=row["names"],
        address=Address(**{part: row[part] for part in ADDRESS}),
        phones=tuple(row["phones"]),
        website=row["website"],
        opening_hours=row["opening_hours"],
        time_zone=row["time_zone"],
        services=tuple(row["services"]),
        languages=tuple(row["languages"]),
        accessibility=Accessibility(
            wheelchair=Wheelchair(row["wheelchair"]) if row["wheelchair"] else None,
            description=row["accessibility_description"],
        ),
        identifiers=identifiers,
        status=FacilityStatus(row["status"]),
        provenance=_provenance(row["provenance"]),
    )


def _provenance(stored: dict[str, Any]) -> dict[str, Provenance]:
    return msgspec.convert(stored, dict[str, Provenance])


def _carry_over(connection: sa.Connection, whole: Facility, newest: dict[str, int], tables: tuple[sa.Table, ...]) -> None:
    facility, statement, key = tables
    connection.execute(
        facility.insert(),
        {
            "id": whole.id,
            "kind": whole.kind.value,
            "name": whole.name,
            "status": whole.status.value,
            "lon_lat": LonLat(*whole.lon_lat),
            "document": encode(whole),
        },
    )
    told_by = [given.source for given in whole.provenance.values() if given.source in newest]
    # Who gave the name, or most, stands for what nobody in the ledger gave.
    named = whole.provenance.get("name")
    first = named.source if named and named.source in newest else next(iter(told_by), max(newest, key=lambda one: newest[one]))
    for source in {first, *told_by}:
        others = {field for field, given in whole.provenance.items() if given.source in newest and given.source != source}
        if source != first:
            others |= {field for field in Facility.__struct_fields__ if _source_of(whole, field) != source}
        provenance = {field: given for field, given in whole.provenance.items() if field not in others}
        document = encode(msgspec.structs.replace(whole, provenance=provenance), frozenset(others)) if others else None
        connection.execute(statement.insert(), {"thing_id": whole.id, "load_id": newest[source], "document": document})
    for pair in whole.identifiers.items():
        if key_of(*pair) != whole.id:
            connection.execute(key.insert(), {"key": key_of(*pair), "thing_id": whole.id})


def _source_of(whole: Facility, field: str) -> str | None:
    given = whole.provenance.get(field)
    return given.source if given else None


def _enter_load(connection: sa.Connection) -> int:
    """A row for facilities that no load in the ledger brought, so that there is one that says what is known of them."""
    load = sa.Table("load", sa.MetaData(), autoload_with=connection)
    counts = dict.fromkeys(("read", "added", "changed", "closed", "unchanged", "refused", "set_aside"), 0)
    values = {"source": UNKNOWN, "file_name": "", "started_at": datetime.now(UTC), **counts}
    return connection.execute(load.insert().values(values).returning(load.c.id)).scalar_one()


def downgrade() -> None:
    connection = op.get_bind()
    documents = [json.loads(document) for (document,) in connection.exec_driver_sql("SELECT document FROM facility")]
    for name in ("revision", "review", "source", "thing_key", "statement", "role", "practitioner", "facility"):
        op.drop_table(name)
    with op.batch_alter_table("load") as load:
        for name in (*COUNTS, "undone_at"):
            load.drop_column(name)
    _recreate_0001(documents)


def _recreate_0001(documents: list[dict[str, Any]]) -> None:
    facility = op.create_table(
        "facility",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("lon_lat", GeoPoint(), nullable=False),
        *(sa.Column(name, Json, nullable=False) for name in JSONS),
        *(sa.Column(name, sa.String(), nullable=True) for name in (*ADDRESS, *OTHER_TEXTS)),
        sa.Column("status", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_facility_lon_lat", "facility", ["lon_lat"], postgresql_using="gist")
    identifier = op.create_table(
        "facility_identifier",
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("facility_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_facility_identifier_facility_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("scheme", "value", name=op.f("pk_facility_identifier")),
    )
    op.create_index(op.f("ix_facility_identifier_facility_id"), "facility_identifier", ["facility_id"])
    for told in documents:
        address, access = told.get("address", {}), told.get("accessibility", {})
        provenance = {
            field: {"source": source, **({"verified_at": day[0]} if day and day[0] else {})}
            for source, fields, *day in told.get("told", [])
            for field in fields
        }
        op.get_bind().execute(
            facility.insert(),
            {
                **{name: told.get(name) for name in ("id", "kind", "name", "website", "opening_hours", "time_zone")},
                **{part: address.get(part) for part in ADDRESS},
                **{name: told.get(name, []) for name in ("phones", "services", "languages")},
                "names": told.get("names", {}),
                "lon_lat": LonLat(*told["lon_lat"]),
                "status": told.get("status", "open"),
                "wheelchair": access.get("wheelchair"),
                "accessibility_description": access.get("description"),
                "provenance": provenance,
            },
        )
        for scheme, value in told.get("identifiers", {}).items():
            op.get_bind().execute(identifier.insert(), {"scheme": scheme, "value": value, "facility_id": told["id"]})

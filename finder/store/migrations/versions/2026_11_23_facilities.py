"""Facilities, their identifiers and the ledger of loads.

Revision: 0001. 2026-11-23.
"""

import sqlalchemy as sa
from alembic import op

from finder.store.columns import GeoPoint, Json

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT_COLUMNS = (
    "house_number",
    "street",
    "unit",
    "neighbourhood",
    "city",
    "state",
    "postcode",
    "country",
    "website",
    "opening_hours",
    "time_zone",
    "wheelchair",
    "accessibility_description",
)


def upgrade() -> None:
    op.create_table(
        "facility",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("lon_lat", GeoPoint(), nullable=False),
        *(sa.Column(name, Json, nullable=False) for name in ("names", "phones", "services", "languages", "provenance")),
        *(sa.Column(name, sa.String(), nullable=True) for name in TEXT_COLUMNS),
        sa.Column("status", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_facility_lon_lat", "facility", ["lon_lat"], postgresql_using="gist")
    op.create_table(
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
    op.create_table(
        "load",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("read", "added", "changed", "unchanged", "refused")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_load")),
    )


def downgrade() -> None:
    op.drop_table("load")
    op.drop_table("facility_identifier")
    op.drop_table("facility")

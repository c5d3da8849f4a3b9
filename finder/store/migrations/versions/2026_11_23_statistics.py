"""How often was searched: what waits for its week to end, and what was published.

Revision: 0008. 2026-11-23.
"""

import sqlalchemy as sa
from alembic import op

import finder.store.search_count_tables  # noqa: F401 - so that `alembic check` knows these tables, whoever asks

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_week",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("epsilon", sa.Float(), nullable=True),
        sa.Column("delta", sa.Float(), nullable=True),
        sa.Column("least_persons", sa.Integer(), nullable=True),
        sa.Column("contribution", sa.Integer(), nullable=True),
        sa.Column("scale", sa.Float(), nullable=True),
        sa.Column("threshold", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_search_week")),
        sa.CheckConstraint("(key IS NULL) = (released_at IS NOT NULL)", name=op.f("ck_search_week_open_or_released")),
        sa.CheckConstraint("(released_at IS NULL) = (epsilon IS NULL)", name=op.f("ck_search_week_terms")),
    )
    op.create_table(
        "search_waiting",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("who", sa.LargeBinary(), nullable=False),
        sa.Column("cell", sa.String(), nullable=False),
        sa.Column("specialty", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("week", "who", "cell", "specialty", name=op.f("pk_search_waiting")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_count",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("cell", sa.String(), nullable=False),
        sa.Column("specialty", sa.String(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("week", "cell", "specialty", name=op.f("pk_search_count")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("search_count")
    op.drop_table("search_waiting")
    op.drop_table("search_week")

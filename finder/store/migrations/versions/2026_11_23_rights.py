"""Saved places, sealed, and requests that came by mail.

Revision: 0006. 2026-11-23.
"""

import sqlalchemy as sa
from alembic import op

import finder.store.mail_requests_tables  # so that `alembic check` knows these tables, whoever asks
import finder.store.saved_places_tables  # noqa: F401

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_place",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_on", sa.Date(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_place")),
    )
    op.create_index(op.f("ix_saved_place_subject"), "saved_place", ["subject"])
    op.create_index(op.f("ix_saved_place_used_on"), "saved_place", ["used_on"])
    op.create_table(
        "mail_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("law", sa.String(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_request")),
        sa.CheckConstraint("(answered_on IS NULL) = (outcome IS NULL)", name=op.f("ck_mail_request_answered")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_mail_request_subject"), "mail_request", ["subject"])
    op.create_index(op.f("ix_mail_request_answered_on"), "mail_request", ["answered_on"])


def downgrade() -> None:
    op.drop_table("mail_request")
    op.drop_table("saved_place")

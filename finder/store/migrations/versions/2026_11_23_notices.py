"""Notices: tenants, fences, armed visits, and what goes out.

Revision: 0009. 2026-11-23.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

import finder.store.delivery_tables  # so that `alembic check` knows these tables, whoever asks
import finder.store.fence_tables
import finder.store.visit_tables  # noqa: F401
from finder.store.columns import Json

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = (
    "webhook",
    "sent_message",
    "delivery",
    "push_subscription",
    "notice",
    "visit",
    "notice_log",
    "fence_revision",
    "fence",
    "tenant_facility",
    "tenant",
)


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("api_key", sa.Column("tenant", AutoString(), nullable=True))
    op.create_table(
        "tenant",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
    )
    op.create_table(
        "tenant_facility",
        sa.Column("facility_id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_tenant_facility")),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"], name=op.f("fk_tenant_facility_tenant_tenant")),
    )
    op.create_index(op.f("ix_tenant_facility_tenant"), "tenant_facility", ["tenant"])
    op.create_table(
        "fence",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("facility_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("doc", Json, nullable=False),
        sa.Column("law", sa.String(), nullable=False),
        sa.Column("judged_at", moment, nullable=False),
        sa.Column("rows", Json, nullable=False),
        sa.Column("trial", Json, nullable=True),
        sa.Column("changed_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fence")),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"], name=op.f("fk_fence_tenant_tenant")),
    )
    for column in ("tenant", "facility_id", "status"):
        op.create_index(op.f(f"ix_fence_{column}"), "fence", [column])
    revisions = op.create_table(
        "fence_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fence_revision")),
    )
    op.bulk_insert(revisions, [{"id": 1, "number": 1}])
    op.create_table(
        "notice_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("fence_id", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_log")),
        sa.UniqueConstraint(
            "day", "fence_id", "trigger", "outcome", "reason", name=op.f("uq_notice_log_day_fence_id_trigger_outcome_reason")
        ),
    )
    op.create_index(op.f("ix_notice_log_day"), "notice_log", ["day"])
    op.create_index(op.f("ix_notice_log_tenant"), "notice_log", ["tenant"])
    op.create_table(
        "visit",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("armed_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    op.create_index(op.f("ix_visit_subject"), "visit", ["subject"])
    op.create_index(op.f("ix_visit_ends_at"), "visit", ["ends_at"])
    op.create_table(
        "notice",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("is_seen", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_notice")),
        sa.UniqueConstraint("id", name=op.f("uq_notice_id")),
        sa.UniqueConstraint("visit_id", "key", name=op.f("uq_notice_visit_id_key")),
        sqlite_autoincrement=True,
    )
    for column in ("visit_id", "subject"):
        op.create_index(op.f(f"ix_notice_{column}"), "notice", [column])
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
    )
    for column in ("subject", "used_on"):
        op.create_index(op.f(f"ix_push_subscription_{column}"), "push_subscription", [column])
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("headers", Json, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("notice_id", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", moment, nullable=False),
        sa.Column("gives_up_at", moment, nullable=False),
        sa.Column("leased_until", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    for column in ("subject", "notice_id", "next_at", "gives_up_at"):
        op.create_index(op.f(f"ix_delivery_{column}"), "delivery", [column])
    op.create_table(
        "sent_message",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_message")),
    )
    for column in ("target", "at"):
        op.create_index(op.f(f"ix_sent_message_{column}"), "sent_message", [column])
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("public_only", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("disabled_at", moment, nullable=True),
        sa.Column("last_ok_at", moment, nullable=True),
        sa.Column("failing_since", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"], name=op.f("fk_webhook_tenant_tenant")),
    )
    op.create_index(op.f("ix_webhook_tenant"), "webhook", ["tenant"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    with op.batch_alter_table("api_key") as keys:
        keys.drop_column("tenant")

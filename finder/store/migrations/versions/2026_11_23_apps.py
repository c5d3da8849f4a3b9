"""Applications of others, what they were granted, and their tokens.

Revision: 0007. 2026-11-23.
"""

import sqlalchemy as sa
from alembic import op

import finder.store.app_tables  # noqa: F401 - so that `alembic check` knows these tables, whoever asks
from finder.store.columns import Json

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "app",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("id", "name", "homepage", "contact")),
        sa.Column("redirect_uris", Json, nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app")),
    )
    op.create_table(
        "app_grant",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("id", "subject", "app_id")),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consent_seq", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_grant")),
    )
    for name in ("subject", "expires_at", "revoked_at"):
        op.create_index(op.f(f"ix_app_grant_{name}"), "app_grant", [name])
    op.create_table(
        "app_token",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("secret_sha256", "grant_id", "kind")),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_challenge", sa.String(), nullable=True),
        sa.Column("redirect_uri", sa.String(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("secret_sha256", name=op.f("pk_app_token")),
    )
    for name in ("grant_id", "expires_at"):
        op.create_index(op.f(f"ix_app_token_{name}"), "app_token", [name])


def downgrade() -> None:
    for name in ("app_token", "app_grant", "app"):
        op.drop_table(name)

"""The consent ledger, which the database itself lets nobody change.

Revision: 0004. 2026-11-23.
"""

import sqlalchemy as sa
from alembic import op

import finder.store.consent_tables  # noqa: F401 - so that `alembic check` knows this table, whoever asks

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

REFUSAL = "A line of the consent ledger stays as it is."

ERASED_LATER = """EXISTS (
    SELECT 1 FROM consent_entry AS erasure
    WHERE erasure.subject = OLD.subject AND erasure.purpose IS NULL AND erasure.seq > OLD.seq
)"""
"""Lines may go once a later erasure of the same subject stands in the ledger, so that none goes without a trace."""

ON_SQLITE = (
    f"CREATE TRIGGER consent_entry_update BEFORE UPDATE ON consent_entry BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    f"CREATE TRIGGER consent_entry_delete BEFORE DELETE ON consent_entry WHEN NOT {ERASED_LATER} "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    # INSERT OR REPLACE deletes without asking the trigger above.
    "CREATE TRIGGER consent_entry_insert BEFORE INSERT ON consent_entry "  # noqa: S608 - nothing of it comes from outside
    "WHEN EXISTS (SELECT 1 FROM consent_entry AS other WHERE other.seq = NEW.seq) "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
)

ON_POSTGRESQL = (
    f"""CREATE FUNCTION consent_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND {ERASED_LATER} THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '{REFUSAL}';
    END $$""",
    """CREATE FUNCTION consent_entry_all_stay() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'The consent ledger is not emptied.';
    END $$""",
    "CREATE TRIGGER consent_entry_row BEFORE UPDATE OR DELETE ON consent_entry "
    "FOR EACH ROW EXECUTE FUNCTION consent_entry_stays()",
    "CREATE TRIGGER consent_entry_all BEFORE TRUNCATE ON consent_entry "
    "FOR EACH STATEMENT EXECUTE FUNCTION consent_entry_all_stay()",
)


def upgrade() -> None:
    op.create_table(
        "consent_entry",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("policy_version", sa.Date(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("text_sha256", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_consent_entry")),
        sa.CheckConstraint("(act = 'erased') = (purpose IS NULL)", name=op.f("ck_consent_entry_erased")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_consent_entry_subject_purpose_seq", "consent_entry", ["subject", "purpose", "seq"])
    for statement in ON_POSTGRESQL if op.get_bind().dialect.name == "postgresql" else ON_SQLITE:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("consent_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION consent_entry_stays()")
        op.execute("DROP FUNCTION consent_entry_all_stay()")

"""Lines of the consent ledger may go once their time is over; the database itself, by its own clock, sees that no other does.

Revision: 0005. 2026-11-23.
"""

from alembic import op

import finder.store.consent_tables  # noqa: F401 - so that `alembic check` knows this table, whoever asks

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

REFUSAL = "A line of the consent ledger stays as it is."

ERASED_LATER = """EXISTS (
    SELECT 1 FROM consent_entry AS erasure
    WHERE erasure.subject = {line}.subject AND erasure.purpose IS NULL AND erasure.seq > {line}.seq
)"""
"""A line may go once a later erasure of the same subject stands in the ledger, so that none goes without a trace."""

PAST_ITS_TIME = """{line}.at < {a_year_ago} AND (
    (
        {line}.purpose IS NOT NULL AND ({line}.act <> 'granted' OR {line}.expires_at < {a_year_ago}) AND NOT EXISTS (
            SELECT 1 FROM consent_entry AS earlier
            WHERE earlier.subject = {line}.subject AND earlier.purpose = {line}.purpose AND earlier.seq < {line}.seq
        )
    )
    OR EXISTS (
        SELECT 1 FROM consent_entry AS later
        WHERE later.subject = {line}.subject AND later.purpose = {line}.purpose
        AND later.seq > {line}.seq AND later.at < {a_year_ago}
    )
    OR ({line}.purpose IS NULL AND {line}.at < {three_years_ago})
)"""
"""A line goes a year after it ended by itself and then only when no earlier one is left, or a year after another took its place:
a revocation never goes before the yes that it took back. The yes that holds is in neither case."""

# datetime() is twice as quick as strftime(), and has no fractions: a line goes up to a second late.
SQLITE_TIMES = {"a_year_ago": "datetime('now', '-365 days')", "three_years_ago": "datetime('now', '-1095 days')"}
POSTGRESQL_TIMES = {"a_year_ago": "now() - interval '365 days'", "three_years_ago": "now() - interval '1095 days'"}

SQLITE_ROW_BY_ROW = (
    "DROP TRIGGER consent_entry_delete",
    "CREATE TRIGGER consent_entry_delete BEFORE DELETE ON consent_entry WHEN ({condition}) IS NOT TRUE "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
)

POSTGRESQL_ALL_AT_ONCE = (
    # A million rows one by one take too long. What is seen here is the table without the rows that go.
    f"""CREATE FUNCTION consent_entry_gone() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM gone AS line WHERE ({{condition}}) IS NOT TRUE) THEN
            RAISE EXCEPTION '{REFUSAL}';
        END IF;
        RETURN NULL;
    END $$""",  # noqa: S608 - nothing of it comes from outside
    "CREATE TRIGGER consent_entry_gone AFTER DELETE ON consent_entry REFERENCING OLD TABLE AS gone "
    "FOR EACH STATEMENT EXECUTE FUNCTION consent_entry_gone()",
    "DROP TRIGGER consent_entry_row ON consent_entry",
    "CREATE TRIGGER consent_entry_row BEFORE UPDATE ON consent_entry FOR EACH ROW EXECUTE FUNCTION consent_entry_stays()",
)

POSTGRESQL_ROW_BY_ROW = (
    "DROP TRIGGER consent_entry_gone ON consent_entry",
    "DROP FUNCTION consent_entry_gone()",
    "DROP TRIGGER consent_entry_row ON consent_entry",
    "CREATE TRIGGER consent_entry_row BEFORE UPDATE OR DELETE ON consent_entry "
    "FOR EACH ROW EXECUTE FUNCTION consent_entry_stays()",
)


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    times = POSTGRESQL_TIMES if is_postgresql else SQLITE_TIMES
    condition = f"({PAST_ITS_TIME}) OR {ERASED_LATER}".format(line="line" if is_postgresql else "OLD", **times)
    for statement in POSTGRESQL_ALL_AT_ONCE if is_postgresql else SQLITE_ROW_BY_ROW:
        op.execute(statement.format(condition=condition))
    op.execute("CREATE INDEX ix_consent_entry_erased_at ON consent_entry (at) WHERE purpose IS NULL")


def downgrade() -> None:
    op.drop_index("ix_consent_entry_erased_at", "consent_entry")
    for statement in POSTGRESQL_ROW_BY_ROW if op.get_bind().dialect.name == "postgresql" else SQLITE_ROW_BY_ROW:
        op.execute(statement.format(condition=ERASED_LATER.format(line="OLD")))

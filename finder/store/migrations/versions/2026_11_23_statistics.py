"""How often was searched: what waits for its week to end, and what was published.

Revision: 0008. 2026-11-23.
"""

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

"""Applications of others, what they were granted, and their tokens.

Revision: 0007. 2026-11-23.
"""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

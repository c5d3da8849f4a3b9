"""Saved places, sealed, and requests that came by mail.

Revision: 0006. 2026-11-23.
"""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

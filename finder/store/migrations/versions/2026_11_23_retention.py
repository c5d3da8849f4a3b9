"""Lines of the consent ledger whose time is over may go.

Revision: 0005. 2026-11-23.
"""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

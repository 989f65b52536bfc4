"""Tokens and the read log of triage."""

from deploy.migrations import chassis_0002

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    chassis_0002.upgrade()


def downgrade() -> None:
    chassis_0002.downgrade()

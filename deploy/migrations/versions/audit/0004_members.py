"""The names of audit's instances in their group."""

from deploy.migrations import chassis_0004

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    chassis_0004.upgrade()


def downgrade() -> None:
    chassis_0004.downgrade()

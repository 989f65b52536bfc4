"""What lets enquiry decide with nothing open, and tell the same again after a restore."""

from deploy.migrations import chassis_0003

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    chassis_0003.upgrade()


def downgrade() -> None:
    chassis_0003.downgrade()

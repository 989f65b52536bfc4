"""What intake answered those who sent it something, for when they send it again."""

from deploy.migrations import chassis_0007

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    chassis_0007.upgrade()


def downgrade() -> None:
    chassis_0007.downgrade()

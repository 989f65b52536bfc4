"""What nobody but enquiry may say or hold: when a read was logged, and who publishes."""

from deploy.migrations import chassis_0006

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    chassis_0006.upgrade()


def downgrade() -> None:
    chassis_0006.downgrade()

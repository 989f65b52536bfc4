"""What bounds how much a writer at one of triage's doors can make grow."""

from deploy.migrations import chassis_0005

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    chassis_0005.upgrade()


def downgrade() -> None:
    chassis_0005.downgrade()

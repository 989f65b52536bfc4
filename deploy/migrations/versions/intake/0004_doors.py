"""What bounds how much a writer at one of intake's doors can make grow."""

from deploy.migrations import chassis_0004_doors

revision = "0004_doors"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    chassis_0004_doors.upgrade()


def downgrade() -> None:
    chassis_0004_doors.downgrade()

"""The chassis' tables of intake."""

from deploy.migrations import chassis_0001

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    chassis_0001.upgrade()


def downgrade() -> None:
    chassis_0001.downgrade()

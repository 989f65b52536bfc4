"""Which topic audit's journal was read from, so that one that is made anew under its name is not taken for it."""

from deploy.migrations import chassis_0008

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    chassis_0008.upgrade()


def downgrade() -> None:
    chassis_0008.downgrade()

"""What nobody but audit may say or hold: when a read was logged, and who publishes."""

from deploy.migrations import chassis_edges

revision = "0004_edges"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    chassis_edges.upgrade()


def downgrade() -> None:
    chassis_edges.downgrade()

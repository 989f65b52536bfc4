"""Revision 0008 of every service: which topic its journal was read from. Frozen, as revision 0001 is."""

from alembic import op

revision = "0008"
down_revision = "0007"

_UPGRADE = ("ALTER TABLE journal ADD COLUMN topic_id uuid",)


def upgrade() -> None:
    for statement in _UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE journal DROP COLUMN topic_id")

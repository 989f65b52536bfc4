"""Revision 0010 of every service: which lives of its database its journal tells of. Frozen, as revision 0001 is."""

from alembic import op

revision = "0010"
down_revision = "0009"

_UPGRADE = ("ALTER TABLE journal ADD COLUMN lives text[] NOT NULL DEFAULT '{}'",)


def upgrade() -> None:
    for statement in _UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE journal DROP COLUMN lives")

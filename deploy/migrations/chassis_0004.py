"""Revision 0004 of every service: the names of its instances in their group. Frozen, as revision 0001 is."""

from alembic import op

revision = "0004"
down_revision = "0003"

_UPGRADE = (
    """
    CREATE TABLE members (
        name   text        NOT NULL PRIMARY KEY,
        holder bigint      NOT NULL,
        pid    integer     NOT NULL,
        began  timestamptz NOT NULL,
        since  timestamptz NOT NULL,
        until  timestamptz NOT NULL
    ) WITH (fillfactor = 50)
    """,
)


def upgrade() -> None:
    for statement in _UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE members")

"""What nobody but the service may say or hold: when a read was logged, and who publishes.

Frozen, as revision 0001 is. The log of reading is dated by the database, and a service has no right to that column
(services/command/roles.py). Who publishes is a row that the service's role alone may lock: anybody who may connect can
take an advisory lock, and see in pg_locks which one to take.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

_UPGRADE = (
    "ALTER TABLE reads ALTER COLUMN at SET DEFAULT clock_timestamp()",
    """
    CREATE TABLE relay_hold (
        id     smallint NOT NULL PRIMARY KEY CHECK (id = 1),
        holder text     NOT NULL
    ) WITH (fillfactor = 50)
    """,
    "INSERT INTO relay_hold VALUES (1, '')",
)


def upgrade() -> None:
    for statement in _UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE relay_hold")
    op.execute("ALTER TABLE reads ALTER COLUMN at DROP DEFAULT")

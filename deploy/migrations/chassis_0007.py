"""Revision 0007 of every service: what events of doors were answered. Frozen, as revision 0001 is."""

from alembic import op

revision = "0007"
down_revision = "0006"

_UPGRADE = (
    """
    CREATE TABLE answers (
        identity uuid  NOT NULL PRIMARY KEY,
        answer   bytea NOT NULL
    )
    """,
    """
    CREATE FUNCTION keep_answers(_identities uuid[], _answers bytea[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF cardinality(_identities) > 0 THEN
            INSERT INTO answers (identity, answer) SELECT * FROM unnest(_identities, _answers) ON CONFLICT DO NOTHING;
        END IF;
    END
    $$
    """,
)


def upgrade() -> None:
    for statement in _UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP FUNCTION keep_answers")
    op.execute("DROP TABLE answers")

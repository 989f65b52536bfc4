"""Revision 0005 of every service: what a writer at a door can make grow is bounded.

Frozen, as revision 0001 is. Self-contained: it adds a table and a function, and changes nothing of `apply_effects`,
which is handed no tallies any more.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

_UPGRADE = (
    # How much of what came to nothing was copied whole today, by partition and by a hash of whose word it was.
    """
    CREATE TABLE letter_budgets (
        door      text     NOT NULL,
        partition integer  NOT NULL,
        bucket    smallint NOT NULL,
        day       date     NOT NULL,
        bytes     bigint   NOT NULL,
        cut       bigint   NOT NULL,
        PRIMARY KEY (door, partition, bucket)
    ) WITH (fillfactor = 50)
    """,
    # A sender names itself: the first so many of a door have lines of their own, all others share one. Whoever has the
    # row that counts what was read, which is every batch's first, decides alone who is named from now on.
    """
    CREATE FUNCTION count_at_doors(
        _doors text[], _senders text[], _outcomes text[], _counts bigint[], _most integer, _others text,
        _of text[], _partitions integer[], _buckets integer[], _days date[], _bytes bigint[], _cut bigint[]
    ) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        unknown boolean := false;
    BEGIN
        IF cardinality(_doors) > 0 THEN
            INSERT INTO tallies (door, sender, outcome, records)
            SELECT * FROM unnest(_doors, _senders, _outcomes, _counts) AS came (door, sender, outcome, records)
            WHERE came.sender = ''
            ON CONFLICT (door, sender, outcome) DO UPDATE SET records = tallies.records + excluded.records;

            unknown := EXISTS (
                SELECT FROM unnest(_doors, _senders) AS came (door, sender)
                WHERE sender <> '' AND NOT EXISTS (
                    SELECT FROM tallies WHERE tallies.door = came.door AND tallies.sender = came.sender)
            );
            WITH came AS (
                SELECT * FROM unnest(_doors, _senders, _outcomes, _counts) AS came (door, sender, outcome, records)
                WHERE came.sender <> ''
            ), fresh AS (
                SELECT door, sender, row_number() OVER (PARTITION BY door ORDER BY sender) AS nth
                FROM (SELECT DISTINCT door, sender FROM came WHERE unknown) AS each
                WHERE length(sender) <= 64 AND NOT EXISTS (
                    SELECT FROM tallies WHERE tallies.door = each.door AND tallies.sender = each.sender)
            ), named AS (
                SELECT door, sender FROM fresh
                WHERE nth <= _most - (
                    SELECT count(DISTINCT sender) FROM tallies
                    WHERE tallies.door = fresh.door AND tallies.sender NOT IN ('', _others))
            )
            INSERT INTO tallies (door, sender, outcome, records)
            SELECT door, shown, outcome, sum(records)::bigint FROM (
                SELECT door, outcome, records, CASE
                    WHEN NOT unknown
                        OR EXISTS (SELECT FROM named WHERE named.door = came.door AND named.sender = came.sender)
                        OR EXISTS (SELECT FROM tallies WHERE tallies.door = came.door AND tallies.sender = came.sender)
                    THEN sender ELSE _others END AS shown
                FROM came
            ) AS folded
            GROUP BY door, shown, outcome ORDER BY door, shown, outcome
            ON CONFLICT (door, sender, outcome) DO UPDATE SET records = tallies.records + excluded.records;
        END IF;

        IF cardinality(_of) > 0 THEN
            INSERT INTO letter_budgets AS spent (door, partition, bucket, day, bytes, cut)
            SELECT * FROM unnest(_of, _partitions, _buckets, _days, _bytes, _cut)
            ON CONFLICT (door, partition, bucket) DO UPDATE SET
                bytes = CASE WHEN spent.day = excluded.day THEN spent.bytes ELSE 0 END + excluded.bytes,
                day = excluded.day, cut = spent.cut + excluded.cut;
        END IF;
    END
    $$
    """,
)


def upgrade() -> None:
    for statement in _UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP FUNCTION count_at_doors")
    op.execute("DROP TABLE letter_budgets")

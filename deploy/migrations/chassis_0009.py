"""Revision 0009 of every service: what is written down beside each case, for lists and figures.

Frozen, as revision 0001 is. Cases that a program before this one writes are marked as not projected (`projection` 0),
and keep the marks they are counted with, until a newer one writes them down again.
"""

from alembic import op

from deploy.migrations.chassis_0003 import APPLY

revision = "0009"
down_revision = "0008"

_COLUMNS = (
    "ALTER TABLE cases ADD COLUMN projection integer NOT NULL DEFAULT 0",
    "ALTER TABLE cases ADD COLUMN marks text NOT NULL DEFAULT ''",
    "CREATE INDEX cases_projection ON cases (projection)",
)
_TABLES = (
    """
    CREATE TABLE list_rows (
        case_key uuid        NOT NULL,
        list     text        NOT NULL,
        item     text        NOT NULL COLLATE "C",
        at       timestamptz NOT NULL,
        since    timestamptz,
        finds    text[]      NOT NULL,
        body     json        NOT NULL,
        PRIMARY KEY (case_key, list, item)
    ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)
    """,
    "CREATE INDEX list_rows_at ON list_rows (list, at, item)",
    "CREATE INDEX list_rows_since ON list_rows (list, since) WHERE since IS NOT NULL",
    # Without a list of what is pending: whoever looks something up would have to go through that.
    "CREATE INDEX list_rows_finds ON list_rows USING gin (finds) WITH (fastupdate = off)",
    # Several rows for a mark, so that instances of a service do not wait for each other to commit. `hashes` is the sum
    # of a hash of each case's key: two services that count the same cases have the same sum.
    """
    CREATE TABLE case_counts (
        mark   text     NOT NULL COLLATE "C",
        shard  smallint NOT NULL,
        cases  bigint   NOT NULL,
        hashes bigint   NOT NULL,
        PRIMARY KEY (mark, shard)
    ) WITH (
        fillfactor = 50,
        autovacuum_vacuum_scale_factor = 0,
        autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0
    )
    """,
)
_FUNCTIONS = (
    # Called under the lock of these cases and before they are written: what they were counted as is taken back.
    """
    CREATE FUNCTION count_cases(_shard bigint, _keys uuid[], _marks text[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO case_counts AS there (mark, shard, cases, hashes)
        SELECT mark, _shard, sum(one), sum(one * hash)
        FROM (
            SELECT mark, 1, uuid_hash_extended(key, 0) & 1099511627775
            FROM unnest(_keys, _marks) AS new (key, marks), string_to_table(new.marks, E'\\n') AS mark
            UNION ALL
            SELECT mark, -1, uuid_hash_extended(key, 0) & 1099511627775
            FROM cases, string_to_table(cases.marks, E'\\n') AS mark WHERE key = ANY (_keys)
        ) AS changes (mark, one, hash)
        GROUP BY mark HAVING sum(one) <> 0 OR sum(one * hash) <> 0 ORDER BY mark
        ON CONFLICT (mark, shard) DO UPDATE
            SET cases = there.cases + excluded.cases, hashes = there.hashes + excluded.hashes;
    END
    $$
    """,
    """
    CREATE FUNCTION list_cases(
        _known uuid[], _cases uuid[], _lists text[], _items text[], _ats timestamptz[], _sinces timestamptz[],
        _finds text[], _bodies text[]
    ) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF cardinality(_known) > 0 THEN
            DELETE FROM list_rows AS old
            WHERE case_key = ANY (_known) AND NOT EXISTS (
                SELECT FROM unnest(_cases, _lists, _items) AS new (case_key, list, item)
                WHERE (new.case_key, new.list, new.item) = (old.case_key, old.list, old.item)
            );
        END IF;
        IF cardinality(_cases) > 0 THEN
            INSERT INTO list_rows AS old (case_key, list, item, at, since, finds, body)
            SELECT case_key, list, item, at, since, string_to_array(finds, E'\\n'), body::json
            FROM unnest(_cases, _lists, _items, _ats, _sinces, _finds, _bodies)
                AS new (case_key, list, item, at, since, finds, body)
            ON CONFLICT (case_key, list, item) DO UPDATE
                SET at = excluded.at, since = excluded.since, finds = excluded.finds, body = excluded.body
                WHERE (old.at, old.since, old.finds, old.body::text)
                    IS DISTINCT FROM (excluded.at, excluded.since, excluded.finds, excluded.body::text);
        END IF;
    END
    $$
    """,
    # What was written down under a lower version is written down again, as the cases are now.
    """
    CREATE FUNCTION project_cases(
        _shard bigint, _keys uuid[], _projection integer, _marks text[],
        _cases uuid[], _lists text[], _items text[], _ats timestamptz[], _sinces timestamptz[],
        _finds text[], _bodies text[]
    ) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM count_cases(_shard, _keys, _marks);
        UPDATE cases SET projection = _projection, marks = new.marks
        FROM unnest(_keys, _marks) AS new (key, marks) WHERE cases.key = new.key;
        PERFORM list_cases(_keys, _cases, _lists, _items, _ats, _sinces, _finds, _bodies);
    END
    $$
    """,
)

_KNOWN_BEFORE = "UPDATE cases SET recorded = new.recorded, due = new.due, body = new.body::json, version = new.was + 1"
_OF_OLDER = APPLY.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    _KNOWN_BEFORE, f"{_KNOWN_BEFORE}, projection = 0"
)
_CHANGES = (
    (
        "_sent bigint[], _journalled bigint, _tell text,",
        """_sent bigint[], _journalled bigint, _tell text,
    _projection integer, _marks text[],
    _row_cases uuid[], _row_lists text[], _row_items text[], _row_ats timestamptz[], _row_sinces timestamptz[],
    _row_finds text[], _row_bodies text[],""",
    ),
    (
        """
        INSERT INTO cases (key, recorded, due, body)
        SELECT key, recorded, due, body::json
        FROM unnest(_keys, _recorded, _due, _bodies, _were) AS new (key, recorded, due, body, was)
""",
        """
        PERFORM count_cases(_epoch & 7, _keys, _marks);
        INSERT INTO cases (key, recorded, due, body, projection, marks)
        SELECT key, recorded, due, body::json, _projection, marks
        FROM unnest(_keys, _recorded, _due, _bodies, _were, _marks) AS new (key, recorded, due, body, was, marks)
""",
    ),
    (
        f"""
        {_KNOWN_BEFORE}
        FROM unnest(_keys, _recorded, _due, _bodies, _were) AS new (key, recorded, due, body, was)
        WHERE cases.key = new.key AND new.was > 0;
""",
        f"""
        {_KNOWN_BEFORE},
            projection = _projection, marks = new.marks
        FROM unnest(_keys, _recorded, _due, _bodies, _were, _marks) AS new (key, recorded, due, body, was, marks)
        WHERE cases.key = new.key AND new.was > 0;
        IF _row_cases IS NOT NULL THEN
            PERFORM list_cases(
                ARRAY(SELECT key FROM unnest(_keys, _were) AS new (key, was) WHERE was > 0),
                _row_cases, _row_lists, _row_items, _row_ats, _row_sinces, _row_finds, _row_bodies);
        END IF;
""",
    ),
)


def _changed(text: str) -> str:
    """`apply_effects` with what it writes down beside each case, under the same name and with more to be told."""
    for before, after in _CHANGES:
        if before not in text:
            raise LookupError(before)
        text = text.replace(before, after)
    return text


_UPGRADE = (*_COLUMNS, *_TABLES, *_FUNCTIONS, _OF_OLDER, _changed(APPLY))


def upgrade() -> None:
    for statement in _UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    op.execute("""
        DO $$ DECLARE each regprocedure; BEGIN
            FOR each IN SELECT oid FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
                AND proname IN ('apply_effects', 'project_cases', 'list_cases', 'count_cases')
            LOOP EXECUTE 'DROP FUNCTION ' || each; END LOOP;
        END $$
    """)
    op.execute(APPLY)
    op.execute("DROP TABLE list_rows, case_counts")
    op.execute("ALTER TABLE cases DROP COLUMN projection, DROP COLUMN marks")

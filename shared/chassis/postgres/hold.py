"""Who publishes for a service: one session at a time, for as long as it lives (delivery rule 12).

An advisory lock would do as much, but anybody who may connect to the database could take it, or queue for it, and so
keep a service from publishing. The holder is written in a row instead, which the service's role alone may read and
lock; the row's own lock is held for a moment. The name is a word of chance that the session bears as its application
name: only sessions of the same role count, and a pooler that hands the session on takes the name away.
"""

from shared.chassis.postgres.database import Connection

_LOCK = "SELECT FROM relay_hold WHERE id = 1 FOR UPDATE"
_LIVES = """
SELECT EXISTS (
  SELECT FROM pg_stat_activity JOIN relay_hold ON holder = application_name
  WHERE holder <> '' AND usename = current_user AND datname = current_database()
)
"""
_TAKE = """
UPDATE relay_hold SET holder = set_config(
  'application_name', current_setting('application_name') || ' ' || left(md5(gen_random_uuid()::text), 12), false
) WHERE id = 1
"""


async def take(connection: Connection) -> bool:
    """Become the holder, unless a session that lives is; True where this one is it now."""
    if await connection.fetchval(_LIVES):
        return False
    async with connection.transaction():
        # Looked at again, by a statement that begins once the row is ours: somebody may have been quicker.
        await connection.execute(_LOCK)
        if await connection.fetchval(_LIVES):
            return False
        await connection.execute(_TAKE)
    return True

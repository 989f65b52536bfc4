"""The name a process has in its group, held in the database, so that no two go by it (delivery rule 19).

Kafka knows a static member by its name alone and puts the first of two out without a word to the second. A name is
free again when its holder lets go, when the session that took it has ended or bears the holder's number no longer, as
where a pooler has handed it on, and at the latest some seconds after the holder last said that it is there.
"""

import secrets
from datetime import datetime

from asyncpg import Record

from shared.chassis.postgres.database import Connection
from shared.chassis.process.errors import NameTaken

LASTS_S = 10
_HOLDER = """
SELECT holder, since, until >= now() AND EXISTS (
    SELECT FROM pg_stat_activity AS session WHERE session.pid = members.pid AND session.backend_start = members.began
      AND session.application_name LIKE '% ' || members.holder
) AS lives
FROM members WHERE name = $1
"""
_BEAR = """set_config(
  'application_name', split_part(current_setting('application_name'), ' ', 1) || ' ' || members.holder, false
)"""
_FIRST = f"""
INSERT INTO members (name, holder, pid, began, since, until)
SELECT $1, $2, pid, backend_start, now(), now() + interval '{LASTS_S} s'
FROM pg_stat_activity WHERE pid = pg_backend_pid()
ON CONFLICT (name) DO NOTHING RETURNING {_BEAR}
"""
_NEXT = f"""
UPDATE members
SET holder = $3, since = CASE WHEN holder = $3 THEN since ELSE now() END, until = now() + interval '{LASTS_S} s',
    pid = session.pid, began = session.backend_start
FROM pg_stat_activity AS session
WHERE session.pid = pg_backend_pid() AND members.name = $1 AND members.holder = $2
RETURNING {_BEAR}
"""
_RENEW = f"UPDATE members SET until = now() + interval '{LASTS_S} s' WHERE name = $1 AND holder = $2 RETURNING true"
_LET_GO = "DELETE FROM members WHERE name = $1 AND holder = $2"


class Lease:
    """The name of one process; without a name there is nothing to hold, and nobody to be taken for."""

    def __init__(self, name: str) -> None:
        """Hold nothing yet."""
        self.name = name
        self._holder = secrets.randbits(62)

    async def take(self, connection: Connection) -> None:
        """Hold the name from now on, over this session. Raises NameTaken while somebody else does."""
        while self.name:
            known: Record | None = await connection.fetchrow(_HOLDER, self.name)
            if known is None:
                if await connection.fetchval(_FIRST, self.name, self._holder):
                    return
            elif known["lives"] and known["holder"] != self._holder:
                raise NameTaken(_taken(self.name, known["since"]))
            elif await connection.fetchval(_NEXT, self.name, known["holder"], self._holder):
                return

    async def renew(self, connection: Connection) -> None:
        """Say that we are still here. Raises NameTaken where somebody else was believed to be us meanwhile."""
        if self.name and not await connection.fetchval(_RENEW, self.name, self._holder):
            raise NameTaken(f"another process goes by the name {self.name} now")

    async def let_go(self, connection: Connection) -> None:
        """Leave the name to whoever comes next."""
        if self.name:
            await connection.execute(_LET_GO, self.name, self._holder)


def _taken(name: str, since: datetime) -> str:
    return (
        f"another process has gone by the name {name} since {since:%Y-%m-%d %H:%M:%S}Z: "
        "give this one a SECTION42_INSTANCE of its own, or stop that one"
    )

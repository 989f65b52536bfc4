"""Writes down again what stands beside cases, where it was written by older code (`shared.chassis.projections`).

It goes on beside everything else, a few hundred cases at a time, over a connection of its own. A case that somebody is
deciding on is left to them: they write it down by today's code. Counts that have come to nothing are removed. A case on
which today's code breaks is counted as such, shouted about until it is mended, and tried again at the next start.
"""

import asyncio
from typing import Any

import msgspec
import structlog

from shared.chassis.postgres.database import Connection, connect
from shared.chassis.process.blame import blame
from shared.chassis.process.errors import BROKE
from shared.chassis.process.settings import Settings
from shared.chassis.projections import NOT_LISTED, Projection, Row, projected
from shared.chassis.service import Service

log = structlog.get_logger()
_AT_A_TIME = 500
_LOOK_AGAIN_S = 20.0
_AFTER_TROUBLE_S = 5.0
_OLDER = "SELECT key, body::text FROM cases WHERE projection < $1 LIMIT $2 FOR UPDATE SKIP LOCKED"
_TRY_AGAIN = "UPDATE cases SET projection = 0 WHERE marks = $1 AND EXISTS (SELECT FROM case_counts WHERE mark = $1)"
_FOLD = """
WITH gone AS (
    DELETE FROM case_counts
    WHERE mark IN (SELECT mark FROM case_counts GROUP BY mark HAVING sum(cases) = 0)
    RETURNING mark, cases, hashes
)
INSERT INTO case_counts AS there (mark, shard, cases, hashes)
SELECT mark, 0, sum(cases), sum(hashes) FROM gone GROUP BY mark HAVING sum(cases) <> 0
ON CONFLICT (mark, shard) DO UPDATE SET cases = there.cases + excluded.cases, hashes = there.hashes + excluded.hashes
"""
"""Marks bear days, and no case has most of them any more. What somebody adds meanwhile is put back."""
_WRITE = "SELECT project_cases(0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"


class Projecting:
    """The cases of one service that older code wrote."""

    def __init__(self, service: Service[Any], settings: Settings) -> None:
        """Connect to nothing yet."""
        self._service = service
        self._settings = settings
        self._decode = msgspec.json.Decoder(service.state).decode

    async def run(self) -> None:
        """See to them for ever: an instance of the version before may still be running beside us."""
        begun = False
        while True:
            wait_s = _LOOK_AGAIN_S
            try:
                connection = await connect(self._settings, self._service.name, "projecting")
                try:
                    if not begun:
                        await connection.execute(_TRY_AGAIN, NOT_LISTED)
                        begun = True
                    await self.bring_up(connection)
                    await connection.execute(_FOLD)
                finally:
                    connection.terminate()
            except Exception as error:  # noqa: BLE001  the database is away: lists wait, and nothing else does
                log.warning("projecting_failed", service=self._service.name, **blame(error))
                wait_s = _AFTER_TROUBLE_S
            await asyncio.sleep(wait_s)

    async def bring_up(self, connection: Connection) -> int:
        """Write down again whatever is older and nobody is at work on; how many cases."""
        done = 0
        while some := await self._some(connection):
            done += some
        if done:
            log.info("projected", service=self._service.name, rows=done)
        return done

    async def _some(self, connection: Connection) -> int:
        async with connection.transaction():
            rows = await connection.fetch(_OLDER, self._service.projection, _AT_A_TIME)
            keys = [key for key, _ in rows]
            if keys:
                made = await asyncio.to_thread(self._projected, rows)
                await connection.execute(_WRITE, keys, *made.columns)
        return len(keys)

    def _projected(self, rows: Any) -> Projection:
        """What is written beside them; in no list stands a case on which today's code breaks."""
        marks: list[str] = []
        listed: list[Row] = []
        for key, body in rows:
            try:
                made = projected(self._service, [(key, None if body is None else self._decode(body))])
            except BROKE as error:
                log.error("case_not_projected", service=self._service.name, case=str(key), **blame(error))
                made = Projection(self._service.projection, [NOT_LISTED], None)
            marks += made.marks
            listed += made.rows or ()
        return Projection(self._service.projection, marks, listed)

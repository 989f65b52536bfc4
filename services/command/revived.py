"""What a dump brings back to life that people had ended since, and what it takes from the log of reading.

The engine replays what a service may do itself: discarded events, accepted gaps, corrections of clocks. Two things are
an administrator's alone, and are settled here: tokens that were revoked, and the log of who read what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.chassis.reading.read_log import NOT_ON_RECORD

if TYPE_CHECKING:
    from services.command.journals import Entry

HOLE = NOT_ON_RECORD
"""The view of a row of the read log that stands for reads nobody has written down."""

_WHO = "section42-restore"
_REVOKE = "UPDATE {0}.tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id"
_REVOKED_BEFORE = """
UPDATE {0}.tokens SET revoked_at = was.revoked_at FROM {0}_replaced.tokens AS was
WHERE tokens.id = was.id AND tokens.revoked_at IS NULL AND was.revoked_at IS NOT NULL RETURNING tokens.id
"""
_READS_BEFORE = """
INSERT INTO {0}.reads OVERRIDING SYSTEM VALUE
SELECT was.* FROM {0}_replaced.reads AS was WHERE NOT EXISTS (SELECT FROM {0}.reads WHERE reads.id = was.id)
"""
_NEXT_READ = "SELECT setval(pg_get_serial_sequence('{0}.reads', 'id'), greatest(max(id), 1)) FROM {0}.reads"
_HOLE = """
INSERT INTO {0}.reads (at, holder, token_id, view, about, filters, rows)
SELECT now(), $1, $2, $3, '{{}}', json_build_object('after', max(at), 'until', now()), 0 FROM {0}.reads
RETURNING filters->>'after'
"""


@dataclass
class Settled:
    """What was settled of one service: tokens revoked again, reads kept, and since when reads are not on record."""

    service: str
    tokens_revoked: int = 0
    reads_kept: int = 0
    hole: bool = False
    hole_after: datetime | None = None

    @property
    def says(self) -> str:
        """The same in words."""
        said = f"{self.service}: {self.tokens_revoked} tokens revoked again, {self.reads_kept} reads kept"
        if not self.hole:
            return said
        since = "" if self.hole_after is None else f" after {self.hole_after:%Y-%m-%d %H:%M:%S}Z"
        return f"{said}; what was read{since} is not on record, and the log of reading says so"


async def settle(connection: Any, service: str, entries: Sequence[Entry], *, replaced: bool, whole: bool) -> Settled:
    """Revoke again what was revoked, keep the reads there are, and write down where some are missing.

    `replaced` is whether what was there before still is, under `<service>_replaced`; `whole`, whether it knew all that
    the service has done, and so all reads. Doing it twice does no harm, but for a second row about the same hole.
    """
    done = Settled(service)
    async with connection.transaction():
        revoked = await connection.fetch(_REVOKED_BEFORE.format(service)) if replaced else []
        tokens = {row[0] for row in revoked}
        for entry in entries:
            if (token := revoked_token(entry)) is not None:
                tokens |= {row[0] for row in await connection.fetch(_REVOKE.format(service), token, entry.at)}
        done.tokens_revoked = len(tokens)
        if replaced:
            done.reads_kept = int((await connection.execute(_READS_BEFORE.format(service))).rpartition(" ")[2])
            await connection.execute(_NEXT_READ.format(service))
        if not whole:
            done.hole = True
            after = await connection.fetchval(_HOLE.format(service), _WHO, UUID(int=0), HOLE)
            done.hole_after = None if after is None else datetime.fromisoformat(after)
    return done


def revoked_token(entry: Entry) -> UUID | None:
    """The token that an entry says was revoked, if it says so of any."""
    said = entry.what.get("token_revoked")
    named = said.get("id") if isinstance(said, dict) else said
    return None if named is None else UUID(str(named))


def hole_in_words(filters: Mapping[str, Any]) -> str:
    """A row about a hole, as a person reads it."""
    after = filters.get("after") or "the beginning"
    return f"reads between {after} and {filters.get('until')} are not on record: the database was restored"

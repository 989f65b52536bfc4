"""Giving up what stands in a journal's way: entries that cannot be told again, records that are no entries of ours."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from services.command.problems import MisuseError

if TYPE_CHECKING:
    from shared.chassis.process.settings import KafkaSettings

_MARK = "SELECT next_offset, lives FROM journal WHERE id = 1 FOR UPDATE"
_KNOWN = """
INSERT INTO epochs (epoch, entries, began) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[])
ON CONFLICT (epoch) DO UPDATE SET entries = greatest(epochs.entries, excluded.entries)
"""
_GO_ON = "UPDATE journal SET next_offset = $1, topic_id = NULL WHERE id = 1"
"""Whichever topic it is that goes so far: who reads it next writes down which."""
_REASON = "entries of the journal cannot be told again"
_FOREIGN = "what lay in the journal was no entry of ours"


class Forgotten(NamedTuple):
    """How many entries were given up, how many may have expired unseen, and how many records were no entries."""

    lacking: int
    unseen: int
    foreign: int

    @property
    def says(self) -> str:
        """The same in words."""
        said = [f"{self.foreign} records that are no entries of ours"] * bool(self.foreign)
        said += [f"{self.lacking} entries"] * (bool(self.lacking) or not said)
        said += [f"{self.unseen} that have expired"] * bool(self.unseen)
        return f"given up: {', '.join(said)}"


async def give_up(
    kafka: KafkaSettings, database_url: str, prefix: str, service: str, *, why: str, who: str
) -> Forgotten:
    """Let a service start though its journal does not fit its tables; what was given up for it.

    Records that are no entries are passed by themselves, and the journal says so to whoever is restored later: entries
    around them are told again. Only where that is not enough, what the tables lack is decided anew from the same
    inputs, in another order perhaps: facts of theirs may be told again under second ids. Raises MisuseError where the
    service needs nothing of the kind.
    """
    from services.command.giving_up import Loss, row
    from services.command.journal import standings
    from services.command.journals import runs
    from services.command.servers import consumer, database
    from shared.chassis.delivery.recovering.commands import carry_out
    from shared.contracts.topics import journal_of

    (standing,) = await standings(kafka, database_url, prefix, (service,))
    if standing.whole and not standing.missing:
        raise MisuseError(f"{service} lacks no entry of its journal: there is nothing to give up")
    async with (
        consumer(kafka) as reader,
        database(database_url, service) as connection,
        connection.transaction(),
    ):
        at = await connection.fetchval("SELECT now()")
        for first, end in runs(standing.foreign):
            loss = Loss(first, end, end - first, exact=True, reason=_FOREIGN)
            await carry_out(connection, {"given_up": row(loss, journal_of(service), 0, at, why=why, who=who)}, prefix)
        if standing.foreign and not (standing.expired or standing.gone or standing.gap):
            return Forgotten(0, 0, len(standing.foreign))
        lacking, unseen = await _entries(connection, reader, prefix, service, at, why=why, who=who)
    return Forgotten(lacking, unseen, len(standing.foreign))


async def _entries(
    connection: Any, reader: Any, prefix: str, service: str, at: datetime, *, why: str, who: str
) -> tuple[int, int]:
    """Have the tables know every entry there is."""
    from services.command.journals import journal, missing
    from shared.chassis.delivery.recovering.commands import GIVE_UP
    from shared.contracts.topics import journal_of

    mark, lives = await connection.fetchrow(_MARK)
    told = await journal(reader, prefix, service, mark, lives)
    known = dict(await connection.fetch("SELECT epoch, entries FROM epochs"))
    lacking = missing(told.entries, known)
    last = {entry.epoch: entry for entry in lacking}
    rows = [(epoch, entry.number, entry.at) for epoch, entry in last.items()]
    await connection.execute(_KNOWN, *map(list, zip(*rows, strict=True)) if rows else ([], [], []))
    await connection.execute(_GO_ON, told.ends)
    unseen = max(0, told.begins - mark)
    await connection.execute(
        GIVE_UP, at, journal_of(service), 0, mark, told.ends, len(lacking) + unseen, not unseen, _REASON, why, who
    )
    return len(lacking), unseen

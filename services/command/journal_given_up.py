"""Giving up entries of a journal that cannot be told again: what is lost by it, who said so, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.command.problems import MisuseError

if TYPE_CHECKING:
    from shared.chassis.settings import KafkaSettings

_MARK = "SELECT next_offset FROM journal WHERE id = 1 FOR UPDATE"
_KNOWN = """
INSERT INTO epochs (epoch, entries, began) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[])
ON CONFLICT (epoch) DO UPDATE SET entries = greatest(epochs.entries, excluded.entries)
"""
_GO_ON = "UPDATE journal SET next_offset = $1 WHERE id = 1"
_REASON = "entries of the journal cannot be told again"


async def give_up(
    kafka: KafkaSettings, database_url: str, prefix: str, service: str, *, why: str, who: str
) -> tuple[int, int]:
    """Let a service start though its tables lack entries: how many, and how many entries may have expired unseen.

    What they decided is decided anew from the same inputs, in another order perhaps: facts of theirs may be told again
    under second ids. Raises MisuseError where the service can tell them again, or lacks none.
    """
    from services.command.journal import standings
    from services.command.journals import journal, missing
    from services.command.servers import consumer, database
    from shared.chassis.commands import GIVE_UP
    from shared.contracts.topics import journal_of

    (standing,) = await standings(kafka, database_url, prefix, (service,))
    if standing.whole and not standing.missing:
        raise MisuseError(f"{service} lacks no entry of its journal: there is nothing to give up")
    async with (
        consumer(kafka) as reader,
        database(database_url, service) as connection,
        connection.transaction(),
    ):
        mark = await connection.fetchval(_MARK)
        told = await journal(reader, prefix, service, mark)
        known = dict(await connection.fetch("SELECT epoch, entries FROM epochs"))
        lacking = missing(told.entries, known)
        last = {entry.epoch: entry for entry in lacking}
        rows = [(epoch, entry.number, entry.at) for epoch, entry in last.items()]
        await connection.execute(_KNOWN, *map(list, zip(*rows, strict=True)) if rows else ([], [], []))
        await connection.execute(_GO_ON, told.ends)
        unseen = max(0, told.begins - mark)
        at = await connection.fetchval("SELECT now()")
        await connection.execute(
            GIVE_UP, at, journal_of(service), 0, mark, told.ends, len(lacking) + unseen, not unseen, _REASON, why, who
        )
    return len(lacking), unseen

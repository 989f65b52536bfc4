"""Does once more what entries of the journal say, by the very records that they took (delivery rule 16).

An entry takes effect once: its number in its epoch is compared and set. Where another instance is quicker, it is done.
"""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec

from shared.chassis.delivery.applying import held, journal, position_rows
from shared.chassis.delivery.applying.breaker import Breaker
from shared.chassis.delivery.applying.corrections import corrections
from shared.chassis.delivery.applying.effects import apply_again, apply_together
from shared.chassis.delivery.applying.journal import Entry
from shared.chassis.delivery.applying.steps import Step, batch, firing, retrying
from shared.chassis.delivery.applying.transaction import Transactions
from shared.chassis.delivery.kafka.positions import Partition, Position
from shared.chassis.delivery.records.cloudevents import fingerprint
from shared.chassis.delivery.records.reasons import UNDECIDED
from shared.chassis.delivery.recovering.commands import redo
from shared.chassis.delivery.recovering.past import PastReader
from shared.chassis.delivery.recovering.together import ApartError, together
from shared.chassis.postgres.database import CollisionError, Connection
from shared.chassis.process.errors import Fenced, HistoryDiffers, WentBack

S = TypeVar("S", bound=msgspec.Struct)
_ENTRIES = "SELECT entries FROM epochs WHERE epoch = $1"
_MEET = "INSERT INTO epochs VALUES ($1, 0, $2) ON CONFLICT DO NOTHING"
_NEXT = "UPDATE epochs SET entries = $2 WHERE epoch = $1 AND entries = $2 - 1"


class Again(Generic[S]):
    """Goes through entries in their order, over one connection; where partitions stand is carried from one to next."""

    def __init__(self, transactions: Transactions[S], prefix: str, past: PastReader, connection: Connection) -> None:
        """Topics begin with the prefix."""
        self._transactions = transactions
        self._prefix = prefix
        self._past = past
        self._connection = connection
        self._met: set[int] = set()
        self._at: dict[Partition, Position] = {}

    async def at_once(self, entries: Sequence[Entry]) -> int:
        """Do what the first of these say, if two or more can be done at once; how many are done, by whomever.

        Whatever keeps an entry apart is found out again when it is done by itself.
        """
        while len(entries) > 1:
            await self._meet(entries[0])
            try:
                steps = [await self._step(entry) for entry in entries]
                decided = await self._transactions.decided(self._connection, together(entries, steps))
                now = self._transactions.clock.now()
                await apply_together(self._connection, decided, entries[0], entries[-1], now)
            except ApartError as error:
                self._at.clear()
                entries = entries[: error.done]
            except (CollisionError, Fenced, WentBack, HistoryDiffers):
                self._at.clear()
                there = await self._connection.fetchval(_ENTRIES, entries[0].epoch)
                return sum(entry.number <= there for entry in entries)
            else:
                return len(entries)
        return 0

    async def by_itself(self, entry: Entry) -> None:
        """Do what an entry says, unless another instance is quicker. Raises HistoryDiffers where that is otherwise."""
        await self._meet(entry)
        while True:
            try:
                if entry.kind == journal.COMMAND:
                    await self._command(entry)
                else:
                    await self._decide(entry)
            except (CollisionError, Fenced, WentBack, HistoryDiffers) as error:
                self._at.clear()
                entries = await self._connection.fetchval(_ENTRIES, entry.epoch)
                if entries >= entry.number:
                    return
                if isinstance(error, HistoryDiffers):
                    raise
                if not isinstance(error, CollisionError):
                    raise self._differs(entry, "other positions than it was decided at") from error
            else:
                return

    async def _meet(self, entry: Entry) -> None:
        if entry.epoch not in self._met:
            await self._connection.execute(_MEET, entry.epoch, entry.at)
            self._met.add(entry.epoch)

    async def _decide(self, entry: Entry) -> None:
        decided = await self._transactions.decided(self._connection, await self._step(entry))
        outcome = await apply_again(self._connection, decided, entry, self._transactions.clock.now())
        if entry.outcome not in {"", outcome}:
            ours = journal.code_of(self._transactions.service.name)
            by = "the same code" if entry.code == ours else f"other code ({entry.code}, this is {ours})"
            raise self._differs(entry, f"another outcome; it was decided by {by}")

    async def _command(self, entry: Entry) -> None:
        async with self._connection.transaction():
            if not (await self._connection.execute(_NEXT, entry.epoch, entry.number)).endswith(" 1"):
                raise WentBack
            try:
                await redo(self._connection, entry.what, self._prefix)
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise self._differs(entry, "a command that this version does not know") from error
        self._transactions.wire.corrections = await corrections(self._connection)
        self._at.clear()

    async def _step(self, entry: Entry) -> Step:
        if entry.kind == journal.TIMERS and entry.until is not None:
            return firing(entry.keys, entry.until)
        if entry.kind == journal.RETRY:
            parked = await held.parked_at(self._connection, entry.records, self._transactions.wire)
            if len(parked) != len(entry.records):
                raise self._differs(entry, "records that are no longer parked")
            return retrying(parked)
        return await self._batch(entry)

    async def _batch(self, entry: Entry) -> Step:
        """The very records of an entry, read again, and the positions they lead to."""
        prefix, wire = self._prefix, self._transactions.wire
        starts = {(prefix + topic, number): first for topic, number, first, _ in reversed(entry.took)}
        if new := {where: first for where, first in starts.items() if where not in self._at}:
            await position_rows.begin(self._connection, new)
            self._at |= await position_rows.read(self._connection, new)
        was = {where: self._at[where].next_offset for where in starts}
        found: list[Any] = []
        to: dict[Partition, Position] = {}
        for topic, partition, first, end in entry.took:
            where = prefix + topic, partition
            known = to.get(where) or self._at[where]
            records = await self._past.records(where, known.next_offset, end)
            if not records or records[0].offset != first or records[-1].offset != end - 1:
                raise self._differs(entry, f"records of {topic} {partition} other than {first} to {end - 1}")
            why = UNDECIDED.get(entry.undecided)
            found += [wire.read(one) if why is None else wire.left_undecided(one, why) for one in records]
            to[where] = Position(end, fingerprint(records[-1]), end - 1)
        self._at |= to
        tripped = None if entry.unreadable is None else Breaker(entry.unreadable, entry.tripped_at)
        return batch(found, was, to, tripped, entry.took, undecided=entry.undecided)

    def _differs(self, entry: Entry, what: str) -> HistoryDiffers:
        return HistoryDiffers(
            f"entry {entry.number} of epoch {entry.epoch} ({entry.at:%Y-%m-%d %H:%M:%S}Z) meets {what}: nothing is "
            f"told; see `section42 journal {self._transactions.service.name}`"
        )

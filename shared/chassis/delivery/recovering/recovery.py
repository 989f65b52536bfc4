"""Brings a database up to where the journal says it was: the same inputs, in the same order (delivery rule 16).

A database that was restored, or a standby that had lost its last seconds, lacks transactions whose facts have been
told. Their entries are in the journal. Each is decided again from the very records it took; the outcome must be what it
was, else nothing is told and a person is asked. The facts leave once more, under the ids they had.

Any number of instances may do this at once: an entry takes effect once, because its number in its epoch is compared and
set, and each goes on to the next only after it has. Where the database is in a life that the journal does not know,
the first of them writes down that it has begun, before anything takes effect in it (`lives`).
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
import structlog
from aiokafka.errors import KafkaError

from shared.chassis.delivery.applying import held, journal, position_rows
from shared.chassis.delivery.applying.breaker import Breaker
from shared.chassis.delivery.applying.corrections import corrections
from shared.chassis.delivery.applying.effects import apply_again
from shared.chassis.delivery.applying.journal import Entry, Told
from shared.chassis.delivery.applying.lives import Lives, beginning
from shared.chassis.delivery.applying.outbox import Outgoing
from shared.chassis.delivery.applying.steps import Step, batch, firing, retrying
from shared.chassis.delivery.applying.transaction import Transactions
from shared.chassis.delivery.kafka.log_check import another
from shared.chassis.delivery.kafka.positions import Partition, Position
from shared.chassis.delivery.records.cloudevents import fingerprint
from shared.chassis.delivery.records.reasons import UNDECIDED
from shared.chassis.delivery.recovering import journal_topic
from shared.chassis.delivery.recovering.commands import redo
from shared.chassis.delivery.recovering.past import PastReader
from shared.chassis.postgres.database import CollisionError, Connection
from shared.chassis.process.blame import named
from shared.chassis.process.errors import Fenced, HistoryDiffers, Unverified, WentBack
from shared.chassis.process.failpoints import reach
from shared.chassis.process.settings import Settings
from shared.contracts.topics import journal_of

S = TypeVar("S", bound=msgspec.Struct)
log = structlog.get_logger()
_SAY_EVERY_S = 5.0
_KNOWN = "SELECT epoch, entries FROM epochs WHERE epoch = ANY($1::bigint[])"
_HAS_IT_ALL = """
UPDATE journal SET next_offset = $1, topic_id = coalesce(topic_id, $2), lives = $3
WHERE id = 1 AND next_offset <= $1 AND (next_offset < $1 OR topic_id IS NULL OR lives <> $3)
"""
_ENTRIES = "SELECT entries FROM epochs WHERE epoch = $1"
_MEET = "INSERT INTO epochs VALUES ($1, 0, $2) ON CONFLICT DO NOTHING"
_NEXT = "UPDATE epochs SET entries = $2 WHERE epoch = $1 AND entries = $2 - 1"


class Recovery(Generic[S]):
    """Tells again, for one service, what the journal has and the database has not."""

    def __init__(
        self,
        transactions: Transactions[S],
        settings: Settings,
        outgoing: Outgoing | None = None,
        say: Callable[[bytes], Awaitable[int]] | None = None,
    ) -> None:
        """Read nothing yet; `say` writes an entry into the journal, and answers which offset comes after it.

        Who has not been given it leaves no trace there.
        """
        self._transactions = transactions
        self._service = transactions.service
        self._settings = settings
        self._outgoing = outgoing or transactions.outgoing
        self._say = say
        self.told_again = 0
        self._met: set[int] = set()
        self._at: dict[Partition, Position] = {}

    async def bring_up(self, connection: Connection) -> None:
        """Tell again whatever is missing, then trust the database. Raises Unverified, HistoryDiffers."""
        try:
            async with PastReader(self._settings, self._service.name) as past:
                await self._bring_up(connection, past)
        except (KafkaError, TimeoutError, OSError) as error:
            raise Unverified(f"the journal cannot be read: is Kafka away? ({named(error)})") from None

    async def _bring_up(self, connection: Connection, past: PastReader) -> None:
        begins, ends = await past.journal_bounds()
        mark, read_as, known = await journal_topic.where(connection)
        if not begins <= mark <= ends:
            raise HistoryDiffers(
                f"the database has the journal up to {mark}, and the journal lies between {begins} and {ends}: entries "
                f"have expired or the topic was made anew; see `section42 journal {self._service.name}`"
            )
        told = await past.journal(mark, ends)
        # Asked last: what has been read by now was that topic's, or comes from before it was made anew.
        is_now = await past.journal_id()
        self._same(read_as, is_now)
        lives, life = Lives(known), await journal.life_of(connection)
        await self._go_through(connection, past, told, lives)
        while self._say is not None and not lives.has_begun(life):
            begun = await beginning(connection, life, self._transactions.clock.now())
            was, ends = ends, await self._say(journal.encode(begun))
            if ends <= was:
                raise Unverified("the journal ends before where it ended: it is being made anew")
            await self._go_through(connection, past, await past.journal(was, ends), lives)
        await connection.execute(_HAS_IT_ALL, ends, is_now, lives.known)
        self._outgoing.journalled, self._outgoing.overtaken = ends, False
        self._outgoing.journal_id, self._outgoing.life = is_now, life

    async def _go_through(self, connection: Connection, past: PastReader, told: Told, lives: Lives) -> None:
        await self._all_ours(connection, told)
        missing = await self._missing(connection, [entry for entry in told.entries if lives.counts(entry)])
        if missing:
            await self._tell_again(connection, past, missing)

    def _same(self, read_as: UUID | None, is_now: UUID | None) -> None:
        """Raises HistoryDiffers where it is not the topic that it was, Unverified where nobody says."""
        if another(read_as, is_now):
            raise HistoryDiffers(
                f"the journal is not the one that was read: {journal_topic.MADE_ANEW}; see `section42 journal "
                f"{self._service.name}`"
            )
        if read_as is not None and is_now is None:
            raise Unverified("no broker says in time whether the journal is the topic that it was")

    async def _all_ours(self, connection: Connection, told: Told) -> None:
        """Raises HistoryDiffers where a record is no entry of ours, and nobody has given it up."""
        if told.foreign:
            ranges = await journal_topic.given_up(connection, topic := journal_of(self._service.name))
            foreign = journal.not_passed(told.foreign, topic, ranges, (entry.what for entry in told.entries))
            if foreign:
                raise HistoryDiffers(
                    f"the journal's record {foreign[0]} is no entry of ours; see `section42 journal "
                    f"{self._service.name}`"
                )

    async def _missing(self, connection: Connection, entries: Sequence[Entry]) -> list[Entry]:
        """Those that the database does not have, each once, in the order in which they were first told."""
        known = dict(await connection.fetch(_KNOWN, list({entry.epoch for entry in entries})))
        missing = []
        for entry in entries:
            if entry.number > known.get(entry.epoch, 0):
                if entry.number != known.get(entry.epoch, 0) + 1:
                    raise HistoryDiffers(f"entry {entry.number - 1} of epoch {entry.epoch} is missing from the journal")
                known[entry.epoch] = entry.number
                missing.append(entry)
        return missing

    async def _tell_again(self, connection: Connection, past: PastReader, missing: Sequence[Entry]) -> None:
        log.warning("history_behind", service=self._service.name, entries=len(missing))
        said = time.monotonic()
        self._transactions.wire.corrections = await corrections(connection)
        self._met.clear()
        self._at.clear()
        await connection.execute("SET synchronous_commit = off")
        for done, entry in enumerate(missing):
            await self._again(connection, past, entry)
            reach("recovery-applied")
            self.told_again += 1
            if time.monotonic() - said > _SAY_EVERY_S:
                said = time.monotonic()
                log.info("history_told_again", service=self._service.name, entries=done + 1, of=len(missing))
        await connection.execute("SET synchronous_commit = on")
        log.warning("history_complete", service=self._service.name, entries=len(missing))

    async def _again(self, connection: Connection, past: PastReader, entry: Entry) -> None:
        """Do once more what an entry says, unless another instance is quicker."""
        if entry.epoch not in self._met:
            await connection.execute(_MEET, entry.epoch, entry.at)
            self._met.add(entry.epoch)
        while True:
            try:
                if entry.kind == journal.COMMAND:
                    await self._command(connection, entry)
                else:
                    await self._decide(connection, past, entry)
            except (CollisionError, Fenced, WentBack, HistoryDiffers) as error:
                self._at.clear()
                entries = await connection.fetchval(_ENTRIES, entry.epoch)
                if entries >= entry.number:
                    return
                if isinstance(error, HistoryDiffers):
                    raise
                if not isinstance(error, CollisionError):
                    raise self._differs(entry, "other positions than it was decided at") from error
            else:
                return

    async def _decide(self, connection: Connection, past: PastReader, entry: Entry) -> None:
        step = await self._step(connection, past, entry)
        decided = await self._transactions.decided(connection, step)
        outcome = await apply_again(connection, decided, entry, self._transactions.clock.now())
        for topic, number, _, then, last, printed in step.positions:
            self._at[topic, number] = Position(then, printed, last)
        if entry.outcome not in {"", outcome}:
            ours = journal.code_of(self._service.name)
            by = "the same code" if entry.code == ours else f"other code ({entry.code}, this is {ours})"
            raise self._differs(entry, f"another outcome; it was decided by {by}")

    async def _command(self, connection: Connection, entry: Entry) -> None:
        async with connection.transaction():
            if not (await connection.execute(_NEXT, entry.epoch, entry.number)).endswith(" 1"):
                raise WentBack
            try:
                await redo(connection, entry.what, self._settings.topic_prefix)
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise self._differs(entry, "a command that this version does not know") from error
        self._transactions.wire.corrections = await corrections(connection)
        self._at.clear()

    async def _step(self, connection: Connection, past: PastReader, entry: Entry) -> Step:
        if entry.kind == journal.TIMERS and entry.until is not None:
            return firing(entry.keys, entry.until)
        if entry.kind == journal.RETRY:
            parked = await held.parked_at(connection, entry.records, self._transactions.wire)
            if len(parked) != len(entry.records):
                raise self._differs(entry, "records that are no longer parked")
            return retrying(parked)
        return await self._batch(connection, past, entry)

    async def _batch(self, connection: Connection, past: PastReader, entry: Entry) -> Step:
        """The very records of an entry, read again, and the positions they lead to."""
        prefix, wire = self._settings.topic_prefix, self._transactions.wire
        starts = {(prefix + topic, number): first for topic, number, first, _ in reversed(entry.took)}
        if new := {where: first for where, first in starts.items() if where not in self._at}:
            await position_rows.begin(connection, new)
            self._at |= await position_rows.read(connection, new)
        was = {where: self._at[where].next_offset for where in starts}
        found: list[Any] = []
        to: dict[Partition, Position] = {}
        for topic, partition, first, end in entry.took:
            where = prefix + topic, partition
            known = to.get(where) or self._at[where]
            records = await past.records(where, known.next_offset, end)
            if not records or records[0].offset != first or records[-1].offset != end - 1:
                raise self._differs(entry, f"records of {topic} {partition} other than {first} to {end - 1}")
            why = UNDECIDED.get(entry.undecided)
            found += [wire.read(one) if why is None else wire.left_undecided(one, why) for one in records]
            to[where] = Position(end, fingerprint(records[-1]), end - 1)
        tripped = None if entry.unreadable is None else Breaker(entry.unreadable, entry.tripped_at)
        return batch(found, was, to, tripped, entry.took, undecided=entry.undecided)

    def _differs(self, entry: Entry, what: str) -> HistoryDiffers:
        return HistoryDiffers(
            f"entry {entry.number} of epoch {entry.epoch} ({entry.at:%Y-%m-%d %H:%M:%S}Z) meets {what}: nothing is "
            f"told; see `section42 journal {self._service.name}`"
        )

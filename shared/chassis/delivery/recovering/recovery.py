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
from typing import Generic, TypeVar
from uuid import UUID

import msgspec
import structlog
from aiokafka.errors import KafkaError

from shared.chassis.delivery.applying import journal
from shared.chassis.delivery.applying.corrections import corrections
from shared.chassis.delivery.applying.journal import Entry, Told
from shared.chassis.delivery.applying.lives import Lives, beginning
from shared.chassis.delivery.applying.outbox import Outgoing
from shared.chassis.delivery.applying.transaction import Transactions
from shared.chassis.delivery.kafka.log_check import another
from shared.chassis.delivery.recovering import journal_topic
from shared.chassis.delivery.recovering.again import Again
from shared.chassis.delivery.recovering.past import PastReader
from shared.chassis.delivery.recovering.together import alike
from shared.chassis.postgres.database import Connection
from shared.chassis.process.blame import named
from shared.chassis.process.errors import HistoryDiffers, Unverified
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
        await connection.execute("SET synchronous_commit = off")
        again = Again(self._transactions, self._settings.topic_prefix, past, connection)
        done = 0
        while done < len(missing):
            if not (these := await again.at_once(alike(missing, done, self._settings.batch_max_records))):
                await again.by_itself(missing[done])
                these = 1
            reach("recovery-applied")
            done += these
            self.told_again += these
            if time.monotonic() - said > _SAY_EVERY_S:
                said = time.monotonic()
                log.info("history_told_again", service=self._service.name, entries=done, of=len(missing))
        await connection.execute("SET synchronous_commit = on")
        log.warning("history_complete", service=self._service.name, entries=len(missing))

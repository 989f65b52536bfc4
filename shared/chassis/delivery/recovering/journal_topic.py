"""A service's journal as a topic: whether it is the one that it was, and what a person has given up of it.

A topic that is deleted and made anew under its name may have grown past where we were before anybody looks: only
Kafka's own name for it tells the two apart (delivery rules 3 and 16).
"""

import time
from uuid import UUID

from aiokafka.errors import IncompatibleBrokerVersion

from shared.chassis.delivery.applying.outbox import Outgoing
from shared.chassis.delivery.kafka.log_reader import LogReader, NotKnownError
from shared.chassis.delivery.kafka.requests import NO_ID, TopicIdsRequest
from shared.chassis.postgres.database import Connection

MADE_ANEW = "the topic was made anew: Kafka has another id for it than when it was read"
_EVERY_S = 5.0


async def id_of(reader: LogReader, topic: str) -> UUID | None:
    """Kafka's own name for a topic, by the first broker that says so in time; nothing where none does, or has none."""
    leader = reader.leader((topic, 0))
    for node in reader.brokers() if leader is None else [leader, *reader.brokers()]:
        try:
            answer = await reader.ask(node, TopicIdsRequest([topic]))
        except (NotKnownError, IncompatibleBrokerVersion):
            continue
        for error, _, topic_id, *_ in answer.topics:
            if not error and topic_id != NO_ID:
                return UUID(bytes=topic_id.bytes)
    return None


def another(was: UUID | None, is_now: UUID | None) -> bool:
    """Whether that is certainly not the topic it was; what nobody has said means nothing."""
    return None not in {was, is_now} and was != is_now


async def where(connection: Connection, schema: str = "") -> tuple[int, UUID | None]:
    """Up to where the tables have the journal, and as which topic it was read, where that was written down."""
    row = await connection.fetchrow(f"SELECT next_offset, topic_id FROM {schema and schema + '.'}journal WHERE id = 1")
    return row["next_offset"], row["topic_id"] and UUID(bytes=row["topic_id"].bytes)


async def given_up(connection: Connection, topic: str, schema: str = "") -> list[tuple[int, int]]:
    """The ranges of a journal that a person has given up. `schema` is its service's, where that is not looked in."""
    table = f"{schema and schema + '.'}given_up"
    rows = await connection.fetch(f"SELECT from_offset, to_offset FROM {table} WHERE topic = $1", topic)
    return [(first, end) for first, end in rows]


class JournalLook:
    """Looks every few seconds, whether or not there is anything to write, at the journal of a service that runs."""

    def __init__(self, topic: str, outgoing: Outgoing) -> None:
        """Look once it has been read."""
        self._topic = topic
        self._outgoing = outgoing
        self._looked_at = 0.0

    async def look(self, reader: LogReader) -> None:
        """Where it is another topic than was read, nobody may rely any more on what we know of it."""
        if (was := self._outgoing.journal_id) is None or time.monotonic() - self._looked_at < _EVERY_S:
            return
        self._looked_at = time.monotonic()
        if another(was, await id_of(reader, self._topic)):
            self._outgoing.overtaken = True

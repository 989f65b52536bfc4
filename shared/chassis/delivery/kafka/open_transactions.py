"""Whose transaction holds a partition up: nobody can read past the first record of one that is open.

Senders write their reports in transactions of their own; one that hangs holds up everybody behind it in the partition
until it ends or Kafka ends it, which it does after `transaction.max.timeout.ms` at most.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka.errors import IncompatibleBrokerVersion

from shared.chassis.delivery.kafka.log_reader import LogReader, NotKnownError
from shared.chassis.delivery.kafka.positions import Partition
from shared.chassis.delivery.kafka.requests import ProducersRequest, TransactionRequest, TransactionsRequest

LONG_S = 60.0
"""From when on one is told of: the alert TransactionOpen says the same, and Kafka ends it about then."""


@dataclass(frozen=True)
class Holder:
    """A transaction: its sender's name for it, where we may know that, and since when it is open."""

    partition: Partition
    producer_id: int
    offset: int
    transactional_id: str | None = None
    since: datetime | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.transactional_id or f"producer {self.producer_id}, whose name we may not ask for"


async def holders(reader: LogReader, partition: Partition) -> list[Holder]:
    """The open transactions of a partition, the first first. Raises NotKnownError."""
    node = reader.leader(partition)
    if node is None:
        raise NotKnownError("no leader")
    try:
        answer = await reader.ask(node, ProducersRequest(*partition))
    except IncompatibleBrokerVersion:
        return []
    found = [
        Holder(partition, producer_id, offset, since=_instant(written))
        for _, partitions, _ in answer.topics
        for _, error, _, producers, _ in partitions
        for producer_id, _, _, written, _, offset, _ in producers
        if not error and offset >= 0
    ]
    named = await _named(reader, [each.producer_id for each in found]) if found else {}
    return sorted(
        (Holder(partition, each.producer_id, each.offset, *named.get(each.producer_id, (None, each.since)))
         for each in found),
        key=lambda each: each.offset,
    )  # fmt: skip


async def _named(reader: LogReader, producer_ids: list[int]) -> dict[int, tuple[str, datetime | None]]:
    """What their senders call them and since when they are open; what we may not ask for is left out."""
    found: dict[int, tuple[str, datetime | None]] = {}
    for broker in reader.brokers():
        try:
            listed = await reader.ask(broker, TransactionsRequest(producer_ids))
            names = [name for name, *_ in listed.transactions]
            described = (await reader.ask(broker, TransactionRequest(names))).transactions if names else ()
        except (NotKnownError, IncompatibleBrokerVersion):
            continue
        found |= {producer_id: (name, None) for name, producer_id, *_ in listed.transactions}
        found |= {
            producer_id: (name, _instant(started))
            for error, name, _, _, started, producer_id, *_ in described
            if not error
        }
    return found


def _instant(milliseconds: int) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds >= 0 else None

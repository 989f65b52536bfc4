"""What of our topics is not given to us: others of this service read it, and it must show when nobody does.

A stranger in our group is given partitions as one of us is, and a topic that grows has some that the client hears of
minutes later. Kafka is content with either, and who looks at his own partitions alone sees nothing.
"""

import time
from collections.abc import Collection
from math import inf
from typing import Any, NamedTuple

from aiokafka.errors import IncompatibleBrokerVersion

from shared.chassis.delivery.applying import position_rows
from shared.chassis.delivery.applying.transaction import Transactions
from shared.chassis.delivery.consuming.standing import STANDING_S, Standing
from shared.chassis.delivery.kafka.log_reader import LogReader, NotKnownError
from shared.chassis.delivery.kafka.positions import Partition, Position
from shared.chassis.delivery.kafka.requests import TopicIdsRequest

_EVERY_S = 5.0
_FRESH_S = 12.0
"""Where others are that was read longer ago than that says nothing of whether they move."""
_SHOWN_S = 10.0


class Unread(NamedTuple):
    """How many records at most wait in a partition that nobody reads, since when, and for how long it has stood."""

    behind: int
    since: float
    still_s: float


class Elsewhere:
    """The partitions of our topics that are somebody else's, by what our database says of them and the log."""

    def __init__(self, service: str) -> None:
        """Nothing has been seen yet."""
        self._service = service
        self._standing = Standing(service)
        self._others: set[Partition] = set()
        self._positions: dict[Partition, Position] = {}
        self._read_at = self._looked_at = -inf

    @property
    def due(self) -> bool:
        """Whether it is time to read again where the others are."""
        return bool(self._others) and time.monotonic() - self._read_at >= _EVERY_S

    async def read(self, transactions: Transactions[Any]) -> None:
        """Where the others are, as they have written it down."""
        self._positions = await transactions.run(lambda connection: position_rows.read(connection, self._others))
        self._read_at = time.monotonic()

    async def look(self, reader: LogReader, topics: Collection[str], ours: Collection[Partition]) -> None:
        """See how the logs of the others' partitions stand."""
        now = time.monotonic()
        if now - self._looked_at < _EVERY_S:
            return
        self._looked_at = now
        others = await _partitions(reader, topics) - set(ours)
        for partition in (self._others - others) if now - self._read_at < _FRESH_S else self._others:
            self._standing.forget(partition)
        self._others = others
        if now - self._read_at < _FRESH_S:
            for partition, bounds in (await reader.bounds(others)).items():  # and looks around for those it cannot find
                at = self._positions.get(partition, Position(bounds.starts, None))
                self._standing.saw(partition, at, bounds)

    def unread(self) -> dict[Partition, Unread]:
        """What nobody has read from for a while, though there is something."""
        found = self._standing
        return {
            partition: Unread(found.behind[partition], found.behind_since[partition], still_s)
            for partition, still_s in found.standing().items()
            if still_s > _SHOWN_S and found.behind.get(partition)
        }

    def troubles(self, prefix: str) -> list[str]:
        """That nobody reads it, in a line."""
        still = {partition: one.still_s for partition, one in self.unread().items() if one.still_s > STANDING_S}
        if not still:
            return []
        (topic, number), seconds = max(still.items(), key=lambda one: one[1])
        others = f", nor {len(still) - 1} others" if len(still) > 1 else ""
        where = f"{topic.removeprefix(prefix)} {number}{others}"
        why = "is there a stranger in its group, or one of its own that stands still?"
        return [f"nobody of {self._service} has read {where} for {seconds:.0f} s: {why}"]


async def _partitions(reader: LogReader, topics: Collection[str]) -> set[Partition]:
    """Every partition that these topics have, as a broker says just now; what the client knows may be minutes old."""
    for node in reader.brokers():
        try:
            answer = await reader.ask(node, TopicIdsRequest(list(topics)))
        except (NotKnownError, IncompatibleBrokerVersion):
            continue
        return {
            (name, partition)
            for error, name, _, _, partitions, *_ in answer.topics
            if not error
            for _, partition, *_ in partitions
        }
    return set()

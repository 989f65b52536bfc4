"""How far behind an instance is in each partition, since when, and whether anything keeps it from going on.

Offsets also count a transaction's markers and what it took back: being behind by so many is an upper bound, except
that nought is nought (delivery rule 18).
"""

import time
from collections.abc import Collection, Mapping

import structlog

from shared.chassis.delivery.kafka.log_reader import Bounds, LogReader, NotKnownError
from shared.chassis.delivery.kafka.open_transactions import LONG_S
from shared.chassis.delivery.kafka.positions import Partition, Position
from shared.chassis.process.clock import wall_seconds

log = structlog.get_logger()
HEARD_S = 10.0
"""What Kafka said of a log longer ago than that, nobody knows any more."""
STANDING_S = 30.0
"""Records that may be read and are not for so long: something keeps us from it, whatever that is."""


class Standing:
    """What was last seen of each partition that is owned."""

    def __init__(self, service: str) -> None:
        """Nothing has been seen yet."""
        self._service = service
        self._was: dict[Partition, int] = {}
        self._stood: dict[Partition, float] = {}
        self._heard: dict[Partition, float] = {}
        self._held_up: dict[Partition, tuple[int, float]] = {}
        self._told: dict[Partition, int] = {}
        self.behind: dict[Partition, int] = {}
        self.behind_since: dict[Partition, float] = {}

    def saw(self, partition: Partition, position: Position, bounds: Bounds) -> None:
        """Kafka has said where a partition ends."""
        self._heard[partition] = time.monotonic()
        self.behind[partition] = max(bounds.ends - position.next_offset, 0)
        if self.behind[partition]:
            self.behind_since.setdefault(partition, wall_seconds())
        else:
            self.behind_since.pop(partition, None)
        if bounds.stable > position.next_offset == self._was.get(partition):
            self._stood.setdefault(partition, time.monotonic())
        else:
            self._stood.pop(partition, None)
        self._was[partition] = position.next_offset
        if bounds.stable >= bounds.ends:
            self._held_up.pop(partition, None)
        elif self._held_up.get(partition, (-1, 0.0))[0] != bounds.stable:
            self._held_up[partition] = bounds.stable, time.monotonic()

    def refused(self, partition: Partition, starts: int, ends: int) -> None:
        """Nobody reads it, and nobody knows which of its records were read: at most all of them were not."""
        self.behind[partition] = ends - starts
        self.behind_since.setdefault(partition, wall_seconds())

    def silent(self) -> dict[Partition, float]:
        """Of which partitions Kafka has said nothing for a while, and for how long."""
        now = time.monotonic()
        return {p: now - at for p, at in self._heard.items() if now - at > HEARD_S}

    def standing(self) -> dict[Partition, float]:
        """For how long each partition has stood still with something to read before us."""
        now = time.monotonic()
        return {partition: now - since for partition, since in self._stood.items()}

    def troubles(self, explained: Collection[Partition], prefix: str) -> list[str]:
        """What keeps us from reading, a line each, but for the partitions that are explained otherwise."""
        found = []
        if silent := self.silent():
            found.append(f"Kafka has said nothing of {len(silent)} partitions for {max(silent.values()):.0f} s")
        still = {p: s for p, s in self.standing().items() if s > STANDING_S and p not in explained and p not in silent}
        if still:
            (topic, number), seconds = max(still.items(), key=lambda one: one[1])
            others = f", nor of {len(still) - 1} others" if len(still) > 1 else ""
            found.append(
                f"{topic.removeprefix(prefix)} {number} has had records for {seconds:.0f} s, and none was read{others}"
            )
        return found

    def applied(self, partition: Partition, recorded: float) -> None:
        """What is left is at least as young as what was applied last."""
        if partition in self.behind_since:
            self.behind_since[partition] = recorded

    def waiting(self, owned: Collection[Partition]) -> list[Partition]:
        """Where nothing has moved between two looks, though Kafka has something that may be read."""
        return [partition for partition in self._stood if partition in owned]

    def held_up(self) -> dict[Partition, float]:
        """For how long a transaction has been open before which nobody can read on, where there is one."""
        now = time.monotonic()
        return {partition: now - since for partition, (_, since) in self._held_up.items()}

    def tell_of_open_transactions(self) -> None:
        """Say once of each that has been open for long; whose it is, which is a sender's word, whoever asks is told."""
        for partition, seconds in self.held_up().items():
            stable = self._held_up[partition][0]
            if seconds >= LONG_S and self._told.get(partition) != stable:
                self._told[partition] = stable
                log.warning("transaction_open", service=self._service, topic=partition[0], partition=partition[1],
                            offset=stable, duration_s=round(seconds), hint="section42 status")  # fmt: skip

    async def note_backlog(
        self, reader: LogReader, known: Mapping[Partition, Position], bounds: Mapping[Partition, Bounds]
    ) -> None:
        """A backlog we find was there before us: it is as old as its first record."""
        for partition, position in known.items():
            self._heard[partition] = time.monotonic()
            if position.next_offset < bounds[partition].stable and partition not in self.behind_since:
                try:
                    record = (await reader.first_after(partition, position.next_offset)).record
                except NotKnownError:
                    continue
                if record is not None:
                    self.behind_since[partition] = record.timestamp / 1000

    def forget(self, partition: Partition) -> None:
        """It is not ours to read now."""
        everything = (self.behind, self.behind_since, self._was, self._held_up, self._told, self._stood, self._heard)
        for known in everything:
            known.pop(partition, None)

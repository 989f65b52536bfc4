"""Batches that fail again and again: said in words, and no longer once they are applied or somebody else's."""

from collections import Counter
from collections.abc import Iterable

import structlog

from shared.chassis.delivery.kafka.positions import Partition
from shared.chassis.process.blame import blame, named
from shared.chassis.process.metrics import Metrics

log = structlog.get_logger()
_AGAIN = 2


class Failing:
    """How often in a row a batch of each partition has failed, whatever the reason, and over what it did last."""

    def __init__(self, service: str, metrics: Metrics) -> None:
        """Nothing has."""
        self._service = service
        self._metrics = metrics
        self._times: Counter[Partition] = Counter()
        self._error = ""

    def note(self, partitions: Iterable[Partition], records: int, error: Exception) -> None:
        """A batch of these has failed."""
        log.error("batch_failed", service=self._service, records=records, **blame(error))
        self._times.update(partitions)
        self._error = named(error)
        self._metrics.batch_failures.labels(self._service).inc()
        self._tell()

    def over(self, partitions: Iterable[Partition]) -> None:
        """These were applied, or are not ours any more."""
        if self._times:
            for partition in partitions:
                self._times.pop(partition, None)
            self._tell()

    def _tell(self) -> None:
        again = [times for times in self._times.values() if times >= _AGAIN]
        self._metrics.batches_failing.labels(self._service).set(len(again))

    def troubles(self) -> list[str]:
        """What to say of it: one line, or none."""
        times = max(self._times.values(), default=0)
        if times < _AGAIN:
            return []
        return [
            f"a batch has failed {times} times in a row ({self._error}), and is read again: see batch_failed in the log"
        ]

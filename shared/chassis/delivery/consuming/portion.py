"""How many records are taken at once: as many as one transaction may ask for, down to one, which is set aside."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from shared.chassis.delivery.deciding.budget import BYTES_MAX, TooMuchError, few_enough, within
from shared.chassis.delivery.deciding.casework import Found
from shared.chassis.delivery.records.reasons import BROKEN, TOO_MUCH, UNDECIDED
from shared.chassis.delivery.records.wire import Wire
from shared.chassis.process.blame import blame
from shared.chassis.process.errors import ServiceBroke

log = structlog.get_logger()
Records = Sequence[Any]
Apply = Callable[[Records, str], Awaitable[None]]


class Portion:
    """Fewer after a batch that asked for too much, then twice as many each time."""

    def __init__(self, service: str, most: int, seconds: float) -> None:
        """Begin with as many as there may be; reading them may take so long."""
        self._service = service
        self._most = self._now = most
        self._seconds = seconds

    async def apply(self, records: Records, apply: Apply) -> int:
        """Apply as many of these as fit, the first of them in any case; how many that was.

        A single one that is too much, or on which the service breaks, is applied as one that is set aside, with why.
        Too much it must be twice: a machine that is taken from us for a moment, or a garbage collection, looks like
        thinking, and whoever's turn it was has done nothing.
        """
        taken, undecided, again = self._of(records), "", False
        while True:
            try:
                await apply(taken, undecided)
            except (TooMuchError, ServiceBroke) as error:
                if undecided:
                    raise
                log.error("batch_cut", service=self._service, records=len(taken), **blame(error))
                done = error.done if isinstance(error, TooMuchError) else None
                if len(taken) == 1 or done == 0:
                    if again or isinstance(error, ServiceBroke):
                        undecided = (TOO_MUCH if isinstance(error, TooMuchError) else BROKEN).code
                    again = True
                taken = self._fewer(taken, done)
            else:
                self._now = min(self._most, self._now * 2)
                return len(taken)

    def read(self, wire: Wire, records: Records, undecided: str) -> list[Found]:
        """What is found in records, where that takes no longer than it may; `undecided` is why one is set aside."""
        if undecided:
            return [wire.left_undecided(record, UNDECIDED[undecided]) for record in records]
        found: list[Found] = []
        with within(self._seconds) as meter:
            for record in records:
                found.append(wire.read(record))
                meter.record()
        few_enough(found)
        return found

    def _of(self, records: Records) -> Records:
        size = 0
        for index, record in enumerate(records[: self._now]):
            size += len(record.value or b"")
            if size > BYTES_MAX and index:
                return records[:index]
        return records[: self._now]

    def _fewer(self, records: Records, done: int | None) -> Records:
        """Those that were dealt with before it was too much; half of them where nobody knows."""
        self._now = max(1, len(records) // 2 if done is None else min(done, len(records) - 1))
        return records[: self._now]

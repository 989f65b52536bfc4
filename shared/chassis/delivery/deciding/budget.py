"""What one transaction may ask for, so that what a record costs, it costs its sender (delivery rule 15).

Bytes, cases and facts come first, then the CPU time of reading and deciding; never time that was spent waiting, or a
slow database would set innocents aside. A decision that loops is interrupted: see the chassis' README.md.
"""

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from shared.chassis.delivery.records.wire import Arrival, Fact, Unread
from shared.contracts.topics import TOPICS

BYTES_MAX = 8 * 1024 * 1024
CASES_MAX = 5_000
FACTS_MAX = 5_000
TIMERS_MAX = 100
"""Of one case, at a time; what a step fires must be the same when it is done again, so it is counted, not timed."""
FACT_BYTES_MAX = 32 * 1024 * 1024
_WRAPPING = 4096
_LARGEST = {topic.name: topic.max_message_bytes - _WRAPPING for topic in TOPICS}
_LONGEST_S = 0.5
_RING_AGAIN_S = 0.05


class TooMuchError(Exception):
    """A step asks for more than one transaction may; its first `done` records do not."""

    def __init__(self, done: int) -> None:
        """Keep how many."""
        super().__init__(done)
        self.done = done


class _Interrupt(BaseException):
    """The time is over. No `except Exception` of a service may catch it."""


class Meter:
    """What a step has used so far; `done` is how many of its records that was for."""

    def __init__(self, seconds: float) -> None:
        """Begin now; what this thread does counts, and nothing else."""
        self.done = 0
        self.over = False
        self._ends = time.thread_time() + seconds
        self._facts = 0
        self._bytes = 0

    def record(self, facts: Sequence[Fact] = ()) -> None:
        """One record more is dealt with, and these are all the facts so far. Raises where that is too much."""
        self._bytes += sum(len(fact.value) for fact in facts[self._facts :])
        self._facts = len(facts)
        if self._facts > FACTS_MAX or self._bytes > FACT_BYTES_MAX:
            raise _Interrupt
        self.done += 1
        self.ring()

    def ring(self) -> None:
        """Raise where the time is over."""
        if not self.over and time.thread_time() >= self._ends:
            raise _Interrupt


class _Unlimited(Meter):
    """For what has been decided before, and has to be again however long it takes."""

    def __init__(self) -> None:
        super().__init__(0)

    def record(self, facts: Sequence[Fact] = ()) -> None:
        pass


_running: Meter | None = None


@contextmanager
def within(seconds: float | None) -> Iterator[Meter]:
    """Bound what is done inside; without `seconds` nothing is. Raises TooMuchError, also for want of memory."""
    if seconds is None:
        yield _Unlimited()
        return
    meter = Meter(seconds)
    try:
        _arm(meter, seconds)
        try:
            yield meter
        finally:
            meter.over = True
    except (_Interrupt, MemoryError):
        raise TooMuchError(meter.done) from None
    finally:
        _disarm()


def _arm(meter: Meter, seconds: float) -> None:
    """Have the kernel ring when the process has used so much, and again until it is heard.

    Signals are the main thread's business; elsewhere time is looked at between records alone.
    """
    global _running  # noqa: PLW0603  there is one timer in a process
    if threading.current_thread() is threading.main_thread():
        _running = meter
        signal.signal(signal.SIGVTALRM, _rung)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds, _RING_AGAIN_S)


def _disarm() -> None:
    global _running  # noqa: PLW0603
    if _running is not None:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        _running = None


def _rung(_: int, __: FrameType | None) -> None:
    if _running is not None:
        _running.ring()


def too_large(fact: Fact) -> bool:
    """Whether a fact would not fit its topic, counting what Kafka and a dead letter wrap around it."""
    return len(fact.value) + len(fact.key) > _LARGEST[fact.topic]


def cpu_seconds(session_timeout_ms: int) -> float:
    """How long a step may think: nobody hears from us meanwhile, and Kafka gives us up after the session's timeout."""
    return min(_LONGEST_S, session_timeout_ms / 8000)


def few_enough(found: Sequence[Arrival | Unread | None]) -> None:
    """Raise TooMuchError where records are about more cases than one transaction should lock; never for one alone."""
    cases = 0
    for index, one in enumerate(found):
        cases += len(one.keys) if isinstance(one, Arrival) else 0
        if cases > CASES_MAX and index:
            raise TooMuchError(index)

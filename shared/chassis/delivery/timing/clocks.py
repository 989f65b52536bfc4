"""Three clocks, and what a record's time is worth by them (delivery rule 17). Pure.

No machine's clock makes a fact of law by itself. The broker's, which stamps what came through a door, is held against
the service's and the database's. Whoever looks at the end of a log now and then knows of each of its records that it
was taken after one look and before another; looks are timed by the machine's monotonic clock, which nobody sets, and
a wall clock is known by how far it is ahead of that. So a clock that is set while we watch is noticed at once, and
what was seen before is not judged anew by it.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

AGREE_S = 2.0
"""Clocks that differ by no more agree."""

_JUMP_S = 1.0
_LOOKS_MAX = 600


class Bounds(NamedTuple):
    """After and before which instants a record was taken, on the monotonic clock."""

    after: float
    before: float


class Ahead(NamedTuple):
    """By how much a wall clock is ahead of the monotonic one; the database's is None until it was read."""

    service: float
    database: float | None = None


def beyond(taken_s: float, bounds: Bounds, ahead_s: float) -> float:
    """By how many seconds at least a log time is ahead of a wall clock, or behind it (negative); 0 where it may fit."""
    if taken_s > bounds.before + ahead_s:
        return taken_s - bounds.before - ahead_s
    return min(taken_s - bounds.after - ahead_s, 0.0)


def off_by(taken_s: float, bounds: Bounds, ahead: Ahead) -> float:
    """The same for the clock of the two that it is nearer to: one that agrees with either is believed."""
    service = beyond(taken_s, bounds, ahead.service)
    if ahead.database is None:
        return service
    return min(service, beyond(taken_s, bounds, ahead.database), key=abs)


def agree(seconds: float) -> bool:
    """Whether clocks that differ by so much agree."""
    return abs(seconds) <= AGREE_S


def so_far(seconds: float) -> str:
    """In words, to be followed by the clock it is compared with."""
    return f"{abs(seconds):.3f} s {'behind' if seconds < 0 else 'ahead of'}"


@dataclass(slots=True)
class Looks:
    """When the end of one partition was seen where.

    Two ends are told apart. The leader's, with what is not replicated and not committed, is behind each record that is
    in the log at all: what lies after it was taken later. The readers' is before each record that may yet be lost and
    come again: what lies before it was taken earlier.
    """

    _leader: list[int] = field(default_factory=list)
    _asked: list[float] = field(default_factory=list)
    _readers: list[int] = field(default_factory=list)
    _answered: list[float] = field(default_factory=list)
    _asked_last: float = -math.inf

    def saw_leader(self, end: int, asked: float) -> None:
        """The leader's log ended here when it was asked, or some time after.

        What is seen missing was taken after the look before this one: a broker stamps a record before it shows it, and
        may be held up in between.
        """
        _forget_from(end, self._leader, self._asked)
        since, self._asked_last = self._asked_last, asked
        if self._leader and self._leader[-1] == end:
            self._asked[-1] = since
        else:
            self._leader.append(end)
            self._asked.append(since)
        _thin(self._leader, self._asked)

    def saw_readers(self, end: int, answered: float) -> None:
        """The log as its readers see it ended here when the answer came, or some time before."""
        _forget_from(end, self._readers, self._answered)
        if not self._readers or self._readers[-1] != end:
            self._readers.append(end)
            self._answered.append(answered)
        _thin(self._readers, self._answered)

    def bounds(self, offset: int, now: float) -> Bounds:
        """When the record at an offset, which has been read by now, was taken."""
        before = bisect_right(self._leader, offset) - 1
        after = bisect_right(self._readers, offset)
        return Bounds(
            self._asked[before] if before >= 0 else -math.inf,
            self._answered[after] if after < len(self._readers) else now,
        )

    def forget(self) -> None:
        """Nothing was seen."""
        for seen in (self._leader, self._asked, self._readers, self._answered):
            seen.clear()
        self._asked_last = -math.inf


@dataclass(slots=True)
class DatabaseClock:
    """How far the database's clock is ahead of the monotonic one, as of the last time it was read."""

    ahead_s: float | None = None
    read_at: float = -math.inf

    def read(self, asked: float, says_s: float, answered: float) -> bool:
        """Take a reading, unless it took so long that it says little.

        True where this clock has been set, or the monotonic one stood still (a machine that was suspended): nobody can
        tell which, so what was seen before is worth nothing.
        """
        if answered - asked > _JUMP_S:
            return False
        ahead_s = says_s - (asked + answered) / 2
        jumped = self.ahead_s is not None and abs(ahead_s - self.ahead_s) > _JUMP_S
        self.ahead_s, self.read_at = ahead_s, answered
        return jumped


def _forget_from(end: int, ends: list[int], times: list[float]) -> None:
    """A log that is shorter than it was lost its end: what is there again is not what was seen."""
    while ends and ends[-1] > end:
        ends.pop()
        times.pop()


def _thin(ends: list[int], times: list[float]) -> None:
    """Of many looks every other goes, but for the newest: what they bounded is bounded less closely."""
    if len(ends) > _LOOKS_MAX:
        del ends[:-1:2], times[:-1:2]

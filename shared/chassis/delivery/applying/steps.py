"""What one transaction does: takes a batch, fires timers, or tries parked records again.

Each says what has to be seen for it, decides from what was seen, and describes itself for the journal, so that it can
be done again after a restore by the very same code.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Protocol
from uuid import UUID

from shared.chassis.delivery.applying import journal
from shared.chassis.delivery.applying.breaker import Breaker
from shared.chassis.delivery.applying.held import Parked
from shared.chassis.delivery.applying.inbox import Sorted
from shared.chassis.delivery.applying.journal import Run
from shared.chassis.delivery.applying.seen import Seen
from shared.chassis.delivery.deciding.budget import TIMERS_MAX, within
from shared.chassis.delivery.deciding.casework import Casework
from shared.chassis.delivery.kafka.positions import Partition, Position
from shared.chassis.delivery.records.cloudevents import Record
from shared.chassis.delivery.records.wire import Arrival, Unread
from shared.chassis.process.failpoints import reach
from shared.contracts import DOORS

Found = Arrival | Unread | None
Claims = Sequence[tuple[str, bytes]]


class Step(Protocol):
    """What has to be seen, and what is decided from it."""

    @property
    def keys(self) -> set[UUID]:
        """The cases it is about."""
        ...

    @property
    def identities(self) -> Sequence[str]:
        """The identities the inbox is asked about."""
        ...

    @property
    def behind(self) -> set[tuple[str, bytes]]:
        """The topics and keys that a parked record would hold."""
        ...

    def decide(self, work: Casework[Any], seen: Seen[Any]) -> Claims:
        """Decide, in memory; what the inbox is to claim."""
        ...

    def told(self) -> dict[str, Any]:
        """What the journal needs to do it again."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read: the records with what was found in them, and where it takes each partition from and to.

    `seconds` is how long deciding may take, None where it was decided before. `undecided` is why
    its one record is set aside: it asks for too much, or the service broke where nothing else shows whose fault it was.
    """

    found: Sequence[Found]
    was: Mapping[Partition, int] = field(default_factory=dict)
    to: Mapping[Partition, Position] = field(default_factory=dict)
    breaker: Breaker | None = None
    took: tuple[Run, ...] = ()
    seconds: float | None = None
    undecided: str = ""

    @property
    def keys(self) -> set[UUID]:
        """The cases of every event."""
        return {key for one in self.found if isinstance(one, Arrival) for key in one.keys}

    @property
    def identities(self) -> Sequence[str]:
        """Of every event."""
        return [one.meta.identity for one in self.found if isinstance(one, Arrival)]

    @property
    def behind(self) -> set[tuple[str, bytes]]:
        """A door holds nothing back (rule 9)."""
        return {
            (one.topic, one.record.key)
            for one in self.found
            if one is not None and one.record.key is not None and one.topic not in DOORS
        }

    @property
    def doors(self) -> set[tuple[str, int]]:
        """The partitions of doors that its records came through."""
        return {(one.topic, one.record.partition) for one in self.found if one is not None and one.topic in DOORS}

    def decide(self, work: Casework[Any], seen: Seen[Any]) -> Claims:
        """Decide on each record in order; count, beside what becomes of them, how many came through a door."""
        work.tallies.update((one.topic, "", "read") for one in self.found if one is not None and one.topic in DOORS)
        arrivals = (one for one in self.found if isinstance(one, Arrival))
        return _decide(work, self.found, arrivals, seen.taken, self.seconds)

    def told(self) -> dict[str, Any]:
        """The runs of its records, whether they were decided on, and what it found of the breaker."""
        told: dict[str, Any] = {"kind": journal.BATCH, "took": self.took, "undecided": self.undecided}
        if self.breaker is not None:
            told |= {"unreadable": self.breaker.in_a_row, "tripped_at": self.breaker.tripped_at}
        return told


@dataclass(frozen=True, slots=True)
class Firing:
    """Timers of some cases that fell due by an instant."""

    cases: Sequence[UUID]
    until: datetime
    seconds: float | None = None
    identities: Sequence[str] = ()
    behind: set[tuple[str, bytes]] = field(default_factory=set)

    @property
    def keys(self) -> set[UUID]:
        """Whose timers they are."""
        return set(self.cases)

    def decide(self, work: Casework[Any], seen: Seen[Any]) -> Claims:
        """Fire them, case by case, so many of each and the rest next time. Raises BrokenTimerError, TooMuchError."""
        del seen
        with within(self.seconds) as meter:
            for key in self.cases:
                work.fire(key, self.until, TIMERS_MAX)
                meter.record(work.facts)
        reach("after-decide")
        return ()

    def told(self) -> dict[str, Any]:
        """Until when, and whose."""
        return {"kind": journal.TIMERS, "until": self.until, "keys": tuple(self.cases)}


@dataclass(frozen=True, slots=True)
class Retrying:
    """Parked records that are tried again, taken out of what is held."""

    parked: Sequence[Parked]
    seconds: float | None = None
    behind: set[tuple[str, bytes]] = field(default_factory=set)

    @property
    def keys(self) -> set[UUID]:
        """The cases of every event."""
        return {key for one in self.parked if isinstance(one.found, Arrival) for key in one.found.keys}

    @property
    def identities(self) -> Sequence[str]:
        """Of those that the inbox has not claimed yet: nobody could read them before."""
        return [arrival.meta.identity for arrival in self._unclaimed()]

    def _unclaimed(self) -> Iterable[Arrival]:
        return [one.found for one in self.parked if isinstance(one.found, Arrival) and not one.claimed]

    def decide(self, work: Casework[Any], seen: Seen[Any]) -> Claims:
        """Decide on each in the order in which it was parked."""
        return _decide(work, [one.found for one in self.parked], self._unclaimed(), seen.taken, self.seconds)

    def told(self) -> dict[str, Any]:
        """Where their records lie."""
        return {"kind": journal.RETRY, "records": tuple(one.place for one in self.parked)}


def runs_of(records: Iterable[Record], prefix: str) -> tuple[Run, ...]:
    """The runs that records were taken in; between those of one run there may be markers, which are no records."""
    width = len(prefix)
    runs = []
    for (topic, partition), run in groupby(records, key=lambda record: (record.topic, record.partition)):
        offsets = [record.offset for record in run]
        runs.append((topic[width:], partition, offsets[0], offsets[-1] + 1))
    return tuple(runs)


def _decide(
    work: Casework[Any],
    found: Sequence[Found],
    arrivals: Iterable[Arrival],
    taken: Mapping[str, bytes],
    seconds: float | None,
) -> Claims:
    sorted_out = Sorted(arrivals, taken)
    again = {id(arrival) for arrival in sorted_out.duplicates}
    impostors = {id(arrival) for arrival in sorted_out.conflicting}
    with within(seconds) as meter:
        for one in found:
            if one is None:
                work.outcomes["", "ignored"] += 1
            elif id(one) in again:
                work.duplicate(one)  # type: ignore[arg-type]  # only arrivals are sorted
            elif id(one) in impostors:
                work.conflicting(one)  # type: ignore[arg-type]
            else:
                work.take(one)
            meter.record(work.facts)
    reach("after-decide")
    return sorted_out.claims

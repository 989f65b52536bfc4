"""What one transaction does: takes a batch, fires timers, or tries parked records again.

Each says what has to be seen for it, decides from what was seen, and describes itself for the journal, so that it can
be done again after a restore by the very same code.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from shared.chassis.delivery.applying import journal
from shared.chassis.delivery.applying.breaker import Breaker
from shared.chassis.delivery.applying.held import Parked
from shared.chassis.delivery.applying.journal import Run
from shared.chassis.delivery.deciding.budget import TIMERS_MAX, within
from shared.chassis.delivery.deciding.casework import Casework, Found
from shared.chassis.delivery.kafka.positions import Partition, Position
from shared.chassis.delivery.records.cloudevents import Record
from shared.chassis.delivery.records.wire import Arrival
from shared.chassis.process.failpoints import reach
from shared.contracts import DOORS

T = TypeVar("T")
_NOWHERE: Mapping[Partition, Any] = {}


class Step(NamedTuple):
    """What it is and what the journal needs to do it again; what has to be seen; how it is decided; what it moves.

    `keys` are the cases it is about, `identities` what the inbox is asked about, `behind` the topics and keys that a
    parked record would hold, and `doors` the partitions of doors that its records came through. It takes partitions
    to `positions`, leaves the `breaker` so, where that changes, and takes out what was `parked` in these rows.
    `by_body` are further identities, of what may be known by its body too: rarely is there any reason to ask for them.
    """

    told: Mapping[str, Any]
    keys: Collection[UUID]
    decide: Callable[[Casework[Any]], None]
    identities: Sequence[str] = ()
    behind: Collection[tuple[str, bytes]] = ()
    doors: Collection[tuple[str, int]] = ()
    positions: Sequence[tuple[Any, ...]] = ()
    breaker: Breaker | None = None
    parked: Sequence[int] = ()
    by_body: Callable[[], Sequence[str]] = list


def batch(
    found: Sequence[Found],
    was: Mapping[Partition, int] = _NOWHERE,
    to: Mapping[Partition, Position] = _NOWHERE,
    breaker: Breaker | None = None,
    took: tuple[Run, ...] = (),
    seconds: float | None = None,
    undecided: str = "",
) -> Step:
    """Take what was found in records, and each partition from and to there.

    `seconds` is how long deciding may take, None where it was decided before. `undecided` is why
    its one record is set aside: it asks for too much, or the service broke where nothing else shows whose fault it was.
    """
    told: dict[str, Any] = {"kind": journal.BATCH, "took": took, "undecided": undecided}
    if breaker is not None:
        told |= {"unreadable": breaker.in_a_row, "tripped_at": breaker.tripped_at}
    arrivals = [one for one in found if isinstance(one, Arrival)]
    ours = [one for one in found if one is not None and one.topic not in DOORS]  # a door holds nothing back (rule 9)
    return Step(
        told,
        {key for one in found if one is not None for key in one.keys},
        partial(_each, found, Casework[Any].take, seconds),
        [one.meta.identity for one in arrivals],
        {(one.topic, one.record.key) for one in ours if one.record.key is not None},
        {(one.topic, one.record.partition) for one in found if one is not None and one.topic in DOORS},
        [(*at, was[at], there.next_offset, there.last_offset, there.fingerprint) for at, there in sorted(to.items())],
        breaker,
        by_body=lambda: [one.by_its_body.meta.identity for one in arrivals if one.event.forgiving],
    )


def firing(cases: Sequence[UUID], until: datetime, seconds: float | None = None) -> Step:
    """Fire the timers of these cases that fell due by then: so many of each, and the rest next time."""
    told = {"kind": journal.TIMERS, "until": until, "keys": tuple(cases)}
    return Step(told, set(cases), partial(_each, cases, lambda work, key: work.fire(key, until, TIMERS_MAX), seconds))


def retrying(parked: Sequence[Parked], seconds: float | None = None) -> Step:
    """Try parked records again, in the order in which they were parked, taken out of what is held."""
    told = {"kind": journal.RETRY, "records": tuple(one.place for one in parked)}
    arrivals = [(one.found, one.claimed) for one in parked if isinstance(one.found, Arrival)]
    return Step(
        told,
        {key for arrival, _ in arrivals for key in arrival.keys},
        partial(_each, parked, lambda work, one: work.take(one.found, claimed=one.claimed), seconds),
        [arrival.meta.identity for arrival, claimed in arrivals if not claimed],  # nobody could read them before
        parked=[one.id for one in parked],
    )


def _each(of: Iterable[T], do: Callable[[Casework[Any], T], None], seconds: float | None, work: Casework[Any]) -> None:
    """Decide on one after the other. Raises TooMuchError, and what deciding raises."""
    with within(seconds) as meter:
        for one in of:
            do(work, one)
            meter.record(work.facts.told)
    reach("after-decide")


def runs_of(records: Iterable[Record], prefix: str) -> tuple[Run, ...]:
    """The runs that records were taken in; between those of one run there may be markers, which are no records."""
    width = len(prefix)
    runs = []
    for (topic, partition), run in groupby(records, key=lambda record: (record.topic, record.partition)):
        offsets = [record.offset for record in run]
        runs.append((topic[width:], partition, offsets[0], offsets[-1] + 1))
    return tuple(runs)

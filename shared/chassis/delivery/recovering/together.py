"""Several entries of the journal decided and applied at once: most took a record or two, and each costs a transaction.

Each has to come to the very outcome that it says, and to hold nothing and set nothing aside; else they are done again
one at a time, where whatever is amiss is told of.
"""

from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID

from shared.chassis.delivery.applying import journal
from shared.chassis.delivery.applying.effects import outcome_so_far
from shared.chassis.delivery.applying.journal import Entry
from shared.chassis.delivery.applying.steps import Step
from shared.chassis.delivery.deciding.casework import Casework
from shared.chassis.delivery.kafka.positions import Partition

_ENTRIES_MAX = 200


class ApartError(Exception):
    """The one after so many has to be done by itself."""

    def __init__(self, done: int) -> None:
        """Keep how many came out as they say before it."""
        super().__init__(done)
        self.done = done


def alike(entries: Sequence[Entry], begin: int, records_max: int) -> list[Entry]:
    """The entry at a place, and those after it that may be done with it: as many records as a batch has at most."""
    found = [entries[begin]]
    records = _records(found[0])
    for entry in islice(entries, begin + 1, begin + _ENTRIES_MAX):
        records += _records(entry)
        follows = entry.epoch == found[0].epoch and entry.number == found[-1].number + 1
        if not (follows and _is_plain(found[0]) and _is_plain(entry) and records <= records_max):
            break
        found.append(entry)
    return found


def _is_plain(entry: Entry) -> bool:
    return entry.kind == journal.BATCH and bool(entry.outcome) and not entry.undecided and entry.unreadable is None


def _records(entry: Entry) -> int:
    return sum(end - first for _, _, first, end in entry.took)


def together(entries: Sequence[Entry], steps: Sequence[Step]) -> Step:
    """One step that does what these do, one after the other; deciding raises ApartError where that may not be."""
    positions: dict[Partition, tuple[Any, ...]] = {}
    for step in steps:
        for topic, partition, was, *to in step.positions:
            first = positions.get((topic, partition), (was,))[0]
            positions[topic, partition] = (first, *to)
    return Step(
        {"kind": journal.BATCH},
        {key for step in steps for key in step.keys},
        partial(_one_after_the_other, entries, steps),
        [identity for step in steps for identity in step.identities],
        {one for step in steps for one in step.behind},
        {one for step in steps for one in step.doors},
        [(*where, *moved) for where, moved in sorted(positions.items())],
        by_body=lambda: [identity for step in steps for identity in step.by_body()],
    )


def _one_after_the_other(entries: Sequence[Entry], steps: Sequence[Step], work: Casework[Any]) -> None:
    changed: set[UUID] = set()
    told = 0
    for done, (entry, step) in enumerate(zip(entries, steps, strict=True)):
        step.decide(work)
        of_this = work.cases.turn_over()
        if work.held.is_touched or work.facts.letters.rows() or outcome_so_far(work, of_this, told) != entry.outcome:
            raise ApartError(done)
        changed |= of_this
        told = len(work.facts.decided)
    work.cases.changed_before(changed)

"""What a service promises as a value, held against the contracts at its start and against each of its decisions.

A fact that nobody declared has no reader and no schema; two facts of one decision of the same type and subject would go
by one id, and the second be dropped by whoever reads them (delivery rule 8).
"""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from shared.chassis.process.blame import placed
from shared.chassis.process.errors import BrokenPromise
from shared.chassis.service import Service
from shared.contracts import CATALOGUE, DOORS, writer_of
from shared.kernel.event import Event


def see_to(service: Service[Any]) -> None:
    """Raise BrokenPromise, with all that is wrong, where what a service declares cannot be kept."""
    found = [*_unknown(service.reads, "reads"), *_unknown(service.writes, "writes")]
    for event in service.writes:
        if event.topic in DOORS:
            found.append(f"writes {event.type}, which goes through a door: doors are others'")
        elif (writer := writer_of(event)) != service.name:
            found.append(f"writes {event.type}, which is {writer}'s to state")
    found += [f"reads {event.type} and states it too" for event in service.reads if event in service.writes]
    found += [
        f"answers {event.type} by {answer.type}, which is not among what it writes"
        for event, answer in service.refusals.items()
        if answer not in service.writes
    ]
    if found:
        raise BrokenPromise(f"{service.name} {'; '.join(found)}", place_of(service.decide))


def _unknown(events: Iterable[type[Event]], does: str) -> Iterable[str]:
    return [
        f"{does} {event.type}, which the contracts do not declare"
        for event in events
        if CATALOGUE.get(event.type) is not event
    ]


def see_that_it_may(service: Service[Any], facts: Sequence[Event]) -> None:
    """Raise BrokenPromise where a decision states what its service does not, or twice what would bear one id."""
    for fact in facts:
        if type(fact) not in service.stated:
            raise BrokenPromise(
                f"{service.name} states a {type(fact).__name__}, which is not among what it writes",
                place_of(service.decide),
            )
    if len(facts) > 1 and len({(type(fact), getattr(fact, fact.subject_field)) for fact in facts}) < len(facts):
        twice = sorted({type(fact).type for fact in facts})
        raise BrokenPromise(
            f"{service.name} states two facts of one type about one subject, which would bear one id: see {twice}",
            place_of(service.decide),
        )


def place_of(function: Callable[..., Any]) -> str:
    """The file and line where a function is written."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return "" if code is None else placed(code.co_filename, code.co_firstlineno)

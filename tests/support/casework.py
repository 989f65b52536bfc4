"""Casework without a server: it begins with nothing, or with the cases that a test gives it."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from shared.chassis.delivery.deciding.casework import Casework
from shared.chassis.delivery.deciding.facts import Facts
from shared.chassis.delivery.deciding.holding import Holding
from shared.chassis.delivery.deciding.known_cases import KnownCases, States
from shared.chassis.delivery.records.letter_budget import COPIED_A_DAY, LetterBudget
from shared.chassis.delivery.records.wire import Fact
from shared.chassis.delivery.records.writer import Writer
from shared.chassis.service import Service

S = TypeVar("S", bound=msgspec.Struct)


def begun(
    service: Service[S],
    *,
    clamp: bool = True,
    states: dict[UUID, S] | None = None,
    taken: Mapping[str, bytes] | None = None,
    writer: Writer | None = None,
    letters: LetterBudget | None = None,
) -> Casework[S]:
    """Casework of a service that has decided on nothing."""
    known: dict[UUID, S] = States({}, ()) if states is None else states
    facts = Facts(service, writer or Writer(service.name), {}, letters or LetterBudget(COPIED_A_DAY))
    return Casework(service, taken or {}, KnownCases(service, known, {}, {}, clamp=clamp), Holding({}, ()), facts)


def drained(work: Casework[Any]) -> list[Fact]:
    """What it has told since the last time."""
    told = list(work.facts.told)
    work.facts._told.clear()
    return told

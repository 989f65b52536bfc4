"""What came through a door and could not be decided on: a case remembers it, so that a person looks at it."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import structlog

from shared.chassis.delivery.deciding.known_cases import FurtherCasesError, KnownCases
from shared.chassis.delivery.records.wire import Arrival, Unread
from shared.chassis.process.blame import blame
from shared.chassis.process.errors import BROKE
from shared.chassis.service import Service
from shared.kernel.decision import LeftAside, Reason

log = structlog.get_logger()


def remember(
    service: Service[Any], cases: KnownCases[Any], found: Arrival | Unread, reasons: tuple[Reason, ...]
) -> Iterable[UUID]:
    """Have a case remember it, where the service keeps such things; its sender has been answered before. Which case."""
    left = _left(found, reasons)
    if service.aside is None or left is None or not found.keys:
        return ()
    try:
        kept = service.aside.remember(cases.states, left)
        cases.check(kept.keys(), found.keys)
        due = cases.due_in(kept)
    except BROKE as error:
        if isinstance(error, FurtherCasesError | MemoryError):
            raise
        log.error("aside_broke", service=service.name, topic=found.topic, **blame(error))
        return ()
    if found.meta is None:
        cases.remember(kept, due)
    else:
        cases.adopt(kept, due, found.meta)
    return kept


def _left(found: Arrival | Unread, reasons: tuple[Reason, ...]) -> LeftAside | None:
    if isinstance(found, Unread):
        return found.left
    return LeftAside(found.topic, found.meta.place, found.about, found.report, reasons, found.meta.recorded)

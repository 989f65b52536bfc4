"""Why timers that are due do not fire: each is fired in memory, and nothing is written."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from shared.chassis.service import Service


async def why_broken(
    connection: Any, service: Service[Any], prefix: str, cases: Collection[UUID], now: datetime
) -> dict[UUID, str]:
    """Of these cases, those whose timers break when they fire now, and by which kind of error.

    Decisions are pure: what breaks here breaks in the service, as long as it is the same program.
    """
    from shared.chassis.process.blame import named
    from shared.chassis.process.errors import ServiceBroke

    found = {}
    for case in cases:
        try:
            await _fire(connection, service, prefix, case, now)
        except Exception as error:  # noqa: BLE001  whatever it is, it is what somebody wants to know
            found[case] = str(error) if isinstance(error, ServiceBroke) else named(error)
    return found


async def _fire(connection: Any, service: Service[Any], prefix: str, case: UUID, now: datetime) -> None:
    from shared.chassis.delivery.applying.seen import Looking
    from shared.chassis.delivery.deciding.known_cases import FurtherCasesError
    from shared.chassis.delivery.records.wire import Wire
    from shared.chassis.delivery.records.writer import Writer

    looking = Looking(service, Wire(service, prefix, driven=False))
    seen = await looking.look(connection, {case})
    while True:
        try:
            seen.casework(service, Writer(service.name), 0, clamp=True).fire(case, now)
        except FurtherCasesError as error:
            await looking.look_further(connection, seen, error.further)
        else:
            return

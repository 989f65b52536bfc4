"""The published language: every event on the wire, a module for each writing service, and the doors."""

from shared.contracts import audit, doors, enquiry, intake, triage
from shared.kernel.event import Event

_WRITERS = (doors, intake, triage, enquiry, audit)


def writer_of(event: type[Event]) -> str:
    """The service that writes an event, or "doors" where others do."""
    return event.__module__.removeprefix(f"{__name__}.").partition(".")[0]


def source_of(service: str) -> str:
    """What a service's facts bear as their CloudEvents source."""
    return f"/section42/{service}"


CATALOGUE: dict[str, type[Event]] = {
    declared.type: declared
    for writer in _WRITERS
    for declared in vars(writer).values()
    if isinstance(declared, type)
    and issubclass(declared, Event)
    and f"{declared.__module__}.".startswith(f"{writer.__name__}.")
    and "type" in vars(declared)
}
"""Every event there is, by its type."""

DOORS: frozenset[str] = frozenset(event.topic for event in CATALOGUE.values() if writer_of(event) == "doors")
"""The topics that others write."""

"""The published language: every event on the wire, one module for each writing service, and the doors."""

from shared.contracts import audit, doors, enquiry, intake, triage
from shared.kernel.event import Event

_MODULES = (doors, intake, triage, enquiry, audit)

CATALOGUE: dict[str, type[Event]] = {
    declared.type: declared
    for module in _MODULES
    for declared in vars(module).values()
    if isinstance(declared, type)
    and issubclass(declared, Event)
    and declared.__module__ == module.__name__
    and "type" in vars(declared)
}
"""Every event there is, by its type."""

DOORS: frozenset[str] = frozenset(event.topic for event in CATALOGUE.values() if event.__module__ == doors.__name__)
"""The topics that others write."""

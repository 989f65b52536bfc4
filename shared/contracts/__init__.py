"""The published language: every event on the wire, a module for each writing service, and the doors."""

from importlib import import_module
from pkgutil import iter_modules

from shared.kernel.event import Event

_DOORS = "doors"
_ABOUT_CONTRACTS = ("common_rules", "evolution", "local_policy", "refusal", "schema", "topics")
"""The modules here that declare no event: whatever else is here is a writer's."""

WRITERS: tuple[str, ...] = tuple(
    sorted(module.name for module in iter_modules(__path__) if module.name not in (_DOORS, *_ABOUT_CONTRACTS))
)
"""The services that say something of their own, found by their modules."""


def writer_of(event: type[Event]) -> str:
    """The service that writes an event, or "doors" where others do."""
    return event.__module__.removeprefix(f"{__name__}.").partition(".")[0]


def source_of(service: str) -> str:
    """What a service's facts bear as their CloudEvents source."""
    return f"/section42/{service}"


CATALOGUE: dict[str, type[Event]] = {
    declared.type: declared
    for writer in (import_module(f"{__name__}.{name}") for name in (_DOORS, *WRITERS))
    for declared in vars(writer).values()
    if isinstance(declared, type)
    and issubclass(declared, Event)
    and f"{declared.__module__}.".startswith(f"{writer.__name__}.")
    and "type" in vars(declared)
}
"""Every event there is, by its type."""

DOORS: frozenset[str] = frozenset(event.topic for event in CATALOGUE.values() if writer_of(event) == _DOORS)
"""The topics that others write."""


def stated_by(service: str) -> tuple[type[Event], ...]:
    """Everything a service states: whatever its own contracts declare."""
    return tuple(event for event in CATALOGUE.values() if writer_of(event) == service)

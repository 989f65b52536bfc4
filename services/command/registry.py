"""The services, found by name when a command needs one."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from services import SERVICES
from services.command.problems import MisuseError

if TYPE_CHECKING:
    from shared.chassis.service import Service

ONE = f"{', '.join(SERVICES[:-1])} or {SERVICES[-1]}"
"""Any one of them, for the help of a command."""
ONE_OR_ALL = f"{', '.join(SERVICES)} or all"


def known(name: str) -> str:
    """The name, if a service has it."""
    if name not in SERVICES:
        raise MisuseError(f"there is no service {name}: choose {', '.join(SERVICES)}")
    return name


def load(name: str) -> "Service[Any]":
    """A service as a value."""
    service: Service[Any] = import_module(f"services.{known(name)}.service").service
    return service

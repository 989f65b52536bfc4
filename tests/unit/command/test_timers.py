"""`section42 timers`: every timer that a service can set is named in words."""

import ast
from collections.abc import Iterator
from importlib import import_module

from services.command.timers import SAYS
from tests.architecture.tree import ROOT, modules, named, parsed


def names_of_timers() -> Iterator[str]:
    """What each `Due(...)` in the services is called, by the constant it is called by."""
    for path in modules():
        if path.relative_to(ROOT).parts[0] != "services":
            continue
        for call in ast.walk(parsed(path)):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Due":
                name = call.args[0]
                module = import_module(named(path).removesuffix(".py").replace("/", "."))
                if isinstance(name, ast.Attribute):  # one of several: any of the names the module knows
                    yield from (value for known, value in vars(module).items() if known.isupper())
                else:
                    assert isinstance(name, ast.Name), f"{named(path)}: name the timer by a constant"
                    yield getattr(module, name.id)


def test_every_timer_that_a_service_can_set_is_said_in_words() -> None:
    assert set(names_of_timers()) == SAYS.keys()
    assert all(" " in says for says in SAYS.values())

"""An event is declared once, and decided once: nothing else lists which there are."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.audit.decisions import RULES as AUDIT
from services.enquiry.rules import RULES as ENQUIRY
from services.intake.decisions import RULES as INTAKE
from services.triage.decisions import ON_A_CONCERN as TRIAGE
from shared.contracts import CATALOGUE, DOORS, writer_of
from shared.contracts.doors import EnquiryRecord
from tests.architecture.tree import ROOT, modules, named, parsed

EVENTS = {event.__name__ for event in CATALOGUE.values()}
TABLES = {
    f"services/{name}.py" for name in ("audit/decisions", "enquiry/rules", "intake/decisions", "triage/decisions")
}
"""Where a service has a row for each event: to decide on it is what a row is for."""


def events_named(node: ast.AST) -> Iterator[str]:
    """The events whose classes or names are written down in an expression or an import."""
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name) | ast.Constant(value=str(name)):
                if name in EVENTS:
                    yield name
            case _:
                pass


def lists(path: Path) -> Iterator[list[str]]:
    """What the lists, tuples, sets and mappings of a module name, by their elements or keys."""
    for node in ast.walk(parsed(path)):
        match node:
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                yield [name for part in parts for name in events_named(part)]
            case ast.Dict(keys=keys):
                yield [name for key in keys if key is not None for name in events_named(key)]
            case _:
                pass


def test_no_module_lists_events_but_the_tables_that_decide_on_them() -> None:
    listing = {
        named(path) for path in modules() if not named(path).startswith("deploy/")
        for names in lists(path) if len(set(names)) > 2
    }  # fmt: skip

    assert listing == TABLES


def test_no_package_names_what_its_modules_declare() -> None:
    for path in modules():
        if path.name == "__init__.py" and (ROOT / "shared" / "contracts") in path.parents:
            assert not list(events_named(parsed(path))), named(path)
            assert "__all__" not in path.read_text(), named(path)


def test_every_event_of_a_door_is_decided_on_in_one_place() -> None:
    of_doors = Counter(event.__name__ for event in CATALOGUE.values() if event.topic in DOORS - {"clock"})
    decided = Counter(
        event.__name__ for table in (ENQUIRY, INTAKE, TRIAGE, AUDIT) for event in table if event.topic in DOORS
    )

    assert of_doors == decided


@pytest.mark.parametrize("record", ENQUIRY, ids=lambda record: record.type)
def test_a_record_of_an_enquiry_is_named_where_it_is_declared_noted_and_decided(record: type[EnquiryRecord]) -> None:
    rule = ENQUIRY[record]
    naming = {named(path) for path in modules() if record.__name__ in events_named(parsed(path))}
    decided_in = {named(Path(inspect.getfile(rule.decide))), "services/enquiry/rules.py"}

    declared = {name for name in naming if name.startswith("shared/contracts/")}
    assert {name for name in naming if name.startswith("services/")} == decided_in
    assert declared <= {named(Path(inspect.getfile(each))) for each in (record, rule.states)}
    assert writer_of(rule.states) == "enquiry"

"""What is written beside cases changes with its version: else what older code wrote would stand there for good.

Where one of these fails, raise `projection` in the service's service.py, and run `python -m
tests.contracts.test_projections`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from pydantic import TypeAdapter

from shared.chassis.case_lists import CaseList
from shared.chassis.figures import Gauge
from shared.chassis.projections import lists_of, projected
from shared.chassis.service import Service
from shared.chassis.views import ListView
from tests.architecture.tree import services
from tests.contracts.test_kept_states import frozen_of, ways
from tests.support.kept_cases import CASES

FROZEN = Path(__file__).with_name("projections.json")
EVERY = pytest.mark.parametrize("service", services(), ids=lambda service: service.name)


def samples(service: Service[Any]) -> Sequence[tuple[UUID, Any]]:
    """Cases of every kind and stage; of a service that nobody wrote any for, whole ones of each kind."""
    chance = random.Random(9)
    if service.name in CASES:
        return [item for _ in range(40) for item in CASES[service.name](chance).items()]
    shape = frozen_of(service)
    cases = [msgspec.convert(said, service.state, str_keys=True)
             for kind in shape["cases"]["are"] for said in ways(shape, kind)]  # fmt: skip
    return [(UUID(int=number), case) for number, case in enumerate(cases)]


def as_it_is(service: Service[Any]) -> dict[str, Any]:
    made = projected(service, samples(service))
    said = json.dumps([made.marks, [[str(part) for part in row] for row in made.rows or ()]])
    return {"projection": service.projection, "digest": blake2b(said.encode(), digest_size=16).hexdigest()}


@EVERY
def test_what_is_written_beside_cases_is_what_its_version_says(service: Service[Any]) -> None:
    frozen = json.loads(FROZEN.read_text())
    if service.name in frozen:
        assert as_it_is(service) == frozen[service.name]
    else:
        assert service.projection == 1


@EVERY
def test_a_row_is_its_read_model_and_names_itself_once(service: Service[Any]) -> None:
    cases = samples(service)
    for view in lists_of(service):
        seen = set()
        for key, case in cases:
            for columns in view.rows(key, case):
                said = {name: columns[name] for name in view.row.model_fields if name not in view.past}
                shown = said | {name: columns[at] is not None for name, at in view.past.items()}
                TypeAdapter(view.row).validate_python(shown)
                assert view.order == view.key or columns[view.order].utcoffset() is not None
                assert view.since is None or view.since in columns
                name = key, view.path, str(columns[view.key])
                assert name not in seen
                seen.add(name)


@EVERY
def test_lists_are_written_with_their_cases_and_what_is_counted_is_shown(service: Service[Any]) -> None:
    """Not read out of the bodies of cases: that would cost the more, the more cases there are."""
    assert all(isinstance(view, CaseList) for view in service.views if isinstance(view, ListView))
    assert all(isinstance(gauge, Gauge) for gauge in service.gauges)
    assert all("cases" not in view.query for view in lists_of(service))


if __name__ == "__main__":
    FROZEN.write_text(json.dumps({one.name: as_it_is(one) for one in services()}, indent=2) + "\n")

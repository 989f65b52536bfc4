"""The practice figures have the shape the chassis reads; a real database shows that they count."""

import re

import pytest

from services.triage.figures import GAUGES
from services.triage.service import service
from shared.chassis.service import Gauge


@pytest.mark.parametrize("gauge", GAUGES, ids=lambda gauge: gauge.name)
def test_a_figure_reads_its_own_cases_only_and_takes_the_time_as_an_argument(gauge: Gauge) -> None:
    assert gauge.name.startswith("safeguarding_")
    assert set(re.findall(r"\bFROM ([a-z]\w+)", gauge.query)) <= {"cases", "unnest"}
    assert "FROM cases" in gauge.query
    assert "now()" not in gauge.query.lower()
    assert ";" not in gauge.query
    assert gauge.says.endswith(".")


def test_the_figures_have_different_names() -> None:
    assert len({gauge.name for gauge in service.gauges}) == len(service.gauges) == 5

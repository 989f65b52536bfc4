"""The practice figures have the shape the chassis reads, and name every stage there is."""

import re

import pytest

from services.enquiry.clocks import Stage
from services.enquiry.figures import GAUGES, OPEN_ENQUIRIES
from services.enquiry.service import service
from shared.chassis.service import Gauge


@pytest.mark.parametrize("gauge", GAUGES, ids=lambda gauge: gauge.name)
def test_a_figure_reads_its_own_cases_only_and_takes_the_time_as_an_argument(gauge: Gauge) -> None:
    tables = set(re.findall(r"\bFROM (\w+)(?!\w|\()", gauge.query))
    assert tables == {"cases"}
    assert "now()" not in gauge.query.lower()
    assert ";" not in gauge.query


@pytest.mark.parametrize("gauge", GAUGES, ids=lambda gauge: gauge.name)
def test_other_enquiries_are_counted_apart_and_withdrawn_ones_nowhere(gauge: Gauge) -> None:
    counted = re.findall(r"'type' = 'enquiry'.*?(?:'kind'.*)", gauge.query)
    withdrawn = gauge.query.count("body->'withdrawn_at' IS NULL")
    if "early_work" in gauge.query:
        assert (counted, withdrawn) == ([], 0)
    else:
        assert len(counted) == withdrawn == 1
        assert ("= 'other'" in gauge.query) is ("other" in gauge.name)


def test_every_stage_of_an_enquiry_is_among_those_counted() -> None:
    counted = set(re.findall(r"THEN '(\w+)'", OPEN_ENQUIRIES.query)) | {"opened"}
    assert set(Stage) < counted
    listed = OPEN_ENQUIRIES.query.split("AS stages")[0]
    assert all(f"('{stage}')" in listed for stage in counted)


def test_the_figures_have_different_names() -> None:
    assert len({gauge.name for gauge in service.gauges}) == len(service.gauges)

"""Practice figures: a sum of what cases count as is what counting the cases gives."""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.audit.cases import Adult as Audited
from services.enquiry.cases import Conclusion, EarlyWork, Enquiry
from services.enquiry.clocks import proposal_stands, stage_of
from services.triage.cases import Adult, Awaiting
from shared.chassis.figures import Counted, by_age, each, longest, mark, number, over_six_months
from shared.chassis.projections import projected
from shared.contracts.audit import OpenKind
from shared.contracts.doors import Achievement, MspAnswer
from shared.contracts.enquiry import EnquiryKind
from shared.kernel.civil import BANDS, months_band
from tests.architecture.tree import services
from tests.support.kept_cases import CASES, NOW, a_concern, an_adult, an_enquiry, ids

LONDON = ZoneInfo("Europe/London")
VALUES = {service.name: service for service in services()}


def counted(service: str, cases: dict[Any, Any]) -> Counted:
    """What the database would hold of these cases."""
    made = projected(VALUES[service], list(cases.items()))
    marks = Counter(line for text in made.marks for line in text.splitlines())
    oldest: dict[str, datetime] = {}
    for row in made.rows or ():
        if row.since is not None:
            oldest[row.list] = min(row.since, oldest.get(row.list, row.since))
    return Counted.of(marks.items(), oldest)


def shown(service: str, cases: dict[Any, Any]) -> dict[str, dict[tuple[str, ...], float]]:
    """Every figure that is not 0."""
    kept = counted(service, cases)
    return {
        gauge.name.removeprefix("safeguarding_"): {
            labels: value for labels, value in gauge.of(kept, NOW).items() if value
        }
        for gauge in VALUES[service].gauges
    }


def tally(found: Any) -> dict[tuple[str, ...], float]:
    return dict(Counter(found))


def test_the_figures_of_triage_are_those_of_its_concerns() -> None:
    chance = random.Random(3)
    cases: dict[Any, Any] = {key: a_concern(chance) for key in ids(chance, 300)}
    one, other, third = ids(chance, 3)
    concerns = [case for case in cases.values() if case.withdrawal is None]
    cases |= {one: Adult((third,), kept_reviews=(third,)), other: Adult((third,))}
    waiting = [case for case in concerns if case.awaiting is not Awaiting.NOTHING]
    undecided = [case for case in waiting if case.awaiting in (Awaiting.DECISION, Awaiting.APPROVAL)]
    decided = [case for case in concerns if case.outcome is not None]

    found = shown("triage", cases)

    assert {stage for stage, _ in found["open_concerns"]} == set(Awaiting) - {Awaiting.NOTHING}
    assert found["open_concerns"] == tally((case.awaiting, months_band(case.received_at, NOW)) for case in waiting)
    assert found["oldest_open_concern_seconds"] == {
        (): max((NOW - case.received_at).total_seconds() for case in undecided)
    }
    assert found["concerns_decided"] == tally((case.outcome,) for case in decided)
    assert found["conversions"] == {}
    assert found["repeat_reviews_noticed"] == {(): 1}


def test_the_figures_of_enquiry_leave_out_what_was_withdrawn_and_count_other_enquiries_apart() -> None:
    chance = random.Random(4)
    cases: dict[Any, Any] = {}
    for key in ids(chance, 400):
        enquiry = an_enquiry(chance, key)
        if enquiry.concluded is not None:
            asked = chance.choice([None, *MspAnswer])
            achieved = Achievement.FULLY if asked is MspAnswer.EXPRESSED and chance.random() < 0.5 else None
            enquiry = replace(enquiry, concluded=Conclusion(key, "tm.1", NOW, asked, achieved))
        cases[key] = enquiry
    cases |= {key: EarlyWork(key, NOW, stated_at=NOW if n else None) for n, key in enumerate(ids(chance, 3))}
    standing = [case for case in cases.values() if isinstance(case, Enquiry) and case.withdrawn_at is None]
    of_42 = [case for case in standing if case.kind is EnquiryKind.SECTION_42]
    still = [case for case in of_42 if case.concluded is None]
    ended_42 = [case for case in of_42 if case.concluded is not None]

    found = shown("enquiry", cases)

    assert found["open_enquiries"] == tally((_how_far(case), months_band(case.started_at, NOW)) for case in still)
    assert found["oldest_open_enquiry_seconds"] == {(): max((NOW - case.started_at).total_seconds() for case in still)}
    old = sum(months_band(case.started_at, NOW) == "over-6" for case in still)
    assert found["open_enquiries_over_six_months"] == {(): old}
    assert found["open_other_enquiries"] == tally(
        (months_band(case.started_at, NOW),)
        for case in standing if case.kind is EnquiryKind.OTHER and case.concluded is None
    )  # fmt: skip
    assert found["work_without_enquiry"] == {(): 2}
    assert found["concluded_enquiries"] == tally((months_band(case.started_at, NOW),) for case in ended_42)
    assert found["msp_asked_base"] == {(): len(ended_42)}
    asked = [case.concluded.asked for case in ended_42 if case.concluded is not None]
    assert found["msp_asked"] == {(): sum(answer in ("expressed", "none_expressed") for answer in asked)}
    assert found["msp_achieved_base"] == {(): asked.count(MspAnswer.EXPRESSED)}
    assert found["msp_achieved"] == tally(
        (case.concluded.achieved or "not_recorded",)
        for case in ended_42 if case.concluded is not None and case.concluded.asked == "expressed"
    )  # fmt: skip


def _how_far(enquiry: Enquiry) -> str:
    if any(one.resumed_at is None for one in enquiry.course.suspensions):
        return "suspended"
    if proposal_stands(enquiry):
        return "closure_proposed"
    return "asked" if enquiry.asked else str(stage_of(enquiry))


def test_the_figures_of_audit_count_a_review_of_several_records_once() -> None:
    chance = random.Random(5)
    cases: dict[Any, Any] = {key: an_adult(key, chance) for key in ids(chance, 40)}
    twin, *_ = ids(chance, 1)
    first = next(iter(cases.values()))
    cases[twin] = Audited(twin, reviewed=first.reviewed)
    open_now = [one for case in cases.values() for one in case.open if one.ended is None]

    found = shown("audit", cases)

    assert found["repeat_reviews_open"] == {(): 40}
    assert found["repeat_reviews_done"] == {(): 40}
    over = tally((one.kind,) for one in open_now if months_band(one.started_at, NOW) == "over-6")
    assert found["open_over_six_months"] == over
    assert set(over) == {(OpenKind.CONCERN,), (OpenKind.ENQUIRY,)}
    assert found["drift_flagged"] == {("enquiry",): 40}
    assert found["drift_awaiting_look"] == tally((one.kind,) for one in open_now if one.next_flag is None)
    assert found["decisions_overdue"] == {(): 40}
    assert found["work_at_concern_stage"] == {}
    assert found["advocacy_gaps"] == {("nobody",): 40}
    assert found["data_quality_flags"] == {("capacity_not_known",): 40}, (
        "a flag that is no lack of the policy's is none"
    )


@pytest.mark.parametrize("service", [value for value in services() if value.gauges], ids=lambda value: value.name)
def test_what_cases_count_as_is_in_some_figure_and_nothing_is_unsaid(service: Any) -> None:
    """A figure with labels says 0 for each of their values, though nothing counts as that."""
    nothing = {gauge.name: gauge.of(Counted(), NOW) for gauge in service.gauges}
    chance = random.Random(6)
    for _ in range(30):
        for gauge in service.gauges:
            found = gauge.of(counted(service.name, CASES[service.name](chance)), NOW)
            assert found.keys() == nothing[gauge.name].keys()
            assert all(len(labels) == len(gauge.labels) for labels in found)
    assert all(not any(value.values()) for value in nothing.values())


def test_a_mark_is_words_and_a_number_takes_all_that_begin_so() -> None:
    kept = Counted.of([("open a 2024-01-02", 3), ("open b 2024-01-02", 4), ("closed", 5)], {})

    assert mark("open", "a", date(2024, 1, 2)) == "open a 2024-01-02"
    assert number("open")(kept, NOW) == {(): 7}
    assert number("open", "b")(kept, NOW) == {(): 4}
    assert number("none")(kept, NOW) == {(): 0}
    assert each("closed", ["x"])(kept, NOW) == {("x",): 0}
    assert longest("/worklist")(kept, NOW) == {(): 0.0}
    assert longest("/w")(Counted(oldest={"/w": NOW - timedelta(hours=1)}), NOW) == {(): 3600.0}


@given(
    started=st.lists(st.datetimes(datetime(2023, 1, 1), datetime(2024, 12, 31)), max_size=30),  # noqa: DTZ001
    now=st.datetimes(datetime(2023, 6, 1), datetime(2025, 12, 31)),  # noqa: DTZ001
)
def test_ages_are_those_of_each_thing_by_itself(started: list[datetime], now: datetime) -> None:
    at = now.replace(tzinfo=UTC)
    starts = [one.replace(tzinfo=UTC) for one in started]
    days = Counter(mark("open", "x", start.astimezone(LONDON).date()) for start in starts)
    kept = Counted.of(days.items(), {})

    found = by_age("open", ["x"])(kept, at)

    bands = Counter(months_band(start, at) for start in starts)
    assert found == {("x", band): bands[band] for band in BANDS}
    assert over_six_months("open", ["x"])(kept, at) == {("x",): bands["over-6"]}


def test_the_figures_of_a_service_have_different_names() -> None:
    for service in services():
        names = [gauge.name for gauge in service.gauges]
        assert len(set(names)) == len(names)
        assert all(gauge.says.endswith(".") for gauge in service.gauges)


@pytest.mark.parametrize("service", services(), ids=lambda value: value.name)
def test_nothing_that_is_counted_says_who_anybody_is(service: Any) -> None:
    chance = random.Random(8)
    marks = [line for _ in range(30) for line in projected(service, list(CASES[service.name](chance).items())).marks]

    assert any(marks)
    for line in marks:
        assert re.fullmatch(r"([a-z0-9_-]+( [a-z0-9_-]+)*\n?)*", line)
        assert not re.search(r"[0-9a-f]{8}-", line), "an id"

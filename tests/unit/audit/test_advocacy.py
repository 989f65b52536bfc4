"""Lacks capacity, and no advocate on record (seed 003:3696; the fixture Z12)."""

from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.cases import Case
from services.audit.policy import POLICY
from services.audit.service import service
from shared.contracts.audit import AdvocacyGap, AdvocacyGapEnded, AdvocacyGapFound, Ending
from shared.contracts.doors import Capacity, Support
from shared.kernel.event import Event
from tests.support.audit_builders import (
    adult_of,
    capacity,
    concluded,
    enquiry_id,
    enquiry_withdrawn,
    happened,
    opened,
    reopened,
    stated,
    support,
)
from tests.support.builders import ADA, told
from tests.support.enquiry_builders import london
from tests.support.interleave import TimedStory, Told

START = london(2024, 3, 25).astimezone(UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
WEEK = timedelta(days=7)
END = london(2025, 1, 1)
OPENED = (START, opened("a", START))
LACKS = (START + DAY, capacity("a", Capacity.LACKS, START + DAY))
DUE = START + DAY + WEEK
ADVOCATES = [one for one in Support if one not in (Support.FAMILY, Support.FRIEND)]


def gaps(of: TimedStory[Case]) -> list[AdvocacyGap | Ending]:
    found: list[AdvocacyGap | Ending] = []
    for fact in stated(of, AdvocacyGapFound, AdvocacyGapEnded):
        assert isinstance(fact, AdvocacyGapFound | AdvocacyGapEnded)
        found.append(fact.gap if isinstance(fact, AdvocacyGapFound) else fact.ending)
    return found


def test_a_week_after_the_assessment_nobody_is_told_of() -> None:
    story = happened(OPENED, LACKS)
    story.work(DUE - SECOND)
    assert story.facts == []
    story.work(DUE)
    assert story.facts == [
        AdvocacyGapFound(
            enquiry_id=enquiry_id("a"),
            adult_id=ADA,
            gap=AdvocacyGap.NOBODY,
            since=START + DAY,
            policy=POLICY.version,
        )
    ]


def test_a_gap_that_comes_back_with_the_same_start_is_told_of_again() -> None:
    regained = (DUE + DAY, capacity("a", Capacity.HAS, DUE + DAY))
    other_matter = (DUE + 2 * DAY, capacity("a", Capacity.LACKS, START + DAY, "money"))
    story = happened(OPENED, LACKS, regained, other_matter)
    story.work(END)  # under an id of its own: whoever reads it would take a second of one id for the first
    assert gaps(story) == [AdvocacyGap.NOBODY, Ending.ENDED, AdvocacyGap.NOBODY]


@pytest.mark.parametrize("kind", ADVOCATES)
def test_z12_any_advocate_clears_it_before_and_after(kind: Support) -> None:
    before = happened(OPENED, LACKS, (DUE - SECOND, support("a", DUE - SECOND, kind)))
    before.work(END)
    assert gaps(before) == []
    after = happened(OPENED, LACKS, (DUE, support("a", DUE, kind, Support.FAMILY)))
    assert gaps(after) == [AdvocacyGap.NOBODY, Ending.ENDED]


@pytest.mark.parametrize("kind", [Support.FAMILY, Support.FRIEND])
def test_family_or_friends_alone_do_not_clear_it_and_are_listed_apart(kind: Support) -> None:
    story = happened(OPENED, LACKS, (START + 2 * DAY, support("a", START + 2 * DAY, kind)))
    story.work(DUE)
    assert gaps(story) == [AdvocacyGap.FAMILY_OR_FRIEND_ALONE]


def test_who_is_there_changes_and_what_is_told_changes_with_it() -> None:
    story = happened(
        OPENED,
        LACKS,
        (DUE + DAY, support("a", DUE + DAY, Support.FRIEND)),
        (DUE + 2 * DAY, support("a", DUE + 2 * DAY)),
        (DUE + 3 * DAY, support("a", DUE + 3 * DAY, Support.CARE_ACT_ADVOCATE)),
    )
    assert gaps(story) == [
        AdvocacyGap.NOBODY,
        AdvocacyGap.FAMILY_OR_FRIEND_ALONE,
        AdvocacyGap.NOBODY,
        Ending.ENDED,
    ]


@pytest.mark.parametrize("found", [Capacity.HAS, Capacity.NOT_KNOWN, Capacity.NOT_DETERMINED])
def test_only_lacking_capacity_asks_for_an_advocate(found: Capacity) -> None:
    story = happened(OPENED, (START + DAY, capacity("a", found, START + DAY)))
    story.work(END)
    assert gaps(story) == []


def test_capacity_is_of_one_matter_and_the_latest_of_each_counts() -> None:
    other = (START + 2 * DAY, capacity("a", Capacity.HAS, START + 2 * DAY, "money"))
    story = happened(OPENED, LACKS, other)
    story.work(DUE)
    assert gaps(story) == [AdvocacyGap.NOBODY]
    story.tell(told(capacity("a", Capacity.HAS, DUE + DAY), "found", DUE + DAY))
    assert gaps(story) == [AdvocacyGap.NOBODY, Ending.ENDED]
    older = happened(OPENED, LACKS, (START + 2 * DAY, capacity("a", Capacity.HAS, START)))
    older.work(DUE)
    assert gaps(older) == [AdvocacyGap.NOBODY]


def test_concluded_without_an_advocate_it_is_told_at_once_and_once() -> None:
    end = START + 3 * DAY
    story = happened(OPENED, LACKS, (end, concluded("a", START, end, capacity="lacks")))
    assert gaps(story) == [AdvocacyGap.NOBODY]
    story.work(END)
    assert gaps(story) == [AdvocacyGap.NOBODY]
    late = happened(OPENED, LACKS, (DUE + DAY, concluded("a", START, DUE + DAY, capacity="lacks")))
    assert gaps(late) == [AdvocacyGap.NOBODY]


def test_an_advocate_recorded_in_time_and_heard_of_late_withdraws_it() -> None:
    story = happened(OPENED, LACKS)
    story.work(DUE)
    story.tell(told(support("a", DUE - DAY, Support.CARE_ACT_ADVOCATE), "late", DUE - SECOND))
    assert gaps(story) == [AdvocacyGap.NOBODY, Ending.WITHDRAWN]


def test_assessed_again_what_was_told_before_has_been_told_and_ends() -> None:
    again = (DUE + DAY, capacity("a", Capacity.LACKS, DUE + DAY))
    story = happened(OPENED, LACKS, again, (DUE + 2 * DAY, support("a", DUE + 2 * DAY, Support.CARE_ACT_ADVOCATE)))
    assert gaps(story) == [AdvocacyGap.NOBODY, Ending.ENDED]


def test_a_withdrawn_enquiry_owes_nobody_an_advocate_until_it_is_started_anew() -> None:
    told_of = happened(OPENED, LACKS, (DUE + DAY, enquiry_withdrawn("a", START)))
    assert gaps(told_of) == [AdvocacyGap.NOBODY, Ending.ENDED]
    anew = DUE + 2 * DAY
    story = happened(OPENED, LACKS, (START + 2 * DAY, enquiry_withdrawn("a", START)), (anew, opened("a", anew)))
    assert gaps(story) == []
    story.work(anew - SECOND)
    assert gaps(story) == []
    story.work(anew)
    assert gaps(story) == [AdvocacyGap.NOBODY]
    assert adult_of(story).enquiries[0].gap_told_at == anew


def test_a_reopened_enquiry_keeps_what_was_told_of_it() -> None:
    end = START + 3 * DAY
    story = happened(OPENED, LACKS, (end, concluded("a", START, end)), (end + DAY, reopened("a", START, end + DAY)))
    story.work(END)
    assert gaps(story) == [AdvocacyGap.NOBODY]


def test_two_enquiries_of_one_adult_are_told_of_apart() -> None:
    both = happened(OPENED, (START, opened("b", START)), LACKS, (LACKS[0], capacity("b", Capacity.LACKS, LACKS[0])))
    both.work(DUE)
    assert {fact.subject for fact in both.facts} == {str(enquiry_id("a")), str(enquiry_id("b"))}


def test_the_same_record_again_changes_nothing() -> None:
    once = happened(OPENED, LACKS)
    again = happened(OPENED, LACKS)
    again.tell(told(LACKS[1], "1", LACKS[0]))
    assert again.cases == once.cases


def test_the_last_record_of_support_stands_whichever_was_heard_of_last() -> None:
    with_one, without = support("a", START + 3 * DAY, Support.CARE_ACT_ADVOCATE), support("a", START + 2 * DAY)
    for order in ((with_one, without), (without, with_one)):
        story = happened(OPENED, LACKS, *((START + 4 * DAY, event) for event in order))
        story.work(END)
        assert gaps(story) == []


@pytest.mark.parametrize("assessed", [london(2024, 2, 26), london(2024, 3, 28), london(2024, 10, 25, 0, 30)])
def test_a_week_is_seven_times_24_hours(assessed: datetime) -> None:
    story = happened((assessed, opened("a", assessed)), (assessed, capacity("a", Capacity.LACKS, assessed)))
    assert [due.at for due in service.timers(story.cases[ADA]) if due.name == "advocacy"] == [
        assessed.astimezone(UTC) + WEEK
    ]


@st.composite
def records(draw: st.DrawFn) -> list[Told]:
    """What is recorded of capacity and support in an enquiry, in the order of being recorded."""
    at = START
    said: list[tuple[datetime, Event]] = [OPENED]
    for _ in range(draw(st.integers(1, 6))):
        at += draw(st.sampled_from([timedelta(), SECOND, DAY, WEEK, WEEK - DAY]))
        when = at - draw(st.sampled_from([timedelta(), timedelta(), 2 * DAY]))
        found = draw(st.sampled_from(list(Capacity)))
        helpers = draw(st.sampled_from([(), (Support.FAMILY,), (Support.MENTAL_CAPACITY_ADVOCATE,)]))
        matter = draw(st.sampled_from(["the-enquiry", "money"]))
        said.append((at, draw(st.sampled_from([capacity("a", found, when, matter), support("a", when, *helpers)]))))
    return [told(event, str(place), at) for place, (at, event) in enumerate(said)]


def expected(said: list[Told], now: datetime) -> AdvocacyGap | None:
    """Worked out from the records alone: the last of each matter, the last of support, and a week."""
    capacities: dict[str, tuple[datetime, str, Capacity]] = {}
    helpers: tuple[datetime, str, tuple[Support, ...]] = (datetime.min.replace(tzinfo=START.tzinfo), "", ())
    for event, meta in said[1:]:
        record = event.model_dump()["record"]
        if "matter" in record:
            entry = (record["assessed_at"], meta.identity, record["capacity"])
            capacities[record["matter"]] = max(entry, capacities.get(record["matter"], entry))
        else:
            helpers = max(helpers, (record["recorded_at"], meta.identity, record["support"]))
    lacking = [at for at, _, found in capacities.values() if found == "lacks"]
    if not lacking or set(helpers[2]) & set(ADVOCATES) or now < min(lacking) + WEEK:
        return None
    return AdvocacyGap.FAMILY_OR_FRIEND_ALONE if helpers[2] else AdvocacyGap.NOBODY


@settings(max_examples=500, deadline=None)
@given(records(), st.none() | st.sampled_from([SECOND, DAY, 30 * DAY]), st.integers(0, 2**32))
def test_whenever_the_worker_runs_the_same_gap_stands(said: list[Told], end: timedelta | None, seed: int) -> None:
    order = Random(seed)
    closing = [] if end is None else [told(concluded("a", START, START), "end", said[-1].meta.recorded + end)]
    ends = []
    for worker in ("eager", "at random", "not before the end"):
        story = TimedStory(service)
        for event in (*said, *closing):
            story.tell(event)
            if worker == "eager":
                story.work(END)
            elif worker == "at random" and order.random() < 0.5:
                story.work(event.meta.recorded + order.choice([SECOND, DAY, 30 * DAY]))
        story.work(END)
        ends.append(story)
    standing = expected(said, END)
    for one in ends:
        assert adult_of(one).enquiries[0].gap == standing
        last = gaps(one)[-1:]
        assert last == [standing] if standing is not None else last in ([], [Ending.ENDED], [Ending.WITHDRAWN])
    assert len({msgspec.json.encode(adult_of(one).enquiries) for one in ends}) == 1

"""Every measure of random adults, count by count and case by case, against an oracle written another way."""

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.year import cases_of, figures
from services.audit.year.financial_year import beginning_in
from services.audit.year.measures import measures
from shared.contracts.doors import (
    AbuseType,
    Achievement,
    Capacity,
    Channel,
    Location,
    MspAnswer,
    RiskAssessment,
    RiskOutcome,
    Source,
    SourceOfRisk,
    Support,
    TriageDecision,
)
from tests.support.calendar_oracle import day_number
from tests.support.year_builders import row_of
from tests.support.year_oracle import Found, adults_of, expected, number_of

BEGINS = 2023
YEAR = beginning_in(BEGINS)
EPOCH = day_number(1970, 1, 1)

DAYS = st.dates(date(2022, 3, 1), date(2024, 6, 30)) | st.sampled_from(
    [date(year, month, day) for year in (2022, 2023, 2024) for month, day in ((3, 31), (4, 1), (9, 30), (10, 1))]
)
SECONDS = st.integers(0, 86_399) | st.sampled_from([0, 3_599, 3_600, 82_799, 82_800, 86_399])


@st.composite
def instants(draw: st.DrawFn) -> int:
    """An instant, often within an hour of midnight in London."""
    day = draw(DAYS)
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + draw(SECONDS)


def maybe(categories: Any) -> Any:
    return st.sampled_from([None, *(str(category) for category in categories)])


def some(categories: Any) -> Any:
    return st.lists(st.sampled_from([str(category) for category in categories]), max_size=3)


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    """A few adults, merged and not, with concerns of one incident and of several, and their enquiries."""
    adults = [
        {"id": number, "born_by": draw(st.none() | st.integers(1910, 2010)),
         "died_on": draw(st.none() | st.dates(date(2022, 3, 1), date(2024, 6, 1)) | st.just(date(2024, 3, 31))),
         "age_at_death": draw(st.none() | st.integers(18, 110)), "may_be": draw(st.sampled_from([None, True, False]))}
        for number in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    any_adult = st.integers(0, max(0, len(adults) - 1))
    one_in_four = st.sampled_from([False, False, False, True])
    teams = st.sampled_from([None, "intake-team", "hospital-team"])
    concerns = [
        {"id": number, "adult": draw(any_adult), "at": draw(instants()), "withdrawn": draw(one_in_four),
         "channel": str(draw(st.sampled_from(Channel))), "source": str(draw(st.sampled_from(Source))),
         "abuse": draw(some(AbuseType)), "decision": draw(maybe(TriageDecision)), "team": draw(teams)}
        for number in range(draw(st.integers(0, 9)) if adults else 0)
    ]  # fmt: skip
    any_concern = st.integers(0, len(concerns))  # one more than there are: a concern never received
    enquiries = [
        {"id": number, "adult": concern["adult"], "concern": concern["id"], "at": draw(instants()),
         "ended": draw(st.none() | instants()), "kind": draw(st.sampled_from(["section_42", "section_42", "other"])),
         "withdrawn": draw(one_in_four), "asked": draw(maybe(MspAnswer)),
         "achieved": draw(maybe(Achievement)), "risk": draw(maybe(RiskAssessment)), "outcome": draw(maybe(RiskOutcome)),
         "abuse_type": draw(some(AbuseType)), "location": draw(some(Location)),
         "source_of_risk": draw(some(SourceOfRisk)), "capacity": draw(maybe(Capacity)), "support": draw(some(Support))}
        for number, concern in enumerate(draw(st.lists(st.sampled_from(concerns), max_size=6)) if concerns else [])
    ]  # fmt: skip
    return {
        "adults": adults,
        "merges": draw(st.lists(st.tuples(any_adult, st.integers(0, len(adults))), max_size=3)),
        "concerns": concerns,
        "same": draw(st.lists(st.tuples(any_concern, any_concern), max_size=4)),
        "enquiries": enquiries,
    }


def sizes(found: Found, *names: str) -> int:
    return sum(len(found.get(name, ())) for name in names)


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_every_measure_counts_the_cases_the_oracle_counts(world: dict[str, Any]) -> None:
    adults, oracle = adults_of(world), expected(world, BEGINS)
    shown = figures(adults, YEAR)

    for row in shown.rows:
        listed = cases_of(adults, YEAR, row.measure)
        days = [(case.kind.value, number_of(case.kind, case.case_id), (case.day - date(1970, 1, 1)).days + EPOCH)
                for case in listed]  # fmt: skip
        assert set(days) == oracle.get(row.measure, set()), row.measure
        assert len(days) == len(set(days)) == row.count, row.measure
        assert days == sorted(days, key=lambda case: case[2])
    counted = {name for name, cases in oracle.items() if cases} - {"adults_with_conclusion"}
    assert counted <= {row.measure for row in shown.rows}


@settings(max_examples=80, deadline=None)
@given(worlds())
def test_every_share_stands_on_the_base_the_definitions_give_it(world: dict[str, Any]) -> None:
    oracle, shown = expected(world, BEGINS), figures(adults_of(world), YEAR)
    concluded, concerns = sizes(oracle, "enquiries_concluded"), sizes(oracle, "concerns")
    decided = concerns - sizes(oracle, "decision:undecided")
    bases = {
        "msp_asked_adults": sizes(oracle, "adults_with_conclusion"),
        "lacked_capacity_supported": sizes(oracle, "lacked_capacity"),
        "repeat_adults": sizes(oracle, "adults_in_concerns"),
        "adults_possibly_one": sizes(oracle, "adults_in_concerns"),
        "enquiries_over_6_months_at_end": sizes(oracle, "enquiries_open_at_end"),
    }
    families = {
        **dict.fromkeys(("conversion_", "channel:", "source:", "concern_abuse_type:", "decision:"), concerns),
        **dict.fromkeys(("concluded_", "msp_", "enquiry_", "risk_identified"), concluded),
        "risk_": sizes(oracle, "risk_remained", "risk_reduced", "risk_removed"),
        "achieved_": sizes(oracle, "msp_expressed"),
        "lacked_capacity": concluded,
        "team:": decided,
        "adults_in_concerns:": sizes(oracle, "adults_in_concerns"),
        "adults_in_enquiries:": sizes(oracle, "adults_in_enquiries"),
    }

    for row in shown.rows:
        by_family = max((prefix for prefix in families if row.measure.startswith(prefix)), key=len, default=None)
        family = None if by_family is None else families[by_family]
        assert row.base == bases.get(row.measure, family), row.measure


@settings(max_examples=40, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_figures_do_not_depend_on_the_order_of_adults(world: dict[str, Any], chance: Any) -> None:
    adults = adults_of(world)
    shuffled = list(adults)
    chance.shuffle(shuffled)

    assert figures(shuffled, YEAR) == figures(iter(adults), YEAR)


def test_no_measure_is_named_twice() -> None:
    names = [row.name for row in measures(["team:b", "team:not_known", "team:a"])]

    assert len(set(names)) == len(names)
    assert [name for name in names if name.startswith("team:")] == ["team:a", "team:b", "team:not_known"]


def test_a_year_of_nobody_has_every_row_and_no_percentage() -> None:
    shown = figures([], YEAR)

    assert {row.count for row in shown.rows} == {0}
    assert {row.percent for row in shown.rows} == {None}
    assert row_of(shown, "concerns").base is None

"""Adult records of one person are merged, nothing moves, and an unmerge is exact: delivery rules 5 and 6."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.cases import Adult, Case, Finding, Merge, Merging, follows
from services.intake.decisions import keys
from services.intake.merging import one_person
from services.intake.service import service
from shared.contracts.intake import AdultsMerged, AdultsUnmerged, ConcernReceived
from shared.kernel.event import Event
from shared.kernel.identity import derived
from tests.support.builders import ADA, BEN, NHS_NUMBER, NOON, a_report, a_report_about, told
from tests.support.intake_builders import a_merge, adult_of, an_unmerge, at_hour, merge_id, told_in_time
from tests.support.interleave import Story, Told, story

CAT = derived("adult", "cat")
SMALLER, LARGER = sorted((ADA, BEN))


def after(*events: Event) -> Story[Case]:
    return story(service, [told_in_time(event, str(n)) for n, event in enumerate(events)])


def test_a_merge_is_kept_by_both_adults_and_by_itself() -> None:
    told_of = after(a_merge(decided_at=datetime(2024, 3, 6, 13, 0, tzinfo=timezone(timedelta(hours=1)))))

    assert told_of.facts == [
        AdultsMerged(
            merge_id=merge_id("M"), adult_id=SMALLER, other_adult_id=LARGER, decided_by="worker-1", decided_at=NOON
        )
    ]
    assert told_of.cases == {
        merge_id("M"): Merge(SMALLER, LARGER, Finding("same-nhs-number", "worker-1", NOON.astimezone(UTC))),
        ADA: Adult((Merging(merge_id("M"), BEN, NOON),)),
        BEN: Adult((Merging(merge_id("M"), ADA, NOON),)),
    }


def test_an_unmerge_names_the_merge_alone_and_finds_its_two_adults() -> None:
    told_of = after(a_merge(), an_unmerge())

    assert told_of.facts[-1] == AdultsUnmerged(
        merge_id=merge_id("M"),
        adult_id=SMALLER,
        other_adult_id=LARGER,
        decided_by="worker-2",
        decided_at=at_hour(1),
    )
    assert told_of.cases[ADA] == told_of.cases[BEN] == Adult()
    merge = told_of.cases[merge_id("M")]
    assert isinstance(merge, Merge)
    assert merge.taken_back == Finding("twins", "worker-2", at_hour(1))


@pytest.mark.parametrize("swapped", [False, True])
def test_both_facts_of_a_merge_are_keyed_by_the_smaller_adult_whichever_way_round_it_was_sent(*, swapped: bool) -> None:
    told_of = after(a_merge(adult=BEN, other=ADA) if swapped else a_merge(), an_unmerge())

    assert {fact.key for fact in told_of.facts} == {str(SMALLER)}


@pytest.mark.parametrize(
    "events", [[a_merge()], [a_merge(), an_unmerge()], [a_merge(), a_merge("N"), an_unmerge(), an_unmerge("N")]]
)
def test_the_same_said_again_or_the_other_way_round_changes_nothing(events: list[Event]) -> None:
    once = after(*events)

    for again in (events, [a_merge(adult=BEN, other=ADA)]):
        twice = after(*events, *again)
        assert twice.cases == once.cases
        assert twice.stated == once.stated
        assert twice.refused == {}
        assert not twice.held


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([a_merge(other=ADA)], "merged_with_itself"),
        ([a_merge(), a_merge(other=CAT)], "merge_id_used"),
        ([a_merge(), a_merge(grounds="same-address")], "merge_id_used"),
        ([a_merge(), a_merge(decided_by="worker-9")], "merge_id_used"),
        ([a_merge(), a_merge(decided_at=NOON - timedelta(days=1))], "merge_id_used"),
        ([a_merge(), an_unmerge(), a_merge(decided_at=at_hour(0.05))], "merge_taken_back"),
        ([a_merge(), an_unmerge(), a_merge(other=CAT)], "merge_taken_back"),
        ([a_merge(), an_unmerge(), an_unmerge(decided_by="worker-9")], "taken_back_already"),
        ([a_merge(), an_unmerge(decided_at=NOON - timedelta(seconds=1))], "later_decision_stands"),
    ],
)
def test_what_contradicts_is_refused_and_changes_nothing(events: list[Event], code: str) -> None:
    told_of = after(*events)

    assert told_of.refused == {str(len(events) - 1): (code,)}
    assert told_of.cases == after(*events[:-1]).cases


@pytest.mark.parametrize("event", [a_merge(), an_unmerge()])
def test_what_lies_in_the_future_is_refused_at_once_and_clocks_may_differ_by_five_minutes(event: Event) -> None:
    at = NOON + timedelta(minutes=5)

    in_time = story(service, [told(event.model_copy(update={"decided_at": at}))])
    ahead = story(service, [told(event.model_copy(update={"decided_at": at + timedelta(seconds=1)}))])

    assert in_time.refused == {}
    assert ahead.refused_codes == ("decided_at_in_the_future",)


def test_an_unmerge_waits_for_its_merge_and_a_taken_back_pair_is_merged_again_by_a_merge_of_its_own() -> None:
    assert len(after(an_unmerge()).held) == 1

    told_of = after(an_unmerge(), a_merge(), a_merge("N", decided_at=NOON - timedelta(days=9)))

    assert [type(fact) for fact in told_of.facts] == [AdultsMerged, AdultsUnmerged, AdultsMerged]
    assert one_person(told_of.cases, ADA, BEN)
    assert not told_of.held


def test_two_merges_of_the_same_two_adults_are_taken_back_one_by_one() -> None:
    both = [a_merge("M"), a_merge("N", adult=BEN, other=ADA)]

    assert one_person(after(*both, an_unmerge("M")).cases, BEN, ADA)
    assert not one_person(after(*both, an_unmerge("M"), an_unmerge("N")).cases, BEN, ADA)


def test_an_adult_nobody_has_heard_of_can_be_merged_and_her_concern_may_come_later() -> None:
    """Intake has no case of an adult before a merge: what is checked is the form alone."""
    report = a_report_about(nhs_number=NHS_NUMBER)

    told_of = after(a_merge(adult=adult_of(report)), report)

    assert told_of.refused == {}
    assert one_person(told_of.cases, adult_of(report), BEN)


def test_nothing_moves_and_a_new_report_goes_on_to_the_adult_its_identifier_points_to() -> None:
    first, other = a_report_about("REF-1", nhs_number=NHS_NUMBER), a_report("REF-2")
    later = a_report_about("REF-3", nhs_number=NHS_NUMBER)
    merged = a_merge(adult=adult_of(first), other=adult_of(other))

    for order in ([first, other, merged, later], [first, other, later, merged]):
        received = [fact for fact in after(*order).facts if isinstance(fact, ConcernReceived)]
        assert [fact.adult_id for fact in received] == [adult_of(first), adult_of(other), adult_of(first)]


def test_a_report_loads_no_case_but_its_own_and_a_merge_every_adult_who_is_one_with_either() -> None:
    report = a_report_about(nhs_number=NHS_NUMBER)
    told_of = after(a_report_about("REF-0", nhs_number=NHS_NUMBER), a_merge(), a_merge("N", adult=BEN, other=CAT))

    assert {further for key in keys(report) if key in told_of.cases for further in follows(told_of.cases[key])} == set()
    assert keys(a_merge()) == (merge_id("M"), ADA, BEN)
    assert keys(an_unmerge()) == (merge_id("M"),)


ADULTS = [a_report(f"REF-{n}") for n in range(5)]
PAIRS = list(combinations([adult_of(report) for report in ADULTS], 2))


def together(adults: Iterable[UUID], pairs: Iterable[tuple[UUID, UUID]]) -> set[frozenset[UUID]]:
    """Union-find afresh over the merges that stand: the oracle."""
    groups = {adult: frozenset({adult}) for adult in adults}
    for one, other in pairs:
        union = groups[one] | groups[other]
        groups |= dict.fromkeys(union, union)
    return set(groups.values())


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Told], list[Told], set[frozenset[UUID]]]:
    pairs = draw(st.lists(st.sampled_from(PAIRS), max_size=6))
    taken_back = draw(st.sets(st.integers(0, 5)))
    events = [told(report, f"report-{n}") for n, report in enumerate(ADULTS)]
    events += [told(a_merge(str(n), *pair), f"merge-{n}") for n, pair in enumerate(pairs)]
    events += [told_in_time(an_unmerge(str(n)), f"unmerge-{n}") for n in sorted(taken_back) if n < len(pairs)]
    stand = [pair for n, pair in enumerate(pairs) if n not in taken_back]
    return events, draw(st.permutations(events)), together(map(adult_of, ADULTS), stand)


@settings(deadline=None, max_examples=300)
@given(histories())
def test_every_permutation_of_concerns_merges_and_unmerges_ends_in_the_same_state(
    history: tuple[list[Told], list[Told], set[frozenset[UUID]]],
) -> None:
    """Delivery rule 6, on intake's side."""
    events, order, expected = history

    in_order, told_of = story(service, events), story(service, order)

    adults = [adult_of(report) for report in ADULTS]
    groups = {frozenset(b for b in adults if one_person(told_of.cases, a, b)) for a in adults}
    assert groups == expected
    assert told_of.cases == in_order.cases
    assert set(told_of.stated) == set(in_order.stated)
    assert len(told_of.stated) == len(in_order.stated)
    assert told_of.refused == {}
    assert not told_of.held


@settings(deadline=None, max_examples=100)
@given(histories())
def test_whom_an_adult_follows_is_mutual_so_that_every_decision_is_handed_the_whole_group(
    history: tuple[list[Told], list[Told], set[frozenset[UUID]]],
) -> None:
    cases = story(service, history[1]).cases

    for key, case in cases.items():
        for other in follows(case):
            if isinstance(case, Adult):
                assert key in follows(cases[other])

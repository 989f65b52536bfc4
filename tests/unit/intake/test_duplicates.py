"""Two reports of one incident are linked by a person and count once: design section 4, rule 9."""

from datetime import timedelta
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.cases import Case, Concern
from services.intake.service import service
from shared.contracts.doors import ConcernReported, DuplicateFound, DuplicateTakenBack
from shared.contracts.intake import ConcernLinkedAsDuplicate, ConcernUnlinked
from shared.kernel.event import Event
from tests.support.builders import NHS_NUMBER, NOON, a_duplicate, a_report, a_report_about, told
from tests.support.intake_builders import (
    a_duplicate_taken_back,
    a_merge,
    adult_of,
    an_unmerge,
    at_hour,
    told_in_time,
)
from tests.support.interleave import Story, Told, story

FIRST, SECOND, THIRD = (a_report_about(name, nhs_number=NHS_NUMBER) for name in ("REF-1", "REF-2", "REF-3"))
ELSEWHERE = a_report_about("REF-4")
REPORTS = [told(FIRST, "1"), told(SECOND, "2"), told(THIRD, "3"), told(ELSEWHERE, "4")]


def after(*events: Event) -> Story[Case]:
    return story(service, [*REPORTS, *(told_in_time(event, f"then-{n}") for n, event in enumerate(events))])


def linked(told_of: Story[Case]) -> bool:
    """Whether the first two concerns stand linked, by what both of them keep."""
    one, other = told_of.cases[FIRST.concern_id], told_of.cases[SECOND.concern_id]
    assert isinstance(one, Concern)
    assert isinstance(other, Concern)
    assert (SECOND.concern_id in one.linked) == (FIRST.concern_id in other.linked)
    return SECOND.concern_id in one.linked


def test_both_concerns_stay_and_each_remembers_the_link() -> None:
    told_of = story(service, [*REPORTS, told(a_duplicate(SECOND, FIRST), "5")])

    one, other = told_of.cases[FIRST.concern_id], told_of.cases[SECOND.concern_id]
    assert isinstance(one, Concern)
    assert isinstance(other, Concern)
    assert told_of.facts[-1] == ConcernLinkedAsDuplicate(
        concern_id=SECOND.concern_id,
        duplicate_of=FIRST.concern_id,
        adult_id=one.adult_id,
        decided_by="worker-1",
        decided_at=NOON,
    )
    assert one.linked == (SECOND.concern_id,)
    assert other.linked == (FIRST.concern_id,)


@pytest.mark.parametrize("again", [a_duplicate(SECOND, FIRST), a_duplicate(FIRST, SECOND)])
def test_linking_a_pair_again_either_way_round_changes_nothing(again: object) -> None:
    assert isinstance(again, type(a_duplicate(SECOND, FIRST)))
    once = [*REPORTS, told(a_duplicate(SECOND, FIRST), "5")]

    told_of = story(service, [*once, told(again, "6")])

    assert told_of.stated == story(service, once).stated
    assert told_of.cases == story(service, once).cases
    assert told_of.refused == {}


def test_a_link_of_two_that_are_linked_through_a_third_is_a_link_of_its_own() -> None:
    """Unlinking one of three must leave what was said of the others."""
    links = [a_duplicate(SECOND, FIRST), a_duplicate(THIRD, SECOND), a_duplicate(THIRD, FIRST)]

    told_of = story(service, [*REPORTS, *(told(link, f"link-{n}") for n, link in enumerate(links))])

    assert sum(isinstance(fact, ConcernLinkedAsDuplicate) for fact in told_of.facts) == 3


def test_a_link_waits_for_both_concerns_in_every_order() -> None:
    """Design section 3: events of different topics overtake each other. The adult is known before either."""
    events = [told(FIRST, "1"), told(SECOND, "2"), told(a_duplicate(SECOND, FIRST), "5")]
    expected = story(service, [told(THIRD, "0"), *events])

    for order in permutations(events):
        told_of = story(service, [told(THIRD, "0"), *order])
        assert set(told_of.stated) == set(expected.stated)
        assert told_of.cases == expected.cases
        assert not told_of.held


@pytest.mark.parametrize("known", [[], REPORTS[:1], REPORTS[1:2]])
def test_a_link_waits_while_either_concern_is_unknown(known: list[object]) -> None:
    told_of = story(service, [*known, told(a_duplicate(SECOND, FIRST), "5")])  # type: ignore[list-item]

    assert len(told_of.held) == 1
    assert told_of.refused == {}


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (a_duplicate(FIRST, FIRST), "duplicate_of_itself"),
        (a_duplicate(ELSEWHERE, FIRST), "about_different_adults"),
        (
            a_duplicate(SECOND, FIRST, decided_at=NOON + timedelta(minutes=5, seconds=1)),
            "decided_at_in_the_future",
        ),
    ],
)
def test_a_link_that_contradicts_is_refused(found: object, code: str) -> None:
    assert isinstance(found, type(a_duplicate(SECOND, FIRST)))

    told_of = story(service, [*REPORTS, told(found, "5")])

    assert told_of.refused == {"5": (code,)}
    assert told_of.cases == story(service, REPORTS).cases


def test_what_is_wrong_in_itself_is_answered_before_either_concern_is_known() -> None:
    assert story(service, [told(a_duplicate(FIRST, FIRST))]).refused_codes == ("duplicate_of_itself",)


@settings(deadline=None, max_examples=150)
@given(st.permutations(range(7)))
def test_every_interleaving_of_reports_resends_and_links_ends_in_one_state(order: list[int]) -> None:
    """Delivery rule 8. The adult is known before, because whoever reports an adult first names it."""
    events = [
        told(FIRST, "1"),
        told(SECOND, "2"),
        told(ELSEWHERE, "4"),
        told(a_duplicate(FIRST, THIRD), "5"),
        told(a_duplicate(SECOND, THIRD), "6"),
        told(a_duplicate(SECOND, FIRST), "7"),
        told(a_duplicate(ELSEWHERE, FIRST), "8"),
    ]
    expected = story(service, [told(THIRD, "0"), *events])

    told_of = story(service, [told(THIRD, "0"), *(events[n] for n in order)])

    assert set(told_of.stated) == set(expected.stated)
    assert len(told_of.stated) == len(expected.stated)
    assert told_of.cases == expected.cases
    assert told_of.refused == expected.refused == {"8": ("about_different_adults",)}
    assert not told_of.held


@pytest.mark.parametrize("back", [a_duplicate_taken_back(SECOND, FIRST), a_duplicate_taken_back(FIRST, SECOND)])
def test_a_link_is_taken_back_whichever_way_round_it_is_named(back: DuplicateTakenBack) -> None:
    told_of = after(a_duplicate(SECOND, FIRST), back)

    assert not linked(told_of)
    assert told_of.facts[-1] == ConcernUnlinked(
        concern_id=back.concern_id,
        duplicate_of=back.duplicate_of,
        adult_id=adult_of(FIRST),
        decided_by="worker-2",
        decided_at=at_hour(1),
    )


def test_what_is_not_linked_yet_cannot_be_taken_back_and_waits_for_the_link() -> None:
    back = a_duplicate_taken_back(FIRST, SECOND)
    assert [told_of.event for told_of in after(back).held] == [back]

    told_of = after(back, a_duplicate(SECOND, FIRST))

    assert [type(fact) for fact in told_of.facts[-2:]] == [ConcernLinkedAsDuplicate, ConcernUnlinked]
    assert not told_of.held


def test_a_pair_can_be_linked_again_later_and_what_is_said_twice_of_it_changes_nothing() -> None:
    again = a_duplicate(FIRST, SECOND, decided_at=at_hour(2))
    events = [a_duplicate(SECOND, FIRST), a_duplicate_taken_back(SECOND, FIRST), again]

    told_of = after(*events)

    assert linked(told_of)
    assert [type(fact) for fact in told_of.facts[-3:]] == [
        ConcernLinkedAsDuplicate, ConcernUnlinked, ConcernLinkedAsDuplicate,
    ]  # fmt: skip
    assert after(*events, again).cases == told_of.cases
    assert after(*events, again).stated == told_of.stated


@pytest.mark.parametrize(
    "events",
    [
        [a_duplicate(SECOND, FIRST), a_duplicate_taken_back(FIRST, SECOND), a_duplicate(SECOND, FIRST)],
        [
            a_duplicate(SECOND, FIRST),
            a_duplicate_taken_back(FIRST, SECOND),
            a_duplicate(FIRST, SECOND, decided_at=at_hour(1)),
        ],
        [a_duplicate(SECOND, FIRST, decided_at=at_hour(2)), a_duplicate_taken_back(FIRST, SECOND)],
    ],
)
def test_what_was_decided_before_what_stands_is_refused_and_undoes_nothing(events: list[Event]) -> None:
    told_of = after(*events)

    assert told_of.refused == {f"then-{len(events) - 1}": ("later_decision_stands",)}
    assert told_of.cases == after(*events[:-1]).cases


def test_a_link_found_and_taken_back_at_one_instant_is_taken_back() -> None:
    events = [a_duplicate(SECOND, FIRST), a_duplicate_taken_back(FIRST, SECOND, decided_at=NOON)]

    assert not linked(after(*events))
    assert after(*events[::-1]).cases == after(*events).cases


@pytest.mark.parametrize(
    ("back", "code"),
    [
        (a_duplicate_taken_back(FIRST, FIRST), "duplicate_of_itself"),
        (
            a_duplicate_taken_back(FIRST, SECOND, decided_at=NOON + timedelta(minutes=5, seconds=1)),
            "decided_at_in_the_future",
        ),
    ],
)
def test_taking_back_what_is_wrong_in_itself_is_answered_before_anything_is_known(
    back: DuplicateTakenBack, code: str
) -> None:
    assert story(service, [told(back)]).refused_codes == (code,)


def pair_decisions() -> st.SearchStrategy[list[DuplicateFound | DuplicateTakenBack]]:
    """Findings about one pair, either way round, of which some are of one instant."""
    found, back = a_duplicate, a_duplicate_taken_back
    pairs = st.sampled_from([(FIRST, SECOND), (SECOND, FIRST)])
    one = st.builds(
        lambda makes, pair, hour: makes(*pair, decided_at=at_hour(hour)),
        st.sampled_from([found, back]),
        pairs,
        st.integers(0, 5),
    )
    return st.lists(one, max_size=7)


@settings(deadline=None, max_examples=400)
@given(pair_decisions(), st.randoms(use_true_random=False))
def test_what_was_decided_last_about_a_pair_stands_whichever_order_it_came_in(
    decided: list[DuplicateFound | DuplicateTakenBack], random: Random
) -> None:
    """The oracle knows no order of arrival: the last by the clock, of one instant what takes back."""
    events = [*REPORTS, *(told_in_time(event, f"then-{n}") for n, event in enumerate(decided))]
    latest = max(decided, key=lambda each: (each.decided_at, isinstance(each, DuplicateTakenBack)), default=None)
    random.shuffle(events)

    told_of = story(service, [told(THIRD, "0"), *events])

    assert linked(told_of) == isinstance(latest, DuplicateFound)
    facts = [fact for fact in told_of.facts if isinstance(fact, ConcernLinkedAsDuplicate | ConcernUnlinked)]
    assert [isinstance(fact, ConcernUnlinked) for fact in facts] == [n % 2 == 1 for n in range(len(facts))]
    assert len({fact.key for fact in facts}) <= 1
    any_link = any(isinstance(each, DuplicateFound) for each in decided)
    assert bool(told_of.held) == (bool(decided) and not any_link)
    if any_link and latest is not None:
        one = told_of.cases[FIRST.concern_id]
        assert isinstance(one, Concern)
        assert [(link.concern_id, link.decided_at) for link in one.links] == [(SECOND.concern_id, latest.decided_at)]


STRANGER = a_report("REF-5")
ADULTS = (adult_of(FIRST), adult_of(ELSEWHERE))
THROUGH = adult_of(STRANGER)


@pytest.mark.parametrize(
    "merges",
    [
        [a_merge(adult=ADULTS[0], other=ADULTS[1])],
        [a_merge(adult=ADULTS[1], other=ADULTS[0])],
        [a_merge("M", ADULTS[0], THROUGH), a_merge("N", THROUGH, ADULTS[1])],
        [a_merge("M", *ADULTS), a_merge("N", *ADULTS), an_unmerge("M")],
    ],
)
@pytest.mark.parametrize("pair", [(FIRST, ELSEWHERE), (ELSEWHERE, FIRST)])
def test_concerns_of_two_adults_are_linked_where_the_adults_are_merged_directly_or_through_others(
    merges: list[Event], pair: tuple[ConcernReported, ConcernReported]
) -> None:
    told_of = after(*merges, a_duplicate(*pair), a_duplicate_taken_back(*pair[::-1]))

    link, unlink = told_of.facts[-2:]
    smaller = min(pair, key=lambda report: report.concern_id)
    assert isinstance(link, ConcernLinkedAsDuplicate)
    assert isinstance(unlink, ConcernUnlinked)
    assert link.adult_id == unlink.adult_id == adult_of(smaller)
    assert told_of.refused == {}


@pytest.mark.parametrize(
    "merges",
    [
        [],
        [a_merge(adult=ADULTS[0], other=THROUGH)],
        [a_merge("M", *ADULTS), an_unmerge("M")],
        [a_merge("M", ADULTS[0], THROUGH), a_merge("N", THROUGH, ADULTS[1]), an_unmerge("N")],
    ],
)
def test_concerns_of_two_adults_who_are_not_merged_are_refused(merges: list[Event]) -> None:
    told_of = after(*merges, a_duplicate(ELSEWHERE, FIRST))

    assert told_of.refused == {f"then-{len(merges)}": ("about_different_adults",)}


def test_a_link_outlives_the_merge_and_can_still_be_taken_back() -> None:
    """Whether it counts is a matter of who is one person; what a person found of the two concerns stands."""
    events = [a_merge("M", *ADULTS), a_duplicate(ELSEWHERE, FIRST), an_unmerge("M")]
    one = after(*events).cases[FIRST.concern_id]
    assert isinstance(one, Concern)
    assert one.linked == (ELSEWHERE.concern_id,)

    told_of = after(*events, a_duplicate_taken_back(FIRST, ELSEWHERE))

    assert isinstance(told_of.facts[-1], ConcernUnlinked)
    assert told_of.refused == {}


@settings(deadline=None, max_examples=150)
@given(st.permutations(range(6)))
def test_every_interleaving_of_links_and_merges_that_is_not_refused_ends_in_one_state(order: list[int]) -> None:
    """A link across two adults is answered while they are two; once it is accepted the order left no trace."""
    decided: list[Told] = [
        told(FIRST, "1"),
        told(ELSEWHERE, "4"),
        told(a_merge("M", *ADULTS), "5"),
        told_in_time(an_unmerge("M"), "6"),
        told(a_merge("N", *ADULTS), "7"),
        told(a_duplicate(ELSEWHERE, FIRST), "8"),
    ]
    expected = story(service, decided)
    assert not expected.refused

    told_of = story(service, [decided[n] for n in order])

    assert not told_of.held
    if told_of.refused:
        assert told_of.refused == {"8": ("about_different_adults",)}
    else:
        assert told_of.cases == expected.cases
        assert set(told_of.stated) == set(expected.stated)

"""Two reports of one incident are linked by a person and count once: design section 4, rule 9."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.cases import Concern
from services.intake.service import service
from shared.contracts.intake import ConcernLinkedAsDuplicate
from tests.support.builders import NHS_NUMBER, NOON, a_duplicate, a_report_about, told
from tests.support.interleave import story

FIRST, SECOND, THIRD = (a_report_about(name, nhs_number=NHS_NUMBER) for name in ("REF-1", "REF-2", "REF-3"))
ELSEWHERE = a_report_about("REF-4")
REPORTS = [told(FIRST, "1"), told(SECOND, "2"), told(THIRD, "3"), told(ELSEWHERE, "4")]


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
    linked = [*REPORTS, told(a_duplicate(SECOND, FIRST), "5")]

    told_of = story(service, [*linked, told(again, "6")])

    assert told_of.stated == story(service, linked).stated
    assert told_of.cases == story(service, linked).cases
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
            "decided_in_the_future",
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

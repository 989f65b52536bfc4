"""More than three separate concerns about one adult within twelve months open a review (seed 003:3695)."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from services.audit.cases import Case, adult_in
from services.audit.policy import POLICY
from services.audit.repeat import review_identity
from services.audit.service import service
from shared.contracts.audit import (
    Considered,
    CountedAs,
    RepeatConcernJoined,
    RepeatReviewDone,
    RepeatReviewOpened,
    RepeatReviewWithdrawn,
)
from shared.kernel.event import Event
from tests.support.builders import ADA, NOON, told
from tests.support.enquiry_builders import (
    LATER,
    a_link,
    a_receipt,
    a_repeat_review,
    a_triage,
    concern_id,
    london,
)
from tests.support.interleave import Story, story

FIRST, SECOND = review_identity(ADA, 1), review_identity(ADA, 2)
DAY = timedelta(days=1)


def after(*events: Event) -> Story[Case]:
    return story(service, [told(event, str(place), LATER) for place, event in enumerate(events)])


def received(*days: datetime) -> list[Event]:
    """Concerns named a, b, c, … received then."""
    return [a_receipt(chr(ord("a") + place), at) for place, at in enumerate(days)]


def opened(of: Story[Case]) -> list[RepeatReviewOpened]:
    return [fact for fact in of.facts if isinstance(fact, RepeatReviewOpened)]


def ends(of: Story[Case]) -> set[str]:
    """The names of the concerns that the open review is about."""
    names = {concern_id(name): name for name in "abcdefgh"}
    return {names[concern] for concern in adult_in(of.cases, ADA).review_ends}


def test_z09_days_1_100_and_200_open_nothing_and_day_300_does() -> None:
    days = [NOON + place * DAY for place in (1, 100, 200, 300)]
    assert after(*received(*days[:3])).facts == []
    (review,) = opened(after(*received(*days)))
    assert review == RepeatReviewOpened(
        review_id=FIRST,
        adult_id=ADA,
        concern_id=concern_id("d"),
        counted=tuple(concern_id(name) for name in "abcd"),
        window_after=date(2023, 12, 31),
        window_to=date(2024, 12, 31),
        considered=tuple(
            Considered(concern_id=concern_id(name), adult_id=ADA, received_on=day.date(), counted=CountedAs.COUNTED)
            for name, day in zip("abcd", days, strict=True)
        ),
        policy=POLICY.version,
    )


def test_z10_the_same_concern_twice_counts_once() -> None:
    three = received(*(NOON + place * DAY for place in range(3)))
    assert after(*three, *three, *three).facts == []


@pytest.mark.parametrize(
    ("oldest", "fourth", "within"),
    [
        (london(2023, 3, 6, 23, 59), london(2024, 3, 6, 0, 0), False),  # exactly twelve months ago
        (london(2023, 3, 7, 0, 0), london(2024, 3, 6, 23, 59), True),  # one day less
        (london(2023, 2, 28), london(2024, 2, 29), False),  # the leap day goes back to 28 February
        (london(2023, 3, 1), london(2024, 2, 29), True),
        (london(2024, 2, 29), london(2025, 2, 28), True),  # 28 February goes back to the 28th
        (london(2024, 2, 28), london(2025, 2, 28), False),
        (london(2024, 2, 29), london(2025, 3, 1), False),
        (london(2023, 8, 31), london(2024, 8, 31), False),
        (london(2023, 9, 1), london(2024, 8, 31), True),
        (datetime(2023, 6, 30, 23, 30, tzinfo=UTC), london(2024, 6, 30), True),  # 1 July in London
        (datetime(2023, 6, 30, 22, 30, tzinfo=UTC), london(2024, 6, 30), False),
        (datetime(2023, 12, 31, 23, 30, tzinfo=UTC), london(2024, 12, 31), False),  # winter: the 31st
        (london(2023, 10, 29, 1, 30), london(2024, 10, 28), True),  # the hour that comes twice
    ],
)
def test_the_window_is_twelve_civil_months_open_at_its_start(
    oldest: datetime, fourth: datetime, *, within: bool
) -> None:
    events = received(oldest, fourth - 3 * DAY, fourth - 2 * DAY, fourth)
    assert (len(opened(after(*events))) == 1) is within


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_four_concerns_of_one_day_are_one_review_that_nothing_joins(hour: int) -> None:
    same_day = after(*received(*(london(2024, 3, 6, hour, minute) for minute in range(4))))
    assert [type(fact) for fact in same_day.facts] == [RepeatReviewOpened]
    assert opened(same_day)[0].concern_id == concern_id("d")


def test_a_late_concern_completes_a_window_that_ended_before_it_was_heard_of() -> None:
    days = [NOON + place * DAY for place in (0, 10, 20, 30)]
    for order in permutations(received(*days)):
        (review,) = opened(after(*order))
        assert (review.concern_id, review.counted[0]) == (concern_id("d"), concern_id("a"))


@pytest.mark.parametrize("link", [("c", "b"), ("b", "c")])
@pytest.mark.parametrize("by_triage", [True, False])
def test_reports_of_one_incident_count_once_whichever_way_round(link: tuple[str, str], *, by_triage: bool) -> None:
    days = [NOON + place * DAY for place in range(4)]
    linked = a_triage(link[0], duplicate_of=link[1]) if by_triage else a_link(*link)
    assert opened(after(linked, *received(*days))) == []
    found_late = after(*received(*days), linked)
    assert isinstance(found_late.facts[-1], RepeatReviewWithdrawn)
    assert ends(found_late) == set()


def test_an_incident_counts_at_its_earliest_receipt() -> None:
    """b reports a's incident a year later: the incident is a's, and outside the window of what follows."""
    days = [NOON, NOON + 400 * DAY, NOON + 401 * DAY, NOON + 402 * DAY, NOON + 403 * DAY]
    assert len(opened(after(*received(*days)))) == 1
    assert opened(after(a_link("b", "a"), *received(*days))) == []


def test_duplicates_of_duplicates_are_one_incident() -> None:
    days = [NOON + place * DAY for place in range(6)]
    chain = [a_link("a", "b"), a_link("c", "b"), a_triage("d", duplicate_of="c")]
    assert opened(after(*chain, *received(*days))) == []
    assert len(opened(after(*chain[:2], *received(*days)))) == 1


def test_a_duplicate_of_a_concern_that_is_not_this_adults_counts_of_its_own() -> None:
    strangers = [a_triage(name, duplicate_of="somebody else's") for name in "ab"]
    days = [NOON + place * DAY for place in range(4)]
    assert len(opened(after(*strangers, *received(*days)))) == 1


def test_a_concern_decided_anew_is_no_longer_a_duplicate() -> None:
    days = [NOON + place * DAY for place in range(4)]
    anew = after(*received(*days), a_triage("c", duplicate_of="b"), a_triage("c"))
    assert [type(fact) for fact in anew.facts] == [
        RepeatReviewOpened,
        RepeatReviewWithdrawn,
        RepeatReviewOpened,
    ]
    assert {review.review_id for review in opened(anew)} == {FIRST}


def test_whatever_is_decided_on_it_a_concern_counts() -> None:
    days = [NOON + place * DAY for place in range(4)]
    assert len(opened(after(*(a_triage(name) for name in "abcd"), *received(*days)))) == 1


def test_while_a_review_is_open_further_concerns_join_it() -> None:
    joined = after(*received(*(NOON + place * DAY for place in range(6))))
    assert len(opened(joined)) == 1
    assert [fact.concern_id for fact in joined.facts if isinstance(fact, RepeatConcernJoined)] == [
        concern_id("e"),
        concern_id("f"),
    ]


def test_an_earlier_report_of_an_incident_under_review_does_not_join_again() -> None:
    days = [NOON + place * DAY for place in (0, 10, 20, 30)]
    again = after(*received(*days), a_link("e", "d"), a_receipt("e", NOON + 29 * DAY))
    assert [type(fact) for fact in again.facts] == [RepeatReviewOpened]
    assert ends(again) == {"e"}


def test_two_concerns_that_meet_the_rule_through_a_third_join_in_one_decision() -> None:
    days = [london(2023, 1, 1), london(2023, 6, 1), london(2023, 8, 1), london(2024, 2, 1)]
    early = [london(2021, 1, 1 + place) for place in range(4)]
    both = after(*received(*early, *days), a_receipt("x", london(2023, 7, 1)))
    assert ends(both) == {"d", "g", "h"}
    joined = [fact for fact in both.facts if isinstance(fact, RepeatConcernJoined)]
    assert [fact.subject for fact in joined] == [str(concern_id("g")), str(concern_id("h"))]


def test_a_done_review_stands_and_the_next_concern_that_meets_the_rule_opens_another() -> None:
    days = [NOON + place * DAY for place in range(5)]
    done = after(*received(*days[:4]), a_repeat_review(FIRST))
    assert done.facts[-1] == RepeatReviewDone(
        review_id=FIRST,
        adult_id=ADA,
        safety_planning="plan-changed",
        reviewed_by="coordinator-1",
        reviewed_at=NOON,
    )
    assert ends(done) == set()
    again = after(*received(*days[:4]), a_repeat_review(FIRST), a_receipt("e", days[4]))
    assert [review.review_id for review in opened(again)] == [FIRST, SECOND]
    assert opened(again)[1].concern_id == concern_id("e")


def test_a_duplicate_found_after_the_review_takes_nothing_back() -> None:
    days = [NOON + place * DAY for place in range(4)]
    late = after(*received(*days), a_repeat_review(FIRST), a_link("a", "b"))
    assert isinstance(late.facts[-1], RepeatReviewDone)


def test_another_report_of_a_reviewed_incident_opens_nothing() -> None:
    days = [NOON + place * DAY for place in range(5)]
    events = [*received(*days[:4]), a_repeat_review(FIRST), a_link("e", "d"), a_receipt("e", days[4])]
    assert len(opened(after(*events))) == 1


def test_the_same_review_again_changes_nothing_and_another_of_it_is_refused() -> None:
    four = received(*(NOON + place * DAY for place in range(4)))
    review = a_repeat_review(FIRST)
    assert after(*four, review, review).facts == after(*four, review).facts
    other = a_repeat_review(FIRST, reviewed_by="coordinator-2")
    assert after(*four, review, other).refused_codes == ("review_done",)


@pytest.mark.parametrize(
    ("events", "review", "code"),
    [
        (0, a_repeat_review(FIRST), "review_not_open"),
        (3, a_repeat_review(FIRST), "review_not_open"),
        (4, a_repeat_review(SECOND), "review_not_open"),
        (4, a_repeat_review(FIRST, reviewed_at=LATER + timedelta(hours=1)), "reviewed_at_in_the_future"),
    ],
)
def test_a_review_that_is_not_open_is_refused(events: int, review: Event, code: str) -> None:
    concerns = received(*(NOON + place * DAY for place in range(events)))
    assert after(*concerns, review).refused_codes == (code,)


def test_a_withdrawn_review_cannot_be_done() -> None:
    four = received(*(NOON + place * DAY for place in range(4)))
    assert after(*four, a_link("a", "b"), a_repeat_review(FIRST)).refused_codes == ("review_not_open",)

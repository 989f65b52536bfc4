"""Two records of one person count as one, for as long as that is held (delivery rule 6)."""

from datetime import timedelta
from itertools import permutations

import msgspec
import pytest

from services.audit.cases import Case
from services.audit.repeat import review_after, review_identity
from services.audit.service import service
from shared.contracts.audit import (
    RepeatConcernJoined,
    RepeatReviewDone,
    RepeatReviewOpened,
    RepeatReviewWithdrawn,
)
from shared.kernel.event import Event
from shared.kernel.identity import derived
from tests.support.audit_builders import (
    adult_of,
    linked,
    merged,
    names_of,
    received,
    stated,
    tellings,
    unmerged,
)
from tests.support.builders import ADA, BEN, NOON
from tests.support.enquiry_builders import LATER, a_repeat_review, concern_id
from tests.support.interleave import Story, story

LOW, HIGH = sorted((ADA, BEN))
THIRD = derived("adult", "third")
FIRST = review_identity(LOW, 1)
DAY = timedelta(days=1)
TWO_AND_TWO = [
    received("a", NOON, LOW),
    received("b", NOON + DAY, HIGH),
    received("c", NOON + 2 * DAY, LOW),
    received("d", NOON + 3 * DAY, HIGH),
]
MERGE, UNMERGE = merged("m", LOW, HIGH), unmerged("m", LOW, HIGH)


def after(*events: Event) -> Story[Case]:
    return story(service, tellings(events, LATER))


def repeats(of: Story[Case]) -> list[type[Event]]:
    return [type(fact) for fact in of.facts if fact.topic == RepeatReviewOpened.topic]


def test_a_merge_can_open_a_review_that_the_lesser_of_the_two_keeps() -> None:
    both = after(*TWO_AND_TWO, MERGE)
    (review,) = stated(both, RepeatReviewOpened)
    assert isinstance(review, RepeatReviewOpened)
    assert (review.review_id, review.adult_id, review.adults) == (FIRST, LOW, (LOW, HIGH))
    assert review.counted == tuple(concern_id(name) for name in "abcd")
    assert {one.concern_id: one.adult_id for one in review.considered} == {
        concern_id(name): LOW if name in "ac" else HIGH for name in "abcd"
    }
    assert names_of(adult_of(both, LOW).review_ends) == {"d"}
    assert adult_of(both, HIGH).review_ends == ()


def test_taking_the_merge_back_withdraws_it_and_leaves_everything_as_if_it_had_never_been() -> None:
    apart, never = after(*TWO_AND_TWO, MERGE, UNMERGE), after(*TWO_AND_TWO)
    assert apart.facts[-1] == RepeatReviewWithdrawn(review_id=FIRST, adult_id=LOW, adults=(LOW, HIGH))
    for adult_id in (LOW, HIGH):
        assert msgspec.structs.replace(adult_of(apart, adult_id), unmerged=()) == adult_of(never, adult_id)


def test_every_order_of_concerns_merge_and_unmerge_ends_in_the_same_state() -> None:
    """Even where the end of a merge is heard of before the merge, which one key's order rules out."""
    for events in ([*TWO_AND_TWO, MERGE], [*TWO_AND_TWO, MERGE, UNMERGE]):
        ends = [after(*order) for order in permutations(events)]
        assert len({msgspec.json.encode(sorted(one.cases.items())) for one in ends}) == 1


def test_a_merge_told_twice_is_one_and_two_findings_of_it_are_two() -> None:
    again = after(*TWO_AND_TWO, MERGE, MERGE, merged("n", HIGH, LOW), UNMERGE)
    assert repeats(again) == [RepeatReviewOpened]
    gone = after(*TWO_AND_TWO, MERGE, merged("n", HIGH, LOW), UNMERGE, unmerged("n", HIGH, LOW), UNMERGE)
    assert repeats(gone) == [RepeatReviewOpened, RepeatReviewWithdrawn]


def test_adults_merged_with_one_another_through_a_third_are_one_person() -> None:
    spread = [received(name, NOON + place * DAY, who) for place, (name, who) in enumerate(
        zip("abcd", (LOW, HIGH, THIRD, THIRD), strict=True))]  # fmt: skip
    lead = min(LOW, HIGH, THIRD)
    chain = after(*spread, merged("m", LOW, THIRD), merged("n", THIRD, HIGH))
    (review,) = stated(chain, RepeatReviewOpened)
    assert isinstance(review, RepeatReviewOpened)
    assert (review.adult_id, review.adults) == (lead, tuple(sorted((LOW, HIGH, THIRD))))
    assert repeats(after(*spread, merged("m", LOW, THIRD), merged("n", THIRD, HIGH), unmerged("m", LOW, THIRD))) == [
        RepeatReviewOpened,
        RepeatReviewWithdrawn,
    ]


def test_the_open_reviews_of_two_become_one_of_the_lead_that_the_others_concerns_join() -> None:
    of_low = [received(name, NOON + place * DAY, LOW) for place, name in enumerate("abcd")]
    of_high = [received(name, NOON + (10 + place) * DAY, HIGH) for place, name in enumerate("efgh")]
    one = after(*of_low, *of_high, MERGE)
    withdrawn, *joined = one.facts[2:]
    assert withdrawn == RepeatReviewWithdrawn(review_id=review_identity(HIGH, 1), adult_id=HIGH)
    assert [(type(fact), fact.subject) for fact in joined] == [
        (RepeatConcernJoined, str(concern_id(name))) for name in "efgh"
    ]
    back = after(*of_low, *of_high, MERGE, UNMERGE)
    assert [type(fact) for fact in back.facts[7:]] == [RepeatReviewOpened]
    assert back.facts[-1].subject == str(review_identity(HIGH, 1))


def test_two_that_are_joined_by_a_lesser_one_are_reviewed_under_its_name() -> None:
    of_high = [received(name, NOON + place * DAY, HIGH) for place, name in enumerate("abcd")]
    one = after(*of_high, MERGE)
    assert repeats(one) == [RepeatReviewOpened, RepeatReviewWithdrawn, RepeatReviewOpened]
    assert names_of(adult_of(one, LOW).review_ends) == {"d"}
    assert adult_of(one, HIGH).review_ends == ()


@pytest.mark.parametrize("named", [LOW, HIGH])
def test_a_review_may_be_recorded_of_any_of_the_adults_and_stands_with_each(named: object) -> None:
    done = after(*TWO_AND_TWO, MERGE, a_repeat_review(FIRST, adult_id=named), UNMERGE)
    (fact,) = stated(done, RepeatReviewDone)
    assert isinstance(fact, RepeatReviewDone)
    assert (fact.adult_id, fact.adults) == (LOW, (LOW, HIGH))
    assert [review.review_id for review in adult_of(done, LOW).reviewed] == [FIRST]
    assert adult_of(done, HIGH).reviewed == adult_of(done, LOW).reviewed


def test_a_review_recorded_again_of_another_of_the_adults_changes_nothing() -> None:
    twice = after(
        *TWO_AND_TWO, MERGE, a_repeat_review(FIRST, adult_id=LOW), a_repeat_review(FIRST, adult_id=HIGH), UNMERGE
    )
    assert len(stated(twice, RepeatReviewDone)) == 1
    assert twice.refused == {}


def test_the_review_of_somebody_who_is_another_person_now_is_refused() -> None:
    apart = after(*TWO_AND_TWO, MERGE, UNMERGE, a_repeat_review(FIRST, adult_id=LOW))
    assert apart.refused_codes == ("review_not_open",)


def test_a_link_across_two_adults_counts_once_only_while_they_are_one_person() -> None:
    together = after(*TWO_AND_TWO, linked("a", "b", LOW), MERGE)
    assert repeats(together) == []
    of_low = [received(name, NOON + place * DAY, LOW) for place, name in enumerate("efgh")]
    apart = after(*of_low, received("b", NOON, HIGH), linked("e", "b", LOW))
    assert repeats(apart) == [RepeatReviewOpened]


def test_no_two_reviews_of_a_person_ever_share_an_identity() -> None:
    """An adult never merged counts them; one that was merged adds what came before, from whomever it came."""
    own = [review_identity(LOW, ordinal) for ordinal in (1, 2, 3)]
    assert [review_after(LOW, set(own[:done])) for done in range(3)] == own
    others = {review_identity(HIGH, 1)}
    identities = [
        *own,
        *(review_after(LOW, done) for done in (others, others | {own[0]}, others | {review_after(LOW, others)})),
    ]
    assert len(set(identities)) == len(identities)


def test_reviews_done_apart_together_and_apart_again_are_all_told_apart() -> None:
    of_low = [received(name, NOON + place * DAY, LOW) for place, name in enumerate("abcd")]
    of_high = [received(name, NOON + place * DAY, HIGH) for place, name in enumerate("efgh")]
    second = review_after(LOW, {review_identity(HIGH, 1)})
    events = [
        *of_high,
        a_repeat_review(review_identity(HIGH, 1), adult_id=HIGH),
        MERGE,
        *of_low,
        a_repeat_review(second, adult_id=HIGH),
        UNMERGE,
        received("i", NOON + 20 * DAY, LOW),
    ]
    told = after(*events)
    assert told.refused == {}
    assert [fact.subject for fact in stated(told, RepeatReviewDone)] == [str(review_identity(HIGH, 1)), str(second)]
    assert stated(told, RepeatReviewOpened)[-1].subject == str(review_after(LOW, {second}))

"""Whatever order concerns, duplicates and redeliveries come in, the repeat reviews end the same.

Held against an oracle that counts by brute force, on the calendar of tests.support.calendar_oracle.
"""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.cases import Adult, Case, adult_in
from services.audit.repeat import review_identity
from services.audit.service import service
from shared.contracts.audit import RepeatReviewDone, RepeatReviewOpened, RepeatReviewWithdrawn
from shared.kernel.event import Event
from tests.support import calendar_oracle as oracle
from tests.support.builders import ADA, told
from tests.support.enquiry_builders import a_link, a_receipt, a_repeat_review, a_triage, concern_id, london
from tests.support.interleave import Story, Told, story

RECORDED = datetime(2000, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, SECOND = review_identity(ADA, 1), review_identity(ADA, 2)
NAMES = "abcdefghij"

BOUNDARIES = [
    *(london(2023, *day) for day in ((2, 28), (3, 1), (3, 31), (8, 31), (10, 29), (11, 30))),
    *(london(2024, *day) for day in ((2, 28), (2, 29), (3, 1), (3, 30), (3, 31), (8, 30), (8, 31), (10, 29))),
    *(london(2025, *day) for day in ((2, 27), (2, 28), (3, 1), (3, 30))),
]
HOURS = [
    timedelta(hours=-12),
    timedelta(hours=-11, minutes=-30),
    timedelta(),
    timedelta(hours=11, minutes=30),
]
RECEIPTS = st.one_of(
    st.builds(lambda day, hour: day + hour, st.sampled_from(BOUNDARIES), st.sampled_from(HOURS)),
    st.integers(0, 900).map(lambda days: london(2023, 1, 1) + timedelta(days=days)),
)


class History(NamedTuple):
    """Concerns with their receipts, and who was found to duplicate whom, at intake and at triage."""

    received: dict[str, datetime]
    linked: set[tuple[str, str]]
    triaged: dict[str, str]

    def events(self) -> list[Event]:
        return [
            *(a_receipt(name, at) for name, at in self.received.items()),
            *(a_link(one, other) for one, other in self.linked),
            *(a_triage(one, duplicate_of=other) for one, other in self.triaged.items()),
        ]


@st.composite
def histories(draw: st.DrawFn, names: str) -> History:
    received = {name: draw(RECEIPTS) for name in names[: draw(st.integers(len(names) // 2, len(names)))]}
    anyone = st.sampled_from([*NAMES, "a stranger's"])
    linked = draw(st.sets(st.tuples(anyone, anyone).filter(lambda pair: pair[0] != pair[1]), max_size=2))
    triaged = draw(st.dictionaries(st.sampled_from(names), anyone, max_size=2))
    return History(received, linked, {one: other for one, other in triaged.items() if one != other})


class Oracle:
    """The rule, counted the slow way: merge sets until nothing changes, then look at every pair of them."""

    def __init__(self, *parts: History) -> None:
        self.received = {name: at for part in parts for name, at in part.received.items()}
        pairs = [pair for part in parts for pair in (*part.linked, *part.triaged.items())]
        self.incidents = [{name} for name in self.received]
        for one, other in pairs * len(self.received):
            touching = [found for found in self.incidents if one in found or other in found]
            if one in self.received and other in self.received and len(touching) == 2:
                self.incidents = [found for found in self.incidents if found not in touching]
                self.incidents.append(touching[0] | touching[1])

    def first(self, incident: set[str]) -> str:
        return min(incident, key=lambda name: (self.received[name], concern_id(name)))

    def day(self, incident: set[str]) -> int:
        earliest = min(self.received[name] for name in incident)
        return oracle.london_day_number((earliest - EPOCH) // timedelta(seconds=1))

    def ends(self, covered: set[str]) -> set[str]:
        return {
            self.first(end)
            for end in self.incidents
            if not end & covered
            and sum(oracle.months_on(self.day(end), -12) < self.day(other) <= self.day(end) for other in self.incidents)
            > 3
        }


def tell(before: History, after: History, order: Random) -> Story[Case]:
    """Both halves shuffled, with redeliveries under new event ids, and a review in between."""
    events: list[Event] = []
    for half, close in ((before, [a_repeat_review(FIRST, reviewed_at=RECORDED)]), (after, [])):
        shuffled = half.events()
        shuffled += order.sample(shuffled, len(shuffled) // 3)
        order.shuffle(shuffled)
        events += [*shuffled, *close]
    tellings: list[Told] = [told(event, str(place), RECORDED) for place, event in enumerate(events)]
    return story(service, tellings)


def heard(of: Story[Case]) -> tuple[set[object], set[object]]:
    """What a reader of the topic believes: the reviews that are open, and those that are done."""
    opened: set[object] = set()
    done: set[object] = set()
    for fact in of.facts:
        if isinstance(fact, RepeatReviewOpened):
            assert fact.review_id not in opened | done
            assert len(set(fact.counted)) > 3
            assert fact.concern_id in fact.counted
            opened.add(fact.review_id)
        elif isinstance(fact, RepeatReviewWithdrawn | RepeatReviewDone):
            opened.remove(fact.review_id)
            if isinstance(fact, RepeatReviewDone):
                done.add(fact.review_id)
    return opened, done


@settings(max_examples=600, deadline=None)
@given(histories(NAMES[:6]), histories(NAMES[6:]), st.integers(0, 2**32))
def test_every_order_ends_as_the_oracle_says(before: History, after: History, seed: int) -> None:
    covered = Oracle(before).ends(set())
    expected = Oracle(before, after).ends(covered)
    ends = [tell(before, after, Random(seed + turn)) for turn in range(3)]
    for one in ends:
        adult = adult_in(one.cases, ADA)
        assert {name for name in NAMES if concern_id(name) in adult.review_ends} == expected
        assert [set(review.covers) for review in adult.reviewed] == (
            [{concern_id(name) for name in covered}] if covered else []
        )
        assert one.refused_codes == (() if covered else ("review_not_open",))
        current = {SECOND if covered else FIRST} if expected else set()
        assert heard(one) == (current, {FIRST} if covered else set())
    assert len({kept(adult_in(one.cases, ADA)) for one in ends}) == 1


def kept(adult: Adult) -> bytes:
    """An adult as it is written down, but for which of two ids a decision was heard of under that came early."""
    ended = tuple(msgspec.structs.replace(one, by=None) for one in adult.ended)
    return msgspec.json.encode(msgspec.structs.replace(adult, ended=ended))

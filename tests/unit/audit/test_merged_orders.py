"""However merges, withdrawals, links and concerns of three adults overtake each other, they end the same.

Held against an oracle that counts by brute force, on the calendar of tests.support.calendar_oracle. What travels under
one key and topic keeps its order; everything else is shuffled.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from itertools import combinations
from random import Random
from typing import NamedTuple, TypeVar
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.cases import Case
from services.audit.people import person_of
from services.audit.repeat import standing
from services.audit.service import service
from shared.contracts.audit import RepeatReviewDone, RepeatReviewOpened, RepeatReviewWithdrawn
from shared.contracts.doors import TriageDecision
from shared.kernel.event import Event, Metadata
from shared.kernel.identity import derived
from tests.support import calendar_oracle as oracle
from tests.support.audit_builders import (
    adult_of,
    decided,
    interleaved,
    linked,
    merged,
    names_of,
    received,
    reinstated,
    tellings,
    unlinked,
    unmerged,
    withdrawn,
)
from tests.support.builders import told
from tests.support.enquiry_builders import a_repeat_review, concern_id, london
from tests.support.interleave import Story

T = TypeVar("T")
RECORDED = datetime(2000, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ADULTS = tuple(derived("adult", name) for name in ("x", "y", "z"))
PAIRS = list(combinations(ADULTS, 2))
NAMES = "abcdefghijkl"
EDGES = [london(*day) for day in ((2023, 2, 28), (2023, 3, 31), (2024, 2, 28), (2024, 2, 29), (2024, 3, 31))]
RECEIPTS = st.one_of(
    st.sampled_from([day + timedelta(hours=hour) for day in EDGES for hour in (-12, 0, 11)]),
    st.integers(0, 500).map(lambda days: london(2023, 1, 1) + timedelta(days=days)),
)


class Half(NamedTuple):
    """What happens before a round of reviews, or after it, by what keeps it in order."""

    streams: dict[tuple[UUID, str], list[Event]]
    received: dict[str, tuple[UUID, datetime]]


@st.composite
def halves(draw: st.DrawFn) -> tuple[Half, Half]:
    owner = {name: draw(st.sampled_from(ADULTS)) for name in NAMES}
    first = _half(draw, NAMES[:8], owner, {})
    return first, _half(draw, NAMES[8:], owner, first.received)


def _half(draw: st.DrawFn, names: str, owner: dict[str, UUID], before: dict[str, tuple[UUID, datetime]]) -> Half:
    streams: dict[tuple[UUID, str], list[Event]] = {}
    here = {name: (owner[name], draw(RECEIPTS)) for name in names}

    def say(event: Event) -> None:
        streams.setdefault((UUID(event.key), event.topic), []).append(event)

    for name, (adult_id, at) in here.items():
        say(received(name, at, adult_id))
    known = sorted({**before, **here})
    for _ in range(draw(st.integers(0, 6))):
        one, other = draw(st.sampled_from(known)), draw(st.sampled_from(known))
        what = draw(
            st.sampled_from(["withdraw", "reinstate", "link", "unlink", "triage", "triage", "merge", "unmerge"])
        )
        pair = draw(st.sampled_from(PAIRS))
        if what in ("merge", "unmerge"):
            name = f"{PAIRS.index(pair)}"
            say(merged(name, *pair) if what == "merge" else unmerged(name, *pair))
        elif what in ("withdraw", "reinstate"):
            say((withdrawn if what == "withdraw" else reinstated)(one, owner[one]))
        elif one != other and what == "triage":
            of = (
                {"decision": TriageDecision.DUPLICATE, "duplicate_of": concern_id(other)} if draw(st.booleans()) else {}
            )
            say(decided(one, owner[one], **of))
        elif one != other:
            first, second = sorted((one, other))
            say((linked if what == "link" else unlinked)(first, second, owner[first]))
    return Half(streams, here)


class Oracle:
    """Everything as it stands after a history, from its last words alone."""

    def __init__(self, *parts: Half) -> None:
        self.received = {name: of for part in parts for name, of in part.received.items()}
        self.withdrawn: set[str] = set()
        self.pairs: set[frozenset[str]] = set()
        self.triaged: dict[str, str] = {}
        merges: set[tuple[UUID, UUID]] = set()
        over: set[tuple[UUID, UUID]] = set()
        by_id = {concern_id(name): name for name in NAMES}
        for event in (event for part in parts for stream in part.streams.values() for event in stream):
            kind = type(event).__name__
            said = event.model_dump()
            if kind == "ConcernWithdrawn":
                self.withdrawn.add(by_id[said["concern_id"]])
            elif kind == "ConcernReinstated":
                self.withdrawn.discard(by_id[said["concern_id"]])
            elif kind in ("ConcernLinkedAsDuplicate", "ConcernUnlinked"):
                pair = frozenset((by_id[said["concern_id"]], by_id[said["duplicate_of"]]))
                self.pairs = self.pairs | {pair} if kind == "ConcernLinkedAsDuplicate" else self.pairs - {pair}
            elif kind == "ConcernTriaged":
                self.triaged[by_id[said["concern_id"]]] = by_id.get(said["duplicate_of"], "")
            elif kind in ("AdultsMerged", "AdultsUnmerged"):
                pair_of = (said["adult_id"], said["other_adult_id"])
                (over if kind == "AdultsUnmerged" else merges).add(pair_of)
        self.people = _connected(ADULTS, [set(pair) for pair in merges - over])

    def ends(self, person: frozenset[UUID], covered: set[str]) -> set[str]:
        mine = {name for name, (owner, _) in self.received.items() if owner in person} - self.withdrawn
        pairs = [set(pair) for pair in self.pairs] + [{one, of} for one, of in self.triaged.items() if of]
        incidents = _connected(mine, [pair for pair in pairs if pair <= mine])
        days = {incident: min(self._day(name) for name in incident) for incident in incidents}
        return {
            min(incident, key=lambda name: (self.received[name][1], concern_id(name)))
            for incident in incidents
            if not incident & covered
            and sum(oracle.months_on(days[incident], -12) < day <= days[incident] for day in days.values()) > 3
        }

    def _day(self, name: str) -> int:
        return oracle.london_day_number((self.received[name][1] - EPOCH) // timedelta(seconds=1))


def _connected(things: Iterable[T], pairs: Iterable[AbstractSet[T]]) -> list[frozenset[T]]:
    groups: list[set[T]] = [{thing} for thing in things]
    for pair in pairs:
        joined: set[T] = set().union(*(group for group in groups if group & pair))
        groups = [group for group in groups if not group & pair] + [joined]
    return [frozenset(group) for group in groups]


def tell(first: Half, second: Half, order: Random) -> tuple[Story[Case], dict[UUID, set[str]]]:
    """Both halves, each shuffled as far as its keys allow, with every open review done in between."""
    events = interleaved(list(first.streams.values()), order)
    so_far = Story(service)
    for telling in tellings(events, RECORDED):
        so_far.tell(telling)
    covered: dict[UUID, set[str]] = {adult_id: set() for adult_id in ADULTS}
    for number, person in enumerate({tuple(person_of(so_far.cases, one)) for one in ADULTS}):
        review = standing(person_of(so_far.cases, person[0]))
        if review is None:
            continue
        event = a_repeat_review(review.review_id, adult_id=order.choice(person), reviewed_at=RECORDED)
        so_far.tell(tellings([event], RECORDED)[0]._replace(meta=_meta(event, f"review-{number}")))
        for adult_id in person:
            covered[adult_id] |= names_of(review.ends)
    for place, telling in enumerate(tellings(interleaved(list(second.streams.values()), order), RECORDED)):
        so_far.tell(telling._replace(meta=_meta(telling.event, f"later-{place}")))
    return so_far, covered


def _meta(event: Event, name: str) -> Metadata:
    return told(event, name, RECORDED).meta


def heard(of: Story[Case]) -> dict[str, str]:
    """What a reader of the topic believes is open: the reviews, by whose they are."""
    standing_reviews: dict[str, str] = {}
    done: set[str] = set()
    for fact in of.facts:
        if isinstance(fact, RepeatReviewOpened):
            assert fact.subject not in standing_reviews.keys() | done
            assert len(set(fact.counted)) > 3
            standing_reviews[fact.subject] = fact.key
        elif isinstance(fact, RepeatReviewWithdrawn | RepeatReviewDone):
            assert standing_reviews.pop(fact.subject) == fact.key
            if isinstance(fact, RepeatReviewDone):
                done.add(fact.subject)
    return standing_reviews


@settings(max_examples=300, deadline=None)
@given(halves(), st.integers(0, 2**32))
def test_every_order_ends_as_the_oracle_says(both: tuple[Half, Half], seed: int) -> None:
    first, second = both
    ends = [tell(first, second, Random(seed + turn)) for turn in range(3)]
    expected = Oracle(first, second)
    for one, covered in ends:
        assert one.refused == {}
        assert one.held == []
        opened: set[str] = set()
        for person in expected.people:
            lead = min(person)
            known: set[str] = set().union(*(covered[adult_id] for adult_id in person))
            assert names_of(adult_of(one, lead).review_ends) == expected.ends(person, known)
            assert all(adult_of(one, other).review_ends == () for other in person - {lead})
            opened |= {str(lead)} if adult_of(one, lead).review_ends else set()
        assert sorted(heard(one).values()) == sorted(opened)
    assert len({msgspec.json.encode(sorted(one.cases.items())) for one, _ in ends}) == 1

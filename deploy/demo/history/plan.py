"""The whole history decided: what happened to whom, what was decided, how each enquiry ended, and when it was reviewed.

Everything that counts is in here; the lines only tell it.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from deploy.demo.history.answers import answer
from deploy.demo.history.concerns import Merge
from deploy.demo.history.courses import Courses, Enquiry, enquiries_of
from deploy.demo.history.deciding import Case
from deploy.demo.history.decisions import decide_all
from deploy.demo.history.incidents import World
from deploy.demo.history.quotas import Quota, quotas
from deploy.demo.history.reviews import Review, repeat_reviews


@dataclass(frozen=True, slots=True)
class Plan:
    """The history, before it is told. `enquiries` are by the number of their concern."""

    seed: int
    quotas: tuple[Quota, ...]
    cases: list[Case]
    enquiries: dict[int, list[Enquiry]]
    merges: list[Merge]
    reviews: list[Review]
    people: int


def plan(seed: int, scale: float) -> Plan:
    """The history of a seed, at a scale: the same seed and scale, the same history."""
    wanted = quotas(scale)
    happened = World(Random(f"{seed}/incidents"), wanted).run()
    cases = decide_all(Random(f"{seed}/decisions"), happened, wanted)
    enquiries = enquiries_of(cases)
    Courses(Random(f"{seed}/courses"), wanted, scale).settle(enquiries)
    answer(Random(f"{seed}/answers"), enquiries, wanted)
    by_concern: dict[int, list[Enquiry]] = {}
    for each in enquiries:
        by_concern.setdefault(each.case.concern.number, []).append(each)
    reviews = repeat_reviews(Random(f"{seed}/reviews"), cases, happened.merges)
    return Plan(seed, wanted, cases, by_concern, happened.merges, reviews, happened.people)

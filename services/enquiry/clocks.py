"""How far an enquiry has come, and by when it should have come to the next stage: local targets, no law's.

There is no statutory clock, and nothing is closed or refused because a target has passed (domain 3.1). Targets are
counted in civil days in London from the day the enquiry started. They stand still while the enquiry is suspended,
and while a police enquiry that goes first goes on; its age and the six months of drift never do (design section 4,
rule 10). A reopened enquiry keeps the day it started, and so its targets.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from services.enquiry.cases import Enquiry
from services.enquiry.policy import VERSIONS
from shared.contracts.doors import ReferralAnswer
from shared.kernel.civil import london_day, start_of_day


class Stage(StrEnum):
    """The furthest that an enquiry has come, by what is recorded."""

    OPENED = "opened"
    ASSIGNED = "assigned"
    PLANNED = "planned"
    PLAN_MADE = "plan_made"
    CLOSURE_PROPOSED = "closure_proposed"


class Target(NamedTuple):
    """What an open enquiry should come to next, and the first instant at which that is late.

    `late_from` is None while the clock stands still before it. `policy` is the version it was set by.
    """

    stage: Stage
    awaited: str
    late_from: datetime | None
    policy: str


class Pause(NamedTuple):
    """A time in which targets stand still; `end` is None while it goes on."""

    begin: datetime
    end: datetime | None


def stage_of(enquiry: Enquiry) -> Stage:
    """The furthest stage; a stage that was left out on the way there is no longer waited for."""
    if proposal_stands(enquiry):
        return Stage.CLOSURE_PROPOSED
    if enquiry.findings.plans:
        return Stage.PLAN_MADE
    if enquiry.findings.planning:
        return Stage.PLANNED
    return Stage.ASSIGNED if enquiry.course.assignments else Stage.OPENED


def next_target(enquiry: Enquiry) -> Target | None:
    """What is awaited next, by the policy of its start; None of an enquiry that is concluded or withdrawn."""
    if enquiry.concluded is not None or enquiry.withdrawn_at is not None:
        return None
    stage, policy = stage_of(enquiry), VERSIONS.at(enquiry.started_at)
    awaited, days = {
        Stage.OPENED: ("assigned", policy.targets.assigned),
        Stage.ASSIGNED: ("planned", policy.targets.planned),
        Stage.PLANNED: ("plan_made", policy.targets.plan_made),
        Stage.PLAN_MADE: ("finished", policy.targets.finished),
        Stage.CLOSURE_PROPOSED: ("finished", policy.targets.finished),
    }[stage]
    return Target(stage, awaited, late_from(enquiry.started_at, days, pauses(enquiry)), policy.version)


def proposal_stands(enquiry: Enquiry) -> bool:
    """Whether closing was proposed, and that was neither returned nor undone since."""
    over = {*(one.closure_id for one in enquiry.returned), *(one.closure_id for one in enquiry.undone)}
    return bool(enquiry.proposals) and enquiry.proposals[-1].closure_id not in over


def pauses(enquiry: Enquiry) -> tuple[Pause, ...]:
    """Suspensions, and the police's enquiries that go first from when they were taken up; they may overlap."""
    suspended = (Pause(one.suspended_at, one.resumed_at) for one in enquiry.course.suspensions)
    police = (
        Pause(one.answered_at, one.ended_at)
        for one in enquiry.course.referrals
        if one.goes_first and one.answer is ReferralAnswer.ACCEPTED and one.answered_at is not None
    )
    return tuple(sorted((*suspended, *police), key=lambda pause: pause.begin))


def late_from(start: datetime, days: int, paused: tuple[Pause, ...]) -> datetime | None:
    """00:00 in London after so many civil days from the day of the start, and as much later as the clock stood still.

    `paused` is in order of beginning. None where a pause that goes on began before then.
    """
    late = start_of_day(london_day(start) + timedelta(days=days + 1))
    counted_to = start
    for pause in paused:
        begin = max(pause.begin, counted_to)
        if begin >= late:
            break
        if pause.end is None:
            return None
        late += max(pause.end - begin, timedelta(0))
        counted_to = max(pause.end, counted_to)
    return late

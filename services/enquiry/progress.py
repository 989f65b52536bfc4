"""How far an enquiry is, and which of its clocks runs out next; the worklist says the same in SQL.

A day by which something is due ends at midnight in London. An enquiry is over six months as the drift audit has it
(design section 4, rule 10). Nothing here decides anything.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from services.enquiry.cases import Enquiry
from shared.kernel.civil import over_after_months, start_of_day

DRIFT_MONTHS = 6
_ONE_DAY = timedelta(days=1)


class Stage(StrEnum):
    """How far an enquiry is."""

    OPENED = "opened"
    ASSIGNED = "assigned"
    ENQUIRING = "enquiring"
    REPORTED = "reported"
    CLOSURE_PROPOSED = "closure_proposed"
    CONCLUDED = "concluded"
    WITHDRAWN = "withdrawn"


class Clock(StrEnum):
    """What runs out."""

    ACTION_DUE = "action_due"
    CAUSED_ENQUIRY_DUE = "caused_enquiry_due"
    OVER_SIX_MONTHS = "over_six_months"


class Running(NamedTuple):
    """A clock, and the instant at which it runs out or ran out."""

    at: datetime
    what: Clock


def stage_of(enquiry: Enquiry) -> Stage:
    """How far an enquiry is, by the last thing that was done."""
    if enquiry.withdrawn_at is not None:
        return Stage.WITHDRAWN
    if enquiry.concluded is not None:
        return Stage.CONCLUDED
    settled = {one.closure_id for one in enquiry.returned} | {one.undone.closure_id for one in enquiry.reopenings}
    if enquiry.proposals and enquiry.proposals[-1].closure_id not in settled:
        return Stage.CLOSURE_PROPOSED
    if enquiry.findings.reports:
        return Stage.REPORTED
    if enquiry.findings.planning or enquiry.findings.plans or enquiry.course.caused:
        return Stage.ENQUIRING
    return Stage.ASSIGNED if enquiry.course.assignments else Stage.OPENED


def next_clock(enquiry: Enquiry) -> Running:
    """The clock of an open enquiry that runs out first."""
    return min(clocks(enquiry))


def clocks(enquiry: Enquiry) -> Iterable[Running]:
    """Every clock that runs: its age, what others were caused to do, and what the last plan asks for."""
    yield Running(over_after_months(enquiry.started_at, DRIFT_MONTHS), Clock.OVER_SIX_MONTHS)
    for caused in enquiry.course.caused:
        if not caused.satisfactory:
            yield Running(_over_on(caused.due_on), Clock.CAUSED_ENQUIRY_DUE)
    for action in enquiry.findings.plans[-1].actions if enquiry.findings.plans else ():
        if action.ended_at is None:
            yield Running(_over_on(action.due_on), Clock.ACTION_DUE)


def _over_on(due_on: date) -> datetime:
    return start_of_day(due_on + _ONE_DAY)

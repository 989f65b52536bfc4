"""Which clock of an enquiry runs out next.

A day by which something is due ends at midnight in London. An enquiry is over six months as the drift audit has it
(design section 4, rule 10). Stage targets, which stand still in a suspension, are in `clocks`. Nothing is decided here.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from services.enquiry.cases import Enquiry
from shared.kernel.civil import over_after_months, start_of_day

DRIFT_MONTHS = 6
_ONE_DAY = timedelta(days=1)


class DeadlineKind(StrEnum):
    """What runs out."""

    ACTION_DUE = "action_due"
    CAUSED_ENQUIRY_DUE = "caused_enquiry_due"
    OVER_SIX_MONTHS = "over_six_months"


class Deadline(NamedTuple):
    """A clock, and the instant at which it runs out or ran out."""

    at: datetime
    what: DeadlineKind


def next_clock(enquiry: Enquiry) -> Deadline:
    """The clock of an open enquiry that runs out first."""
    return min(clocks(enquiry))


def clocks(enquiry: Enquiry) -> Iterable[Deadline]:
    """Every clock that runs: its age, what others were caused to do, and what the last plan asks for."""
    yield Deadline(over_after_months(enquiry.started_at, DRIFT_MONTHS), DeadlineKind.OVER_SIX_MONTHS)
    for caused in enquiry.course.caused:
        if not caused.answered:
            yield Deadline(_over_on(caused.due_on), DeadlineKind.CAUSED_ENQUIRY_DUE)
    for action in enquiry.findings.plans[-1].actions if enquiry.findings.plans else ():
        if action.ended_at is None:
            yield Deadline(_over_on(action.due_on), DeadlineKind.ACTION_DUE)


def _over_on(due_on: date) -> datetime:
    return start_of_day(due_on + _ONE_DAY)

"""What audit waits for the clock to reach: a look at what drifts, a decision's target, an advocate's week."""

from collections.abc import Sequence
from operator import attrgetter

from msgspec.structs import replace

from services.audit.advocacy import gap_turn, tell_gap
from services.audit.cases import Adult, Case, Enquiry
from services.audit.drift import flag_drift
from services.audit.overdue import tell_overdue
from services.audit.watched import DRIFT, TARGET, first_turn, turns_of
from shared.kernel.decision import Decision
from shared.kernel.event import Due, Event

ADVOCACY = "advocacy"


def timers(case: Case) -> Sequence[Due]:
    """When something of this adult comes up next; what falls due together is one timer of its name."""
    if not isinstance(case, Adult) or not (case.open or case.enquiries):
        return ()
    due = [Due(turn.name, case.adult_id, turn.at, turn.turn) for one in case.open for turn in turns_of(one)]
    return due + _of_advocates(case)


def soonest(case: Case) -> Due | None:
    """The first of them, found without going through all that is open."""
    if not isinstance(case, Adult) or not (case.open or case.enquiries):
        return None
    turn = first_turn(case.open)
    due = [] if turn is None else [Due(turn.name, case.adult_id, turn.at, turn.turn)]
    return min(due + _of_advocates(case), key=attrgetter("at", "name", "turn"), default=None)


def _of_advocates(adult: Adult) -> list[Due]:
    return [Due(ADVOCACY, adult.adult_id, one.gap_due, gap_turn(one)) for one in adult.enquiries if one.gap_due]


def fall_due(adult: Adult, due: Due) -> Decision[Case]:
    """Everything whose time has come, told as of the instant it fell due."""
    if due.name == DRIFT:
        return flag_drift(adult, due)
    return tell_overdue(adult, due) if due.name == TARGET else _tell_gaps(adult, due)


def _tell_gaps(adult: Adult, due: Due) -> Decision[Case]:
    enquiries: list[Enquiry] = []
    facts: tuple[Event, ...] = ()
    for one in adult.enquiries:
        its_turn = (one.gap_due, gap_turn(one)) == (due.at, due.turn)
        enquiry, found = tell_gap(one, adult.adult_id, due.at) if its_turn else (one, ())
        enquiries.append(enquiry)
        facts += found
    return Decision({adult.adult_id: replace(adult, enquiries=tuple(enquiries))}, facts)

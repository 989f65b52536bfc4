"""What another body was asked for has not come by its day: somebody has to chase it (domain 1.8).

It is overdue from 00:00 in London on the day after. That a day has passed is told once; another day may be set.
"""

from msgspec.structs import replace

from services.enquiry.cases import Case, Enquiry
from services.enquiry.records import about
from shared.contracts.enquiry import CausedOverdue
from shared.kernel.decision import Decision
from shared.kernel.event import Due

CAUSE_OVERDUE = "caused_enquiry_overdue"


def waited_for(enquiry: Enquiry) -> tuple[Due, ...]:
    """When the enquiry has to tell of a day that passed; nothing while it is not open."""
    if enquiry.concluded is not None or enquiry.withdrawn_at is not None:
        return ()
    ends = {caused.overdue_at for caused in enquiry.course.caused}
    return tuple(Due(CAUSE_OVERDUE, enquiry.enquiry_id, at) for at in sorted(at for at in ends if at is not None))


def tell_of(enquiry: Enquiry, due: Due) -> Decision[Case]:
    """The fact, of each cause whose day has passed by then."""
    late = [one for one in enquiry.course.caused if one.overdue_at is not None and one.overdue_at <= due.at]
    facts = tuple(CausedOverdue(**about(enquiry), cause_id=one.cause_id, due_at=due.at) for one in late)
    caused = tuple(replace(one, told_on=one.due_on) if one in late else one for one in enquiry.course.caused)
    told = replace(enquiry, course=replace(enquiry.course, caused=caused))
    return Decision({enquiry.enquiry_id: told}, facts)

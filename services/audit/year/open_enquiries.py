"""Section 42 enquiries that are open at a year's end, and those that drifted in it (design section 4, rule 10)."""

from datetime import datetime

from services.audit.cases import Enquiry
from services.audit.policy import POLICY
from services.audit.year.counted import Counted, Counts, Kind, PersonsYear, started
from shared.kernel.civil import london_day, over_after_months


def open_enquiries(of: PersonsYear) -> Counts:
    """What was open at 00:00 on 1 April, what of that was over six months old, and what passed six months in the year.

    The last are cases of the day they became over six months old, whether or not they are concluded by now.
    """
    year = of.year
    for enquiry in of.section_42:
        if enquiry.started_at >= year.ends_at or _concluded_before(enquiry, year.starts_at):
            continue
        over = over_after_months(enquiry.started_at, POLICY.drift_months)
        if not _concluded_before(enquiry, year.ends_at):
            yield "enquiries_open_at_end", started(enquiry)
            if over <= year.as_at:
                yield "enquiries_over_6_months_at_end", Counted(Kind.ENQUIRY, enquiry.enquiry_id, london_day(over))
        if year.holds(over) and over <= year.as_at and not _concluded_before(enquiry, over):
            yield "enquiries_drifted", Counted(Kind.ENQUIRY, enquiry.enquiry_id, london_day(over))


def _concluded_before(enquiry: Enquiry, instant: datetime) -> bool:
    return enquiry.concluded is not None and enquiry.concluded.concluded_at < instant

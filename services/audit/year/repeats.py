"""People whose concerns repeat: more than three separate incidents within twelve months (seed 003:3695)."""

from bisect import bisect_right

from services.audit.policy import POLICY
from services.audit.year.counted import Counted, Counts, Kind, PersonsYear
from shared.kernel.civil import add_months


def repeats(of: PersonsYear) -> Counts:
    """A person with an incident in the year whose window, (t - 12 months, t], holds more than the rule allows."""
    if len(of.person.incidents) <= POLICY.repeat_after:
        return
    days = [incident.day for incident in of.person.incidents]
    for incident in of.incidents:
        window = bisect_right(days, incident.day) - bisect_right(days, add_months(incident.day, -POLICY.repeat_months))
        if window > POLICY.repeat_after:
            yield "repeat_adults", Counted(Kind.ADULT, of.person.adult_id, incident.day)
            return

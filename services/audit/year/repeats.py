"""People whose concerns repeat: more than three separate incidents within twelve months (seed 003:3695)."""

from services.audit.policy import POLICY
from services.audit.windows import window_of
from services.audit.year.counted import Counted, Counts, Kind, PersonsYear


def repeats(of: PersonsYear) -> Counts:
    """A person with an incident in the year whose window, (t - 12 months, t], holds more than the rule allows."""
    if len(of.person.incidents) <= POLICY.repeat_after:
        return
    days = [incident.day for incident in of.person.incidents]
    for incident in of.incidents:
        after, to = window_of(days, incident.day, POLICY)
        if to - after > POLICY.repeat_after:
            yield "repeat_adults", Counted(Kind.ADULT, of.person.adult_id, incident.day)
            return

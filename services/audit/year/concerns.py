"""Concerns of a year: separate incidents, by the first concern of each (design section 4, rule 14)."""

from services.audit.year.counted import Counted, Counts, Kind, PersonsYear

UNDECIDED = "undecided"
NOT_KNOWN = "not_known"


def concerns(of: PersonsYear) -> Counts:
    """The year's incidents: as such, as the first concern of each reported it, and as that was decided."""
    if not of.incidents:
        return
    converted = {enquiry.concern_id for enquiry in of.section_42}
    for incident in of.incidents:
        first = incident.first
        counted = Counted(Kind.CONCERN, first.concern_id, incident.day)
        yield "concerns", counted
        yield f"channel:{first.channel}", counted
        yield f"source:{first.source}", counted
        for abuse_type in set(first.abuse_types):
            yield f"concern_abuse_type:{abuse_type}", counted
        yield f"decision:{first.decision or UNDECIDED}", counted
        if first.decision is not None:
            yield f"team:{first.team or NOT_KNOWN}", counted
        if not converted.isdisjoint(incident.concerns):
            yield "conversion_cohort", counted

"""Enquiries of a year: those started in it, and the Section 42 enquiries concluded in it, by what stood then.

The two are different enquiries, and neither is a part of the other (domain 2.3).
"""

from services.audit.year.counted import Counts, PersonsYear, started
from shared.kernel.civil import months_band

TOOK = {
    "0-3": "concluded_within_3_months",
    "3-6": "concluded_3_to_6_months",
    "over-6": "concluded_over_6_months",
}


def enquiries(of: PersonsYear) -> Counts:
    """The enquiries started in the year, of either kind; and those concluded, by how long they took."""
    for measure, begun in (("enquiries_started", of.section_42), ("other_enquiries_started", of.other)):
        for enquiry in begun:
            if of.year.holds(enquiry.started_at):
                yield measure, started(enquiry)
    for enquiry, stood, counted in of.concluded:
        yield "enquiries_concluded", counted
        yield TOOK[months_band(enquiry.started_at, stood.concluded_at)], counted
        for abuse_type in set(stood.abuse_types):
            yield f"enquiry_abuse_type:{abuse_type}", counted
        for source in set(stood.sources):
            yield f"enquiry_source_of_risk:{source}", counted
        for location in set(stood.locations):
            yield f"enquiry_location:{location}", counted

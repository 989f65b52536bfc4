"""What counts towards a measure: one concern, enquiry or adult, and the day that made it count in the year."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.audit.cases import Concluded, Enquiry
from services.audit.incidents import Incident
from services.audit.year.financial_year import Year
from services.audit.year.persons import Person
from shared.contracts.enquiry import EnquiryKind
from shared.kernel.civil import london_day


class Kind(StrEnum):
    """What is counted: an incident by its first concern, an enquiry, or a person by the least of their adult ids."""

    CONCERN = "concern"
    ENQUIRY = "enquiry"
    ADULT = "adult"


class Counted(NamedTuple):
    """One of a measure's cases, by its opaque id."""

    kind: Kind
    case_id: UUID
    day: date


Counts = Iterator[tuple[str, Counted]]
"""What a rule finds: the name of a measure, and one case that counts towards it."""


class Conclusion(NamedTuple):
    """A Section 42 enquiry that was concluded in the year, what stood then, and how it counts."""

    enquiry: Enquiry
    stood: Concluded
    counted: Counted


class PersonsYear(NamedTuple):
    """What there is to count of a person in a year; `section_42` are all their Section 42 enquiries, of any year."""

    year: Year
    person: Person
    incidents: list[Incident]
    section_42: list[Enquiry]
    other: list[Enquiry]
    concluded: list[Conclusion]


def persons_year(person: Person, year: Year) -> PersonsYear:
    """What there is to count of a person in a year."""
    incidents = [incident for incident in person.incidents if year.holds_day(incident.day)]
    if not person.enquiries:
        return PersonsYear(year, person, incidents, [], [], [])
    section_42 = [one for one in person.enquiries if one.kind is EnquiryKind.SECTION_42]
    return PersonsYear(
        year=year,
        person=person,
        incidents=incidents,
        section_42=section_42,
        other=[one for one in person.enquiries if one.kind is EnquiryKind.OTHER],
        concluded=[
            Conclusion(one, stood, Counted(Kind.ENQUIRY, one.enquiry_id, london_day(stood.concluded_at)))
            for one in section_42
            if (stood := one.concluded) is not None and year.holds(stood.concluded_at)
        ],
    )


def started(enquiry: Enquiry) -> Counted:
    """An enquiry as it counts by its start."""
    return Counted(Kind.ENQUIRY, enquiry.enquiry_id, london_day(enquiry.started_at))

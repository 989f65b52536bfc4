"""People of a year, each once however many cases they had, by the age groups of table SG1a (domain 2.3).

Age is that on the 31 March that ends the year, or at death if that was earlier; never at referral.
"""

from bisect import bisect_right
from datetime import date

from services.audit.year.counted import Counted, Counts, Kind, PersonsYear
from services.audit.year.persons import Person
from shared.kernel.civil import london_day

NOT_KNOWN = "not_known"
BANDS = ("18-64", "65-74", "75-84", "85-94", "95+", NOT_KNOWN)
_FROM = (18, 65, 75, 85, 95)


def adults(of: PersonsYear) -> Counts:
    """People with an incident in the year, and people with a Section 42 enquiry started in it.

    Of whom it is not settled whether somebody else is the same person, is counted, and counted among these as possibly
    one: so many people at most are counted twice (delivery rule 5: nothing is joined in silence).
    """
    reported = [incident.day for incident in of.incidents]
    enquired = [london_day(one.started_at) for one in of.section_42 if of.year.holds(one.started_at)]
    for measure, days in (("adults_in_concerns", reported), ("adults_in_enquiries", enquired)):
        if days:
            counted = Counted(Kind.ADULT, of.person.adult_id, min(days))
            yield measure, counted
            yield f"{measure}:{age_band(of.person, of.year.last)}", counted
    if reported and of.person.possibly_another:
        yield "adults_possibly_one", Counted(Kind.ADULT, of.person.adult_id, min(reported))


def age_band(person: Person, on: date) -> str:
    """The age group on a 31 March, or at death; not known where what is known leaves two to choose from."""
    died = person.died_on
    if died is None or died > on:
        return _band(None if person.born_by is None else on.year - person.born_by)
    if person.age_at_death is not None:
        return _band(person.age_at_death)
    if person.born_by is None:
        return NOT_KNOWN
    # Between two Marches of their last year they had a birthday, and we do not know on which side of it they died.
    until = date(died.year, 3, 31)
    before = died.year - (died < until) - person.born_by
    bands = {_band(before), _band(before if died == until else before + 1)}
    return bands.pop() if len(bands) == 1 else NOT_KNOWN


def _band(age: int | None) -> str:
    """The age group; an age under 18 cannot be right of an adult, and is as good as not known."""
    return NOT_KNOWN if age is None or age < _FROM[0] else BANDS[bisect_right(_FROM, age) - 1]

"""What cannot be accepted as a concern about an adult, and why; all else can (design section 4, rule 2).

A concern may be partial, anonymous, without consent and without any identifier: missing is a value, never a
refusal. Wrong days and wrong ages are refused because the clocks of the law would run on them.
"""

from datetime import date

from shared.contracts.doors import Adult, ConcernReported, Place
from shared.kernel.civil import london_day
from shared.kernel.decision import Reason
from shared.kernel.event import Metadata

ADULT_FROM_YEARS = 18


def reasons_against(report: ConcernReported, meta: Metadata) -> tuple[Reason, ...]:
    """Every reason why a report cannot be accepted; none when it can."""
    today = london_day(meta.received)
    reasons = (
        _describes_nobody(report),
        _not_an_adult(report, today),
        _happened_later(report, today),
    )
    return tuple(reason for reason in reasons if reason is not None)


def _describes_nobody(report: ConcernReported) -> Reason | None:
    """Somebody or some place must be described, if only in words: "the man in room 4" is enough."""
    if _says_anything(report.adult) or _says_anything(report.place) or (report.narrative or "").strip():
        return None
    return Reason(
        code="nobody_described",
        says="The report describes no person and no place. It is accepted with any one of: a field of "
        "`adult`, a field of `place`, or a `narrative` that says who or where.",
    )


def _says_anything(part: Adult | Place | None) -> bool:
    """Whether any field holds something, a newer sender's fields that we do not know included."""
    return part is not None and any(str(value).strip() for _, value in part if value is not None)


def _not_an_adult(report: ConcernReported, today: date) -> Reason | None:
    """Section 42 is about adults: 18 or over (Care Act 2014, s2(8)). An unknown birth date stops nothing."""
    born = report.adult.birth_date if report.adult is not None else None
    if born is None:
        return None
    if born > today:
        return Reason(
            code="birth_date_in_the_future",
            says="The birth date lies after the day of receipt. It is accepted when it is on or before that "
            "day, or left out when it is not known.",
            where="adult.birth_date",
        )
    if today < attains(born, ADULT_FROM_YEARS):
        return Reason(
            code="under_18",
            says="By this birth date the person was under 18 when the report was received: please tell "
            "children's services at once, this door does not pass it on. Accepted here are concerns about "
            "people who are 18 or over, or whose birth date is not known.",
            where="adult.birth_date",
        )
    return None


def attains(born: date, years: int) -> date:
    """The day at whose first moment a person attains an age (Family Law Reform Act 1969, s9).

    Who was born on 29 February has no anniversary in a common year and attains the age as 1 March begins.
    """
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def _happened_later(report: ConcernReported, today: date) -> Reason | None:
    if report.happened_on is None or report.happened_on <= today:
        return None
    return Reason(
        code="happened_after_receipt",
        says="What is reported happened after the day it was received. `happened_on` is accepted when it is "
        "on or before that day, or left out when it is not known or has yet to happen.",
        where="happened_on",
    )

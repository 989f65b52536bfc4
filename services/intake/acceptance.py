"""What cannot be accepted as a concern about an adult, and why; all else can (design section 4, rule 2).

A concern may be partial, anonymous, without consent and without any identifier: missing is a value, never a refusal.
What cannot be so, as a day that is still to come, is set aside for a person, and the concern goes on without it. Who
may be a child is none for certain: their concern goes on as urgent, and a person looks at once.
"""

from datetime import date, datetime
from typing import Any, NamedTuple

from services.intake.days import latest
from shared.contracts.doors import Adult, ConcernReported, Place, Provider, SetAside
from shared.kernel.civil import london_day
from shared.kernel.decision import Reason

ADULT_FROM_YEARS = 18
_BIRTH_DATE, _HAPPENED_ON = "adult.birth_date", "happened_on"
_DESCRIBE = ("adult", "place", "provider", "narrative")
_NOBODY = Reason(
    code="nobody_described",
    says="The report describes no person, no place and no provider. It is accepted with any one of: a field of "
    "`adult`, of `place` or of `provider`, or a `narrative` that says who or where.",
)
_UNDER_18 = Reason(
    code="under_18",
    says="By this birth date the person was under 18 when the report was received: please tell children's services at "
    "once. It stands before our duty team. Accepted here are concerns about people who are 18 or over, or whose birth "
    "date is not known.",
    where=_BIRTH_DATE,
)
_MAY_BE_UNDER_18 = Reason(
    code="possibly_under_18",
    says="Accepted as urgent, and put before our duty team: the person may be under 18. If they are, please tell "
    "children's services at once.",
    where=_BIRTH_DATE,
)
_YET_UNBORN = Reason(
    code="birth_date_in_the_future",
    says="The birth date lies after the day of receipt, and was kept aside for a person: leave out what is not known.",
    where=_BIRTH_DATE,
)
_YET_TO_HAPPEN = Reason(
    code="happened_after_receipt",
    says="What is reported happened after the day it was received: the day was kept aside for a person. Leave it out "
    "where it is not known or has yet to happen.",
    where=_HAPPENED_ON,
)

SET_ASIDE = frozenset(reason.code for reason in (_YET_UNBORN, _YET_TO_HAPPEN, _MAY_BE_UNDER_18))
"""The words here after which somebody has to look at what was set aside."""
ABOUT_A_CHILD = frozenset(reason.code for reason in (_UNDER_18, _MAY_BE_UNDER_18))


class Considered(NamedTuple):
    """A report as it is taken at an instant: without what cannot be so, which is set aside and remarked on."""

    report: ConcernReported
    remarks: tuple[Reason, ...] = ()
    possibly_under_18: bool = False


def considered(report: ConcernReported, received: datetime) -> Considered:
    """The report as it is taken when it is received."""
    if report.adult is None and report.happened_on is None and not report.set_aside:
        return Considered(report)
    today, remarks, changed, aside = london_day(received), [], dict[str, Any](), list(report.set_aside)
    born = report.adult.birth_date if report.adult is not None else None
    if report.adult is not None and born is not None and born > today:
        remarks.append(_YET_UNBORN)
        changed["adult"] = report.adult.model_copy(update={"birth_date": None})
        aside.append(SetAside(where=_BIRTH_DATE, said=born.isoformat()))
    if report.happened_on is not None and report.happened_on > today:
        remarks.append(_YET_TO_HAPPEN)
        changed["happened_on"] = None
        aside.append(SetAside(where=_HAPPENED_ON, said=report.happened_on.isoformat()))
    if child := born is None and any(_says_a_child(one, today) for one in report.set_aside):
        remarks.append(_MAY_BE_UNDER_18)
        changed["urgent"] = True
    if changed:
        report = report.model_copy(update=changed | {"set_aside": tuple(aside)})
    return Considered(report, tuple(remarks), child)


def reasons_against(report: ConcernReported, received: datetime) -> tuple[Reason, ...]:
    """Every reason why a report cannot be accepted; none when it can."""
    born = report.adult.birth_date if report.adult is not None else None
    today = None if born is None else london_day(received)
    child = born is not None and today is not None and born <= today < attains(born, ADULT_FROM_YEARS)
    return (*(() if _describes_somebody(report) else (_NOBODY,)), *((_UNDER_18,) if child else ()))


def _describes_somebody(report: ConcernReported) -> bool:
    """Whether somebody or some place is described, if only in words: "the man in room 4" is enough.

    So is what was set aside of a field that describes, and whatever a newer sender says in a field of its own.
    """
    return (
        bool((report.narrative or "").strip())
        or any(map(_says_anything, (report.adult, report.place, report.provider)))
        or any(one.where.partition(".")[0] in _DESCRIBE for one in report.set_aside)
        or any(isinstance(value, str | dict) and str(value).strip() for value in (report.model_extra or {}).values())
    )


def _says_anything(part: Adult | Place | Provider | None) -> bool:
    """Whether any field holds something, a newer sender's fields that we do not know included."""
    return part is not None and any(
        str(value).strip() for name, value in part if value is not None and name != "commissioned"
    )


def _says_a_child(aside: SetAside, today: date) -> bool:
    """Whether a birth date that could not be read may be a child's, by any day or year that it may mean."""
    if aside.where != _BIRTH_DATE or (day := latest(aside.said)) is None or day.year > today.year:
        return False
    return today < attains(day, ADULT_FROM_YEARS)


def attains(born: date, years: int) -> date:
    """The day at whose first moment a person attains an age (Family Law Reform Act 1969, s9).

    Who was born on 29 February has no anniversary in a common year and attains the age as 1 March begins.
    """
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)

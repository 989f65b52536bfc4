"""The year's figures: each measure counted by the rule that also names its cases, with its base beside it."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import itemgetter

from services.audit.cases import Adult
from services.audit.year.adults import adults as people
from services.audit.year.concerns import concerns
from services.audit.year.counted import Counted, Counts, PersonsYear, persons_year
from services.audit.year.enquiries import enquiries
from services.audit.year.financial_year import Year
from services.audit.year.measures import TEAM, measures
from services.audit.year.open_enquiries import open_enquiries
from services.audit.year.personal_outcomes import personal_outcomes
from services.audit.year.persons import persons
from services.audit.year.proportions import percent
from services.audit.year.published import PUBLISHED, REMARKS, Published
from services.audit.year.repeats import repeats
from services.audit.year.risk_and_capacity import capacity, risk

OF_ANYBODY: tuple[Callable[[PersonsYear], Counts], ...] = (concerns, people, repeats)
OF_WHOM_ENQUIRED = (enquiries, personal_outcomes, risk, capacity, open_enquiries)
RULES = (*OF_ANYBODY, *OF_WHOM_ENQUIRED)
"""Every rule that counts; those of enquiries are asked only about a person who has one: three in four have none."""


class UnknownMeasure(ValueError):
    """No row of that name."""


@dataclass(frozen=True, slots=True)
class Row:
    """A measure: how many, of how many where it is a share, and what was published of it."""

    measure: str
    count: int
    base: int | None = None
    published: Published | None = None

    @property
    def percent(self) -> int | None:
        """The share in whole per cent, of the unrounded figures, halves up."""
        return percent(self.count, self.base)


@dataclass(frozen=True, slots=True)
class Figures:
    """A year's figures as known now, in the order they are read, and what a reader has to know beside them."""

    year: str
    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()


def figures(adults: Iterable[Adult], year: Year) -> Figures:
    """Every figure of a year."""
    tally = Counter(map(itemgetter(0), _counted(adults, year)))
    published = PUBLISHED.get(year.name, {})
    rows = tuple(
        Row(
            row.name,
            sum(tally[name] for name in row.counts),
            sum(tally[name] for name in row.base) if row.base else None,
            published.get(row.name),
        )
        for row in measures(tally)
    )
    return Figures(year.name, rows, REMARKS.get(year.name, ()))


def cases_of(adults: Iterable[Adult], year: Year, measure: str) -> list[Counted]:
    """The cases a measure counts, as many as its count, by day. Raises UnknownMeasure."""
    known = [measure] if measure.startswith(TEAM) else []
    row = next((row for row in measures(known) if row.name == measure), None)
    if row is None:
        raise UnknownMeasure(measure)
    counted = [case for name, case in _counted(adults, year) if name in row.counts]
    return sorted(counted, key=lambda case: (case.day, case.kind, case.case_id))


def _counted(adults: Iterable[Adult], year: Year) -> Counts:
    """What every rule finds, of every person."""
    for person in persons(adults):
        of = persons_year(person, year)
        for rule in RULES if person.enquiries else OF_ANYBODY:
            yield from rule(of)

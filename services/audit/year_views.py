"""A year's figures and the cases behind each, as they can be read: the same count as `section42 figures` prints."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.audit.cases import Adult
from services.audit.year import Kind, NotAYear, UnknownMeasure, Year, cases_of, figures, financial_year
from shared.chassis.views import ComputedView, ReadModel


class PublishedFigure(ReadModel):
    """What Coventry published of a measure, and where."""

    count: int | None = None
    percent: int | None = None
    source: str


class Figure(ReadModel):
    """A measure: how many, of how many where it is a share, and the share in whole per cent, halves up."""

    measure: str
    count: int
    base: int | None
    percent: int | None
    published: PublishedFigure | None


class YearShown(ReadModel):
    """A year's figures as they are known now; `remarks` are what a reader has to know beside them."""

    year: str
    rows: tuple[Figure, ...]
    remarks: tuple[str, ...]


class CaseCounted(ReadModel):
    """A concern, an enquiry or a person that a measure counts, and the day by which it counts."""

    case_id: UUID
    kind: Kind
    day: date


def show_year(states: Iterable[Any], asked: Mapping[str, Any], now: datetime) -> YearShown | None:
    """The figures of a year; None for what is no year, or has not begun."""
    year = _year(asked, now)
    if year is None:
        return None
    found = figures(_adults(states), year)
    rows = tuple(
        Figure(
            measure=row.measure,
            count=row.count,
            base=row.base,
            percent=row.percent,
            published=None if row.published is None else PublishedFigure(**asdict(row.published)),
        )
        for row in found.rows
    )
    return YearShown(year=found.year, rows=rows, remarks=found.remarks)


def show_cases(states: Iterable[Any], asked: Mapping[str, Any], now: datetime) -> list[CaseCounted] | None:
    """The cases one measure counts, as many as its count; None for what is no year or no measure."""
    year = _year(asked, now)
    if year is None:
        return None
    try:
        found = cases_of(_adults(states), year, asked["measure"])
    except UnknownMeasure:
        return None
    return [CaseCounted(case_id=case.case_id, kind=case.kind, day=case.day) for case in found]


def _year(asked: Mapping[str, Any], now: datetime) -> Year | None:
    try:
        year = financial_year(asked["year"])
    except NotAYear:
        return None
    return year.seen_at(now) if year.starts_at <= now else None


def _adults(states: Iterable[Any]) -> Iterator[Adult]:
    return (state for state in states if isinstance(state, Adult))


_YEAR = (str, "The financial year, such as 2023-24.")

YEAR_VIEWS = (
    ComputedView(
        path="/figures/{year}",
        says="The figures of a financial year, each with its base, beside what was published of it.",
        answer=YearShown,
        parameters={"year": _YEAR},
        computes=show_year,
    ),
    ComputedView(
        path="/figures/{year}/{measure}/cases",
        says="The cases that one measure of a year counts, as many as its count.",
        answer=CaseCounted,
        parameters={"year": _YEAR, "measure": (str, "A measure as the year's figures name it.")},
        computes=show_cases,
        key="case_id",
    ),
)

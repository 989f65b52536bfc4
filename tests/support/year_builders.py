"""What audit remembers of adults, by hand: a test of a year's figures names only what it is about."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.audit.cases import Adult, Concern, Concluded, Enquiry, Merge, SameIncident
from services.audit.year import Counted, Figures, Row, cases_of, figures, financial_year
from shared.contracts.enquiry import EnquiryKind
from shared.kernel.civil import LONDON
from shared.kernel.identity import derived

YEAR = financial_year("2023-24")
MID_YEAR = datetime(2023, 9, 12, 10, 0, tzinfo=UTC)


def adult_id(name: str) -> UUID:
    """The id of the adult of that name."""
    return derived("adult", name)


def concern_id(name: str) -> UUID:
    """The id of the concern of that name."""
    return derived("concern", name)


def enquiry_id(name: str) -> UUID:
    """The id of the enquiry of that name."""
    return derived("enquiry", name)


def in_london(year: int, month: int, day: int, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    """A moment by the clocks of London, as it is stored."""
    return datetime(year, month, day, hour, minute, second, tzinfo=LONDON).astimezone(UTC)


def a_concern(name: str, at: datetime = MID_YEAR, **changes: Any) -> Concern:
    """A concern, received in the middle of 2023-24 unless it is said when."""
    if changes.get("decision") is not None:
        changes = {"decided_at": at} | changes
    return Concern(concern_id=concern_id(name), received_at=at, **changes)


def an_enquiry(
    name: str, at: datetime = MID_YEAR, stood: Concluded | None = None, concern: str = "a", **changes: Any
) -> Enquiry:
    """A Section 42 enquiry, started in the middle of 2023-24, open unless it is said what stood at its end."""
    return Enquiry(enquiry_id(name), concern_id(concern), at, concluded=stood, **changes)


def an_other_enquiry(name: str, at: datetime = MID_YEAR, stood: Concluded | None = None) -> Enquiry:
    """An other safeguarding enquiry."""
    return an_enquiry(name, at, stood, kind=EnquiryKind.OTHER)


def stood(at: datetime = MID_YEAR + timedelta(days=30), **changes: Any) -> Concluded:
    """What stood when an enquiry was concluded, a month into it unless it is said when; nothing is recorded."""
    return Concluded(concluded_at=at, **changes)


def an_adult(name: str = "ada", *concerns: Concern, **changes: Any) -> Adult:
    """An adult with these concerns."""
    return Adult(adult_id=adult_id(name), concerns=concerns, **changes)


def same(name: str, of: str) -> SameIncident:
    """Two concerns are one incident."""
    return SameIncident(concern_id(name), concern_id(of))


def merged(*others: str) -> tuple[Merge, ...]:
    """Merges with the adults of these names."""
    return tuple(Merge(derived("merge", other), adult_id(other)) for other in others)


def row(adults: Iterable[Adult], measure: str, year: str = "2023-24") -> tuple[int, int | None]:
    """A measure's count and base."""
    found = row_of(figures(adults, financial_year(year)), measure)
    return found.count, found.base


def row_of(found: Figures, measure: str) -> Row:
    """The one row of a measure."""
    (row,) = (row for row in found.rows if row.measure == measure)
    return row


def count(adults: Iterable[Adult], measure: str, year: str = "2023-24") -> int:
    """A measure's count."""
    return row(adults, measure, year)[0]


def counted(adults: Iterable[Adult], prefix: str, year: str = "2023-24") -> dict[str, int]:
    """The counts of a family that are not zero, by category."""
    rows = figures(adults, financial_year(year)).rows
    return {row.measure.removeprefix(prefix): row.count for row in rows if row.measure.startswith(prefix) and row.count}


def cases(adults: Iterable[Adult], measure: str, year: str = "2023-24") -> list[Counted]:
    """The cases a measure counts."""
    return cases_of(adults, financial_year(year), measure)

"""What is written down beside each case: the rows of lists, and what it counts as. Never read to decide anything.

They follow from the case alone, and are written in its transaction, so that a list or a figure is never behind. Where
the code that makes them has changed, `Service.projection` rises, and every case that was written under a lower one is
written down again (`shared.chassis.delivery.applying.projecting`); until that is done, neither is shown.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from shared.chassis.case_lists import CaseList
from shared.chassis.service import Service

OUTDATED = "SELECT EXISTS (SELECT FROM cases WHERE projection < $1)"
"""Whether something beside the cases is to be written down again, for a service's version of it."""
NOT_LISTED = "not_listed"
"""What a case counts as on which today's code breaks: it stands in no list, and somebody must be told."""
_UNTIMED = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder().encode


class Row(NamedTuple):
    """A row of a list: of which case, its place, since when somebody waits, what it is found by, and its columns."""

    case: UUID
    list: str
    item: str
    at: datetime
    since: datetime | None
    finds: str
    body: str


class Projection(NamedTuple):
    """Of some cases: the marks of each, a line for each mark, and all their rows; None in a service without lists."""

    version: int
    marks: Sequence[str]
    rows: Sequence[Row] | None

    @property
    def columns(self) -> list[Any]:
        """As the database takes them, one array a column."""
        return [self.version, self.marks, *([None] * len(Row._fields) if self.rows is None else _columns(self.rows))]


def lists_of(service: Service[Any]) -> tuple[CaseList, ...]:
    """The lists whose rows are written down with its cases."""
    return tuple(view for view in service.views if isinstance(view, CaseList))


def projected(service: Service[Any], cases: Sequence[tuple[UUID, Any]]) -> Projection:
    """What is written beside these cases; a case that is only waited for is None, and has nothing."""
    marks = ["" if state is None else "\n".join(service.marks(key, state)) for key, state in cases]
    lists = lists_of(service)
    rows = [row for key, state in cases if state is not None for one in lists for row in _rows(one, key, state)]
    return Projection(service.projection, marks, rows if lists else None)


def _rows(view: CaseList, key: UUID, state: Any) -> Iterable[Row]:
    for columns in view.rows(key, state):
        yield Row(
            case=key,
            list=view.path,
            item=str(columns[view.key]),
            at=_UNTIMED if view.order == view.key else columns[view.order],
            since=None if view.since is None else columns[view.since],
            finds="\n".join(view.found_by(columns)),
            body=_encode(columns).decode(),
        )


def _columns(rows: Sequence[Row]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in Row._fields]

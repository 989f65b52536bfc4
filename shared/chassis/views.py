"""What can be read of a service: declared as values, so that HTTP, tokens, paging and the read log are written once.

A view says where it is, what it shows, which scope opens it, and how it is got: one case with those that follow it
(`CaseView`), rows of one SELECT in a stable order (`ListView`), such as those written down with each case
(`shared.chassis.case_lists`), or something worked out from every case there is (`ComputedView`). Whatever turns a state
into an answer is a pure function of the state and the time.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from inspect import cleandoc
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.kernel.fields import Code, Day, Instant

Row = TypeVar("Row")
_NAMES = re.compile(r"{(\w+)}")
_KINDS: Mapping[Any, tuple[Any, str, str]] = {
    UUID: (UUID, "uuid", "an id, written as a UUID"),
    datetime: (Instant, "timestamptz", "an instant with its offset, such as 2024-03-06T12:00:00Z"),
    date: (Day, "date", "a day, such as 2024-03-06"),
    bool: (bool, "boolean", "true or false"),
    int: (Annotated[int, Field(ge=0, lt=2**63)], "bigint", "a whole number"),
    str: (Code, "text", "a code of at most 64 letters, digits and _.:/-, without spaces"),
}


class Scope(StrEnum):
    """What a token opens. Each is given for a task; none includes another."""

    CASES = "cases"
    WORKLISTS = "worklists"
    FIGURES = "figures"
    READS = "reads"


SCOPES: Mapping[Scope, str] = {
    Scope.CASES: "one concern, adult or enquiry with its timeline",
    Scope.WORKLISTS: "what waits for a team or for the coordinator, by its clock",
    Scope.FIGURES: "a year's figures, and the cases behind each",
    Scope.READS: "the read log: who read what, about whom",
}


class ReadModel(BaseModel):
    """A part of an answer: identifiers, codes and times, never anybody's name, number or words."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Page(ReadModel, Generic[Row]):
    """Some rows of a list, in its order; `next` is the cursor of what follows, and null at the end."""

    items: tuple[Row, ...]
    next: str | None = None


class Entry(ReadModel):
    """Something that happened in a case: when, what, who recorded it, and the codes and ids that say more."""

    at: datetime
    what: str
    by: str | None = None
    details: dict[str, UUID | bool | int | str | tuple[UUID, ...] | tuple[str, ...]] = Field(default_factory=dict)


def happened(at: datetime | None, what: str, by: str | None = None, **details: Any) -> Entry | None:
    """An entry of a timeline, or nothing where it has not happened. Details that are not known are left out."""
    if at is None:
        return None
    known = {name: value for name, value in details.items() if value is not None and value != ()}
    return Entry(at=at, what=what, by=by, details=known)


def in_order(entries: Iterable[Entry | None]) -> tuple[Entry, ...]:
    """What happened, by time; what happened at one instant stays in the order in which it is told."""
    return tuple(sorted((entry for entry in entries if entry is not None), key=lambda entry: entry.at))


EQUALS = "{column} = {value}"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list can be narrowed by: a parameter, and what must hold of a column.

    `holds` is SQL about {column} and {value}. The parameter has the column's kind, or `kind` where that differs.
    """

    name: str
    says: str
    column: str = ""
    holds: str = EQUALS
    kind: Any = None


def nothing_more(_: object) -> Iterable[UUID]:
    """The further cases shown with one that is shown alone."""
    return ()


@dataclass(frozen=True, kw_only=True)
class CaseView:
    """One case by its key, the only parameter of the path, with those it is always locked with (`Service.follows`).

    `shows` makes the answer; None where the case is of another kind than the view shows. `also` names, for the case,
    others that are shown with it.
    """

    path: str
    says: str
    scope: Scope = Scope.CASES
    answer: type[ReadModel]
    shows: Callable[[Mapping[UUID, Any], UUID, datetime], ReadModel | None]
    also: Callable[[Any], Iterable[UUID]] = nothing_more


@dataclass(frozen=True, kw_only=True)
class ListView:
    """Rows of one SELECT; its columns are the fields of `row`.

    $1, where the query has it, is the instant of asking. `order` and `key` are columns that are never null, and `key`
    names each row: together they put the rows into one order, which paging follows.
    """

    path: str
    says: str
    scope: Scope = Scope.WORKLISTS
    row: type[ReadModel]
    query: str = ""
    order: str
    key: str
    filters: Sequence[Filter] = ()
    newest_first: bool = False

    def kind_of(self, asked: Filter) -> Any:
        """The kind of a filter's parameter."""
        return asked.kind or column_kind(self.row, asked.column or asked.name)

    @property
    def placed_by(self) -> Sequence[str]:
        """The columns that put the rows into their order."""
        return tuple(dict.fromkeys((self.order, self.key)))

    @property
    def place_kinds(self) -> Sequence[Any]:
        """What these columns hold."""
        return [column_kind(self.row, column) for column in self.placed_by]

    def condition(self, asked: Filter, said: Any, value: Callable[[], str]) -> str:  # noqa: ARG002  other lists heed it
        """What must hold of a row, for what was said; `value` hands that over to the statement, and says its name."""
        return asked.holds.format(column=asked.column or asked.name, value=value())


@dataclass(frozen=True, kw_only=True)
class ComputedView:
    """Worked out from every case of the service, in a thread of its own, as of one instant.

    `computes` takes the states, each once and in no order, the path's parameters and the time; None where there is
    nothing under these parameters. With `key`, it makes rows of `answer`, which are paged in the order of that field.
    """

    path: str
    says: str
    scope: Scope = Scope.FIGURES
    answer: type[ReadModel]
    parameters: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    computes: Callable[[Iterable[Any], Mapping[str, Any], datetime], Any]
    key: str | None = None


View = CaseView | ListView | ComputedView


def names_in(path: str) -> tuple[str, ...]:
    """The parameters of a path."""
    return tuple(_NAMES.findall(path))


@cache
def column_kind(row: type[ReadModel], column: str) -> Any:
    """What a column holds; of an optional one, what it holds when it holds something."""
    kind = row.model_fields[column].annotation
    options = [option for option in get_args(kind) if option is not type(None)]
    return options[0] if type(None) in get_args(kind) and len(options) == 1 else kind


def accepted(kind: Any) -> tuple[Any, str, str]:
    """Of a kind of parameter: the type it is read as, its type in SQL, and what is accepted, in words."""
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind, "text", "one of " + ", ".join(kind)
    origin = get_origin(kind)
    if origin is Annotated:
        return (kind, *accepted(get_args(kind)[0])[1:])
    return _KINDS[kind]


def summary(says: str) -> str:
    """The first sentence of a description, for a list of views."""
    return cleandoc(says).partition("\n")[0]

"""Lists of cases: the rows of a list are written down with each case, so that a page of it reads a page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args, get_origin
from uuid import UUID

from shared.chassis.views import EQUALS, Filter, ListView, accepted, column_kind

Columns = Mapping[str, Any]
"""A row as it is kept: the fields of its read model, but for those that the instant of asking decides."""


@dataclass(frozen=True, kw_only=True)
class CaseList(ListView):
    """Rows that are written down with each case (`shared.chassis.projections`), so that a page reads a page.

    `rows` makes those of a case; `order` is an instant, or `key` itself. A field in `past` is true once the instant in
    another column has passed, which is empty or never before `order`; that column need be no field. `since` is the
    column from which somebody waits, where a figure asks for the longest. With `once_due` a row is shown once its
    `order` has passed.
    """

    rows: Callable[[UUID, Any], Iterable[Columns]]
    past: Mapping[str, str] = field(default_factory=dict)
    since: str | None = None
    once_due: bool = False

    def __post_init__(self) -> None:
        """Its rows are read by one statement, which names every column."""
        columns = [f"{self._read(name)} AS {name}" for name in self.row.model_fields]
        only = " AND at = 'epoch'" * (self.order == self.key) + " AND at <= $1" * self.once_due
        listed = f"SELECT {', '.join(columns)}, item, finds FROM list_rows WHERE list = '{self.path}'{only}"
        object.__setattr__(self, "query", listed)

    @property
    def placed_by(self) -> Sequence[str]:
        """As the index has them: rows of one instant by their key as text."""
        return ("item",) if self.order == self.key else (self.order, "item")

    @property
    def place_kinds(self) -> Sequence[Any]:
        return (str,) if self.order == self.key else (datetime, str)

    def found_by(self, columns: Columns) -> list[str]:
        """What a row is looked up by: the codes and ids it can be narrowed by."""
        names = [one.column or one.name for one in self.filters if self.looks_up(one)]
        return [f"{name}={columns[name]}" for name in names if columns[name] is not None]

    def looks_up(self, asked: Filter) -> bool:
        """Whether an index leads to the rows that a filter leaves."""
        return asked.holds == EQUALS and self.kind_of(asked) is not bool

    def condition(self, asked: Filter, said: Any, value: Callable[[], str]) -> str:
        name = asked.column or asked.name
        if self.looks_up(asked):
            return f"finds @> ARRAY['{name}=' || {value()}]"
        if name in self.past and asked.holds == EQUALS:
            return f"({self.order} <= $1 AND {name})" if said else f"NOT {name}"
        return super().condition(asked, said, value)

    def _read(self, name: str) -> str:
        if name == self.key:
            return f"item::{accepted(column_kind(self.row, name))[1]}"
        if name == self.order:
            return "at"
        if name in self.past:
            return f"coalesce((body->>'{self.past[name]}')::timestamptz <= $1, false)"
        kind = column_kind(self.row, name)
        if get_origin(kind) is tuple:
            of = accepted(get_args(kind)[0])[1]
            return f"ARRAY(SELECT json_array_elements_text(body->'{name}'))::{of}[]"
        return f"(body->>'{name}')::{accepted(kind)[1]}"

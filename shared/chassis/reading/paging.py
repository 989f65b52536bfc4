"""Paging by the last row seen, never by a count of rows: what is added or goes away meanwhile moves no page.

A cursor holds where a page ended, and a mark of that, of the list and of the filters it belongs to: one that was
damaged, or belongs to another list, is refused. It grants nothing, so it is not secret; whoever builds one gets a page.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64Error
from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from shared.chassis.views import ListView, ReadModel, accepted

DEFAULT = 50
MOST = 200
_MARK_BYTES = 6


class BadCursorError(ValueError):
    """No cursor of this list under these filters."""


class Select(NamedTuple):
    """A statement with its values."""

    statement: str
    values: list[Any]


def marked(path: str, asked: Mapping[str, Any]) -> str:
    """What tells one list under one set of filters from every other."""
    said = json.dumps([path, sorted((name, str(value)) for name, value in asked.items())])
    return blake2b(said.encode(), digest_size=_MARK_BYTES).hexdigest()


def cursor(mark: str, *place: Any) -> str:
    """Where a page ended."""
    said = [value.isoformat() if hasattr(value, "isoformat") else str(value) for value in place]
    text = json.dumps([_check(mark, said), *said])
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _check(mark: str, said: Sequence[str]) -> str:
    return blake2b(json.dumps([mark, *said]).encode(), digest_size=_MARK_BYTES).hexdigest()


def place(text: str, mark: str, kinds: Sequence[Any]) -> list[Any]:
    """Where a cursor says the page before ended. Raises BadCursorError when it is not this list's."""
    try:
        said = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        check, *values = said
        if len(values) != len(kinds) or check != _check(mark, values):
            raise BadCursorError
        found = [TypeAdapter(_bounded(kind)).validate_python(value) for kind, value in zip(kinds, values, strict=True)]
        if cursor(mark, *found) != text:
            raise BadCursorError
        return found
    except (NotBase64Error, UnicodeError, ValueError, TypeError, RecursionError, ValidationError) as error:
        raise BadCursorError from error


def _bounded(kind: Any) -> Any:
    """What the database takes of a kind: its whole numbers have 64 bits, and its texts no U+0000."""
    bounds = {int: Annotated[int, Field(ge=-(2**63), lt=2**63)], str: Annotated[str, AfterValidator(_storable)]}
    return bounds.get(kind, kind)


def _storable(text: str) -> str:
    text.encode()  # raises where half of a pair stands alone
    if "\0" in text:
        raise ValueError("Postgres has no text with U+0000")
    return text


def select(view: ListView, asked: Mapping[str, Any], now: Any, limit: int, after: str | None) -> Select:
    """The page of a list after a cursor, and one row more, which shows whether it goes on."""
    values: list[Any] = [now] if "$1" in view.query else []

    def value(given: Any, sql: str) -> str:
        values.append(given)
        return f"${len(values)}::{sql}"

    conditions = []
    for one in view.filters:
        if one.name in asked:
            said, sql = asked[one.name], accepted(view.kind_of(one))[1]
            conditions.append(view.condition(one, said, partial(value, said, sql)))
    order = view.placed_by
    if after is not None:
        kinds = view.place_kinds
        last = place(after, marked(view.path, asked), kinds)
        given = ", ".join(value(one, accepted(kind)[1]) for one, kind in zip(last, kinds, strict=True))
        conditions.append(f"({', '.join(order)}) {'<' if view.newest_first else '>'} ({given})")
    where = " AND ".join(conditions) or "true"
    by = ", ".join(f"{column} DESC" if view.newest_first else column for column in order)
    columns = ", ".join(view.row.model_fields)
    most = value(limit + 1, "bigint")
    statement = f"SELECT {columns} FROM ({view.query}) AS listed WHERE {where} ORDER BY {by} LIMIT {most}"
    return Select(statement, values)


def paged(
    view: ListView, asked: Mapping[str, Any], rows: Sequence[ReadModel], limit: int
) -> tuple[list[ReadModel], str | None]:
    """The rows of a page, and the cursor of what follows where there is more."""
    shown = list(rows[:limit])
    if len(rows) <= limit:
        return shown, None
    last = [getattr(shown[-1], column) for column in dict.fromkeys((view.order, view.key))]
    return shown, cursor(marked(view.path, asked), *last)


def cut(
    path: str, key: str, asked: Mapping[str, Any], rows: Sequence[ReadModel], limit: int, after: str | None
) -> tuple[list[ReadModel], str | None]:
    """As `select` and `paged`, of rows that are all at hand: in the order of their key."""
    mark = marked(path, asked)
    ordered = sorted(rows, key=lambda row: str(getattr(row, key)))
    if after is not None:
        (last,) = place(after, mark, [str])
        ordered = [row for row in ordered if str(getattr(row, key)) > last]
    shown = ordered[:limit]
    return shown, cursor(mark, getattr(shown[-1], key)) if len(ordered) > limit else None

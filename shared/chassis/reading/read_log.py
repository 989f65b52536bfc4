"""The read log: what was read about whom, by whom, and when; a row is committed before the answer is sent.

When it was, and which came first, is the database's to say: a service has no right to those columns.
An answer that could not be written down is not given. Whom it was about is every id in the answer, and the ids that
were asked for, so that a view cannot forget to say: also where nothing was found.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator

from shared.chassis.postgres.database import Connection
from shared.chassis.reading.tokens import Holder
from shared.chassis.views import Filter, ListView, ReadModel, Scope

_WRITE = """
INSERT INTO reads (holder, token_id, view, about, filters, rows)
VALUES ($1, $2, $3, $4::uuid[], $5::json, $6)
"""


class LoggedRead(ReadModel):
    """A read: when, by whom, of what, what was asked for, how many rows it showed and how many ids they named."""

    read_id: int
    at: datetime
    holder: str
    view: str
    filters: Annotated[
        dict[str, str], BeforeValidator(lambda kept: json.loads(kept) if isinstance(kept, str) else kept)
    ]
    rows: int
    named: int


NOT_ON_RECORD = "not-on-record"
"""The view of a row that stands for reads nobody has written down: the database was restored."""

READS = ListView(
    path="/reads",
    says="Who read what in this service, about whom, the last read first. Reading this is written down as well.",
    scope=Scope.READS,
    row=LoggedRead,
    query="""
        SELECT id AS read_id, at, holder, view, filters, rows, cardinality(about) AS named, about
        FROM reads
    """,
    order="at",
    key="read_id",
    newest_first=True,
    filters=(
        Filter(
            "about",
            "Reads that named this adult, concern or enquiry, and stretches of which nothing is on record.",
            holds=f"({{column}} @> ARRAY[{{value}}] OR view = '{NOT_ON_RECORD}')",
            kind=UUID,
        ),
        Filter("holder", "Reads by this holder of a token."),
        Filter("since", "Reads at or after this instant.", column="at", holds="{column} >= {value}"),
        Filter("until", "Reads before this instant.", column="at", holds="{column} < {value}"),
    ),
)


def ids_in(value: Any) -> Iterator[UUID]:
    """Every id in an answer, or in what was asked for."""
    if isinstance(value, UUID):
        yield value
    elif isinstance(value, BaseModel):
        for name in (*type(value).model_fields, *type(value).model_computed_fields):
            yield from ids_in(getattr(value, name))
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from ids_in(part)
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
        for part in value:
            yield from ids_in(part)


async def write(
    connection: Connection, holder: Holder, view: str, asked: Mapping[str, Any], shown: Any, rows: int
) -> None:
    """Write down a read; it is committed when this returns."""
    about = sorted({*ids_in(asked), *ids_in(shown)}, key=str)
    filters = json.dumps({name: str(value) for name, value in asked.items()})
    await connection.execute(_WRITE, holder.name, holder.token_id, view, about, filters, rows)

"""`section42 reads`: who has read what, about whom; the read logs of the services, put together."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer

from services.command.registry import ONE_OR_ALL

_LIST = """
SELECT at, holder, view, rows, filters::text, cardinality(about) FROM {service}.reads
WHERE ($1::uuid IS NULL OR about @> ARRAY[$1::uuid]) AND ($2::text IS NULL OR holder = $2) OR view = $4
ORDER BY at DESC, id DESC LIMIT $3
"""


@dataclass
class Read:
    """One read: when, by whom, of which view, with which filters, and how many rows and ids it showed."""

    at: datetime
    service: str
    holder: str
    view: str
    rows: int
    filters: dict[str, Any]
    named: int


def command(
    about: Annotated[UUID | None, typer.Option(help="Reads that named this adult, concern or enquiry.")] = None,
    holder: Annotated[str | None, typer.Option(help="Reads by this holder of a token.")] = None,
    service: Annotated[str, typer.Option(help=f"{ONE_OR_ALL}.")] = "all",
    limit: Annotated[int, typer.Option(min=1, help="List at most so many, the last first.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a read.")] = False,
) -> None:
    """List what was read through the services' read APIs, the last read first.

    Every call that was answered is here, and every one that found nothing; a refused one showed nothing. Where the
    database was restored and reads are not on record any more, a line says so, whoever is asked about.

    Example: section42 reads --about 0190a0c0-0000-7000-8000-000000000001
    """
    from services.command.revived import HOLE, hole_in_words
    from services.command.servers import database_url
    from services.command.terminal import say, say_json
    from services.command.token import named

    found = asyncio.run(reads(database_url(), named(service), about=about, holder=holder, limit=limit))
    for read in found:
        if as_json:
            say_json(asdict(read))
        elif read.view == HOLE:
            say(f"{read.at:%Y-%m-%d %H:%M:%S}Z  {read.service}: {hole_in_words(read.filters)}")
        else:
            asked = " ".join(f"{name}={value}" for name, value in read.filters.items())
            said = f"{read.service} {read.view} {asked}".rstrip()
            say(f"{read.at:%Y-%m-%d %H:%M:%S}Z  {read.holder}  {said}  {read.rows} rows, {read.named} ids")
    if not found and not as_json:
        say("nothing was read")


async def reads(
    database_url: str, services: tuple[str, ...], *, about: UUID | None = None, holder: str | None = None,
    limit: int = 100,
) -> list[Read]:  # fmt: skip
    """What was read, the last read first."""
    import json

    from services.command.revived import HOLE
    from services.command.servers import database

    found = []
    async with database(database_url) as connection:
        for service in services:
            for row in await connection.fetch(_LIST.format(service=service), about, holder, limit, HOLE):
                at, who, view, rows, filters, ids = row
                found.append(Read(at, service, who, view, rows, json.loads(filters), ids))
    return sorted(found, key=lambda read: read.at, reverse=True)[:limit]

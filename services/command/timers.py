"""`section42 timers`: what falls due next in a service, long before it does."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

import typer

_BATCH = 1000
SAYS = {
    "drift": "open for six months, or due for the coordinator's next look",
    "decision-target": "a concern passes its target for a decision",
    "advocacy": "an adult who lacks capacity is still without an advocate",
    "work_without_enquiry": "enquiry work has been recorded for a day and no enquiry opened",
    "caused_enquiry_overdue": "what another body was asked for has not come by its day",
}
"""What each timer is for, in words."""


@dataclass
class Timer:
    """A timer of a case: what for, about what, in which case, and when it falls due; and what for in words."""

    due: datetime
    name: str
    subject: str
    case: str
    says: str


def command(
    service: Annotated[str, typer.Argument(help="intake, triage, enquiry or audit.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only before this day.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a timer.")] = False,
) -> None:
    """List what a service waits for the clock to reach, soonest first; times are London's.

    Example: section42 timers audit --until 2027-01-01
    """
    from services.command.servers import database_url
    from services.command.terminal import say, say_json
    from shared.kernel.civil import LONDON, start_of_day

    before = start_of_day(until.date()) if until else None
    found = asyncio.run(timers(database_url(), service, limit, before))
    for timer in found:
        if as_json:
            say_json(asdict(timer))
        else:
            say(f"{timer.due.astimezone(LONDON):%Y-%m-%d %H:%M}  {timer.says}  {timer.subject}")
    if not found and not as_json:
        say("no timer is set")


async def timers(database_url: str, service: str, limit: int, before: datetime | None = None) -> list[Timer]:
    """The next timers of a service."""
    import msgspec

    from services.command.registry import load
    from services.command.servers import database

    value = load(service)
    decode = msgspec.json.Decoder(value.state).decode
    query = (
        "SELECT key, body::text FROM cases WHERE due IS NOT NULL AND ($1::timestamptz IS NULL OR due < $1)"
        " ORDER BY due LIMIT $2"
    )
    async with database(database_url, service) as connection:
        rows: list[Any] = await connection.fetch(query, before, max(limit, _BATCH))
    found = [
        Timer(due.at, due.name, str(due.subject), str(key), SAYS.get(due.name, due.name))
        for key, body in rows
        for due in value.timers(decode(body))
        if before is None or due.at < before
    ]
    return sorted(found, key=lambda timer: (timer.due, timer.name, timer.subject))[:limit]

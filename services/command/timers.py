"""`section42 timers`: what falls due next in a service, long before it does."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

import typer

from services.command.registry import ONE

_BATCH = 1000
_TRIED = 200
_UNREADABLE = "a timer of a case that this program cannot read"
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
    """A timer of a case: what for, about what, in which case, and when it falls due; and what for in words.

    `broken` is the kind of error by which it breaks instead of firing.
    """

    due: datetime
    name: str
    subject: str
    case: str
    says: str
    broken: str = ""


def command(
    service: Annotated[str, typer.Argument(help=f"{ONE}.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only before this day.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a timer.")] = False,
) -> None:
    """List what a service waits for the clock to reach, soonest first; times are London's.

    A timer that is due and breaks on an error of ours names its case and the kind of error: the service tries it again
    each minute, and fires it late once it is mended.

    Example: section42 timers audit --until 2027-01-01
    """
    from services.command.lag import present
    from services.command.servers import database_url, topic_prefix
    from services.command.terminal import say, say_json
    from shared.kernel.civil import LONDON, start_of_day

    before = start_of_day(until.date()) if until else None

    async def look() -> list[Timer]:
        return await timers(database_url(), service, limit, before, now=await present(), prefix=topic_prefix())

    found = asyncio.run(look())
    for timer in found:
        if as_json:
            say_json(asdict(timer))
        else:
            broken = f"  BREAKS ({timer.broken}) in case {timer.case}" if timer.broken else ""
            say(f"{timer.due.astimezone(LONDON):%Y-%m-%d %H:%M}  {timer.says}  {timer.subject}{broken}")
    if not found and not as_json:
        say("no timer is set")


async def timers(
    database_url: str,
    service: str,
    limit: int,
    before: datetime | None = None,
    *,
    now: datetime | None = None,
    prefix: str = "",
) -> list[Timer]:
    """The next timers of a service; with `now` those that are due are tried, and what breaks them is told."""
    import msgspec

    from services.command.broken_timers import why_broken
    from services.command.registry import load
    from services.command.servers import database

    value = load(service)
    decode = msgspec.json.Decoder(value.state).decode
    query = (
        "SELECT key, due, body::text FROM cases WHERE due IS NOT NULL AND ($1::timestamptz IS NULL OR due < $1)"
        " ORDER BY due LIMIT $2"
    )
    async with database(database_url, service) as connection:
        rows: list[Any] = await connection.fetch(query, before, max(limit, _BATCH))
        due_now = [key for key, due, _ in rows if now is not None and due <= now][:_TRIED]
        broken = {} if now is None else await why_broken(connection, value, prefix, due_now, now)
    found = []
    for key, case_due, body in rows:
        try:
            timers_of = value.timers(decode(body))
        except Exception as error:  # noqa: BLE001  its timers break as well
            found.append(Timer(case_due, "", str(key), str(key), _UNREADABLE, broken.get(key, type(error).__name__)))
            continue
        found += [
            Timer(due.at, due.name, str(due.subject), str(key), SAYS.get(due.name, due.name),
                  broken.get(key, "") if now is not None and due.at <= now else "")
            for due in timers_of
            if before is None or due.at < before
        ]  # fmt: skip
    return sorted(found, key=lambda timer: (timer.due, timer.name, timer.subject))[:limit]

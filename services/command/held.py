"""`section42 held`: the events a service has not been able to decide on, and what a person can do about them."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.command.problems import MisuseError
from services.command.registry import ONE

if TYPE_CHECKING:
    from shared.chassis.process.settings import KafkaSettings

_LIST = """
SELECT id, parked, reason, since, retry, topic, partition, record_offset, case_key::text FROM held ORDER BY id LIMIT $1
"""
_PARKED = """
SELECT topic, partition, record_offset AS offset FROM held WHERE parked AND ($1::bigint IS NULL OR id = $1)
"""
_HELD = "SELECT topic, partition, record_offset, record FROM held WHERE id = $1"


@dataclass
class HeldEvent:
    """One held event: waiting for its case, or parked because something is wrong with it."""

    id: int
    parked: bool
    reason: str
    since: datetime
    retry: bool
    topic: str
    partition: int
    offset: int
    case: str | None


def command(
    service: Annotated[str, typer.Argument(help=f"{ONE}.")],
    retry: Annotated[str | None, typer.Option(metavar="ID|all", help="Have a parked event tried again.")] = None,
    discard: Annotated[
        list[int] | None, typer.Option(metavar="ID", help="Give it up: it becomes a dead letter; may be repeated.")
    ] = None,
    why: Annotated[str | None, typer.Option(help="Why; goes into the dead letter, so name nobody.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="List at most so many.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object an event.")] = False,
) -> None:
    """List what a service holds and for how long, have parked events tried again, or give one up with a reason.

    A waiting event is decided on as soon as what it waits for comes; minutes are usual, and after a day `section42
    status` says that somebody must look. A parked one holds all that comes behind it with the same key on the same
    topic, until it is tried again (after a repair) or given up.

    Example: section42 held triage --discard 17 --why "the sender has sent a corrected one"
    """
    from services.command.registry import known
    from services.command.servers import database_url, kafka_settings, topic_prefix
    from services.command.terminal import say, say_json

    known(service)
    if retry is not None and discard:
        raise MisuseError("choose one: --retry or --discard")
    if retry is not None:
        number = asyncio.run(try_again(database_url(), service, retry))
        say(f"{number} parked events of {service} will be tried again, with all that queues behind them")
    elif discard:
        if not why:
            raise MisuseError("say --why it is given up")
        for one in discard:
            where = asyncio.run(give_up(kafka_settings(), database_url(), topic_prefix(), service, one, why))
            say(f"event {one} of {service} is given up; it is now at {where}")
    else:
        events, present = asyncio.run(_look(database_url(), service, limit))
        for event in events:
            held_s = max(0.0, (present - event.since).total_seconds())
            if as_json:
                say_json(asdict(event) | {"held_s": held_s})
            else:
                say(_line(event, held_s))
        if not events and not as_json:
            say(f"{service} holds nothing")


async def _look(database_url: str, service: str, limit: int) -> tuple[list[HeldEvent], datetime]:
    """What is held, and what time it is for the services."""
    from services.command.lag import present

    return await held(database_url, service, limit), await present()


def _line(event: HeldEvent, held_s: float) -> str:
    from services.command.terminal import age

    state = ("parked, to be tried again," if event.retry else "parked") if event.parked else "waiting"
    at = f"{event.topic} partition {event.partition} offset {event.offset}"
    return f"{event.id}  {state} for {age(held_s)}, since {event.since:%Y-%m-%d %H:%M:%S}Z  {at}  {event.reason}"


async def held(database_url: str, service: str, limit: int = 100) -> list[HeldEvent]:
    """What a service holds, oldest first."""
    from services.command.servers import database

    async with database(database_url, service) as connection:
        return [HeldEvent(*row) for row in await connection.fetch(_LIST, limit)]


async def try_again(database_url: str, service: str, which: str) -> int:
    """Ask the service to try one parked event again, or all of them; how many that are."""
    from services.command.servers import database, topic_prefix
    from shared.chassis.delivery.recovering.commands import carry_out

    if which != "all" and not which.isdigit():
        raise MisuseError("--retry takes the number of a held event, or all")
    async with database(database_url, service) as connection, connection.transaction():
        only = None if which == "all" else int(which)
        rows = await connection.fetch(_PARKED, only)
        if only is not None and not rows:
            raise MisuseError(f"{service} has no parked event {which}: see `section42 held {service}`")
        places = [dict(row) for row in rows]
        await carry_out(connection, {"retried": {} if only is None else places[0]}, topic_prefix())
    return len(rows)


async def give_up(kafka: KafkaSettings, database_url: str, prefix: str, service: str, held_id: int, why: str) -> str:
    """Write a held event to its topic's dead letters, then forget it; where it is now.

    The dead letter is on the log before the row is deleted: whatever dies in between, nothing is lost. What queued
    behind it is tried again.
    """
    import msgspec

    from services.command.servers import database, producer
    from shared.chassis.delivery.records.dead_letters import dead_letter
    from shared.chassis.delivery.records.kept_record import KeptRecord
    from shared.chassis.delivery.recovering.commands import carry_out
    from shared.kernel.decision import Reason

    async with database(database_url, service) as connection, connection.transaction():
        row = await connection.fetchrow(_HELD, held_id)
        if row is None:
            raise MisuseError(f"{service} holds no event {held_id}: see `section42 held {service}`")
        topic, partition, offset, record = row
        kept = msgspec.msgpack.decode(record, type=KeptRecord)
        letter = dead_letter(topic.removeprefix(prefix), kept, (Reason(code="given_up", says=why),))
        async with producer(kafka) as client:
            at = await client.send_and_wait(prefix + letter.topic, letter.value, key=letter.key, headers=letter.headers)
        place = {"topic": topic, "partition": partition, "offset": offset}
        await carry_out(connection, {"discarded": place}, prefix)
    return f"{at.topic} partition {at.partition} offset {at.offset}"

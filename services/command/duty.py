"""`section42 duty`: reports that were refused, set aside or not read, and who has dealt with each of them how."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.command.problems import CommandError, MisuseError

if TYPE_CHECKING:
    from shared.chassis.process.settings import KafkaSettings

_LIST = """
SELECT body FROM list_rows WHERE list = '/duty'
    AND ($1::text IS NULL OR item = $1) AND ($2 OR since IS NOT NULL) AND (NOT $3 OR (body->>'child')::boolean)
ORDER BY at, item LIMIT $4
"""
_LOOKS = 100
_LOOK_S = 0.2
_POLL_MS = 2000
HOW = "read, corrected, recorded_by_hand, childrens_services, another_authority or no_concern"


@dataclass
class OnDuty:
    """A report on the list: why and since when, what is legible of it, and who has dealt with it how."""

    item_id: str
    case_id: str
    kind: str
    child: bool
    why: list[str]
    fields: list[str]
    sender: str
    reference: str
    since: str
    last_at: str
    times: int
    place: str
    how: str | None
    dealt_by: str | None
    dealt_at: str | None


def command(
    item: Annotated[str | None, typer.Option(metavar="ITEM", help="This one alone, by its id on the list.")] = None,
    how: Annotated[str | None, typer.Option(metavar="HOW", help=f"Deal with it: {HOW}.")] = None,
    by: Annotated[str | None, typer.Option(metavar="CODE", help="Who has dealt with it: a code of staff.")] = None,
    child: Annotated[bool, typer.Option("--child", help="Only who is, or may be, under 18.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="What was dealt with, too.")] = False,
    personal: Annotated[
        bool, typer.Option("--personal", help="With --item: what was sent, as it was written.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="List at most so many, the longest standing first.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a report.")] = False,
) -> None:
    """List what stands before the duty team, show what was sent, or say how one of them was dealt with.

    A report stands here that was refused, that could not be read, of which something was set aside, or that says more
    of a concern received before. Nothing leaves the list by itself. Exit code 1 where what was said of one of them is
    not accepted.

    Example: section42 duty --item 0190a0c0-0000-7000-8000-000000000001 --how childrens_services --by staff-17
    """
    from services.command.servers import database_url, kafka_settings, topic_prefix
    from services.command.terminal import say, say_json

    if (how is None) != (by is None) or (item is None and (how is not None or personal)):
        raise MisuseError("to deal with one say --item, --how and --by; --personal goes with --item")
    found = asyncio.run(on_duty(database_url(), item, everything=all_ or item is not None, child=child, limit=limit))
    if item is not None and not found:
        raise MisuseError(f"nothing on the duty list has the id {item}: see `section42 duty --all`")
    if how is not None and by is not None:
        (one,) = found
        asyncio.run(deal(kafka_settings(), database_url(), topic_prefix(), one, how, by))
        say(f"{one.item_id} is dealt with: {how}, by {by}")
        return
    for one in found:
        if as_json:
            say_json(asdict(one))
        else:
            for line in _lines(one):
                say(line)
        if personal:
            say(asyncio.run(as_sent(kafka_settings(), topic_prefix(), one)))
    if not found and not as_json:
        say("nobody waits for the duty team")


def _lines(one: OnDuty) -> Iterator[str]:
    about = f"{one.sender} {one.reference}".strip() or "of nobody who could be told"
    times = f", {one.times} times, last {one.last_at}" if one.times > 1 else ""
    perhaps = "  PERHAPS A CHILD" if one.child else ""
    yield f"{one.item_id}  {one.kind} since {one.since}{times}{perhaps}  {about}  {' '.join(one.why)}"
    if one.fields:
        yield f"    set aside of {', '.join(one.fields)}"
    if one.how is not None:
        yield f"    dealt with: {one.how}, by {one.dealt_by}, {one.dealt_at}"


async def on_duty(
    database_url: str, item: str | None = None, *, everything: bool = False, child: bool = False, limit: int = 100
) -> list[OnDuty]:
    """What stands on the list, the longest standing first."""
    from services.command.servers import database

    async with database(database_url, "intake") as connection:
        rows = await connection.fetch(_LIST, item, everything, child, limit)
    said = [json.loads(row[0]) for row in rows]
    return [OnDuty(**{name: one[name] for name in OnDuty.__dataclass_fields__}) for one in said]


async def deal(kafka: KafkaSettings, database_url: str, prefix: str, one: OnDuty, how: str, by: str) -> None:
    """Post that somebody has dealt with it, and see that it is so. Raises CommandError where it is not accepted."""
    from pydantic import ValidationError

    from services.command.lag import present
    from services.command.post import post
    from shared.contracts.doors import DutyDealtWith
    from shared.kernel.identity import derived

    at = (await present()).isoformat()
    data = {"case_id": one.case_id, "item_id": one.item_id, "how": how, "decided_by": by, "decided_at": at}
    try:
        DutyDealtWith.model_validate_json(json.dumps(data))
    except ValidationError:
        raise MisuseError(f"--how is {HOW}; --by is a code of letters, digits and _.:/-") from None
    event = {
        "id": str(derived("duty-dealt-with", one.item_id, how, by, at)), "source": "/section42/duty",
        "type": DutyDealtWith.type, "time": at, "data": data,
    }  # fmt: skip
    await post(kafka, prefix, [json.dumps(event)])

    async def dealt() -> bool:
        (now,) = await on_duty(database_url, one.item_id, everything=True)
        return (now.how, now.dealt_by) == (how, by)

    if not await _comes_true(dealt):
        raise CommandError(
            "intake has not taken it: it was dealt with before, or more came since, or intake does not run;"
            " see `section42 read receipts --no-follow` and `section42 duty --all`"
        )


async def _comes_true(so: Callable[[], Awaitable[bool]]) -> bool:
    for _ in range(_LOOKS):
        if await so():
            return True
        await asyncio.sleep(_LOOK_S)
    return False


async def as_sent(kafka: KafkaSettings, prefix: str, one: OnDuty) -> str:
    """The last of its records, as it was written, while its door keeps it."""
    from aiokafka import TopicPartition

    from services.command.servers import consumer

    topic, partition, offset = one.place.rsplit("/", 2)
    place = TopicPartition(prefix + topic, int(partition))
    async with consumer(kafka) as reader:
        begins, ends = await reader.beginning_offsets([place]), await reader.end_offsets([place])
        if not begins[place] <= int(offset) < ends[place]:
            return f"    {one.place} is no longer kept; of what could not be read see its dead letter"
        reader.assign([place])
        reader.seek(place, int(offset))
        found: dict[Any, list[Any]] = await reader.getmany(place, timeout_ms=_POLL_MS)
    record = next((each for each in found.get(place, ()) if each.offset == int(offset)), None)
    if record is None:
        return f"    {one.place} could not be read just now"
    at = datetime.fromtimestamp(record.timestamp / 1000).astimezone()
    return f"    {one.place}, {at:%Y-%m-%d %H:%M:%S%z}:\n{(record.value or b'').decode('utf-8', 'replace')}"

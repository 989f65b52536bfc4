"""`section42 read`: follows a topic in words or in JSON; how a coordinator first looks at the audit topics."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.command.problems import MisuseError

if TYPE_CHECKING:
    from shared.chassis.delivery.records.cloudevents import Envelope
    from shared.chassis.process.settings import KafkaSettings

_POLL_MS = 200


@dataclass
class Seen:
    """A record as it is shown: where it is, when it happened, which event, what it says and its fields.

    `time` is what a clock in London showed, `at` the same instant in UTC.
    """

    topic: str
    partition: int
    offset: int
    time: str
    at: str
    type: str | None
    id: str | None
    source: str | None
    says: str
    data: Any


@dataclass(frozen=True)
class Only:
    """Which records are wanted: those of a sender, of a reference, from an instant on. What is not asked for is any."""

    sender: str | None = None
    reference: str | None = None
    since: datetime | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing was asked for."""
        return self == Only()

    def takes(self, seen: Seen) -> bool:
        """Whether a record is one of them."""
        data = seen.data if isinstance(seen.data, dict) else {}
        named = ((self.sender, data.get("sender")), (self.reference, data.get("reference")))
        if any(wanted not in (None, said) for wanted, said in named):
            return False
        return self.since is None or datetime.fromisoformat(seen.at) >= self.since


def command(
    topic: Annotated[str, typer.Argument(help="A topic, with or without the prefix, such as audit.drift.")],
    no_follow: Annotated[bool, typer.Option("--no-follow", help="Stop at what is the end now.")] = False,
    sender: Annotated[str | None, typer.Option(metavar="S", help="Only what names this sender.")] = None,
    reference: Annotated[str | None, typer.Option(metavar="R", help="Only what names this reference.")] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="T", help="Only from then on: a day, an instant such as 2026-11-28T09:00Z, or now."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many records.")] = None,
    personal: Annotated[bool, typer.Option("--personal", help="Show names, narratives and other fields.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a record.")] = False,
) -> None:
    """Read a topic from its beginning and go on as records come, a sentence each. Ctrl-C ends it.

    Each partition has its own order. With --no-follow, what was asked for by --sender, --reference or --since is shown
    in order of time. Fields that identify or describe a person are left out unless you ask for them with --personal.

    Example: section42 read receipts --sender wmas --since 2026-11-28 --no-follow
    """
    from services.command.servers import kafka_settings, topic_prefix
    from services.command.terminal import say, say_json

    from_now = since == "now"
    only = Only(sender, reference, None if since is None or from_now else _instant(since))
    in_order = no_follow and not only.everything

    def tell(seen: Seen) -> None:
        if as_json:
            say_json(asdict(seen))
        else:
            say(f"{seen.time}  {seen.says}")

    async def show() -> None:
        records = read(
            kafka_settings(), topic_prefix(), topic, from_now=from_now, follow=not no_follow,
            limit=None if in_order else limit, personal=personal, only=only,
        )  # fmt: skip
        async with aclosing(records):
            if in_order:
                for seen in sorted([seen async for seen in records], key=lambda seen: seen.at)[:limit]:
                    tell(seen)
            else:
                async for seen in records:
                    tell(seen)

    asyncio.run(show())


def _instant(text: str) -> datetime:
    """An instant with its offset, or the beginning of a day in London. Raises MisuseError."""
    from shared.kernel.civil import start_of_day

    try:
        if text.isdigit():
            raise ValueError
        at = datetime.fromisoformat(text)
    except ValueError:
        raise MisuseError(
            f"--since takes a day, an instant such as 2026-11-28T09:00Z, or now, and not {text}"
        ) from None
    if at.tzinfo is None and at != datetime.combine(at.date(), at.min.time()):
        raise MisuseError(f"--since: {text} lacks its offset from UTC, such as Z or +01:00")
    return start_of_day(at.date()) if at.tzinfo is None else at.astimezone(UTC)


async def read(
    kafka: KafkaSettings,
    prefix: str,
    topic: str,
    *,
    from_now: bool = False,
    follow: bool = False,
    limit: int | None = None,
    personal: bool = False,
    only: Only = Only(),
) -> AsyncGenerator[Seen, None]:
    """The records of a topic, each partition in order; up to the end there was at the start unless it follows."""
    from services.command.lag import partitions_of
    from services.command.servers import consumer

    bare = topic.removeprefix(prefix)
    async with consumer(kafka, fetch_max_wait_ms=50) as reader:
        partitions = await partitions_of(reader, [prefix + bare])
        if not partitions:
            there = sorted(name.removeprefix(prefix) for name in await reader.topics() if name.startswith(prefix))
            raise MisuseError(f"there is no topic {bare}; there are: {', '.join(there) or 'none'}")
        ends = await reader.end_offsets(partitions)
        begins = ends if from_now else await reader.beginning_offsets(partitions)
        to_read = {partition for partition in partitions if begins[partition] < ends[partition]}
        if not follow and not to_read:
            return
        reader.assign(partitions)
        for partition in partitions:
            reader.seek(partition, begins[partition])
        count = 0
        while follow or to_read:
            # A sender's markers are passed without a word.
            to_read = {partition for partition in to_read if await reader.position(partition) < ends[partition]}
            for partition, records in (await reader.getmany(timeout_ms=_POLL_MS)).items():
                for record in records:
                    if not follow and record.offset >= ends[partition]:
                        continue
                    if not only.takes(found := seen(record, personal=personal)):
                        continue
                    yield found
                    count += 1
                    if count == limit:
                        return


def seen(record: Any, *, personal: bool) -> Seen:
    """A record as it may be shown."""
    from pydantic import ValidationError

    from services.command.sentences import sentence, shown
    from shared.chassis.delivery.records.cloudevents import log_time
    from shared.chassis.delivery.records.door_envelopes import carefully_opened, plainly_opened
    from shared.chassis.delivery.records.reasons import Unreadable
    from shared.contracts import CATALOGUE
    from shared.contracts.topics import dead_letters_of
    from shared.kernel.civil import LONDON

    def so(says: str, data: Any, event: Envelope | None = None) -> Seen:
        time = (event and event.time) or log_time(record)
        return Seen(
            record.topic, record.partition, record.offset, f"{time.astimezone(LONDON):%Y-%m-%d %H:%M:%S}",
            time.astimezone(UTC).isoformat(timespec="microseconds"),
            event and event.type, event and event.id, event and event.source, says, data,
        )  # fmt: skip

    if record.topic.endswith(dead_letters_of("")):
        return so(*_dead_letter(record.value, personal=personal))
    try:
        envelope = plainly_opened(record) or carefully_opened(record)
    except Unreadable as unreadable:
        return so("cannot be read: " + " ".join(reason.says for reason in unreadable.reasons), None)
    taken_for = (event.type for event in CATALOGUE.values() if event.forgiving and record.topic.endswith(event.topic))
    envelope = envelope._replace(type=next(taken_for, envelope.type))
    declared = CATALOGUE.get(envelope.type)
    fields = _json(envelope.data)
    if personal:
        says = sentence(envelope.type, fields, all_fields=True) if isinstance(fields, dict) else envelope.type
        return so(says, fields, envelope)
    try:
        if declared is None:
            return so(f"{envelope.type}: no event of ours, its fields are not shown", None, envelope)
        declared.model_validate_json(envelope.data)
    except (ValidationError, ValueError, RecursionError):
        says = f"{envelope.type}: does not fit its contract, its fields are not shown"
        return so(says, None, envelope)
    data = shown(envelope.type, fields)
    return so(sentence(envelope.type, data, all_fields=False), data, envelope)


def _dead_letter(value: bytes | None, *, personal: bool) -> tuple[str, Any]:
    """Why a record was set aside and where it is; what it says only where that was asked for."""
    letter = _json(value or b"")
    if not isinstance(letter, dict):
        return "a dead letter that cannot be read", None
    reasons = letter.get("reasons") or []
    where = f"{letter.get('topic')} partition {letter.get('partition')} offset {letter.get('offset')}"
    why = " ".join(str(reason.get("says")) for reason in reasons)
    kept = {name: letter.get(name) for name in ("reasons", "topic", "partition", "offset", "timestamp_ms")}
    said = f"set aside, {where}: {why}"
    if personal:
        original = b64decode(letter.get("value") or "").decode("utf-8", "replace")
        return f"{said} It said: {original}", letter | {"text": original}
    return said, kept


def _json(data: bytes) -> Any:
    import msgspec

    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None

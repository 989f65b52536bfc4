"""`section42 post`: hands CloudEvents to the doors, as another system would: a JSON line in, a Kafka record out.

What a line says is not judged here; the service behind the door answers for that. Only what could not be posted at
all is reported: it is no JSON object, has no id or source, has a type no door takes, or is too large.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

if TYPE_CHECKING:
    from services.command.receipts import Waiting
    from shared.chassis.process.settings import KafkaSettings

_WINDOW = 2000
"""Records on their way to the broker at once."""

_OVERHEAD = 512
"""What Kafka itself writes around a record's key, headers and value, generously."""

_ATTRIBUTES = frozenset(
    ("specversion", "id", "source", "type", "time", "subject", "datacontenttype", "dataschema", "correlationid",
     "causationid", "partitionkey", "sequence", "traceparent", "tracestate")
)  # fmt: skip
"""What may become a header. Anything else beside `data` may be somebody's words, and a header is no place for them."""

_KEY_PART = re.compile(r"^[\x21-\x7e]{1,128}$")
_SHOWN = 20
_Sent = list[tuple[int, str, asyncio.Future[Any]]]
_NO_OBJECT = "is no JSON object in UTF-8: send one CloudEvent a line"


class Outgoing(NamedTuple):
    """A line as the record it becomes; the topic without its prefix."""

    topic: str
    key: str
    value: bytes
    headers: list[tuple[str, bytes]]


class Problem(NamedTuple):
    """A line that was not posted, and why, without a word of what it says."""

    line: int
    says: str


class LineError(Exception):
    """A line cannot be posted."""


@dataclass
class Posted:
    """How many events each topic took, and the lines that were not posted."""

    by_topic: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    @property
    def posted(self) -> int:
        """All that the doors took."""
        return self.by_topic.total()


def command(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON Lines, one CloudEvent a line; - reads stdin.")],
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first line that cannot be posted.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the receipt of each report, and show it.")] = False,
    within: Annotated[float, typer.Option(min=0, help="How many seconds to wait after the last report.")] = 60.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print counts and problems, or each receipt, as JSON.")
    ] = False,
) -> None:
    """Post events to the doors: concern reports, and decisions on concerns, enquiries and reviews.

    Each line is a CloudEvent in JSON: id, source, type, data, and time if you have it. The type chooses the topic.
    A line that cannot be posted is reported with its number, and the rest goes on; the exit code is then 1.
    Posting a file again does no harm: the same id from the same source counts once.
    With --wait the exit code is also 1 where a report was refused or not answered in time.

    Example: echo '{"id": "1", "source": "/my-system", "type": "safeguarding.concern.reported.v1",
    "data": {"sender": "my-system", "reference": "A-17", "narrative": "..."}}' | section42 post -
    """
    from services.command import receipts
    from services.command.servers import kafka_settings, topic_prefix
    from services.command.terminal import posting, say, say_json, warn

    if wait:
        receipts.command(file, within_s=within, strict=strict, as_json=as_json)
    with posting(file) as (lines, on_progress):
        done = asyncio.run(post(kafka_settings(), topic_prefix(), lines, on_progress, strict=strict))
    for problem in done.problems[:_SHOWN]:
        warn(f"line {problem.line}: {problem.says}")
    if len(done.problems) > _SHOWN:
        warn(f"and {len(done.problems) - _SHOWN} lines more that could not be posted (--json lists all)")
    if as_json:
        problems = [problem._asdict() for problem in done.problems]
        say_json({"posted": done.posted, "by_topic": done.by_topic, "problems": problems})
    else:
        shares = ", ".join(f"{number} to {topic}" for topic, number in sorted(done.by_topic.items()))
        say(f"{done.posted} posted{': ' * bool(shares)}{shares}; {len(done.problems)} not posted")
    if done.problems:
        raise typer.Exit(1)


async def post(
    kafka: KafkaSettings,
    prefix: str,
    lines: Iterable[str | bytes],
    on_progress: Callable[[int], None] = lambda _: None,
    *,
    strict: bool = False,
    watch: Waiting | None = None,
) -> Posted:
    """Post lines in order; `on_progress` is told how many lines have been dealt with. Blank lines are passed over.

    `watch` is told of each line before it is posted, and where it lies once it is.
    """
    from services.command.servers import producer

    done = Posted()
    options: dict[str, Any] = {"linger_ms": 5, "max_batch_size": 128 * 1024, "compression_type": "lz4"}
    async with producer(kafka, **options) as client:
        await _check_doors(client, prefix)
        sent, number = _Sent(), 0
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                record = outgoing(line)
                if watch is not None:
                    watch.going(number, record)
            except LineError as error:
                done.problems.append(Problem(number, str(error)))
                if strict:
                    break
                continue
            door, key = prefix + record.topic, record.key.encode()
            future = await client.send(door, record.value, key=key, headers=record.headers)
            sent.append((number, record.topic, future))
            if len(sent) >= _WINDOW:
                await _settle(sent, done, watch)
                on_progress(number)
                if strict and done.problems:
                    break
        await _settle(sent, done, watch)
        on_progress(number)
    done.problems.sort()
    return done


def outgoing(line: str | bytes) -> Outgoing:
    """The record a line becomes. Raises LineError with a sentence that quotes nothing of it."""
    import msgspec

    from shared.contracts import CATALOGUE, DOORS
    from shared.contracts.topics import TOPICS

    try:
        event = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise LineError(_NO_OBJECT) from None
    data = bytes(event.pop("data", msgspec.Raw(b"null")))
    attributes = {name: _attribute(name, bytes(raw)) for name, raw in event.items() if bytes(raw) != b"null"}
    missing = [name for name in ("id", "source", "type") if not attributes.get(name)]
    if missing:
        raise LineError(f"has no {' and no '.join(missing)}: a CloudEvent needs id, source and type, all texts")
    declared = CATALOGUE.get(attributes["type"])
    if declared is None or declared.topic not in DOORS:
        raise LineError("has a type that no door takes: shared/contracts/doors lists those that do")
    content_type = attributes.pop("datacontenttype", "application/json")
    attributes.setdefault("specversion", "1.0")
    headers = [(f"ce_{name}", text.encode()) for name, text in attributes.items()]
    headers.append(("content-type", content_type.encode()))
    key = _key(declared, data) or attributes["id"]
    limit = next(topic.max_message_bytes for topic in TOPICS if topic.name == declared.topic)
    size = len(data) + len(key.encode()) + sum(len(name) + len(text) for name, text in headers) + _OVERHEAD
    if size > limit:
        raise LineError(f"is too large: {size // 1024} KiB, and a door takes at most {limit // 1024} KiB")
    return Outgoing(declared.topic, key, data, headers)


def _attribute(name: str, raw: bytes) -> str:
    import msgspec

    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise LineError(_NO_OBJECT) from None
    if name not in _ATTRIBUTES or isinstance(value, dict | list | float):
        raise LineError("has a member that is no CloudEvents attribute: put what you have to say into data")
    if name in {"id", "source", "type"} and not isinstance(value, str):
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _key(declared: Any, data: bytes) -> str:
    """The key the contract gives; where the data do not fit it, the fields it is made of; else nothing."""
    import msgspec
    from pydantic import ValidationError

    try:
        return str(declared.model_validate_json(data).key)
    except (ValidationError, ValueError, RecursionError):
        pass
    try:
        fields = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return ""
    names = ("sender", "reference") if declared.key_field == "door_key" else (declared.key_field,)
    found = [fields.get(name) for name in names] if isinstance(fields, dict) else []
    # Only what looks like a reference may become a key: it could be anything, a name included.
    parts = [part for part in found if isinstance(part, str) and _KEY_PART.match(part)]
    return "/".join(parts) if len(parts) == len(names) else ""


async def _check_doors(client: Any, prefix: str) -> None:
    """Fail at once where there are no topics, instead of waiting for them to appear."""
    from services.command.problems import CommandError
    from shared.contracts import DOORS

    there = (await client.client.fetch_all_metadata()).topics()
    missing = sorted(prefix + door for door in DOORS if prefix + door not in there)
    if missing:
        raise CommandError(f"there is no topic {missing[0]}: run `section42 topics` first")


async def _settle(sent: _Sent, done: Posted, watch: Waiting | None) -> None:
    """Wait for what is on its way and count it."""
    from aiokafka.errors import MessageSizeTooLargeError

    answers = await asyncio.gather(*(future for _, _, future in sent), return_exceptions=True)
    for (number, topic, _), answer in zip(sent, answers, strict=True):
        if isinstance(answer, MessageSizeTooLargeError):
            done.problems.append(Problem(number, "is larger than the broker takes: see its max.message.bytes"))
        elif isinstance(answer, BaseException):
            raise answer
        else:
            done.by_topic[topic] += 1
            if watch is not None:
                watch.lies(number, f"{topic}/{answer.partition}/{answer.offset}")
    sent.clear()

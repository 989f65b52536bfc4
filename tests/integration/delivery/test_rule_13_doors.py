"""Rule 13, at the doors: whatever one writer sends there, each record is answered once, and nobody else waits."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from services import SERVICES
from services.command.registry import load
from services.command.status import status
from shared.chassis.delivery.applying.effects import OTHERS, SENDERS
from shared.chassis.delivery.records.letter_budget import BUCKETS
from shared.contracts import CATALOGUE, DOORS
from shared.contracts.refusal import PlaceRefusal, Refusal
from shared.contracts.topics import dead_letters_of
from shared.kernel.event import Event
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import (
    QUICK,
    REPORTED,
    _get,
    cloudevent,
    concern_of,
    is_ready,
    metric,
    read_all,
    report,
)
from tests.integration.delivery.in_process import record_of
from tests.integration.delivery.test_rule_02_headers import send_name
from tests.support.installation import Installation, eventually

DOOR = "concern-reports"
RECORDS = "safeguarding_door_records_total"
GOOD, HEARD_WITHIN_S = 50, 10.0
SERVICE_OF = {topic: name for name in SERVICES for topic in load(name).topics if topic in DOORS}
Headers = list[tuple[str, bytes | None]]


class Sent(NamedTuple):
    """A record as a hostile or a careless writer sends it, and whether its id can be read."""

    value: bytes | None
    headers: Headers
    named: bool = True


def envelope(type_: str, name: str, **changes: bytes | None) -> Headers:
    said = {"specversion": b"1.0", "id": name.encode(), "source": b"/hostile", "type": type_.encode()} | changes
    return [(f"ce_{key}", value) for key, value in said.items()]


def hostile(declared: type[Event]) -> dict[str, Sent]:
    """Every way we know to send what nobody can read, as it might reach one door; one with an id is named so."""
    type_ = declared.type
    structured = cloudevent(type_, "structured", {}, source="/hostile")
    version = structured | {"id": "structured, version", "specversion": "9"}
    batch: Headers = [("content-type", b"application/cloudevents-batch+json")]
    binary: dict[str, tuple[bytes | None, dict[str, bytes | None]]] = {
        "tombstone with an id": (None, {}),
        "null subject": (b"{}", {"subject": None}),
        "subject not UTF-8": (b"{}", {"subject": b"\xff"}),
        "no source": (b"{}", {"source": b""}),
        "type of a book": (b"{}", {"type": b"x" * 5000}),
        "specversion": (b"{}", {"specversion": b"0.3"}),
        "no time": (b"{}", {"time": b"yesterday"}),
        "not JSON": (b"{", {}),
        "nothing": (b"", {}),
        "an array": (b"[]", {}),
        "deep": (b"[" * 50_000, {}),
        "deep in an object": (b'{"a":' * 50_000, {}),
        "huge": (b'{"notes": "' + b"x" * 500_000 + b'"}', {}),
        "a name twice": (b'{"a": 1, "a": 2}', {}),
        "every field wrong": (json.dumps({field: [] for field in declared.model_fields}).encode(), {}),
        "of no type": (b"{}", {"type": b"com.example.order.v1"}),
        "another version": (b"{}", {"type": type_.replace(".v1", ".v9").encode()}),
        "another door's": (b"{}", {"type": b"safeguarding.clock.ticked.v1"}),
        "a fact of ours": (b"{}", {"type": b"safeguarding.concern.received.v1"}),
    }
    unnamed: dict[str, Headers] = {
        "null id": envelope(type_, "null id", id=None),
        "id not UTF-8": envelope(type_, "id not UTF-8", id=b"\xff"),
        "id of a book": envelope(type_, "id of a book", id=b"x" * 5000),
        "id with U+0000": envelope(type_, "id with U+0000", id=b"a\0b"),
        "many headers": [(f"x-{n}", b"y") for n in range(5000)],
        "a name that stands for another": [("\ufffd", None)],
    }
    return {
        **{name: Sent(value, envelope(type_, name, **changes)) for name, (value, changes) in binary.items()},
        "one header twice": Sent(b"{}", [*envelope(type_, "one header twice"), ("ce_source", b"")]),
        "structured": Sent(json.dumps(structured).encode(), []),
        "structured, version": Sent(json.dumps(version).encode(), []),
        **{name: Sent(b"{}", headers, named=False) for name, headers in unnamed.items()},
        "tombstone": Sent(None, [], named=False),
        "empty": Sent(b"", [], named=False),
        "four bytes": Sent(b"\0\1\2\3", [], named=False),
        "not UTF-8": Sent(b"\xff\xfe", [], named=False),
        "a batch": Sent(json.dumps([structured, structured]).encode(), batch, named=False),
        "structured, deep": Sent(b'{"id": "structured, deep", "data": ' + b"[" * 50_000, [], named=False),
        "5": Sent(json.dumps(structured | {"id": 5}).encode(), []),  # a number is no text, and can be read as one
    }


def answers(bodies: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """How many answers there are to each record, by its place or its id."""
    return Counter(body.get("place") or body["refused_id"] for body in bodies if body.get("reasons"))


@pytest.mark.parametrize("door", sorted(SERVICE_OF))
async def test_every_record_at_a_door_has_exactly_one_answer(install_for: InstallFor, door: str) -> None:
    name = SERVICE_OF[door]
    service = load(name)
    installation = await install_for(name)
    declared = next(event for event in service.reads if event.topic == door)
    unnamed: set[str] = set()
    process = installation.start(name, **QUICK)
    async with installation.producer() as kafka:
        for sent in hostile(declared).values():
            for _ in range(2):  # the very same bytes twice: two records, two answers
                topic = installation.prefix + door
                at = await kafka.send_and_wait(topic, sent.value, key=b"k", headers=sent.headers, partition=0)
                unnamed |= set() if sent.named else {f"{door}/0/{at.offset}"}
    sends = 2 * len(hostile(declared))
    if door == DOOR:
        await send_name(installation, "a header's name", b"ce_\xff\xfe")
        unnamed.add(f"{door}/0/{sends}")
        sends += 1
    await installation.settled([name])
    topics = {event.topic for event in service.writes if issubclass(event, Refusal | PlaceRefusal)}
    found = await read_all(installation, sorted(topics))
    letters = await read_all(installation, [dead_letters_of(door)])

    wanted = Counter(unnamed) + Counter({way: 2 for way, sent in hostile(declared).items() if sent.named})
    assert answers(fact.body for fact in found.facts.values()) == wanted
    assert wanted.total() == sends == len(found.facts) == len(letters.facts)
    counted = await asyncio.to_thread(metric, process, RECORDS, topic=door, outcome="unreadable")
    assert counted == sends


class Tail:
    """Hears receipts as they come, and when."""

    def __init__(self, installation: Installation) -> None:
        self._topic = installation.prefix + "receipts"
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=installation.servers.bootstrap_servers,
            group_id=None,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=20,
        )
        self.heard: dict[str, float] = {}
        self.answers: set[str] = set()

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        self._consumer.assign([TopicPartition(self._topic, n) for n in range(6)])
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._consumer.stop()

    async def _listen(self) -> None:
        async for record in self._consumer:
            headers = {name: value.decode() for name, value in record.headers}
            self.answers.add(headers["ce_id"])
            said = json.loads(record.value)
            self.heard.setdefault(said.get("accepted_id") or said.get("refused_id"), time.monotonic())


def on_the_processor(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """For how long a process has run, and has waited to, in nanoseconds."""
    ran, waited, _ = Path(f"/proc/{process.pid}/schedstat").read_text().split()
    return int(ran), int(waited)


def share_of_the_processor(process: subprocess.Popen[bytes], before: tuple[int, int]) -> float:
    """Of the time for which it wanted a processor since then, how much it had one: other tests run beside this."""
    ran, waited = (now - then for now, then in zip(on_the_processor(process), before, strict=True))
    return ran / (ran + waited)


def floods() -> dict[str, list[Sent]]:
    """What one sender sends at once."""
    wrong = json.dumps({"source": "flood", "urgent": "yes"}).encode()
    kinds = [sent for name, sent in hostile(CATALOGUE[REPORTED]).items() if len(sent.value or b"") < 1000
             and name != "many headers"]  # fmt: skip
    return {
        "ten thousand of every kind": [kinds[n % len(kinds)] for n in range(10_000)],
        "ten thousand of four bytes": [Sent(b"\0\1\2\3", [])] * 10_000,
        "two hundred and fifty that are no report": [Sent(wrong, envelope(REPORTED, f"wrong-{n}")) for n in range(250)],
        "a hundred of four bytes": [Sent(b"\0\1\2\3", [])] * 100,
    }


@pytest.mark.parametrize("flood", floods())
async def test_a_flood_of_bad_records_holds_nobody_up(install_for: InstallFor, flood: str) -> None:
    installation = await install_for("intake")
    process = installation.start("intake", **QUICK, SECTION42_DEAD_LETTER_BYTES_A_DAY="20000")
    await is_ready(process)
    bad, said = floods()[flood], dict[str, float]()
    before = on_the_processor(process)
    async with Tail(installation) as tail, installation.producer() as theirs, installation.producer() as ours:
        for n, sent in enumerate(bad):
            await theirs.send(installation.prefix + DOOR, sent.value, key=b"k", headers=sent.headers, partition=n % 6)
            if n % (len(bad) // GOOD) == 0:
                record = record_of(report(f"good-{n}"))
                said[f"report-good-{n}"] = time.monotonic()
                await ours.send(
                    installation.prefix + DOOR,
                    record.value,
                    key=record.key,
                    headers=record.headers,
                    partition=n // 7 % 6,
                )

        async def all_answered() -> bool:
            return len(tail.answers) >= len(bad) + len(said)

        await theirs.flush()
        await ours.flush()
        await eventually(all_answered, "every record is answered", 150)
    granted = share_of_the_processor(process, before)
    waits = sorted(tail.heard[name] - at for name, at in said.items())
    logging.getLogger(__name__).info("%s: %s at %s", flood, [round(waits[n], 2) for n in (0, GOOD // 2, -1)], granted)
    assert waits[-1] * granted < HEARD_WITHIN_S, "each good one is heard within ten seconds of a processor of its own"
    await installation.settled(["intake"])
    found = await read_all(installation, ["receipts", dead_letters_of(DOOR)])
    assert len(found.facts) == 2 * len(bad) + len(said), "each is answered once, and each bad one has its letter"
    (cut,) = await installation.sql("intake", "SELECT sum(cut)::int, max(bytes)::int, count(*) FROM letter_budgets")
    assert await asyncio.to_thread(metric, process, "safeguarding_dead_letters_cut_total", topic=DOOR) == cut[0]
    assert (cut[0] > 0) is ("every kind" in flood)
    assert cut[1] < 20_000 + 6000
    assert cut[2] <= 6 * BUCKETS
    said_by_us = installation.log_of(process) + await asyncio.to_thread(lambda: _get(process, "/metrics")[1])
    assert "hostile" not in said_by_us
    assert said_by_us.count("\n") < 3000, "a flood at a door is no flood of log lines"


async def test_a_sender_that_changes_its_name_all_the_time_fills_no_table(installation: Installation) -> None:
    """Its reports are counted together with those of all that came as late, and the accounts still add up."""
    installation.start("intake", **QUICK)
    await installation.post(*(report(f"first-{n}", sender=f"sender-{n}") for n in range(SENDERS - 20)))
    await installation.settled(["intake"])
    await installation.post(*(report(f"later-{n}", sender=f"another-{n}") for n in range(300)))
    await installation.post(*(report(f"again-{n}", sender=f"sender-{n}") for n in range(300)))
    bad = envelope("safeguarding.concern.duplicate-found.v1", "x")
    for n in range(5):
        source = [(name, f"/{n}{'x' * 200}".encode() if name == "ce_source" else value) for name, value in bad]
        body = json.dumps({"concern_id": str(concern_of("a")), "duplicate_of": str(concern_of("a")),
                           "decided_by": "w", "decided_at": "2024-03-06T12:00:00+00:00"})  # fmt: skip
        await installation.post_raw("intake-decisions", body.encode(), headers=source, key=b"k")
    await installation.settled(["intake"])

    rows = await installation.sql("intake", "SELECT door, sender, outcome, records FROM tallies")
    named = {row["sender"] for row in rows if row["door"] == DOOR} - {"", OTHERS}
    assert len(named) == SENDERS
    others = sum(row["records"] for row in rows if (row["door"], row["sender"]) == (DOOR, OTHERS))
    assert others == 280
    assert {row["sender"] for row in rows if row["door"] == "intake-decisions"} == {"", OTHERS}
    found = await status(installation.kafka, installation.database_url, installation.prefix)
    assert [line for line in found.unaccounted if "have not reached triage" not in line] == []
    assert {line.sender for line in found.senders} == named | {OTHERS}

"""What the delivery tests share: events with fixed ids, all the facts there are, and an oracle that is no service."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, NamedTuple
from urllib.request import urlopen
from uuid import UUID

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy import migrations
from shared.chassis.delivery.applying.transaction import Transactions
from shared.chassis.process.clock import WallClock
from shared.chassis.process.settings import Settings
from shared.chassis.service import Service
from shared.contracts import CATALOGUE, DOORS
from shared.contracts.topics import HEARTBEATS, JOURNALS, TOPICS, heartbeat_of, journal_of
from shared.kernel.event import Event, Metadata
from shared.kernel.identity import derived, event_identity, timed
from tests.support import lawful
from tests.support.installation import Installation, eventually, free_port, source_for
from tests.support.interleave import TimedStory, Told

REPORTED = "safeguarding.concern.reported.v1"
DECIDED = "safeguarding.triage.decided.v1"
APPROVED = "safeguarding.triage.approved.v1"
RECEIVED = "safeguarding.concern.received.v1"
TICKED = "safeguarding.clock.ticked.v1"
NOON = datetime(2024, 3, 6, 12, 0, tzinfo=UTC)
QUICK = {"SECTION42_SESSION_TIMEOUT_MS": "2500", "SECTION42_IDLE_IN_TRANSACTION_MS": "1000"}
"""So that a test need not wait long until a dead process is known to be dead."""

FACT_TOPICS = tuple(t.name for t in TOPICS if t.name not in DOORS and not t.name.endswith(".dead-letters"))
DEAD_LETTERS = tuple(t.name for t in TOPICS if t.name.endswith(".dead-letters"))


def cloudevent(type_: str, name: str, data: Mapping[str, Any], at: datetime = NOON, source: str = "") -> dict[str, Any]:
    """A CloudEvent under an id of the test's choice; a fact of ours names the service that states it."""
    return {
        "specversion": "1.0",
        "id": name,
        "source": source or source_for(type_),
        "type": type_,
        "time": at.isoformat(),
        "data": dict(data),
    }


def report(name: str, person: str | None = None, at: datetime = NOON, **data: Any) -> dict[str, Any]:
    """A report that can be accepted; its name is its reference and its event's id."""
    adult = {} if person is None else {"adult": {"person_reference": person}}
    fields = {"sender": "wmas", "reference": name, "narrative": "The man in room 4."} | adult | data
    return cloudevent(REPORTED, f"report-{name}", fields, at)


def concern_of(name: str, sender: str = "wmas") -> UUID:
    """The concern a report of that name becomes."""
    return derived("concern", sender, name)


def decision(concern: UUID, name: str = "A", at: datetime = NOON + timedelta(hours=1), **data: Any) -> dict[str, Any]:
    """A lawful decision that section 42(1) is met."""
    decision_id = derived("decision", str(concern), name)
    fields = lawful.decision(concern, decision_id, at, decided_by=f"worker-{name}")
    return cloudevent(DECIDED, f"decided-{name}-{concern}", fields | data, at)


def approval(concern: UUID, name: str = "A", at: datetime = NOON + timedelta(hours=2), **data: Any) -> dict[str, Any]:
    """A manager's approval of the decision of that name."""
    fields = lawful.approval(decision(concern, name)["data"], at)
    return cloudevent(APPROVED, f"approved-{name}-{concern}", fields | data, at)


def received(name: str, adult: UUID, at: datetime = NOON) -> dict[str, Any]:
    """A concern as intake states it, for tests that run without intake."""
    data = {
        "concern_id": str(concern_of(name)), "adult_id": str(adult), "received_at": at.isoformat(),
        "report": {"sender": "wmas", "reference": name, "narrative": "The man in room 4."},
    }  # fmt: skip
    return cloudevent(RECEIVED, f"received-{name}-{adult}", data, at, "/section42/intake")


def tick(step: int, now: datetime) -> dict[str, Any]:
    """The driven clock is now so late."""
    return cloudevent(TICKED, f"tick-{step}", {"step": step, "now": now.isoformat()}, now)


class Published(NamedTuple):
    """A fact as its readers see it."""

    topic: str
    type: str
    key: str
    body: Any


@dataclass
class Log:
    """All facts of an installation, each once by its id, and how many records there were of it."""

    facts: dict[str, Published]
    records: int
    in_order: dict[tuple[str, str], list[str]]
    """The ids of each topic and key, in the order in which they first appeared."""


async def read_all(installation: Installation, topics: Sequence[str] = FACT_TOPICS) -> Log:
    """Every fact there is, to the ends of the topics as they are now."""
    found: list[Any] = []
    async with reading(installation) as consumer:
        counts = {t.name: t.partitions for t in TOPICS}
        partitions = [TopicPartition(installation.prefix + t, n) for t in topics for n in range(counts[t])]
        consumer.assign(partitions)
        ends, begins = await consumer.end_offsets(partitions), await consumer.beginning_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, begins[partition])
        wanted = sum(ends[p] - begins[p] for p in partitions)
        while len(found) < wanted:
            for batch in (await consumer.getmany(timeout_ms=100)).values():
                found += batch
    log = Log({}, len(found), {})
    for record in sorted(found, key=lambda r: (r.topic, r.partition, r.offset)):
        headers = {name: (value or b"").decode() for name, value in record.headers}
        topic, key = record.topic.removeprefix(installation.prefix), (record.key or b"").decode()
        name = headers.get("ce_id") or headers.get("dead_letter_id") or f"{topic}/{record.partition}/{record.offset}"
        if name not in log.facts:
            log.in_order.setdefault((topic, key), []).append(name)
            log.facts[name] = Published(topic, headers.get("ce_type", ""), key, json.loads(record.value))
    return log


@asynccontextmanager
async def reading(installation: Installation) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=installation.servers.bootstrap_servers, group_id=None, fetch_max_wait_ms=50
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


@asynccontextmanager
async def administering(installation: Installation) -> AsyncIterator[AIOKafkaAdminClient]:
    """An administrator of Kafka."""
    client = AIOKafkaAdminClient(bootstrap_servers=installation.servers.bootstrap_servers)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def set_topic(installation: Installation, topic: str, **changed: object) -> None:
    """Change settings of a topic (`max_message_bytes=1`) from what is declared, until the broker goes by them."""
    declared = next(each for each in (*TOPICS, *JOURNALS, *HEARTBEATS) if each.name == topic)
    wanted = {name.replace("_", "."): str(value) for name, value in changed.items()}
    name = installation.prefix + topic
    async with administering(installation) as client:
        settings = declared.config | wanted
        altered = ConfigResource(ConfigResourceType.TOPIC, name, settings)
        refused = [answer for answer in await client.alter_configs([altered]) if answer.resources[0][0]]
        assert not refused, refused

        async def in_force() -> bool:
            (answer,) = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
            is_now = {entry[0]: entry[1] for entry in answer.resources[0][4]}
            return all(is_now[key] == value for key, value in settings.items())

        await eventually(in_force, f"the broker goes by {settings} of {name}")


async def gives_signs_of_life(installation: Installation, *services: str) -> None:
    """Write what these services write every few seconds, for one that is not started here."""
    for service in services:
        await installation.post_raw(heartbeat_of(service), b"")


async def states(installation: Installation, service: str) -> dict[UUID, Any]:
    """The cases of a service as they are written down."""
    rows = await installation.sql(service, "SELECT key, body::text FROM cases WHERE body IS NOT NULL")
    return {key: json.loads(body) for key, body in rows}


async def concerns_of(installation: Installation) -> set[UUID]:
    """The concerns that intake keeps; what was refused or not read stands in cases that are none."""
    return {key for key, case in (await states(installation, "intake")).items() if case["type"] == "concern"}


# --- The oracle: decisions in memory, told in one order, with ids by the rule -------------------------------------


def told(event: Mapping[str, Any]) -> Told:
    """An event as a driven installation would tell it: recorded when it occurred."""
    declared = CATALOGUE[event["type"]]
    parsed = declared.model_validate_json(json.dumps(event["data"]))
    return Told(parsed, _meta(event["source"], event["id"], event["type"], datetime.fromisoformat(event["time"])))


def _meta(source: str, name: str, type_: str, at: datetime) -> Metadata:
    identity = event_identity(source, name)
    return Metadata(identity, name, source, type_, at, at, at, identity, test_numbers=True)


@dataclass
class Expected:
    """What comes of events where nothing dies, stalls or is sent twice: the facts by id, and each service's cases."""

    facts: dict[str, Published]
    cases: dict[str, dict[UUID, Any]]


def expected(services: Iterable[Service[Any]], events: Iterable[Mapping[str, Any]]) -> Expected:
    """What these services, in this order, make of these events, each told once and in this order.

    The ids are put together here, from what caused each fact, and not read from what was written.
    """
    telling = [told(event) for event in events]
    facts: dict[str, Published] = {}
    cases: dict[str, dict[UUID, Any]] = {}
    for service in services:
        story: TimedStory[Any] = TimedStory(service)
        for one in telling:
            if type(one.event) in service.reads:
                story.tell(one)
        for fact, cause in zip(story.facts, story.causes, strict=True):
            name = timed(cause.recorded, cause.identity, fact.type, fact.subject)
            facts[name] = Published(fact.topic, fact.type, fact.key, _wire(fact))
            telling.append(Told(fact, _meta(f"/section42/{service.name}", name, fact.type, cause.recorded)))
        cases[service.name] = {key: json.loads(msgspec.json.encode(case)) for key, case in story.cases.items()}
    return Expected(facts, cases)


def _wire(fact: Event) -> Any:
    return json.loads(fact.model_dump_json(exclude_none=True))


# --- A service within the test's own process, and processes of other services --------------------------------------


def settings_of(installation: Installation, schema: str) -> Settings:
    """What a service of this installation would be told, signed in as the administrator."""
    del schema
    return Settings(
        installation.kafka,
        installation.database_url,
        installation.prefix,
        idle_in_transaction_ms=20_000,
        test_numbers=True,
    )


def transactions(
    installation: Installation, service: Service[Any], kind: type[Transactions[Any]] = Transactions
) -> Any:
    """A service's transactions, without a process or Kafka around them."""
    settings = settings_of(installation, service.name)
    return kind(service, replace(settings), WallClock())


async def make_schema(installation: Installation, name: str) -> None:
    """The chassis' tables, for a service that has no folder."""
    connection = await asyncpg.connect(installation.database_url)
    try:
        await connection.execute(f"CREATE SCHEMA {name}")
        await connection.execute(f"SET search_path = {name}")
        for found in sorted(iter_modules(migrations.__path__), key=lambda module: module.name):
            for statement in import_module(f"{migrations.__name__}.{found.name}")._UPGRADE:
                await connection.execute(statement)
    finally:
        await connection.close()


async def make_journal(installation: Installation, service: str) -> None:
    """The topics of its own of a service that has no folder."""
    async with administering(installation) as client:
        own = (journal_of(service), heartbeat_of(service))
        await client.create_topics([NewTopic(installation.prefix + name, 1, 1) for name in own])


def start_module(installation: Installation, module: str, service: str, **extra: str) -> subprocess.Popen[bytes]:
    """Start a service that is a program of its own; it signs in as the administrator."""
    own = {f"DATABASE_URL_{service.upper()}": installation.database_url, "SECTION42_HTTP_PORT": str(free_port())}
    environment = installation.environment(**(own | extra))
    process = subprocess.Popen([sys.executable, "-m", module], env=environment, cwd=Path(__file__).parents[3])
    process.port = int(environment["SECTION42_HTTP_PORT"])  # type: ignore[attr-defined]
    installation.running.append(process)
    return process


async def dead(process: subprocess.Popen[bytes], deadline_s: float = 30) -> int:
    """Wait until a process has died; what it died of."""
    await eventually(lambda: process.poll() is not None, "the process dies", deadline_s)
    code = process.poll()
    assert code is not None
    return code


def ready(process: subprocess.Popen[bytes]) -> tuple[bool, str]:
    """What a process says of being ready."""
    return _get(process, "/health/ready")


def metric(process: subprocess.Popen[bytes], name: str, **labels: str) -> float:
    """The sum of a metric over its labels, but for those that are given."""
    text = _get(process, "/metrics")[1]
    lines = [line for line in text.splitlines() if line.startswith((f"{name}{{", f"{name} "))]
    lines = [line for line in lines if all(f'{label}="{value}"' in line for label, value in labels.items())]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def _get(process: subprocess.Popen[bytes], path: str) -> tuple[bool, str]:
    try:
        with urlopen(f"http://127.0.0.1:{process.port}{path}", timeout=5) as answer:  # type: ignore[attr-defined]
            return answer.status == 200, answer.read().decode()
    except OSError as error:
        body = getattr(error, "read", lambda: b"")()
        return False, body.decode()


async def is_ready(process: subprocess.Popen[bytes], deadline_s: float = 30) -> None:
    """Wait until a process says it is ready."""

    async def says_so() -> bool:
        return (await asyncio.to_thread(ready, process))[0]

    await eventually(says_so, "the service is ready", deadline_s)


async def clock_at(installation: Installation, step: int, *services: str) -> None:
    """Wait until these services have nothing due at a step any more."""

    async def reported() -> bool:
        steps = [(await installation.sql(service, "SELECT step FROM clock_step"))[0][0] for service in services]
        return bool(min(steps) >= step)

    await eventually(reported, f"{services} report step {step}")


def is_paused(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process is stopped, by us or by a failpoint."""
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

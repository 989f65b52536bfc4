"""How each alert is provoked in real services: what somebody breaks, and what mends it again.

One function a fault, which may make several of them fire: `ROWS` says which. Whoever adds an alert adds a row.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import asyncpg

from deploy.local.process import Process
from services import SERVICES
from services.command.token import make
from shared.chassis.process.clock import wall_seconds
from shared.contracts.topics import journal_of
from tests.integration.delivery.harness import approval, concern_of, decision, metric, report, set_topic
from tests.integration.delivery.in_process import record_of
from tests.support.installation import Installation, eventually
from tests.support.prometheus import Prometheus
from tests.support.transactional import Librdkafka

DOOR, REVIEWS, RECORDS = "concern-reports", "audit-reviews", "enquiry-records"
BURST = 20


@dataclass
class System:
    """The services, and who watches them."""

    installation: Installation
    processes: dict[str, subprocess.Popen[bytes]]
    prometheus: Prometheus
    broker: Process | None = None
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def ports(self) -> dict[str, int]:
        """Where each service answers."""
        return {service: process.port for service, process in self.processes.items()}  # type: ignore[attr-defined]

    async def start_again(self, service: str, how: signal.Signals) -> None:
        """End a service and start it at the same port, until it answers."""
        await asyncio.to_thread(self.installation.stop, self.processes[service], how)
        port = {"SECTION42_HTTP_PORT": str(self.ports[service])}
        self.processes[service] = self.installation.start(service, **self.environment | port)
        await eventually(lambda: self.number(service, "process_start_time_seconds"), f"{service} answers", 60)

    async def number(self, service: str, name: str, **labels: str) -> float:
        """A metric of a service."""
        return await asyncio.to_thread(metric, self.processes[service], name, **labels)

    async def counted(self, service: str, query: str, number: int = 1) -> None:
        """Wait until a service has so many rows."""

        async def there() -> bool:
            return bool((await self.installation.sql(service, query))[0][0] >= number)

        await eventually(there, f"{service}: {query}")

    async def of_the_database(self, statement: str) -> None:
        """What an administrator does to the database itself; whoever is connected is cut off."""
        connection = await asyncpg.connect(self.installation.servers.database_url)
        try:
            await connection.execute(statement)
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", self.installation.database
            )
        finally:
            await connection.close()


@asynccontextmanager
async def the_broker_falls_silent(system: System) -> AsyncIterator[None]:
    assert system.broker is not None
    system.broker.send(signal.SIGSTOP)
    try:
        yield
    finally:
        system.broker.send(signal.SIGCONT)


@asynccontextmanager
async def it_is_killed_again_and_again(system: System) -> AsyncIterator[None]:
    """As something does that starts it each time; on a slow machine fewer times within the alert's window."""
    enough = asyncio.Event()

    async def killing() -> None:
        while not enough.is_set():
            await system.start_again("enquiry", signal.SIGKILL)
            await asyncio.sleep(1)  # it has been looked at

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(killing())
        try:
            yield
        finally:
            enough.set()


@asynccontextmanager
async def it_is_stopped(system: System) -> AsyncIterator[None]:
    await asyncio.to_thread(system.installation.stop, system.processes["intake"])
    yield


@asynccontextmanager
async def nobody_looks_at_it(system: System) -> AsyncIterator[None]:
    system.prometheus.look_at({service: port for service, port in system.ports.items() if service != "audit"})
    yield


@asynccontextmanager
async def the_database_only_answers(system: System) -> AsyncIterator[None]:
    installation, how = system.installation, "SET default_transaction_read_only ="
    await system.of_the_database(f"ALTER DATABASE {installation.database} {how} on")
    await installation.post(report("only-answers"))
    yield
    await system.of_the_database(f"ALTER DATABASE {installation.database} {how} off")


@asynccontextmanager
async def the_journal_takes_nothing(system: System) -> AsyncIterator[None]:
    await set_topic(system.installation, journal_of("intake"), max_message_bytes=1)
    await system.installation.post(report("nothing-told"))
    yield
    await set_topic(system.installation, journal_of("intake"))


@asynccontextmanager
async def somebody_has_a_topic_compacted(system: System) -> AsyncIterator[None]:
    await set_topic(system.installation, "receipts", cleanup_policy="compact")
    yield
    await set_topic(system.installation, "receipts")


@asynccontextmanager
async def what_it_needs_has_not_come_for_two_days(system: System) -> AsyncIterator[None]:
    await system.installation.post(approval(concern_of("nobodys")))
    await system.counted("triage", "SELECT count(*) FROM held WHERE NOT parked")
    await system.installation.sql("triage", "UPDATE held SET since = since - interval '2 days' WHERE NOT parked")
    yield


@asynccontextmanager
async def a_fact_of_ours_cannot_be_read(system: System) -> AsyncIterator[None]:
    await system.installation.post_raw("concerns", b"nonsense", key=b"some case")
    yield


@asynccontextmanager
async def a_report_cannot_be_read(system: System) -> AsyncIterator[None]:
    await system.installation.post_raw(DOOR, b"nonsense", key=b"somebody/1")
    yield


@asynccontextmanager
async def a_child_is_reported_and_nobody_looks(system: System) -> AsyncIterator[None]:
    child = {"name": "A child", "birth_date": "2020-01-01"}
    await system.installation.post(report("about-a-child", adult=child))
    await system.counted("intake", "SELECT count(*) FROM list_rows WHERE list = '/duty' AND since IS NOT NULL")
    await system.installation.sql(
        "intake", "UPDATE list_rows SET since = since - interval '1 day' WHERE list = '/duty'"
    )
    yield


@asynccontextmanager
async def an_id_is_used_twice(system: System) -> AsyncIterator[None]:
    twice = [decision(concern_of("one-id"), decided_by=worker) for worker in ("worker-A", "worker-B")]
    await system.installation.post(report("one-id"), *twice)
    yield


@asynccontextmanager
async def a_case_cannot_be_read_when_its_timer_is_due(system: System) -> AsyncIterator[None]:
    await system.installation.sql(
        "triage",
        "INSERT INTO cases (key, due, body) SELECT gen_random_uuid(), now() - interval '1 hour', '{\"type\": \"x\"}'",
    )
    yield


@asynccontextmanager
async def somebody_else_moves_its_position(system: System) -> AsyncIterator[None]:
    installation, where = system.installation, "topic LIKE '%concern-reports' AND partition = 0"
    record = record_of(report("fenced"))
    await installation.post_raw(DOOR, record.value, key=record.key, headers=record.headers, partition=0)
    await system.counted("intake", f"SELECT count(*) FROM positions WHERE next_offset > 0 AND {where}")
    for number in range(16):
        fenced = await system.number("intake", "safeguarding_fenced_total")
        await installation.sql("intake", f"UPDATE positions SET next_offset = next_offset - 1 WHERE {where}")
        record = record_of(report(f"fenced-{number}"))
        await installation.post_raw(DOOR, record.value, key=record.key, headers=record.headers, partition=0)

        async def again(before: float = fenced) -> bool:
            return await system.number("intake", "safeguarding_fenced_total") > before

        await eventually(again, "it is fenced", 20)
        at = f"SELECT count(*) FROM positions WHERE next_offset > {number + 1} AND {where}"
        await system.counted("intake", at)
    yield


@asynccontextmanager
async def what_is_read_cannot_be_written_down(system: System) -> AsyncIterator[None]:
    secret = await make(system.installation.database_url, SERVICES, "ops.1", ["worklists"], 1)
    await system.installation.sql("enquiry", "REVOKE INSERT ON reads FROM section42_enquiry")
    request = urllib.request.Request(f"http://127.0.0.1:{system.ports['enquiry']}/api/worklist")
    request.add_header("authorization", f"Bearer {secret}")
    for _ in range(3):
        answered = 200
        try:
            await asyncio.to_thread(urllib.request.urlopen, request, timeout=90)
        except urllib.error.HTTPError as error:
            with error:
                answered = error.code
        assert answered == 503
    yield
    await system.installation.sql("enquiry", "GRANT INSERT ON reads TO section42_enquiry")


@asynccontextmanager
async def a_sender_s_transaction_stays_open(system: System) -> AsyncIterator[None]:
    installation = system.installation
    async with Librdkafka(installation.servers.bootstrap_servers, f"{installation.prefix}sender") as sender:
        await sender.begin(installation.prefix + RECORDS, [record_of(report("never-said"))])
        yield
        await sender.abort()


@asynccontextmanager
async def a_topic_is_made_anew_and_shorter(system: System) -> AsyncIterator[None]:
    from tests.integration.delivery.conftest import make_anew  # noqa: PLC0415  pytest has it first

    for partition in range(6):
        await system.installation.post_raw(RECORDS, b"nonsense", partition=partition)
    await system.counted("enquiry", "SELECT min(next_offset) FROM positions WHERE topic LIKE '%enquiry-records'")
    await make_anew(system.installation, RECORDS)
    yield


@asynccontextmanager
async def the_broker_s_clock_is_ahead(system: System) -> AsyncIterator[None]:
    """Its records bear a time that cannot be; meanwhile timers are due, and must not fire before they are read."""
    await set_topic(system.installation, REVIEWS, message_timestamp_type="CreateTime")
    async with system.installation.producer() as producer:
        ahead_ms = int((wall_seconds() + 1800) * 1000)  # Kafka itself refuses more than an hour
        sent = await producer.send(system.installation.prefix + REVIEWS, b"{}", partition=0, timestamp_ms=ahead_ms)
        await sent
    await system.installation.sql("audit", "UPDATE cases SET due = now() - interval '1 minute' WHERE due IS NOT NULL")
    yield


@asynccontextmanager
async def a_burst_cannot_be_read(system: System) -> AsyncIterator[None]:
    for number in range(BURST + 5):
        await system.installation.post_raw("enquiries", b"nonsense", key=f"{number}".encode(), partition=0)
    yield


@asynccontextmanager
async def a_door_is_flooded(system: System) -> AsyncIterator[None]:
    async with system.installation.producer() as producer:
        sent = [await producer.send(system.installation.prefix + DOOR, b"none") for _ in range(300)]
        await asyncio.gather(*sent)
    yield


@asynccontextmanager
async def somebody_guesses_tokens(system: System) -> AsyncIterator[None]:
    answered = set()
    for number in range(70):
        request = urllib.request.Request(f"http://127.0.0.1:{system.ports['triage']}/api/worklist")
        request.add_header("authorization", f"Bearer s42_{number:043}")
        try:
            await asyncio.to_thread(urllib.request.urlopen, request, timeout=30)
        except urllib.error.HTTPError as error:
            with error:
                answered.add(error.code)
    assert answered == {401, 429}
    yield


Provoke = Callable[[System], AbstractAsyncContextManager[None]]


class Row(NamedTuple):
    """A fault; the alerts that must fire for it, each with the service it is about; and whether it is mended.

    Those that fire for what is mended must fall silent again; a counter's stay for as long as its window is.
    """

    provoke: Provoke
    fires: tuple[tuple[str, str], ...]
    mended: bool = False


NEEDS_ITS_OWN_BROKER: tuple[tuple[Row, ...], ...] = (
    (Row(the_broker_falls_silent, tuple(("NotReady", service) for service in SERVICES), mended=True),),
    (
        Row(it_is_killed_again_and_again, (("CrashLoop", "enquiry"),)),
        Row(it_is_stopped, (("ServiceDown", "intake"),)),
        Row(nobody_looks_at_it, (("ServiceAbsent", "audit"),)),
    ),
)
STANDS_STILL: tuple[tuple[Row, ...], ...] = (
    (
        Row(the_database_only_answers, (("NotReady", "intake"), ("ConsumptionStopped", "intake"),
                                        ("LagTooOld", "intake")), mended=True),
    ),
    (Row(the_journal_takes_nothing, (("OutboxOld", "intake"),), mended=True),),
    (
        Row(a_topic_is_made_anew_and_shorter, (("PositionsRefused", "enquiry"),)),
        Row(the_broker_s_clock_is_ahead, (("ClockStopped", "audit"), ("ClocksDiffer", "audit"),
                                          ("TimersWaiting", "audit"), ("TimersOverdue", "audit"))),
    ),
)  # fmt: skip
IS_WRONG: tuple[tuple[Row, ...], ...] = (
    (
        Row(what_it_needs_has_not_come_for_two_days, (("HeldTooLong", "triage"),)),
        Row(a_fact_of_ours_cannot_be_read, (("EventsParked", "triage"), ("EventsParked", "audit"))),
        Row(a_report_cannot_be_read, (("DeadLettersGrowing", "intake"),)),
        Row(a_child_is_reported_and_nobody_looks, (("ChildOnDuty", "intake"), ("DutyWaits", "intake"))),
        Row(an_id_is_used_twice, (("ConflictingBody", "triage"),)),
        Row(a_case_cannot_be_read_when_its_timer_is_due, (("TimersBroken", "triage"), ("CasesNotListed", "triage"))),
        Row(somebody_else_moves_its_position, (("FencedGrowing", "intake"),)),
        Row(what_is_read_cannot_be_written_down, (("ReadsWithheld", "enquiry"),)),
        Row(somebody_guesses_tokens, (("TokensGuessed", "triage"),)),
        Row(a_sender_s_transaction_stays_open, (("TransactionOpen", "enquiry"),), mended=True),
        Row(somebody_has_a_topic_compacted, (("TopicMisconfigured", "intake"),), mended=True),
    ),
    (
        Row(a_burst_cannot_be_read, (("BreakerOpen", "audit"),)),
        Row(a_door_is_flooded, (("DoorFlooded", "intake"),)),
    ),
)
ROWS = [row for acts in (NEEDS_ITS_OWN_BROKER, STANDS_STILL, IS_WRONG) for act in acts for row in act]

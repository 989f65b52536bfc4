"""Rule 17: no clock of one machine makes a fact of law. Processes live by clocks that are wrong; nobody is told so."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from services.command.clock_book import Said, clocks, say_how_late
from services.command.problems import MisuseError
from services.command.registry import load
from services.command.topics import provision
from shared.chassis.delivery.kafka.log_ends import LogEnds
from shared.chassis.process.clock import WallClock
from shared.chassis.process.settings import Settings
from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import (
    NOON,
    QUICK,
    cloudevent,
    concern_of,
    decision,
    is_ready,
    metric,
    read_all,
    ready,
    received,
    report,
    states,
)
from tests.support import faketime
from tests.support.faketime import Clock
from tests.support.installation import Installation, eventually, install
from tests.support.servers import OwnServers, Servers

HOUR, DAYS_200 = 3600.0, 200 * 86_400.0
TRIAGED = "safeguarding.concern.triaged.v1"
BY_THE_CLOCK = ("audit.drift", "audit.open-concerns")
"""What audit tells because so much time has gone by."""
TOLD, NOT_TOLD = "safeguarding.audit.decision-overdue.v1", "safeguarding.audit.decision-overdue-ended.v1"


@pytest.fixture
def clock() -> Iterator[Clock]:
    with faketime.clock() as made:
        yield made


@pytest.fixture
async def with_servers(own_servers: OwnServers, servers: Servers) -> AsyncIterator[Any]:
    """`await with_servers(kafka=True)`: an installation one of whose servers is its own, and that server."""
    made: list[Installation] = []

    async def installing(clock: Clock | None = None, *, kafka: bool = False, postgres: bool = False) -> Any:
        environment = clock.environment if clock is not None else {}
        stack = own_servers(kafka=kafka, postgres=postgres, environment=environment)
        where = Servers(
            stack.kafka.bootstrap if kafka else servers.bootstrap_servers,
            stack.postgres.url if postgres else servers.database_url,
        )
        made.append(await install(where, topics=False))
        await provision(made[0].kafka, made[0].prefix)
        return made[0], stack

    yield installing
    for installation in made:
        await installation.close()


def now() -> datetime:
    return WallClock().now()


def adult_of(name: str) -> Any:
    return derived("adult", name)


def triaged(name: str) -> dict[str, Any]:
    """A decision on a concern as triage states it, a day after it was received."""
    said = decision(concern_of(name))["data"] | {"adult_id": str(adult_of(name)), "decision": "not_met"}
    said |= {"decided_at": (NOON + timedelta(hours=1)).isoformat(), "approved_by": "manager-1"}
    said |= {"approved_at": (NOON + timedelta(days=1)).isoformat()}
    return cloudevent(TRIAGED, f"triaged-{name}", said, NOON + timedelta(days=1), "/section42/triage")


def ahead(process: subprocess.Popen[bytes], clock: str) -> float:
    """How far a process says a clock is ahead of its own."""
    return metric(process, "safeguarding_clock_offset_seconds", clock=clock)


async def facts_by_type(installation: Installation, *topics: str) -> dict[str, int]:
    """How often each type was told."""
    types = [fact.type for fact in (await read_all(installation, topics)).facts.values()]
    return {each: types.count(each) for each in sorted(set(types))}


def written_by(*services: str) -> list[str]:
    """The topics of what these services state."""
    return sorted({event.topic for service in services for event in load(service).writes})


async def nobody_was_refused_or_flagged(installation: Installation, concerns: int) -> None:
    """Each report became a concern, once, received just now."""
    facts = (await read_all(installation, written_by("intake", "audit"))).facts.values()
    assert [fact.type for fact in facts if "refused" in fact.type] == []
    assert [fact.type for fact in facts if fact.topic in BY_THE_CLOCK] == []
    received_at = [datetime.fromisoformat(f.body["received_at"]) for f in facts if f.topic == "concerns"]
    assert len(received_at) == concerns
    assert all(abs(now() - at) < timedelta(minutes=10) for at in received_at)


def reports(*numbers: int) -> list[dict[str, Any]]:
    return [report(str(n), f"person-{n}", now()) for n in numbers]


@pytest.mark.parametrize("slow", ["intake", "triage"])
async def test_one_service_an_hour_slow_refuses_nothing(slow: str, install_for: InstallFor, clock: Clock) -> None:
    """Sent times are held against the broker's: by its own clock each report and decision would be of the future."""
    installation = await install_for("intake", "triage", "audit")
    clock.set(-HOUR)
    everybody = ("intake", "triage", "audit")
    running = {s: installation.start(s, **(QUICK | (clock.environment if s == slow else {}))) for s in everybody}

    await installation.post(*reports(*range(4)))
    await installation.settled(everybody)
    await installation.post(*(decision(concern_of(str(n)), at=now()) for n in range(4)))
    await installation.settled(everybody)

    told = await facts_by_type(installation, *written_by(*everybody))
    assert not [each for each in told if "refused" in each]
    await eventually(lambda: ahead(running[slow], "database") > HOUR - 60, "it says that its clock is wrong")
    assert ahead(running[slow], "broker") > HOUR - 60
    await is_ready(running[slow])
    await nobody_was_refused_or_flagged(installation, 4)
    assert len([state for state in (await states(installation, "triage")).values() if state.get("decisions")]) == 4


async def test_a_service_200_days_ahead_for_three_seconds_tells_of_no_drift(
    install_for: InstallFor, clock: Clock
) -> None:
    installation = await install_for("intake", "audit")
    installation.start("intake", **QUICK)
    audit = installation.start("audit", **QUICK, **clock.environment)
    await installation.post(*reports(1, 2))
    await installation.settled(("intake", "audit"))

    clock.set(DAYS_200)
    await eventually(lambda: ahead(audit, "database") < -DAYS_200 + 60, "it says that its clock is wrong")
    await eventually(lambda: metric(audit, "safeguarding_timers_waiting_seconds") >= 3, "timers wait, three seconds")
    await installation.post(*reports(3))
    await installation.settled(("intake", "audit"))
    clock.set(0)
    await eventually(lambda: abs(ahead(audit, "database")) < 1, "it says that its clock is right again")
    await installation.post(*reports(4))
    await installation.settled(("intake", "audit"))

    await nobody_was_refused_or_flagged(installation, 4)
    assert len(await states(installation, "audit")) >= 4
    assert metric(audit, "safeguarding_timers_waiting_seconds") == 0


async def test_a_broker_200_days_ahead_is_waited_for_until_a_person_has_said_so(with_servers: Any) -> None:
    installation, stack = await with_servers(kafka=True)

    def broker(ahead_s: float) -> None:
        stack.kafka.stop()
        stack.kafka.environment = faketime.at_start(ahead_s)
        stack.kafka.start()

    installation.start("audit", **QUICK)
    intake = installation.start("intake", **QUICK)
    await installation.post(*reports(*range(4)))
    await installation.settled(("intake", "audit"))

    # In one partition what may be applied and what may not come in one batch.
    intake.send_signal(signal.SIGSTOP)
    await post_to(installation, 0, *reports(4, 5))
    await asyncio.to_thread(broker, DAYS_200)
    await post_to(installation, 0, *reports(6, 7, 8))
    intake.send_signal(signal.SIGCONT)
    await eventually(
        lambda: "section42 clocks intake" in ready(intake)[1], "it says what stands still, and is not ready"
    )
    await eventually(lambda: ahead(intake, "broker") > DAYS_200 - 60, "it says whose clock is wrong")
    await eventually(lambda: metric(intake, "safeguarding_clock_stopped_partitions") == 1, "and which partition stands")
    assert "clock_stopped" in installation.log_of(intake)
    await asyncio.to_thread(broker, 0)
    await post_to(installation, 0, *reports(9))
    await installation.post(*reports(*range(10, 14)))
    await nobody_was_refused_or_flagged_meanwhile(installation)

    installation.stop(intake)
    intake = installation.start("intake", **QUICK)
    await eventually(lambda: "section42 clocks intake" in ready(intake)[1], "who starts later knows of it")
    where = installation.kafka, installation.database_url, installation.prefix, "intake"
    (one,) = (await clocks(*where)).stopped
    said = Said(one.topic, one.partition, one.from_offset, one.to_offset, one.ahead_s, "the test set it")
    assert one.to_offset == one.from_offset + 3, "and no further: then it was right again"
    with pytest.raises(MisuseError, match="future"):
        await say_how_late(*where, replace(said, ahead_s=1))
    with pytest.raises(MisuseError, match="let TO be"):
        await say_how_late(*where, replace(said, to_offset=one.to_offset + 1))
    with pytest.raises(MisuseError, match="does not stand still"):
        await say_how_late(*where, replace(said, from_offset=one.from_offset - 1))
    await say_how_late(*where, said)
    await is_ready(intake)
    await installation.settled(("intake", "audit"))

    await nobody_was_refused_or_flagged(installation, 14)
    assert metric(intake, "safeguarding_clock_stopped_partitions") == 0
    assert await installation.sql("intake", "SELECT FROM clock_stops") == []


async def post_to(installation: Installation, partition: int, *events: dict[str, Any]) -> None:
    """Post reports into one partition of their door."""
    for event in events:
        headers = [(f"ce_{name}", str(value).encode()) for name, value in event.items() if name != "data"]
        await installation.post_raw(
            "concern-reports", json.dumps(event["data"]).encode(), headers=headers, partition=partition
        )


async def nobody_was_refused_or_flagged_meanwhile(installation: Installation) -> None:
    facts = (await read_all(installation, written_by("intake", "audit"))).facts.values()
    assert not [fact.type for fact in facts if "refused" in fact.type or fact.topic in BY_THE_CLOCK]
    assert all(datetime.fromisoformat(f.body["received_at"]) < now() for f in facts if f.topic == "concerns")


async def test_a_database_an_hour_off_stops_timers_and_nothing_else(with_servers: Any, clock: Clock) -> None:
    installation, _ = await with_servers(clock, postgres=True)
    intake, audit = (installation.start(service, **QUICK) for service in ("intake", "audit"))
    await installation.post(*reports(1, 2))
    await installation.settled(("intake", "audit"))

    clock.set(HOUR)
    await eventually(lambda: ahead(audit, "database") > HOUR - 60, "it says that the database's clock is wrong")
    assert abs(ahead(intake, "broker")) < 5
    await installation.post(*reports(3, 4), received("long-ago", adult_of("long-ago")))
    await installation.settled(("intake", "audit"))
    await eventually(lambda: metric(audit, "safeguarding_timers_waiting_seconds") >= 3, "what is due waits")
    assert await facts_by_type(installation, *BY_THE_CLOCK) == {}
    await is_ready(intake)

    clock.set(0)
    await eventually(lambda: metric(audit, "safeguarding_timers_waiting_seconds") == 0, "what is due is told")
    await installation.settled(("intake", "audit"))
    told = await facts_by_type(installation, *BY_THE_CLOCK)
    assert told == {TOLD: 1, "safeguarding.audit.drift-flagged.v1": 1}
    assert (await facts_by_type(installation, "receipts")).keys() == {"safeguarding.concern.report-accepted.v1"}


async def test_a_timer_waits_for_what_lies_unread_in_any_partition(install_for: InstallFor, clock: Clock) -> None:
    """What was decided long ago lies unread, as it does after a restore; and a door's partition stands still."""
    installation = await install_for("audit")
    clock.set(-HOUR)
    audit = installation.start("audit", **QUICK, **clock.environment)  # by a wrong clock: no timer fires
    await installation.post(*(received(name, adult_of(name)) for name in ("decided", "open")))
    await installation.settled(["audit"])
    installation.stop(audit)
    assert await facts_by_type(installation, *BY_THE_CLOCK) == {}

    await installation.post(triaged("decided"))
    review = {"adult_id": str(adult_of("open")), "review_id": str(derived("review", "1")), "safety_planning": "None."}
    review |= {"reviewed_by": "worker-1", "reviewed_at": now().isoformat()}
    await installation.post(cloudevent("safeguarding.audit.repeat-reviewed.v1", "review", review, now()))
    (door,) = await installation.records("audit-reviews")
    stop = "INSERT INTO clock_stops VALUES ('audit-reviews', $1, $2, -5000, clock_timestamp())"
    await installation.sql("audit", stop, door.partition, door.offset)
    audit = installation.start("audit", **QUICK)
    await eventually(lambda: metric(audit, "safeguarding_timers_waiting_seconds") >= 3, "what is due waits")
    assert "audit-reviews" in ready(audit)[1]
    assert await facts_by_type(installation, *BY_THE_CLOCK) == {}

    where = installation.kafka, installation.database_url, installation.prefix, "audit"
    said = Said("audit-reviews", door.partition, door.offset, door.offset + 1, 0, "it was right")
    await say_how_late(*where, said)
    await eventually(lambda: metric(audit, "safeguarding_timers_waiting_seconds") == 0, "what is due is told")
    await installation.settled(["audit"])
    facts = (await read_all(installation, BY_THE_CLOCK)).facts.values()
    assert {(f.type, f.body.get("open_id", f.body.get("concern_id"))) for f in facts} == {
        (TOLD, str(concern_of("open"))),
        ("safeguarding.audit.drift-flagged.v1", str(concern_of("open"))),
    }


async def test_the_leader_s_end_lies_behind_what_is_not_committed_and_the_readers_before(
    install_for: InstallFor,
) -> None:
    """A look must not take an open transaction for what comes later; tried against the client library as it is."""
    installation = await install_for("intake")
    ends = LogEnds("intake", load("intake").topics, Settings(installation.kafka, "", installation.prefix))
    topic = installation.prefix + "concern-reports"
    where = (topic, 0)
    sender = AIOKafkaProducer(bootstrap_servers=installation.servers.bootstrap_servers, transactional_id=topic)
    await sender.start()
    try:
        partitions = await ends.partitions()
        assert {topic for topic, _ in partitions} == {installation.prefix + t for t in load("intake").topics}
        async with sender.transaction():
            await sender.send_and_wait(topic, b"{}", partition=0)
            assert (await ends.of_leaders([where]))[where] == 1
            assert (await ends.for_readers([where]))[where] == 0
        await eventually(lambda: _reads(ends, where, 2), "readers see the record and its marker")
    finally:
        await sender.stop()
        await ends.close()


async def _reads(ends: LogEnds, where: tuple[str, int], end: int) -> bool:
    return (await ends.for_readers([where]))[where] == end == (await ends.of_leaders([where]))[where]

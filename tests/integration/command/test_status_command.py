"""`section42 status`: an empty system, one at work, and one whose books do not agree."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services import SERVICES
from services.command.app import app
from services.command.post import post
from services.command.status import status
from services.command.status_found import SenderStatus, Status
from services.command.stuck import UNHEARD_S
from shared.contracts.doors import ConcernReported, TriageDecision, concern_id_of
from shared.kernel.event import Event
from tests.integration.command.test_program import run
from tests.integration.delivery.harness import (
    administering,
    clock_at,
    gives_signs_of_life,
    is_ready,
    metric,
    set_topic,
    tick,
)
from tests.support.builders import a_decision, a_duplicate, an_approval, decision_id
from tests.support.faketime import at_start
from tests.support.installation import Installation, eventually
from tests.support.intake_builders import a_merge, a_reinstatement, a_withdrawal, adult_of


def report(sender: str, number: int, event: str | None = None, **data: Any) -> str:
    said = {"sender": sender, "reference": f"R{number}", "adult": {"person_reference": f"P{number}"}} | data
    name = event or f"{sender}-{number}"
    return json.dumps({"id": name, "source": "/tests", "type": "safeguarding.concern.reported.v1", "data": said})


async def look(installation: Installation) -> Status:
    return await status(installation.kafka, installation.database_url, installation.prefix)


async def test_an_empty_system_is_accounted_for(installation: Installation) -> None:
    found = await look(installation)

    assert [service.service for service in found.services] == list(SERVICES)
    assert found.settled
    assert found.senders == []
    assert found.verdict == "every report is accounted for"


async def test_what_nobody_has_read_yet_is_lag_with_an_age(installation: Installation) -> None:
    await post(installation.kafka, installation.prefix, [report("wmas", n) for n in range(40)])

    found = await look(installation)

    intake = found.services[0]
    assert intake.lag_records == 40
    assert intake.lag_s is not None
    assert 0 <= intake.lag_s < 60
    assert [service.lag_records for service in found.services[1:]] == [0] * (len(SERVICES) - 1)
    assert not found.settled
    assert found.verdict == "every report is accounted for (at most 40 yet to be read)"


async def test_every_report_is_accounted_for_by_sender(installation: Installation) -> None:
    decided = concern_id_of("wmas", "R1")
    now = datetime.now(UTC)  # noqa: TID251  the services under test go by the wall's clock
    decision = a_decision(concern=decided, decided_at=now + timedelta(minutes=1))
    approval = an_approval(concern=decided, approved_at=now + timedelta(minutes=2))
    await post(
        installation.kafka,
        installation.prefix,
        [
            report("wmas", 1),
            report("wmas", 2),
            report("wmas", 2),  # the same event again
            report("wmas", 2, event="a resend"),
            report("wmas", 3, adult={"person_reference": "P3", "birth_date": f"{now.year - 5}-01-01"}),
            report("police", 1),
            report("police", 2)[:-2] + ', "urgent": true, "urgent": false}}',
            report("police", 1, event="police-1", narrative="another body under an id that was taken"),
            *(
                json.dumps({"id": f"d-{event.type}", "source": "/cms", "type": event.type,
                            "data": json.loads(event.model_dump_json(exclude_none=True))})
                for event in (decision, approval)
            ),
        ],
    )  # fmt: skip
    installation.start("intake")
    installation.start("triage")
    await installation.settled(["intake", "triage"])
    await gives_signs_of_life(installation, "enquiry", "audit")

    found = await look(installation)

    assert found.senders == [
        SenderStatus("police", received=3, accepted=1, duplicate=1, unreadable=1, waiting=1),
        SenderStatus("wmas", received=5, accepted=2, refused=1, duplicate=2, decided=1, waiting=1),
    ]
    assert found.reports_read == 8
    assert found.problems == []
    assert found.services[0].dead_letters == 1

    await installation.sql("intake", "UPDATE tallies SET records = records - 1 WHERE sender = 'wmas'")
    await installation.sql("triage", "DELETE FROM cases WHERE key = $1", decided)

    broken = await look(installation)

    assert "8 reports were read from the log, but 4 are counted by sender" in broken.problems
    assert "1 accepted concerns have not reached triage, and nothing is on the way" in broken.problems
    assert any(problem.startswith("wmas: 1 accepted, but 2 concerns kept") for problem in broken.problems)
    assert broken.verdict.startswith("NOT ACCOUNTED FOR: ")


async def test_the_sums_hold_with_concerns_withdrawn_reinstated_corrected_and_merged(
    installation: Installation,
) -> None:
    """Of seven concerns of one sender each is in one column; what is decided on a withdrawn one moves it nowhere."""
    now = datetime.now(UTC)  # noqa: TID251  the services under test go by the wall's clock

    def later(minutes: float) -> datetime:
        return now + timedelta(minutes=minutes)

    concerns = {n: ConcernReported(sender="wmas", reference=f"R{n}") for n in range(1, 8)}
    ids = {n: concern.concern_id for n, concern in concerns.items()}
    decisions: list[Event] = [
        *(a_decision(f"{n}", ids[n], decided_at=later(1)) for n in (1, 2, 3, 4)),
        *(an_approval(f"{n}", ids[n], approved_at=later(2)) for n in (1, 2, 3, 4)),
        a_withdrawal(concerns[1], decided_at=later(3)),  # withdrawn after it was decided
        a_withdrawal(concerns[2], decided_at=later(1)),  # and decided after it was withdrawn
        a_withdrawal(concerns[3], decided_at=later(1)),
        a_reinstatement(concerns[3], decided_at=later(1)),  # reinstated: decided, at the same instant
        a_decision("4b", ids[4], TriageDecision.NOT_MET, supersedes=decision_id("4"), decided_at=later(3)),  # corrected
        an_approval("4b", ids[4], approved_at=later(4)),
        a_withdrawal(concerns[5], decided_at=later(1)),  # never decided
        a_merge(adult=adult_of(concerns[6]), other=adult_of(concerns[7]), decided_at=now),
        a_duplicate(concerns[6], concerns[7], decided_at=now),
    ]
    lines = [report("wmas", n) for n in concerns]
    lines += [
        json.dumps({"id": f"d{n}", "source": "/cms", "type": event.type,
                    "data": json.loads(event.model_dump_json(exclude_none=True))})
        for n, event in enumerate(decisions)
    ]  # fmt: skip
    await post(installation.kafka, installation.prefix, lines[:7])
    installation.start("intake")
    await installation.settled(["intake"])
    await post(installation.kafka, installation.prefix, lines[7:])
    installation.start("triage")
    await installation.settled(["intake", "triage"])
    await gives_signs_of_life(installation, "enquiry", "audit")

    found = await look(installation)

    assert found.senders == [SenderStatus("wmas", received=7, accepted=7, decided=2, waiting=2, withdrawn=3)]
    assert found.problems == []
    assert found.verdict == "every report is accounted for"

    forget = "UPDATE cases SET marks = 'open awaiting_decision 2024-03-06' WHERE key = $1"
    await installation.sql("triage", forget, ids[5])

    differing = await look(installation)

    assert differing.senders[0].withdrawn == 2
    assert differing.problems == [
        "intake and triage differ on whether 1 concerns are withdrawn, and nothing is on the way"
    ]


async def test_what_waits_over_a_day_by_the_driven_clock_is_a_problem_wherever_one_looks(
    driven_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By that clock, though it took a second; the approval waits since it was recorded, before any tick was heard."""
    installation = driven_installation
    approval = an_approval(concern=concern_id_of("nobody", "R1"))
    event = installation.event(approval.type, json.loads(approval.model_dump_json(exclude_none=True)),
                               at=approval.approved_at)  # fmt: skip
    triage = installation.start("triage")
    await installation.post(event)
    await installation.settled(["triage"])
    await gives_signs_of_life(installation, "intake", "enquiry", "audit")
    for name, value in installation.environment().items():
        monkeypatch.setenv(name, value)

    async def at(step: int, hours: float) -> tuple[Result, Result]:
        await installation.post(tick(step, approval.approved_at + timedelta(hours=hours)))
        await clock_at(installation, step, "triage")
        runner = CliRunner()
        return (
            await asyncio.to_thread(lambda: runner.invoke(app, ["status", "--json"])),
            await asyncio.to_thread(lambda: runner.invoke(app, ["held", "triage"])),
        )

    in_time, held = await at(0, 23)

    assert (in_time.exit_code, json.loads(in_time.stdout)["problems"]) == (0, [])
    assert "  waiting for 23 h, since 2024-03-06 14:00:00Z  " in held.stdout

    too_long, held = await at(1, 50)

    assert too_long.exit_code == 1
    told = json.loads(too_long.stdout)
    assert told["problems"] == ["triage has waited 2 d for what an event needs: section42 held triage"]
    assert told["verdict"] == "every report is accounted for"
    assert "  waiting for 2 d, since 2024-03-06 14:00:00Z  " in held.stdout
    assert metric(triage, "safeguarding_held_oldest_seconds") == timedelta(hours=50).total_seconds()


@pytest.mark.parametrize("ahead_s", [7200.0, -7200.0])
async def test_a_machine_whose_clock_is_wrong_hides_no_timer_and_calls_nobody_dead(
    installation: Installation, ahead_s: float
) -> None:
    await gives_signs_of_life(installation, *SERVICES)
    overdue = "INSERT INTO cases (key, due) VALUES (gen_random_uuid(), now() - interval '10 minutes')"
    await installation.sql("audit", overdue)
    environment = installation.environment() | at_start(ahead_s)

    done = await asyncio.to_thread(lambda: run("status", "--json", **environment))

    (said,) = json.loads(done.stdout)["problems"]
    assert said.startswith("audit has timers that should have fired 10 min ago, 1 in all")


async def test_what_is_held_published_late_or_overdue_shows(installation: Installation) -> None:
    held = (
        "INSERT INTO held (parked, claimed, reason, since, topic, partition, record_offset, recorded, record) VALUES"
        " ($1, true, 'x', now() - interval '1 hour', 'concerns', 0, 0, now(), 'x')"
    )
    await installation.sql("triage", held, True)  # noqa: FBT003  parked
    await installation.sql("triage", held, False)  # noqa: FBT003
    await installation.sql("enquiry", "INSERT INTO outbox (since, facts, packed) VALUES (now(), 3, 'x')")
    await installation.sql("audit", "INSERT INTO cases (key, due) VALUES (gen_random_uuid(), now())")
    await installation.sql("audit", "UPDATE breaker SET tripped_at = now()")
    stop = "INSERT INTO clock_stops VALUES ('triage-decisions', 3, 7, 17000, now())"
    await installation.sql("triage", stop)

    found = {service.service: service for service in (await look(installation)).services}
    triage, enquiry, audit = found["triage"], found["enquiry"], found["audit"]

    assert (triage.waiting, triage.parked) == (1, 1)
    assert triage.parked_s is not None
    assert 3590 < triage.parked_s < 3700
    assert enquiry.outbox_facts == 3
    assert audit.timers_overdue == 1
    assert audit.breaker_tripped_at is not None
    assert triage.clock_stops == [
        "triage does not read triage-decisions 3 from 7 on: the broker's clock was wrong: section42 clocks triage"
    ]
    assert replace(triage, waiting=0, parked=0).idle
    assert not enquiry.idle


async def test_a_topic_that_is_not_there_is_no_door_at_which_nobody_has_knocked(installation: Installation) -> None:
    async with administering(installation) as client:
        await client.delete_topics([name := installation.prefix + "concern-reports"])

        async def gone() -> bool:
            return all(topic["error_code"] for topic in await client.describe_topics([name]))

        await eventually(gone, "the topic is gone")
    await gives_signs_of_life(installation, *SERVICES)

    found = await look(installation)

    assert found.problems == ["intake does not read concern-reports: it is not in Kafka: section42 topics"]
    assert found.verdict.startswith("NOT ACCOUNTED FOR: intake does not read concern-reports")


async def test_a_service_that_does_not_run_is_told_of_from_the_first_minute_on_though_it_has_nothing_to_do(
    installation: Installation,
) -> None:
    await gives_signs_of_life(installation, "intake", "triage", "enquiry")

    found = await look(installation)

    assert found.problems == ["audit has given no sign of life for an hour or more: section42 endpoints: does it run?"]
    audit = installation.start("audit")
    await is_ready(audit)

    async def heard() -> bool:
        seen = (await look(installation)).services[-1].heard_s
        return seen is not None and seen < UNHEARD_S

    await eventually(heard, "it gives a sign of life")
    assert (await look(installation)).problems == []
    await asyncio.to_thread(installation.stop, audit)

    stopped = replace((await look(installation)).services[-1], heard_s=UNHEARD_S + 1)

    assert stopped.stuck == ["audit has given no sign of life for 61 s: section42 endpoints: does it run?"]


async def test_a_topic_that_is_not_kept_as_declared_is_told_of_until_it_is_put_right(
    installation: Installation,
) -> None:
    await gives_signs_of_life(installation, *SERVICES)
    await set_topic(installation, "intake.journal", retention_ms=1000)
    await set_topic(installation, "concern-reports", message_timestamp_type="CreateTime", retention_bytes=1_000_000)

    said = (await look(installation)).problems

    assert said == [
        (
            "concern-reports is not set as it must be: retention.bytes=1000000 deletes what must be kept, "
            "message.timestamp.type=CreateTime lets its writers say when a record came: section42 topics"
        ),
        "intake.journal is not set as it must be: retention.ms=1000 deletes what must be kept: section42 topics",
    ]
    await set_topic(installation, "intake.journal")
    await set_topic(installation, "concern-reports")
    assert (await look(installation)).problems == []


async def test_a_dead_letter_that_is_told_again_is_counted_once(installation: Installation) -> None:
    letters = [("a", "1"), ("b", "2"), ("a", "1")]
    for value, identity in letters:
        await installation.post_raw(
            "concern-reports.dead-letters", value.encode(), headers=[("dead_letter_id", identity.encode())]
        )

    assert (await look(installation)).services[0].dead_letters == 2

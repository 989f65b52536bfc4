"""`section42 status`: an empty system, one at work, and one whose books do not agree."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.command.post import post
from services.command.status import SenderStatus, Status, status
from shared.contracts.doors import concern_id_of
from tests.support.builders import a_decision, an_approval
from tests.support.installation import Installation


def report(sender: str, number: int, event: str | None = None, **data: Any) -> str:
    said = {"sender": sender, "reference": f"R{number}", "adult": {"person_reference": f"P{number}"}} | data
    name = event or f"{sender}-{number}"
    return json.dumps({"id": name, "source": "/tests", "type": "safeguarding.concern.reported.v1", "data": said})


async def look(installation: Installation) -> Status:
    return await status(installation.kafka, installation.database_url, installation.prefix)


async def test_an_empty_system_is_accounted_for(installation: Installation) -> None:
    found = await look(installation)

    assert [service.service for service in found.services] == ["intake", "triage", "enquiry", "audit"]
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
    assert [service.lag_records for service in found.services[1:]] == [0, 0, 0]
    assert not found.settled
    assert found.verdict == "every report is accounted for (40 yet to be read)"


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
            report("police", 2, urgent="perhaps"),
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

    found = await look(installation)

    assert found.senders == [
        SenderStatus("police", received=3, accepted=1, unreadable=1, set_aside=1, waiting=1),
        SenderStatus("wmas", received=5, accepted=2, refused=1, duplicate=2, decided=1, waiting=1),
    ]
    assert found.reports_read == 8
    assert found.problems == []
    assert found.services[0].dead_letters == 2

    await installation.sql("intake", "UPDATE tallies SET records = records - 1 WHERE sender = 'wmas'")
    await installation.sql("triage", "DELETE FROM cases WHERE key = $1", decided)

    broken = await look(installation)

    assert "8 reports were read from the log, but 4 are counted by sender" in broken.problems
    assert "1 accepted concerns have not reached triage, and nothing is on the way" in broken.problems
    assert any(problem.startswith("wmas: 1 accepted, but 2 concerns kept") for problem in broken.problems)
    assert broken.verdict.startswith("NOT ACCOUNTED FOR: ")


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

    _, triage, enquiry, audit = (await look(installation)).services

    assert (triage.waiting, triage.parked) == (1, 1)
    assert triage.parked_s is not None
    assert 3590 < triage.parked_s < 3700
    assert enquiry.outbox_facts == 3
    assert audit.timers_overdue == 1
    assert audit.breaker_tripped_at is not None
    assert replace(triage, waiting=0, parked=0).idle
    assert not enquiry.idle

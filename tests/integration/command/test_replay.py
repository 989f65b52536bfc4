"""Replays: years in seconds, in steps of any length, cut off and gone on with, and never anything twice."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services import SERVICES
from services.command import replay as replaying
from services.command.problems import CommandError
from services.command.replay import Replayed, replay
from services.command.timeline import EPOCH, Step, end_of, events_of, number_of
from shared.contracts.doors import concern_id_of
from shared.kernel.identity import derived
from tests.support.installation import Installation, install
from tests.support.servers import Servers

STORIES = Path(__file__).parents[2] / "support" / "stories" / "stories.jsonl"
FACTS = (
    "receipts",
    "concerns",
    "triage",
    "section-42-conversions",
    "enquiries",
    "msp-outcomes",
    "audit.drift",
    "audit.repeat-concerns",
)
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


def reported(number: int, at: datetime) -> str:
    data = {"sender": "ambulance", "reference": f"A-{number}", "adult": {"person_reference": "P-1"}}
    event = {"id": str(number), "source": "/ambulance", "type": "safeguarding.concern.reported.v1", "data": data}
    return json.dumps(event | {"time": at.isoformat()})


def looked_at(number: int, at: datetime) -> str:
    concern = concern_id_of("ambulance", f"A-{number}")
    data = {
        "adult_id": str(derived("adult", str(concern))), "open_id": str(concern), "legitimate": True,
        "reason_open": "police", "next_look": f"{at + timedelta(days=20):%Y-%m-%d}", "reviewed_by": "coordinator",
        "reviewed_at": at.isoformat(),
    }  # fmt: skip
    event = {"id": f"look-{number}", "source": "/audit", "type": "safeguarding.audit.drift-reviewed.v1", "data": data}
    return json.dumps(event | {"time": at.isoformat()})


async def run(installed: Installation, lines: Sequence[str], **options: Any) -> Replayed:
    return await replay(installed.kafka, installed.database_url, installed.prefix, lines, **options)


async def flags(installed: Installation) -> list[tuple[int, str]]:
    found = await installed.facts("audit.drift", "safeguarding.audit.drift-flagged.v1")
    return sorted((fact["look"], fact["due_at"]) for fact in found)


async def everything(installed: Installation) -> dict[str, Any]:
    return {
        fact["headers"]["ce_id"]: {k: v for k, v in fact.items() if k != "headers"}
        for topic in FACTS
        for fact in await installed.facts(topic)
    }


def test_a_step_ends_where_its_week_or_its_day_ends_and_an_end_is_its_own() -> None:
    wednesday = MONDAY + timedelta(days=2, minutes=1)

    assert Step.WEEK.end_of(wednesday) == MONDAY + timedelta(weeks=1)
    assert Step.DAY.end_of(wednesday) == MONDAY + timedelta(days=3)
    assert Step.HOUR.end_of(wednesday) == MONDAY + timedelta(days=2, hours=1)
    assert Step.WEEK.end_of(MONDAY) == MONDAY
    assert end_of(number_of(wednesday)) == wednesday
    assert number_of(EPOCH) == 0


def test_what_has_no_time_is_named_and_left_out() -> None:
    without = json.dumps({k: v for k, v in json.loads(reported(1, MONDAY)).items() if k != "time"})
    naive = reported(2, MONDAY.replace(tzinfo=None))

    inputs, problems = events_of([without, naive, "", reported(3, MONDAY), "{"])

    assert [each.at for each in inputs] == [MONDAY]
    assert [problem.line for problem in problems] == [1, 2, 5]


async def test_timers_fire_between_inputs_at_the_instant_they_fell_due(driven_installation: Installation) -> None:
    driven_installation.start_all()
    lines = [reported(1, MONDAY), looked_at(1, MONDAY + timedelta(days=190))]

    done = await run(driven_installation, lines, until=MONDAY + timedelta(days=400))

    assert (done.posted, done.problems) == (2, [])
    assert done.now == MONDAY + timedelta(days=400)
    # Not four hundred days, and not the weeks in which nothing was to do: the report, the target for its decision,
    # six months, the look, the next look, the end.
    assert done.steps == 6
    looks = await flags(driven_installation)
    assert [look for look, _ in looks] == [1, 2]
    assert [datetime.fromisoformat(due) for _, due in looks] == [
        datetime(2024, 7, 1, 23, tzinfo=UTC),  # 00:00 in London on 2 July
        datetime(2024, 7, 28, 23, tzinfo=UTC),  # the day of the next look
    ]


async def test_a_second_replay_changes_nothing_and_a_cut_off_one_goes_on(driven_installation: Installation) -> None:
    driven_installation.start_all()
    lines = [reported(number, MONDAY + timedelta(days=10 * number)) for number in range(5)]

    first = await run(driven_installation, lines, step=Step.DAY, until=MONDAY + timedelta(days=25))
    rest = await run(driven_installation, lines)
    states = [await driven_installation.state_hash(service) for service in SERVICES]
    again = await run(driven_installation, lines)

    assert (first.posted, rest.posted, rest.passed_over) == (3, 2, 3)
    assert (again.posted, again.passed_over, again.steps) == (0, 5, 0)
    assert [await driven_installation.state_hash(service) for service in SERVICES] == states
    assert len(await driven_installation.records("concern-reports")) == 5
    assert len(await driven_installation.facts("audit.repeat-concerns")) == 2  # the fourth opens, the fifth joins


@pytest.mark.timeout(180)
async def test_steps_of_a_week_and_of_a_day_end_in_the_same_facts_and_states(servers: Servers) -> None:
    lines = STORIES.read_text(encoding="utf-8").splitlines()[:90]
    ends: list[tuple[dict[str, Any], list[str]]] = []
    for step in (Step.WEEK, Step.DAY):
        installed = await install(servers, driven=True)
        try:
            installed.start_all()
            await run(installed, lines, step=step, until=datetime(2025, 6, 1, tzinfo=UTC))
            ends.append((await everything(installed), [await installed.state_hash(name) for name in SERVICES]))
        finally:
            await installed.close()

    assert ends[0][0].keys() == ends[1][0].keys()
    assert ends[0] == ends[1]


async def test_nothing_is_posted_to_services_that_do_not_follow_the_clock(
    driven_installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "_ANSWER_S", 0.5)

    with pytest.raises(CommandError, match=f"{SERVICES[-1]} did not follow the clock"):
        await run(driven_installation, [reported(1, MONDAY)])

    assert await driven_installation.records("concern-reports") == []

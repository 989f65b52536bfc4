"""Rule 11: a driven clock may be coarse. Eight months in steps of an hour, a day and a week come to the same.

Within a step it is open which of its topics a service reads first: that comes to the same as well.
"""

import asyncio
import json
import random
import signal
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from services import SERVICES
from services.command.replay import replay
from services.command.timeline import Step
from shared.contracts.doors import enquiry_id_of
from shared.kernel.identity import derived
from tests.integration.delivery.harness import (
    NOON,
    QUICK,
    Published,
    approval,
    cloudevent,
    concern_of,
    decision,
    read_all,
    report,
)
from tests.support.installation import Installation, install
from tests.support.servers import Servers
from tests.support.stepped import Stepped

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
UNTIL = NOON + timedelta(days=240)


def history() -> list[dict[str, Any]]:
    """Some adults, of whom one has five concerns; decisions in time, late and never; an enquiry and its closure.

    Two first reports of one person are in different weeks: within one step it is open which of them names the adult.
    """
    events = [report(f"ada-{n}", "ada", NOON + n * WEEK) for n in range(5)]
    events += [report(f"one-{n}", f"one-{n}", NOON + n * DAY) for n in range(6)]
    met = {"decision": "s42_met"}
    for name, after in (("ada-0", DAY), ("one-0", 2 * DAY), ("one-1", 200 * DAY)):
        at = NOON + after
        events += [decision(concern_of(name), at=at, **met), approval(concern_of(name), at=at + timedelta(hours=1))]
    enquiry = str(enquiry_id_of(concern_of("one-0")))
    closure = {"enquiry_id": enquiry, "closure_id": str(derived("closure"))}
    at = NOON + 60 * DAY
    proposed = closure | {"reason": "done", "proposed_by": "worker-1", "proposed_at": at.isoformat()}
    later = at + timedelta(minutes=20)
    approved = closure | {"approved_by": "manager-1", "role": "team_manager", "approved_at": later.isoformat()}
    events.append(cloudevent("safeguarding.enquiry.closure-proposed.v1", "proposed", proposed, at))
    events.append(cloudevent("safeguarding.enquiry.closure-approved.v1", "approved", approved, later))
    return events


class Outcome(NamedTuple):
    """Every fact that was stated, and a digest of each service's cases."""

    facts: dict[str, Published]
    states: dict[str, str]


async def outcome(servers: Servers, step: Step) -> Outcome:
    """What is known and stated after the history, in such steps, with processes that stall at random."""
    installation = await install(servers, driven=True)
    try:
        processes = list(installation.start_all(**QUICK).values())
        stalling = asyncio.create_task(stall(installation, processes, random.Random(step.value)))
        lines = [json.dumps(event) for event in sorted(history(), key=lambda event: event["time"])]
        done = await replay(
            installation.kafka, installation.database_url, installation.prefix, lines, step=step, until=UNTIL
        )
        stalling.cancel()
        await asyncio.gather(stalling, return_exceptions=True)
        assert done.posted == len(lines)
        facts = (await read_all(installation)).facts
        return Outcome(facts, {service: await installation.state_hash(service) for service in SERVICES})
    finally:
        await installation.close()


def differing(one: Outcome, other: Outcome) -> list[str]:
    """Each fact that only one of them has, or says otherwise, and each service whose cases are not the same."""
    ids = sorted(id_ for id_ in one.facts.keys() | other.facts.keys() if one.facts.get(id_) != other.facts.get(id_))
    found = [f"{id_}: {one.facts.get(id_)} and not {other.facts.get(id_)}" for id_ in ids]
    return found + [service for service in SERVICES if one.states[service] != other.states[service]]


async def stall(installation: Installation, processes: list[Any], chance: random.Random) -> None:
    """Pause a process now and then, for up to half the time after which it is taken for dead."""
    del installation
    while True:
        await asyncio.sleep(chance.uniform(0.05, 0.5))
        process = chance.choice(processes)
        process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(chance.uniform(0.05, 0.6))
        finally:
            process.send_signal(signal.SIGCONT)


async def test_the_size_of_a_step_changes_nothing(servers: Servers) -> None:
    by_week, by_day, by_hour = [await outcome(servers, step) for step in (Step.WEEK, Step.DAY, Step.HOUR)]

    assert differing(by_day, by_week) == []
    assert differing(by_hour, by_week) == []
    facts = by_week.facts
    types = {fact.type.split(".", 1)[1] for fact in facts.values()}
    assert {
        "audit.repeat-review-opened.v1", "audit.repeat-concern-joined.v1",
        "audit.drift-flagged.v1", "audit.drift-ended.v1", "enquiry.concluded.v1", "concern.converted.v1",
    } <= types, "the history touches every rule that has a clock"  # fmt: skip


@pytest.mark.parametrize("step", Step)
def test_how_far_one_topic_is_ahead_of_another_changes_nothing(step: Step) -> None:
    in_order = Stepped(random.Random(0)).run(history(), Step.HOUR, UNTIL)
    assert len(in_order.facts) > 70
    for seed in range(60):
        assert Stepped(random.Random(seed)).run(history(), step, UNTIL) == in_order, f"seed {seed}"

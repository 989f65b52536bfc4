"""Rule 10: time has a name; it is all one whether the timer worker is eager or frozen."""

import asyncio
import json
import signal
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.chassis.due import timer_metadata
from shared.kernel.civil import over_after_months
from shared.kernel.event import Due
from shared.kernel.identity import derived, event_identity, timed
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import (
    NOON,
    QUICK,
    clock_at,
    cloudevent,
    concern_of,
    decision,
    is_paused,
    metric,
    read_all,
    received,
    states,
    tick,
)
from tests.support.installation import Installation, eventually

DUE = over_after_months(NOON, 6)
FLAGGED, ENDED = "safeguarding.audit.drift-flagged.v1", "safeguarding.audit.drift-ended.v1"
TRIAGED = "safeguarding.concern.triaged.v1"


def adult_of(name: str) -> UUID:
    return derived("adult", name)


def triaged(name: str, at: datetime) -> dict[str, Any]:
    """A decision on a concern as triage states it, recorded then."""
    said = decision(concern_of(name))["data"]
    said |= {
        "adult_id": str(adult_of(name)),
        "decision": "not_met",
        "decided_at": (NOON + timedelta(days=1)).isoformat(),
    }
    said |= {"approved_by": "manager-1", "approved_at": (NOON + timedelta(days=2)).isoformat()}
    return cloudevent(TRIAGED, f"triaged-{name}", said, at, "/section42/triage")


def flag_id(name: str) -> str:
    cause = timer_metadata("audit", Due("drift", adult_of(name), DUE)).identity
    return timed(DUE, cause, FLAGGED, str(concern_of(name)))


def end_id(name: str, at: datetime) -> str:
    return timed(at, event_identity("/section42/triage", f"triaged-{name}"), ENDED, str(concern_of(name)))


async def case(installation: Installation, name: str) -> str:
    """The case of that name as text, without its ids."""
    text = json.dumps((await states(installation, "audit"))[adult_of(name)], sort_keys=True)
    return text.replace(str(adult_of(name)), "ADULT").replace(str(concern_of(name)), "CONCERN")


async def test_the_outcome_does_not_depend_on_when_the_timer_fires(install_for: InstallFor) -> None:
    """Decided before or after it was due; told to audit before or after the timer fired. Eager or late."""
    installation = await install_for("audit", driven=True)
    before, after = DUE - timedelta(days=1), DUE + timedelta(days=1)
    when = {
        "in-time/told-in-time": before,
        "in-time/told-late": before,
        "late/told-first": after,
        "late/told-last": after,
    }
    told_first, told_last = list(when)[::2], list(when)[1::2]
    installation.start("audit", **QUICK)

    await installation.post(*(received(name, adult_of(name)) for name in when))
    await installation.settled(["audit"])
    await installation.post(*(triaged(name, when[name]) for name in told_first))
    await installation.settled(["audit"])
    await installation.post(tick(0, after))
    await clock_at(installation, 0, "audit")
    await installation.settled(["audit"])
    await installation.post(*(triaged(name, when[name]) for name in told_last))
    await installation.settled(["audit"])
    facts = (await read_all(installation, ["audit.drift"])).facts

    endings = {
        name: facts[end_id(name, when[name])].body["ending"] for name in when if end_id(name, when[name]) in facts
    }
    assert {name for name in when if flag_id(name) in facts} == set(when) - {"in-time/told-in-time"}
    assert endings == {"in-time/told-late": "withdrawn", "late/told-first": "ended", "late/told-last": "ended"}
    assert len(facts) == 6
    assert {datetime.fromisoformat(f.body["due_at"]) for f in facts.values() if f.type == FLAGGED} == {DUE}
    assert await case(installation, "in-time/told-in-time") == await case(installation, "in-time/told-late")
    assert await case(installation, "late/told-first") == await case(installation, "late/told-last")


async def test_a_worker_that_is_frozen_with_what_it_decided_is_succeeded_and_fires_nothing_twice(
    install_for: InstallFor,
) -> None:
    installation = await install_for("audit", driven=True)
    names = [str(n) for n in range(20)]
    await installation.post(*(received(name, adult_of(name)) for name in names))
    frozen = installation.start("audit", SECTION42_FAILPOINT="timer-before-commit:stop:1", **QUICK)
    await installation.settled(["audit"])
    await installation.post(tick(0, DUE))

    await eventually(lambda: is_paused(frozen), "the worker is frozen, its timers decided on")
    installation.start("audit", **QUICK)
    await clock_at(installation, 0, "audit")
    frozen.send_signal(signal.SIGCONT)
    await eventually(lambda: _retried(frozen), "the frozen one finds that its cases have changed")
    await installation.settled(["audit"])
    log = await read_all(installation, ["audit.drift"])

    assert set(log.facts) == {flag_id(name) for name in names}


async def _retried(process: Any) -> bool:
    retries: float = await asyncio.to_thread(metric, process, "safeguarding_batch_retries_total")
    return retries >= 1

"""Rule 15: whatever a service raises, anywhere, sets that one record aside; everybody else is served."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.topics import dead_letters_of
from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import (
    NOON,
    cloudevent,
    is_ready,
    metric,
    ready,
    received,
    start_module,
)
from tests.support.breaking import NAMES
from tests.support.installation import Installation, eventually

REVIEWED = "safeguarding.audit.repeat-reviewed.v1"
PATIENT = {"SECTION42_SESSION_TIMEOUT_MS": "30000"}
"""Half a second of thinking is many on a machine that is busy with other tests."""
NOT_MINE = "keys-none"
SAVED = {"follows", "load"}
"""What breaks over the next record of that adult, and not over the one that asks for it."""
TOO_MUCH = {"keys-loop", "keys-memory", "decide-loop", "decide-deaf", "decide-memory"}


def adult(name: str, door: str) -> UUID:
    return derived("adult", name, door)


def review(name: str, number: int, plan: str = "") -> dict[str, Any]:
    data = {
        "adult_id": str(adult(name, "door")), "review_id": str(derived("review", name, str(number))),
        "safety_planning": plan or name, "reviewed_by": "worker", "reviewed_at": NOON.isoformat(),
    }  # fmt: skip
    return cloudevent(REVIEWED, f"review-{name}-{number}", data)


def concern(name: str, number: int, reference: str = "") -> dict[str, Any]:
    event = received(f"{name}/{number}", adult(name, "ours"))
    event["data"]["report"]["reference"] = reference or name
    return event


@pytest.mark.timeout(480)
async def test_a_service_that_raises_in_each_of_its_functions(install_for: InstallFor) -> None:
    installation = await install_for("audit")
    process = start_module(installation, "tests.support.breaking", "audit", **PATIENT)
    events = []
    for name in NAMES:
        for kind in (concern, review):
            events += [kind(f"innocent-{name}", 0), kind(name, 0), kind(f"innocent-{name}", 1)]
    await installation.post(*events)

    async def counted() -> bool:
        rows = await installation.sql("audit", "SELECT key, (body->>'concerns')::int FROM cases")
        counts = dict(rows)
        innocents = [adult(f"innocent-{name}", of) for name in NAMES for of in ("ours", "door")]
        return all(counts.get(one) == 2 for one in innocents)

    await eventually(counted, "everybody else is served", 180)
    await installation.post(*(kind(name, 1, "ordinary") for name in sorted(SAVED) for kind in (concern, review)))
    await eventually(lambda: all_parked(installation), "what broke is held, with its reason", 60)
    await is_ready(process)
    await eventually(lambda: answered(installation), "each is answered", 60)
    assert metric(process, "safeguarding_batches_failing") == 0

    reasons = await answers(installation)
    for name in NAMES:
        assert reasons[str(adult(name, "door"))] == {reason_of(name)}, name
    letters = await installation.records(dead_letters_of("audit-reviews"))
    kept = {dict(letter.headers)["dead_letter_id"] for letter in letters}
    assert len(kept) == len(NAMES), "each is kept whole, once"

    assert installation.stop(process) == 0
    another = start_module(installation, "tests.support.breaking", "audit", **PATIENT)
    await is_ready(another, 60)
    await eventually(lambda: nothing_to_retry(installation), "each has been tried again and left", 120)
    await installation.post(concern("innocent-keys", 2))

    async def thrice() -> bool:
        query = "SELECT (body->>'concerns')::int FROM cases WHERE key = $1"
        return bool(await installation.sql("audit", query, adult("innocent-keys", "ours")) == [(3,)])

    await eventually(thrice, "everybody else is served after a restart", 60)
    assert (await asyncio.to_thread(ready, another))[0]


def reason_of(name: str) -> str:
    """Why a record is set aside over which the service breaks so."""
    return "asks_too_much" if name in TOO_MUCH else "internal_error"


async def answers(installation: Installation) -> dict[str, set[str]]:
    """The codes that each adult's review was answered with."""
    told = await installation.facts("audit.repeat-concerns", "safeguarding.audit.repeat-review-refused.v1")
    about = {str(derived("review", name, str(n))): str(adult(name, "door")) for name in NAMES for n in (0, 1)}
    return {about.get(fact["about"], fact["about"]): {one["code"] for one in fact["reasons"]} for fact in told}


async def answered(installation: Installation) -> bool:
    return len(await answers(installation)) == len(NAMES)


async def all_parked(installation: Installation) -> bool:
    """Whether every record of ours that broke is held, or queues behind one of its adult."""
    rows = await installation.sql("audit", "SELECT convert_from(record_key, 'UTF8'), reason FROM held WHERE parked")
    held: dict[str, set[str]] = {}
    for key, reason in rows:
        held.setdefault(key, set()).add(reason)
    return (
        all(held.get(str(adult(name, "ours"))) == {reason_of(name)} for name in NAMES if name != NOT_MINE)
        and str(adult(NOT_MINE, "ours")) not in held
    )


async def nothing_to_retry(installation: Installation) -> bool:
    return not (await installation.sql("audit", "SELECT count(*) FROM held WHERE parked AND retry"))[0][0]

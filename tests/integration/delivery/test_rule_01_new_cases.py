"""Rule 1: a row that does not exist cannot be locked, and what is not locked must not be read."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shared.chassis.applying import Decided
from shared.chassis.database import Connection
from shared.chassis.steps import Batch, Step
from shared.chassis.transaction import Transactions
from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import make_schema, transactions
from tests.integration.delivery.in_process import concern_record, found_in
from tests.support.counting import Count, service
from tests.support.installation import Installation, eventually

ADA, BEN = derived("adult", "ada"), derived("adult", "ben")


class Meeting(Transactions[Count]):
    """Transactions that stop once they have decided, the first time, until they are let go on."""

    gate: Callable[[], Awaitable[object]] | None = None

    async def decided(self, connection: Connection, step: Step) -> Decided[Count]:
        decided = await super().decided(connection, step)
        if (gate := self.gate) is not None:
            self.gate = None
            await gate()
        return decided


@pytest.fixture
async def installation(install_for: InstallFor) -> Installation:
    installed = await install_for()
    await make_schema(installed, "counting")
    return installed


async def counts(installation: Installation) -> dict[UUID, int]:
    rows = await installation.sql("counting", "SELECT key, (body->>'concerns')::int FROM cases")
    return dict(rows)


async def test_two_instances_that_both_saw_no_case_lose_nothing(installation: Installation) -> None:
    one, other = (transactions(installation, service, Meeting) for _ in range(2))
    one.gate = other.gate = asyncio.Barrier(2).wait

    await asyncio.gather(
        one.apply(Batch(found_in(one, concern_record(ADA, "1"), concern_record(BEN, "2")))),
        other.apply(Batch(found_in(other, concern_record(BEN, "3"), concern_record(ADA, "4")))),
    )

    assert await counts(installation) == {ADA: 2, BEN: 2}
    assert one.retries + other.retries >= 1, "one of the two has to run again"
    await asyncio.gather(one.close(), other.close())


async def test_eight_instances_that_race_for_twenty_cases_lose_nothing(installation: Installation) -> None:
    instances = [transactions(installation, service, Meeting) for _ in range(8)]
    barrier = asyncio.Barrier(len(instances))
    adults = [derived("adult", str(n)) for n in range(20)]

    async def run(number: int) -> None:
        instances[number].gate = barrier.wait
        for turn in range(5):
            records = [concern_record(adult, f"{number}-{turn}-{adult}") for adult in adults]
            await instances[number].apply(Batch(found_in(instances[number], *records)))

    await asyncio.gather(*(run(number) for number in range(len(instances))))

    assert await counts(installation) == dict.fromkeys(adults, 40)
    await asyncio.gather(*(instance.close() for instance in instances))


async def test_a_case_that_appears_while_we_wait_for_another_s_lock_is_not_read_unlocked(
    installation: Installation,
) -> None:
    """ADA exists and is locked by somebody; while we wait for her, BEN appears. We must not count from BEN unlocked."""
    instance, other = transactions(installation, service, Meeting), transactions(installation, service)
    await other.apply(Batch(found_in(other, concern_record(ADA, "1"))))
    somebody = await asyncpg.connect(installation.database_url, server_settings={"search_path": "counting"})
    go_on = asyncio.Event()
    instance.gate = go_on.wait
    holding = somebody.transaction()
    await holding.start()
    await somebody.execute("SELECT 1 FROM cases WHERE key = $1 FOR UPDATE", ADA)

    ours = asyncio.create_task(
        instance.apply(Batch(found_in(instance, concern_record(ADA, "2"), concern_record(BEN, "3"))))
    )
    await eventually(lambda: waits_for_a_lock(installation), "we wait for ADA's lock")
    await other.apply(Batch(found_in(other, concern_record(BEN, "4"))))
    await holding.rollback()

    await eventually(lambda: instance.gate is None, "we have loaded both")
    # Whoever now counts BEN must wait until we have: with BEN read and not locked it would be overwritten.
    theirs = asyncio.create_task(other.apply(Batch(found_in(other, concern_record(BEN, "5")))))
    await asyncio.wait({theirs}, timeout=0.5)
    go_on.set()
    await asyncio.gather(ours, theirs)

    assert await counts(installation) == {ADA: 2, BEN: 3}
    await asyncio.gather(instance.close(), other.close(), somebody.close())


async def waits_for_a_lock(installation: Installation) -> bool:
    rows = await installation.sql(
        "counting",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
    return bool(rows[0][0])

"""Rule 1: a row that does not exist cannot be locked, and what is not locked must not be read."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from shared.chassis.delivery.applying.steps import batch
from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import make_schema, transactions
from tests.integration.delivery.in_process import Meeting, concern_record, found_in
from tests.support.counting import service
from tests.support.installation import Installation, eventually

ADA, BEN, CAT = derived("adult", "ada"), derived("adult", "ben"), derived("adult", "cat")


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
        one.apply(batch(found_in(one, concern_record(ADA, "1"), concern_record(BEN, "2")))),
        other.apply(batch(found_in(other, concern_record(BEN, "3"), concern_record(ADA, "4")))),
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
            await instances[number].apply(batch(found_in(instances[number], *records)))

    await asyncio.gather(*(run(number) for number in range(len(instances))))

    assert await counts(installation) == dict.fromkeys(adults, 40)
    await asyncio.gather(*(instance.close() for instance in instances))


async def test_a_case_that_appears_while_we_wait_for_another_s_lock_is_counted_from(
    installation: Installation,
) -> None:
    """Somebody holds ADA; while we wait to apply, BEN, whom we had taken for new, appears; and so does CAT, whom we
    had seen: what is compared with what we saw must not be what was there before the wait.
    """
    instance, other = transactions(installation, service), transactions(installation, service)
    await other.apply(batch(found_in(other, concern_record(ADA, "1"), concern_record(CAT, "1"))))
    somebody = await asyncpg.connect(installation.database_url, server_settings={"search_path": "counting"})
    holding = somebody.transaction()
    await holding.start()
    await somebody.execute("SELECT 1 FROM cases WHERE key = $1 FOR UPDATE", min(ADA, CAT))

    both = concern_record(ADA, "2"), concern_record(CAT, "2"), concern_record(BEN, "2")
    ours = asyncio.create_task(instance.apply(batch(found_in(instance, *both))))
    await eventually(lambda: waits_for_a_lock(installation), "we wait for a lock")
    await other.apply(batch(found_in(other, concern_record(max(ADA, CAT), "3"), concern_record(BEN, "3"))))
    await holding.rollback()
    await ours

    assert await counts(installation) == {min(ADA, CAT): 2, max(ADA, CAT): 3, BEN: 2}
    assert instance.retries == 1
    await asyncio.gather(instance.close(), other.close(), somebody.close())


async def waits_for_a_lock(installation: Installation) -> bool:
    rows = await installation.sql(
        "counting",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
    return bool(rows[0][0])

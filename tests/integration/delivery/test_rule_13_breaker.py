"""Rule 13: a tripped breaker stays tripped, whoever restarts what how often."""

import asyncio
import signal

from services.intake.service import service as intake
from shared.chassis import breaker
from shared.chassis.breaker import Breaker
from shared.chassis.steps import Batch
from shared.contracts.topics import dead_letters_of
from shared.kernel.fields import EARLIEST
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, read_all, ready, report, transactions
from tests.integration.delivery.in_process import record_of
from tests.support.installation import Installation, eventually

DOOR = "concern-reports"
MOST = 20
LIMITS = QUICK | {"SECTION42_BURST_UNREADABLE_MAX": str(MOST), "SECTION42_PROBE_INTERVAL_S": "0.2"}


async def send_bad(installation: Installation, count: int) -> None:
    async with installation.producer() as producer:
        for n in range(count):
            await producer.send(installation.prefix + DOOR, b"{", key=str(n).encode(), partition=0)
        await producer.flush()


async def letters(installation: Installation) -> int:
    return len((await read_all(installation, [dead_letters_of(DOOR)])).facts)


async def tripped(installation: Installation) -> bool:
    return (await installation.sql("intake", "SELECT tripped_at FROM breaker"))[0][0] is not None


async def published(installation: Installation) -> bool:
    return not (await installation.sql("intake", "SELECT count(*) FROM outbox"))[0][0]


async def test_an_all_bad_topic_stays_unread_however_often_the_service_starts(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    await send_bad(installation, MOST)
    good = record_of(report("good"))
    await installation.post_raw(DOOR, good.value, key=good.key, headers=good.headers, partition=0)
    process = installation.start("intake", **LIMITS)
    await installation.settled(["intake"])
    assert not await tripped(installation), "the good record behind the burst closes the breaker, by a probe"
    assert "breaker_tripped" in installation.log_of(process)
    assert "breaker_closed" in installation.log_of(process)
    assert await letters(installation) == MOST

    await send_bad(installation, 10 * MOST)
    await eventually(lambda: tripped(installation), "the breaker trips")
    for _ in range(3):
        installation.stop(process, signal.SIGKILL)
        process = installation.start("intake", **LIMITS)

        async def stands_still(process: object = process) -> bool:
            return "a burst of unreadable records" in (await asyncio.to_thread(ready, process))[1]  # type: ignore[arg-type]

        await eventually(stands_still, "it starts, and stands still")
    assert await tripped(installation)
    await eventually(lambda: published(installation), "its dead letters are out")
    assert await letters(installation) == 2 * MOST, "not one more for all its restarts and probes"

    await installation.sql("intake", "UPDATE breaker SET unreadable_in_a_row = 0, tripped_at = NULL")

    async def next_slice() -> bool:
        return await letters(installation) == 3 * MOST

    await eventually(next_slice, "it goes on, as far as the next burst")
    assert await tripped(installation)


async def test_another_instance_with_fewer_bad_records_does_not_close_it(install_for: InstallFor) -> None:
    installation = await install_for()
    instance = transactions(installation, intake)
    await instance.apply(Batch((), breaker=Breaker(MOST, EARLIEST)))

    await instance.apply(Batch((), breaker=Breaker(1)))

    assert await instance.run(breaker.read) == Breaker(1, EARLIEST)
    await instance.run(breaker.close)
    assert await instance.run(breaker.read) == Breaker()
    await instance.close()

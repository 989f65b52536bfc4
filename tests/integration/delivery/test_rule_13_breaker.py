"""Rule 13: a tripped breaker stays tripped, whoever restarts what how often."""

import asyncio
import signal

from services.command.breaker import breaker as breaker_of
from services.intake.service import service as intake
from shared.chassis.delivery.applying import breaker
from shared.chassis.delivery.applying.breaker import Breaker
from shared.chassis.delivery.applying.steps import batch
from shared.kernel.fields import EARLIEST
from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, ready, transactions
from tests.integration.delivery.in_process import concern_record
from tests.support.installation import Installation, eventually

OURS = "concerns"
MOST = 20
LIMITS = QUICK | {"SECTION42_BURST_UNREADABLE_MAX": str(MOST), "SECTION42_PROBE_INTERVAL_S": "0.2"}


async def send_bad(installation: Installation, count: int) -> None:
    async with installation.producer() as producer:
        for n in range(count):
            await producer.send(installation.prefix + OURS, b"{", key=str(n).encode(), partition=0)
        await producer.flush()


async def parked(installation: Installation) -> int:
    return int((await installation.sql("triage", "SELECT count(*) FROM held WHERE parked"))[0][0])


async def tripped(installation: Installation) -> bool:
    return (await installation.sql("triage", "SELECT tripped_at FROM breaker"))[0][0] is not None


async def test_an_all_bad_topic_of_ours_stays_unread_however_often_the_service_starts(install_for: InstallFor) -> None:
    installation = await install_for("triage")
    await send_bad(installation, MOST)
    good = concern_record(derived("adult", "ada"), "good")
    await installation.post_raw(OURS, good.value, key=good.key, headers=good.headers, partition=0)
    process = installation.start("triage", **LIMITS)
    await installation.settled(["triage"])
    assert not await tripped(installation), "the good record behind the burst closes the breaker, by a probe"
    assert "breaker_tripped" in installation.log_of(process)
    assert "breaker_closed" in installation.log_of(process)
    assert await parked(installation) == MOST

    await send_bad(installation, 10 * MOST)
    await eventually(lambda: tripped(installation), "the breaker trips")
    for _ in range(3):
        installation.stop(process, signal.SIGKILL)
        process = installation.start("triage", **LIMITS)

        async def stands_still(process: object = process) -> bool:
            return "a burst of unreadable records" in (await asyncio.to_thread(ready, process))[1]  # type: ignore[arg-type]

        await eventually(stands_still, "it starts, and stands still")
    assert await tripped(installation)
    assert await parked(installation) == 2 * MOST, "not one more for all its restarts and probes"

    assert await breaker_of(installation.database_url, "triage", clear=True) == (0, None)

    async def next_slice() -> bool:
        return await parked(installation) == 3 * MOST and await tripped(installation)

    await eventually(next_slice, "it goes on, as far as the next burst")


async def test_another_instance_with_fewer_bad_records_does_not_close_it(install_for: InstallFor) -> None:
    installation = await install_for()
    instance = transactions(installation, intake)
    await instance.apply(batch((), breaker=Breaker(MOST, EARLIEST)))

    await instance.apply(batch((), breaker=Breaker(1)))

    assert await instance.run(breaker.read) == Breaker(1, EARLIEST)
    await instance.run(breaker.close)
    assert await instance.run(breaker.read) == Breaker()
    await instance.close()

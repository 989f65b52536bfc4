"""Rule 3, the other way round: a broker that answers slowly is no topic that was made anew."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.client import AIOKafkaClient

from deploy.local.process import Process
from shared.chassis.delivery.kafka.log_check import ANOTHER_RECORD, misfits
from shared.chassis.delivery.kafka.log_reader import PATIENCE_S, LogReader
from shared.chassis.delivery.kafka.positions import Position
from shared.chassis.delivery.kafka.requests import NO_ID
from shared.chassis.delivery.records.cloudevents import fingerprint
from tests.integration.delivery.conftest import InstallFor, make_topics
from tests.integration.delivery.harness import QUICK, is_ready, report, states
from tests.support.installation import Installation, eventually, install
from tests.support.proxy import BrokerProxy
from tests.support.servers import OwnServers, Servers

DOOR = "concern-reports"


@asynccontextmanager
async def through(proxy: BrokerProxy, topic: str) -> AsyncIterator[LogReader]:
    """A reader whose every connection goes through a proxy."""
    client = AIOKafkaClient(bootstrap_servers=proxy.address)
    await client.bootstrap()
    try:
        await client.set_topics([topic])
        yield LogReader(client)
    finally:
        proxy.open.set()
        await client.close()


async def test_what_is_not_said_in_time_is_not_known_and_is_asked_again(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    await installation.post(*(report(f"a{n}") for n in range(20)))
    records = await installation.records(DOOR)
    last = records[-1]
    where = last.topic, last.partition
    known = {where: Position(last.offset + 1, fingerprint(last), last.offset)}

    async with (
        BrokerProxy(installation.servers.bootstrap_servers).listening() as proxy,
        through(proxy, where[0]) as reader,
    ):
        bounds, ids = await reader.bounds([where]), await reader.ids([where])
        assert (bounds[where].ends, ids[where] == NO_ID) == (last.offset + 1, False)
        assert await misfits(reader, known, bounds, ids, ids) == {where: None}

        proxy.open.clear()
        for _ in range(2):  # on the connection there was, and on a new one
            assert await misfits(reader, known, bounds, ids, ids) == {}
        assert (await reader.bounds([where]), await reader.ids([where])) == ({}, {})

        proxy.open.set()
        assert await misfits(reader, known, bounds, ids, ids) == {where: None}
        other = {where: known[where]._replace(fingerprint=b"another")}
        found = (await misfits(reader, other, bounds, ids, ids))[where]
        assert found is not None
        assert found.reason == ANOTHER_RECORD, "what is known is still told apart"


async def test_a_broker_that_stands_still_now_and_then_makes_nobody_refuse_anything(
    servers: Servers, own_servers: OwnServers
) -> None:
    """While the service starts, reads, and is stopped and started again; as soon as it can, it reads on."""
    stack = await asyncio.to_thread(own_servers, kafka=True, postgres=False)
    installation = await install(Servers(stack.kafka.bootstrap, servers.database_url), topics=False)
    try:
        await make_topics(
            installation,
            {"concern-reports", "intake-decisions", "concerns", "receipts", "intake.journal", "intake.heartbeat"}
            | {"concern-reports.dead-letters", "intake-decisions.dead-letters"},
        )
        broker = stack.kafka.process
        assert broker is not None
        await _post_and_read(installation, 0)
        halting = asyncio.create_task(_halt(broker))
        try:
            for turn in range(1, 4):
                await _post_and_read(installation, turn)
        finally:
            halting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await halting
    finally:
        await installation.close()


async def _post_and_read(installation: Installation, turn: int) -> None:
    """Start, post, read what was posted, stop; a broker that stands still for a while only delays it."""
    process = installation.start("intake", **QUICK)
    await installation.post(*(report(f"{turn}-{n}") for n in range(10)))
    await is_ready(process, 90)

    async def all_there() -> bool:
        return len(await states(installation, "intake")) == 10 * (turn + 1)

    await eventually(all_there, f"what was posted in turn {turn} is read", 90)
    await asyncio.to_thread(installation.stop, process)  # the broker goes on and off meanwhile
    said = installation.log_of(process)
    assert "position_refused" not in said


async def _halt(broker: Process) -> None:
    """Let a broker stand still for longer than anybody waits for an answer, and run for less, for ever."""
    try:
        while True:
            broker.send(signal.SIGSTOP)
            await asyncio.sleep(2 * PATIENCE_S)
            broker.send(signal.SIGCONT)
            await asyncio.sleep(PATIENCE_S / 2)
    finally:
        broker.send(signal.SIGCONT)

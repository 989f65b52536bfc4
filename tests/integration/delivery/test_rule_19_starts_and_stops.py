"""Rule 19: a start, an assignment and a stop always end, whatever is away; what is waited for is said in one line."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from shared.chassis.delivery.kafka.access import obstacle
from shared.chassis.process.settings import KafkaSettings
from shared.contracts.topics import journal_of
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, administering, is_ready, ready, report
from tests.support.installation import Installation, eventually, free_port, install
from tests.support.servers import OwnServers, Servers

STOP_S = 30.0
"""What running.md 4 gives a stop; a supervisor kills a little later."""

READY_AGAIN_S = 5.0
LOADED = 4
"""How much longer a machine that is busy with other tests may take: what is measured quietly stands in the README."""


async def says(process: Any, words: str, deadline_s: float = 60) -> str:
    """Wait until a process is not ready because of this."""
    said = ""

    async def so() -> bool:
        nonlocal said
        is_so, said = await asyncio.to_thread(ready, process)
        return not is_so and words in said

    try:
        await eventually(so, f"it says {words!r}", deadline_s)
    except AssertionError as late:
        raise AssertionError(f"{late}; it said {said!r}") from None
    return said


async def ends(installation: Installation, process: Any) -> float:
    """Tell it to stop; the seconds it took. It leaves in order, and not because it was thrown out."""
    began = time.monotonic()
    assert await asyncio.to_thread(installation.stop, process) == 0
    took = time.monotonic() - began
    assert took < STOP_S
    return took


@contextmanager
def silent() -> Iterator[int]:
    """A port that lets anybody connect and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield listening.getsockname()[1]


async def test_a_service_waits_for_a_broker_that_comes_later_and_says_so(
    servers: Servers, own_servers: OwnServers
) -> None:
    stack = await asyncio.to_thread(own_servers, kafka=True, postgres=False)
    installation = await install(Servers(stack.kafka.bootstrap, servers.database_url))
    try:
        await asyncio.to_thread(stack.kafka.stop)
        process = installation.start("intake", **QUICK)
        await says(process, f"Kafka at {stack.kafka.bootstrap} cannot be reached")
        await asyncio.to_thread(stack.kafka.restart)
        back = time.monotonic()
        await is_ready(process, deadline_s=READY_AGAIN_S * LOADED)
        assert time.monotonic() - back < READY_AGAIN_S * LOADED
        await installation.post(report("1"))
        await eventually(lambda: installation.sql("intake", "SELECT 1 FROM inbox"), "it works")

        await asyncio.to_thread(stack.kafka.stop)
        await ends(installation, process)
        await asyncio.to_thread(stack.kafka.start)
    finally:
        await installation.close()


async def test_a_broker_that_never_answers_is_named_and_keeps_nobody_from_stopping(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    with silent() as port:
        process = installation.start("intake", KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{port}", **QUICK)
        await says(process, f"Kafka at 127.0.0.1:{port} does not answer within")
        await ends(installation, process)


@pytest.mark.parametrize("how", ["refuses", "is silent"])
async def test_a_database_that_is_away_from_the_start_keeps_nobody_from_stopping(
    install_for: InstallFor, how: str
) -> None:
    installation = await install_for("intake")
    with silent() as port:
        url = f"postgresql://section42_intake@127.0.0.1:{port if how == 'is silent' else free_port()}/nowhere"
        process = installation.start("intake", DATABASE_URL_INTAKE=url, **QUICK)
        await says(process, "nothing takes effect: the database")
        await ends(installation, process)


async def test_topics_that_are_missing_are_named_and_read_once_they_are_there(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    triage = installation.start("triage", **QUICK)
    await says(triage, "run `section42 topics`")
    async with administering(installation) as client:
        assert installation.prefix + journal_of("triage") not in await client.list_topics()
    await ends(installation, triage)


async def test_a_member_without_its_database_keeps_no_other_from_working(install_for: InstallFor) -> None:
    """One that cannot work does not take partitions; one that had them gives them up at once when it is asked."""
    installation = await install_for("intake")
    away = f"postgresql://section42_intake@127.0.0.1:{free_port()}/nowhere"
    lame = installation.start("intake", DATABASE_URL_INTAKE=away, **QUICK)
    await says(lame, "nothing takes effect: the database")
    well = installation.start("intake", **QUICK)
    await is_ready(well)
    await installation.post(*(report(f"{n}") for n in range(12)))

    async def all_in() -> bool:
        rows: list[Any] = await installation.sql("intake", "SELECT count(*) FROM inbox")
        return bool(rows[0][0] == 12)

    await eventually(all_in, "the one that can work has all partitions", deadline_s=20)
    await ends(installation, lame)


@pytest.mark.parametrize("after_s", [0.2, 0.6, 1.0, 1.5, 2.5, 4.0])
async def test_it_ends_whenever_it_is_told_to(install_for: InstallFor, after_s: float) -> None:
    """Before it has read its settings, while it joins, while it is given partitions, while it works."""
    installation = await install_for("intake")
    await installation.post(*(report(f"{n}") for n in range(50)))
    process = installation.start("intake", **QUICK)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.to_thread(process.wait), after_s)
    process.send_signal(signal.SIGTERM)
    code = await asyncio.to_thread(process.wait, STOP_S)
    installation.running.remove(process)
    assert code in (0, -signal.SIGTERM), installation.log_of(process)


async def test_what_keeps_us_out_of_kafka_is_one_line(own_servers: OwnServers) -> None:
    """A principal that is not known, a mechanism that is not, and a broker that says to go where nobody is."""
    stack = await asyncio.to_thread(own_servers, kafka=True, postgres=False)
    bootstrap = (stack.kafka.bootstrap,)
    assert await obstacle(KafkaSettings(bootstrap), ["nothing.such"], "nothing.") == (
        f"not in Kafka at {bootstrap[0]}: such: run `section42 topics`"
    )
    refused = await obstacle(KafkaSettings((f"127.0.0.1:{free_port()}",)), [], "")
    assert "cannot be reached as anybody without a name (ConnectionRefusedError)" in refused
    named = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN",
             "sasl_plain_username": "intake", "sasl_plain_password": "wrong"}  # fmt: skip
    assert "as intake" in await obstacle(KafkaSettings(bootstrap, named), [], ""), "a broker that knows no sign-in"

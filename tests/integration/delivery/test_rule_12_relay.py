"""Rule 12: the relay publishes all there is, in order for each key, whoever is paused, killed or slow."""

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from services.intake.service import service as intake
from shared.chassis.delivery.applying import outbox
from shared.chassis.delivery.applying.outbox import Outgoing
from shared.chassis.delivery.applying.steps import batch
from shared.chassis.delivery.publishing.relay import Relay
from shared.chassis.delivery.publishing.sending import Publisher
from shared.chassis.delivery.records.wire import Fact
from shared.chassis.process.settings import service_database_url
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import (
    QUICK,
    expected,
    is_paused,
    is_ready,
    read_all,
    report,
    settings_of,
    transactions,
)
from tests.integration.delivery.in_process import found_in, record_of
from tests.support.installation import Installation, eventually

# --- With Kafka and processes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["relay-fetched", "relay-sent"])
async def test_a_relay_that_is_paused_holding_the_outbox_is_succeeded(install_for: InstallFor, place: str) -> None:
    installation = await install_for("intake", driven=True)
    events = [report(f"R{n}") for n in range(30)]
    events += [event | {"id": f"{event['id']}-{turn}"} for turn in range(3) for event in events[:30]]
    await installation.post(*events[:30])
    paused = installation.start("intake", SECTION42_FAILPOINT=f"{place}:stop:1", **QUICK)
    await eventually(lambda: is_paused(paused), "the relay is paused")

    installation.start("intake", **QUICK)
    await installation.post(*events[30:])
    await installation.settled(["intake"])
    paused.send_signal(signal.SIGCONT)
    await is_ready(paused)
    await installation.settled(["intake"])
    log = await read_all(installation, ["receipts", "concerns"])

    outcome = expected([intake], events)
    assert log.facts == outcome.facts
    for (topic, key), ids in log.in_order.items():
        told = [name for name, fact in outcome.facts.items() if (fact.topic, fact.key) == (topic, key)]
        assert ids == told, "the first of each fact comes in the order in which it was decided"


# --- The outbox trap --------------------------------------------------------------------------------------------------


def fact(name: str, key: str = "k") -> Fact:
    return Fact("concerns", key.encode(), [("ce_id", name.encode())], b"{}")


@pytest.fixture
async def installation(install_for: InstallFor) -> Installation:
    return await install_for()


async def connect(installation: Installation) -> Any:
    return await asyncpg.connect(installation.database_url, server_settings={"search_path": "intake"})


async def test_rows_that_commit_out_of_the_order_of_their_ids_are_found(installation: Installation) -> None:
    """A poller that remembers the last id it saw never sees what committed later with a smaller one."""
    early, late, poller = [await connect(installation) for _ in range(3)]
    now = await poller.fetchval("SELECT now()")
    transaction = early.transaction()
    await transaction.start()
    await outbox.append(early, [fact("early")], now)
    await outbox.append(late, [fact("late")], now)

    last, by_cursor, ours = 0, [], []
    for _ in range(2):
        for row in await poller.fetch("SELECT id FROM outbox WHERE id > $1 ORDER BY id", last):
            by_cursor.append(row["id"])
            last = row["id"]
        rows = (await outbox.fetch(poller, Outgoing(), 50)).rows
        ours += [name for row in rows for one in row.facts for _, name in one.headers]
        if ours == [b"late"]:
            await transaction.commit()
        else:
            await outbox.delete(poller, [(row.id, row.epoch) for row in rows])

    assert len(by_cursor) == 1, "the trap works: a cursor loses the early row"
    assert set(ours) == {b"late", b"early"}
    await asyncio.gather(early.close(), late.close(), poller.close())


async def test_under_eight_writers_ours_loses_none_of_what_a_cursor_loses(installation: Installation) -> None:
    writers, poller = [await connect(installation) for _ in range(8)], await connect(installation)
    now = await poller.fetchval("SELECT now()")
    written, seen, by_cursor, last = 0, set[bytes](), set[int](), 0

    async def write(number: int) -> None:
        nonlocal written
        for turn in range(100):
            async with writers[number].transaction():
                await outbox.append(writers[number], [fact(f"{number}-{turn}")], now)
                await asyncio.sleep(0.001 * (number % 3))
            written += 1

    writing = asyncio.gather(*map(write, range(8)))
    while True:
        done = writing.done()
        for row in await poller.fetch("SELECT id FROM outbox WHERE id > $1 ORDER BY id LIMIT 50", last):
            by_cursor.add(row["id"])
            last = row["id"]
        rows = (await outbox.fetch(poller, Outgoing(), 50)).rows
        seen |= {name for row in rows for one in row.facts for _, name in one.headers}
        await outbox.delete(poller, [(row.id, row.epoch) for row in rows])
        if done and not rows:
            break

    assert len(seen) == written == 800
    assert len(by_cursor) < 800
    await asyncio.gather(poller.close(), *(writer.close() for writer in writers))


# --- With a producer of the test's own --------------------------------------------------------------------------------


class Builder:
    """A batch of the test's own, with room for two records."""

    def __init__(self) -> None:
        self.facts: list[bytes] = []

    def append(self, *, timestamp: None, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]]) -> object:
        del timestamp, key, value
        if len(self.facts) == 2:
            return None
        self.facts.append(headers[0][1])
        return object()

    def close(self) -> None:
        pass

    def record_count(self) -> int:
        return len(self.facts)


class Producer:
    """A producer whose broker is slow, or loses one batch, or acknowledges only once it is told to."""

    def __init__(self, delay_s: float = 0, fail: int | None = None, silent_from: int | None = None) -> None:
        self.sent: list[list[bytes]] = []
        self.acknowledges = asyncio.Event()
        self._delay_s, self._fail, self._silent_from = delay_s, fail, silent_from

    async def partitions_for(self, _: str) -> set[int]:
        return {0}

    def create_batch(self) -> Builder:
        return Builder()

    async def send_batch(self, batch: Builder, _topic: str, *, partition: int) -> "asyncio.Future[Any]":
        del partition
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        offset = sum(map(len, self.sent))
        if self._fail == len(self.sent):
            self._fail = None
            answer.set_exception(ConnectionError())
            return answer
        silent = self._silent_from is not None and len(self.sent) >= self._silent_from
        self.sent.append(batch.facts)
        if silent:
            return asyncio.ensure_future(self._once_told(offset))
        asyncio.get_running_loop().call_later(self._delay_s, answer.set_result, SimpleNamespace(offset=offset))
        return answer

    async def _once_told(self, offset: int) -> Any:
        await self.acknowledges.wait()
        return SimpleNamespace(offset=offset)

    async def stop(self) -> None:
        pass


class Publishing(Publisher):
    """A publisher with producers of the test's own, one after the other; it keeps those that were used."""

    def __init__(self, installation: Installation, *producers: Producer) -> None:
        super().__init__("intake", settings_of(installation, "intake"))
        self.used: list[Producer] = []
        self._left = list(producers)

    async def _started(self) -> Any:
        if self._producer is None:
            self.used.append(self._left.pop(0))
            self._producer = self.used[-1]
        return self._producer


def relay_with(installation: Installation, *producers: Producer, idle_ms: int = 20_000) -> tuple[Relay, list[Producer]]:
    settings = replace(settings_of(installation, "intake"), idle_in_transaction_ms=idle_ms)
    outgoing, publisher = Outgoing(), Publishing(installation, *producers)
    outgoing.trusted.set()
    return Relay("intake", settings, outgoing, lambda _: None, publisher), publisher.used


async def empty(installation: Installation) -> bool:
    return not (await installation.sql("intake", "SELECT count(*) FROM outbox"))[0][0]


async def test_a_broker_slower_than_the_database_s_patience_is_waited_for(installation: Installation) -> None:
    """The relay proves that it is awake for as long as the broker takes: nobody succeeds it, and nothing is sent twice.

    And until the broker has the last of a row's facts, the row stays.
    """
    writer = await connect(installation)
    await outbox.append(writer, [fact("a"), fact("b"), fact("c")], await writer.fetchval("SELECT now()"))
    slow, other = Producer(silent_from=1), Producer()
    relay, rival = relay_with(installation, slow, idle_ms=500)[0], relay_with(installation, other, idle_ms=500)[0]
    running = [asyncio.create_task(relay.run())]
    await eventually(lambda: len(slow.sent) == 2, "both batches are sent")
    holder, since = await writer.fetchrow(f"SELECT pid, clock_timestamp() FROM ({HOLDERS}) AS holding")
    running.append(asyncio.create_task(rival.run()))

    async def much_later() -> bool:
        return bool(await writer.fetchval("SELECT clock_timestamp() > $1::timestamptz + interval '2 s'", since))

    await eventually(much_later, "four times the database's patience is over")
    assert not await empty(installation), "the last batch is not acknowledged"
    assert await writer.fetchval(HOLDERS) == holder, "the lock is held by whoever sent it"
    slow.acknowledges.set()
    await eventually(lambda: empty(installation), "the row is gone")
    await asyncio.gather(relay.stop(), rival.stop())
    await asyncio.gather(*running)

    assert (slow.sent, other.sent) == ([[b"a", b"b"], [b"c"]], [])
    assert relay.errors == rival.errors == 0
    await writer.close()


async def test_a_relay_that_meets_another_database_does_not_say_that_it_has_the_journal(
    installation: Installation,
) -> None:
    """Its database was put back under it, and nobody has verified yet what lies behind its new connection."""
    writer = await connect(installation)
    await outbox.append(writer, [fact("a")], await writer.fetchval("SELECT now()"))
    relay, _ = relay_with(installation, Producer())
    relay._outgoing.journalled = 7  # what it had published before, of which this database has nothing
    running = asyncio.create_task(relay.run())
    await eventually(lambda: empty(installation), "the row that was put back is told again")
    await relay.stop()
    await running

    assert await writer.fetchval("SELECT next_offset FROM journal") == 0
    await writer.close()


HOLDERS = """
SELECT pid FROM pg_stat_activity JOIN relay_hold ON holder = application_name WHERE datname = current_database()
"""


async def test_what_was_handed_over_stays_in_the_outbox_until_the_last_of_it_is_acknowledged(
    installation: Installation,
) -> None:
    """The next transaction deletes what was published, and only that."""
    instance = transactions(installation, intake)
    producer = Producer(silent_from=0)
    publisher = Publishing(installation, producer)
    relay = Relay("intake", settings_of(installation, "intake"), instance.outgoing, lambda _: None, publisher)
    running = asyncio.create_task(relay.run())
    await instance.run(lambda connection: connection.execute("SELECT 1"))
    await eventually(lambda: instance.outgoing.tell is None, "the relay takes what is handed to it")
    await instance.apply(batch(found_in(instance, record_of(report("1")))))
    for batches in (1, 3):  # the journal's, then those of two topics
        await eventually(lambda batches=batches: len(producer.sent) == batches, "it is sent")  # type: ignore[misc]
        await instance.apply(batch(found_in(instance, record_of(report(f"while {batches} wait")))))
        assert await writers_rows(installation) == (2 if batches == 1 else 3), "none was acknowledged to the last"
        if batches == 1:
            producer.acknowledges.set()
            producer.acknowledges = asyncio.Event()
    producer.acknowledges.set()
    await eventually(lambda: empty(installation), "all is acknowledged, and gone")
    await relay.stop()
    await running

    assert relay.errors == 0
    await instance.close()


async def test_while_the_relay_is_slower_than_we_are_little_is_kept_in_hand(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is beyond that waits in the outbox, and is published from there, in its order and a little at a time."""
    at_a_time = 8_000
    monkeypatch.setattr(outbox, "AT_A_TIME", at_a_time)
    monkeypatch.setattr(outbox, "_IN_HAND", 2 * at_a_time)
    instance, producer = transactions(installation, intake), Producer(silent_from=0)
    publisher = Publishing(installation, producer)
    relay = Relay("intake", settings_of(installation, "intake"), instance.outgoing, lambda _: None, publisher)
    running = asyncio.create_task(relay.run())
    await instance.run(lambda connection: connection.execute("SELECT 1"))
    await eventually(lambda: instance.outgoing.tell is None, "the relay takes what is handed to it")
    most = 0
    for number in range(40):
        await instance.apply(batch(found_in(instance, record_of(report(str(number))))))
        most = max(most, sum(row.size for row in instance.outgoing.ready))
    assert 0 < most <= 2 * at_a_time

    producer.acknowledges.set()
    await eventually(lambda: empty(installation), "all is published")
    await relay.stop()
    await running
    sent = Counter(said == b"application/json" for batch_ in producer.sent for said in batch_)
    assert sent == {True: 40, False: 2 * 40}, "each entry, receipt and concern once"
    assert len(producer.sent) > 2 * 10, "a little at a time"
    assert relay.errors == 0
    await instance.close()


async def writers_rows(installation: Installation) -> int:
    return int((await installation.sql("intake", "SELECT count(*) FROM outbox"))[0][0])


@pytest.mark.parametrize("fail", [0, 1, 2])
async def test_what_was_handed_over_and_not_acknowledged_is_sent_again_whole(
    installation: Installation, fail: int
) -> None:
    instance = transactions(installation, intake)
    broken, sound = Producer(fail=fail), Producer()
    publisher = Publishing(installation, broken, sound)
    relay = Relay("intake", settings_of(installation, "intake"), instance.outgoing, lambda _: None, publisher)
    running = asyncio.create_task(relay.run())
    await instance.run(lambda connection: connection.execute("SELECT 1"))
    await eventually(lambda: instance.outgoing.tell is None, "the relay takes what is handed to it")
    await instance.apply(batch(found_in(instance, record_of(report("1")))))
    await eventually(lambda: empty(installation), "the row is gone")
    await relay.stop()
    await running

    assert publisher.used == [broken, sound]
    assert sum(map(len, sound.sent)) == 3, "its entry in the journal, the receipt and the concern"
    await instance.close()


@pytest.mark.parametrize("fail", [0, 1, 2])
async def test_what_follows_a_batch_that_failed_does_not_overtake_it(installation: Installation, fail: int) -> None:
    writer = await connect(installation)
    await outbox.append(writer, [fact(str(n)) for n in range(6)], await writer.fetchval("SELECT now()"))
    broken, sound = Producer(fail=fail), Producer()
    relay, used = relay_with(installation, broken, sound)
    running = asyncio.create_task(relay.run())

    await eventually(lambda: empty(installation), "the row is gone")
    await relay.stop()
    await running

    assert used == [broken, sound], "after an error the producer is made anew"
    assert [int(name) for batch in broken.sent for name in batch] == list(range(2 * fail))
    assert [name for batch in sound.sent for name in batch] == [b"0", b"1", b"2", b"3", b"4", b"5"]
    await writer.close()


async def test_rows_leave_in_the_order_in_which_they_were_written(installation: Installation) -> None:
    writer = await connect(installation)
    now = await writer.fetchval("SELECT now()")
    for n in range(120):
        await outbox.append(writer, [fact(str(n))], now)
    relay, _ = relay_with(installation, producer := Producer())
    running = asyncio.create_task(relay.run())
    await eventually(lambda: empty(installation), "all rows are gone")
    await relay.stop()
    await running

    assert [int(name) for batch in producer.sent for name in batch] == list(range(120))
    await writer.close()


async def test_nobody_else_who_may_connect_can_keep_a_service_from_publishing(installation: Installation) -> None:
    """No advisory lock shows, the row that names the holder is closed, and a borrowed name is nothing."""
    relay, rival = relay_with(installation, Producer())[0], relay_with(installation, producer := Producer())[0]
    running = [asyncio.create_task(relay.run())]
    writer = await connect(installation)
    await eventually(lambda: holds(writer), "one relay holds")
    stranger = await asyncpg.connect(service_database_url({"DATABASE_URL": installation.database_url}, "audit"))
    shown = await stranger.fetch("SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory' AND database ="
                                 " (SELECT oid FROM pg_database WHERE datname = current_database())")  # fmt: skip
    assert shown == []
    for statement in (
        "SELECT * FROM intake.relay_hold FOR UPDATE", "UPDATE intake.relay_hold SET holder = ''",
        "DO $$ BEGIN LOCK TABLE intake.relay_hold IN SHARE MODE; END $$",
    ):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await stranger.execute(statement)
    (name,) = await writer.fetch("SELECT holder FROM relay_hold")
    await stranger.execute("SELECT set_config('application_name', $1, false)", name[0])

    await relay.stop()
    await running.pop()
    running.append(asyncio.create_task(rival.run()))
    await outbox.append(writer, [fact("a")], await writer.fetchval("SELECT now()"))
    await eventually(lambda: empty(installation), "its successor publishes, whatever name a stranger bears")

    assert producer.sent
    await rival.stop()
    await asyncio.gather(*running)
    await stranger.close()
    await writer.close()


async def holds(connection: asyncpg.Connection) -> bool:
    return await connection.fetchval(HOLDERS) is not None


async def test_two_relays_take_turns_and_publish_each_row_once(installation: Installation) -> None:
    writer = await connect(installation)
    one, other = Producer(0.001), Producer(0.001)
    relays = [relay_with(installation, producer)[0] for producer in (one, other)]
    running = [asyncio.create_task(relay.run()) for relay in relays]
    now = await writer.fetchval("SELECT now()")
    for n in range(200):
        await outbox.append(writer, [fact(str(n))], now)
    await eventually(lambda: empty(installation), "all rows are gone")
    for relay in relays:
        await relay.stop()
    await asyncio.gather(*running)

    sent = Counter(name for producer in (one, other) for batch in producer.sent for name in batch)
    assert sent == Counter(str(n).encode() for n in range(200))
    await writer.close()


async def test_with_two_instances_nothing_waits_for_the_slow_poll(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of them publishes for both: its own commits are handed to it, and those of the other wake it."""
    monkeypatch.setattr("shared.chassis.delivery.publishing.relay._POLL_S", 120.0)
    instances = [transactions(installation, intake) for _ in range(2)]
    settings = settings_of(installation, "intake")
    relays = [
        Relay("intake", settings, instance.outgoing, lambda _: None, Publishing(installation, Producer()))
        for instance in instances
    ]
    running = [asyncio.create_task(relay.run()) for relay in relays]
    took = []
    for n in range(100):
        since = asyncio.get_running_loop().time()
        await instances[n % 2].apply(batch(found_in(instances[n % 2], record_of(report(str(n))))))
        await eventually(lambda: empty(installation), "the row is gone", pause_s=0.002)
        took.append(asyncio.get_running_loop().time() - since)
    for relay in relays:
        await relay.stop()
    await asyncio.gather(*running, *(instance.close() for instance in instances))

    assert sorted(took)[98] < 10.0, "a row waited for something other than its own commit"

"""What keeps a decision right that is made with nothing open: every way in which another can come in between."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from services.intake.service import service as intake
from shared.chassis.delivery.applying.outbox import Outgoing
from shared.chassis.delivery.applying.steps import batch
from shared.chassis.delivery.publishing.relay import Relay
from shared.chassis.delivery.publishing.sending import Publisher
from shared.chassis.delivery.recovering.commands import carry_out
from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import make_schema, report, settings_of, transactions
from tests.integration.delivery.in_process import Meeting, concern_record, found_in, record_of
from tests.support import counting, diary
from tests.support.installation import Installation, eventually

ADA, BEN = derived("adult", "ada"), derived("adult", "ben")


@pytest.fixture
async def installation(install_for: InstallFor) -> Installation:
    installed = await install_for()
    for name in ("diary", "counting"):
        await make_schema(installed, name)
    return installed


async def told(instance: Any, *records: Any) -> None:
    await instance.apply(batch(found_in(instance, *records)))


async def entries(installation: Installation, adult: UUID = ADA) -> list[str]:
    rows = await installation.sql(
        "diary", "SELECT body->>'entries' FROM cases WHERE key = $1 AND body IS NOT NULL", adult
    )
    return json.loads(rows[0][0]) if rows else []


async def held(installation: Installation) -> list[str]:
    return [row[0] for row in await installation.sql("diary", "SELECT reason FROM held ORDER BY id")]


# --- What waits is not stranded ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [False, True], ids=["of a new case", "of a case that is there"])
@pytest.mark.parametrize("first", ["after:x:1", "x"])
async def test_what_waits_and_what_it_waits_for_decided_at_once_find_each_other(
    installation: Installation, first: str, *, known: bool
) -> None:
    """Each has been decided while the other was not to be seen; whichever is applied first."""
    second = "x" if first == "after:x:1" else "after:x:1"
    one, other = transactions(installation, diary.service, Meeting), transactions(installation, diary.service)
    if known:
        await told(other, concern_record(ADA, "a", offset=0))

    async def meanwhile() -> None:
        await told(other, concern_record(ADA, second, offset=2))

    one.gate = meanwhile
    await told(one, concern_record(ADA, first, offset=1))

    assert await entries(installation) == ["a"] * known + ["x", "after:x:1"]
    assert await held(installation) == []
    assert one.retries == 1
    await asyncio.gather(one.close(), other.close())


async def test_a_chain_that_is_released_meanwhile_is_seen_whole(installation: Installation) -> None:
    """Whoever had seen it waiting has to look again, and goes on after all of it."""
    one, other = transactions(installation, diary.service, Meeting), transactions(installation, diary.service)
    await told(other, concern_record(ADA, "after:x:1", offset=0), concern_record(ADA, "after:1:2", offset=1))
    before = await versions(installation)

    async def meanwhile() -> None:
        await told(other, concern_record(ADA, "x", offset=2))

    one.gate = meanwhile
    await told(one, concern_record(ADA, "b", offset=3))

    assert await entries(installation) == ["x", "after:x:1", "after:1:2", "b"]
    assert await held(installation) == []
    assert (await versions(installation))[ADA] == before[ADA] + 2
    assert one.retries == 1
    await asyncio.gather(one.close(), other.close())


async def versions(installation: Installation) -> dict[UUID, int]:
    return dict(map(tuple, await installation.sql("diary", "SELECT key, version FROM cases")))


async def test_what_waits_and_is_given_up_meanwhile_is_not_released(
    installation: Installation,
) -> None:
    one, other = transactions(installation, diary.service, Meeting), transactions(installation, diary.service)
    await told(other, concern_record(ADA, "after:x:1", offset=0))

    async def meanwhile() -> None:
        await discard(other, 0)

    one.gate = meanwhile
    await told(one, concern_record(ADA, "x", offset=1))

    assert await entries(installation) == ["x"], "what was given up is not decided on"
    assert await held(installation) == []
    await asyncio.gather(one.close(), other.close())


async def discard(instance: Any, offset: int) -> None:
    place = {"discarded": {"topic": "concerns", "partition": 0, "offset": offset}}
    await instance.run(lambda connection: carry_out(connection, place, ""))


async def test_what_would_queue_behind_a_record_that_was_discarded_meanwhile_is_decided(
    installation: Installation,
) -> None:
    one, other = transactions(installation, diary.service, Meeting), transactions(installation, diary.service)
    await told(other, concern_record(ADA, "junk", value=b"\xff{junk", offset=0))

    async def meanwhile() -> None:
        await discard(other, 0)

    one.gate = meanwhile
    await told(one, concern_record(ADA, "a", offset=1))

    assert await entries(installation) == ["a"]
    assert await held(installation) == []
    await asyncio.gather(one.close(), other.close())


# --- Applies that cross -----------------------------------------------------------------------------------------------


async def test_six_hundred_applies_that_cross_never_deadlock(installation: Installation) -> None:
    """Each of two instances decides on the same adults, named in opposite orders; half of them are new at the time."""
    instances = [transactions(installation, counting.service) for _ in range(2)]
    adults = [derived("adult", str(n)) for n in range(8)]
    before = await deadlocks(installation)

    async def run(number: int) -> None:
        for turn in range(300):
            some = [adults[(turn + n) % 8] for n in range(4)][:: 1 if number else -1]
            some.append(derived("adult", f"new-{turn // 2}"))
            await told(instances[number], *(concern_record(a, f"{number}-{turn}-{a}") for a in some))

    await asyncio.gather(run(0), run(1))

    rows = await installation.sql("counting", "SELECT sum((body->>'concerns')::int) FROM cases")
    assert rows[0][0] == 2 * 300 * 5
    assert await deadlocks(installation) == before
    assert sum(instance.retries for instance in instances) > 0, "they never met"
    await asyncio.gather(*(instance.close() for instance in instances))


async def deadlocks(installation: Installation) -> int:
    await installation.sql("counting", "SELECT pg_stat_force_next_flush()")
    query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    return int((await installation.sql("counting", query))[0][0])


class Persistent(Meeting):
    """Transactions that meet somebody each time they have decided."""

    always: Callable[[], Awaitable[object]]

    async def decided(self, *arguments: Any) -> Any:
        self.gate = self.always
        return await super().decided(*arguments)


async def test_after_three_collisions_the_cases_are_locked_first(installation: Installation) -> None:
    one, other = transactions(installation, counting.service, Persistent), transactions(installation, counting.service)
    await told(other, concern_record(ADA, "0"))
    theirs: list[asyncio.Task[None]] = []

    async def meanwhile() -> None:
        number = len(theirs)
        theirs.append(asyncio.create_task(told(other, concern_record(ADA, f"their-{number}"))))
        await asyncio.wait(theirs[-1:], timeout=0.5 if number == 3 else None)

    one.always = meanwhile
    await told(one, concern_record(ADA, "ours"))

    assert [task.done() for task in theirs] == [True, True, True, False], "the fourth has to wait for us"
    await asyncio.gather(*theirs)
    rows = await installation.sql("counting", "SELECT (body->>'concerns')::int FROM cases")
    assert rows[0][0] == 1 + 1 + 4
    assert one.retries == 3
    await asyncio.gather(one.close(), other.close())


# --- The outbox and the relay -----------------------------------------------------------------------------------------


async def test_a_row_whose_id_recurs_after_a_failover_is_not_taken_for_one_that_was_sent(
    installation: Installation,
) -> None:
    """The standby had lost what we committed last; it gives the same id again, and we remember that as published."""
    instance = transactions(installation, intake)
    await told(instance, record_of(report("1")))
    (row,) = instance.outgoing.ready
    instance.outgoing.empty()
    instance.outgoing.sent.append(row.id)
    await installation.sql("intake", "TRUNCATE epochs, outbox, inbox, cases")
    await installation.sql("intake", "SELECT setval(pg_get_serial_sequence('outbox', 'id'), $1, false)", row.id)

    await told(instance, record_of(report("1")))
    await told(instance, record_of(report("2")))

    rows = await installation.sql("intake", "SELECT id, epoch FROM outbox ORDER BY id")
    assert [one["id"] for one in rows] == [row.id, row.id + 1]
    assert {one["epoch"] for one in rows} == {instance.outgoing.epoch} != {row.epoch}
    await instance.close()


class Recording(Publisher):
    """A publisher that only remembers."""

    def __init__(self, installation: Installation) -> None:
        super().__init__("intake", settings_of(installation, "intake"))
        self.published: list[int] = []

    async def to_journal(self, rows: Any) -> tuple[int, int]:
        self.published += [row.id for row in rows]
        return 0, 0

    async def to_everybody(self, rows: Any) -> None:
        pass


async def test_a_drain_publishes_nothing_of_ours_before_its_commit_has_been_reported(
    installation: Installation,
) -> None:
    """The row can be seen by others already, and the relay, which has just been given the outbox, fetches."""
    instance = transactions(installation, intake)
    reported = asyncio.Event()
    connected = instance.session.connection

    class Slow:
        def __init__(self, connection: Any) -> None:
            self._connection = connection

        def __getattr__(self, name: str) -> Any:
            return getattr(self._connection, name)

        async def fetchrow(self, query: str, *arguments: Any) -> Any:
            row = await self._connection.fetchrow(query, *arguments)
            await reported.wait()
            return row

    async def slow() -> Any:
        return Slow(await connected())

    instance.session.connection = slow
    publisher = Recording(installation)
    relay = Relay("intake", settings_of(installation, "intake"), instance.outgoing, lambda _: None, publisher)
    applying = asyncio.create_task(told(instance, record_of(report("1"))))

    async def committed() -> bool:
        return bool((await installation.sql("intake", "SELECT count(*) FROM outbox"))[0][0])

    await eventually(committed, "it is committed")
    running = asyncio.create_task(relay.run())
    await eventually(lambda: instance.outgoing.tell is None, "the relay holds the outbox")
    await asyncio.wait({running}, timeout=0.5)
    assert publisher.published == []

    reported.set()
    await applying
    await eventually(lambda: publisher.published, "it is published")
    await relay.stop()
    await asyncio.gather(running, instance.close())
    assert len(publisher.published) == 1, "and once"


async def test_what_another_process_left_goes_before_what_we_have_just_committed(installation: Installation) -> None:
    """Both are about one adult: the order of their facts is that of the commits, whoever publishes."""
    ours, theirs = transactions(installation, intake), transactions(installation, intake)
    publisher = Recording(installation)
    relay = Relay("intake", settings_of(installation, "intake"), ours.outgoing, lambda _: None, publisher)
    ours.outgoing.others, ours.outgoing.tell = False, None
    await told(theirs, record_of(report("1", person="P")))
    await told(ours, record_of(report("2", person="P")))
    assert ours.outgoing.others, "the apply has seen the other's row"

    running = asyncio.create_task(relay.run())
    await eventually(lambda: len(publisher.published) == 2, "both are published")
    await relay.stop()
    await asyncio.gather(running, ours.close(), theirs.close())

    assert publisher.published == sorted(publisher.published)


def test_what_another_process_has_written_to_the_journal_is_looked_at_before_ours_counts() -> None:
    outgoing = Outgoing(journalled=10)

    outgoing.journal_has(10, 12)
    assert (outgoing.journalled, outgoing.overtaken) == (12, False)
    outgoing.journal_has(13, 14)
    assert (outgoing.journalled, outgoing.overtaken) == (12, True)


def test_entries_taken_where_the_journal_had_ended_already_are_in_another_journal() -> None:
    outgoing = Outgoing(journalled=12)

    outgoing.journal_has(0, 0, 12)  # facts alone
    outgoing.journal_has(10, 12, 10)  # the journal was read to its end while they were on their way
    assert (outgoing.journalled, outgoing.overtaken) == (12, False)
    outgoing.journal_has(0, 1, 12)
    assert outgoing.overtaken

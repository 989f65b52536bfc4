"""Rule 9: waiting and parking are one mechanism; doors hold nothing back; what we cannot read of ours holds its key."""

import asyncio
import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.intake.service import service as intake
from shared.chassis.delivery.applying.steps import batch
from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import make_schema, received, report, transactions
from tests.integration.delivery.in_process import concern_record, found_in, lose_one_reply, record_of
from tests.support.diary import NewerConcernReceived, newer, service
from tests.support.installation import Installation, eventually

ADA, BEN = derived("adult", "ada"), derived("adult", "ben")
_OWNED = [("concerns", 0), ("audit-reviews", 0)]
GOOD = 8


@pytest.fixture
async def installation(install_for: InstallFor) -> Installation:
    installed = await install_for()
    await make_schema(installed, "diary")
    return installed


async def entries(installation: Installation, adult: UUID) -> list[str]:
    rows = await installation.sql(
        "diary", "SELECT body->>'entries' FROM cases WHERE key = $1 AND body IS NOT NULL", adult
    )
    return json.loads(rows[0][0]) if rows else []


async def held(installation: Installation) -> list[tuple[str, int]]:
    rows = await installation.sql("diary", "SELECT reason, record_offset FROM held ORDER BY id")
    return [tuple(row) for row in rows]


def newer_concern(adult: UUID, name: str, **changes: Any) -> Any:
    """A concern in a version this service cannot read yet."""
    event = received(name, adult)
    record = record_of(event, **changes)
    headers = [(n, NewerConcernReceived.type.encode() if n == "ce_type" else v) for n, v in record.headers]
    return record._replace(headers=headers)


async def waiting(connection: asyncpg.Connection, many: int) -> bool:
    """Whether so many connections wait for a lock."""
    count = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool(count >= many)


def junk(adult: UUID, **changes: Any) -> Any:
    return concern_record(adult, "junk", value=b"\xff{junk", **changes)


# --- Doors hold nothing back ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(GOOD + 1))
@pytest.mark.parametrize("bad", ["unreadable", "refused"])
async def test_one_bad_report_at_any_place_in_a_batch_stops_nothing(
    install_for: InstallFor, index: int, bad: str
) -> None:
    installation = await install_for()
    instance = transactions(installation, intake)
    wrong = report("bad") if bad == "unreadable" else report("bad", adult={"birth_date": "2020-01-01"})
    records = [record_of(report(str(n)), offset=n) for n in range(GOOD)]
    records.insert(index, record_of(wrong)._replace(value=b"{") if bad == "unreadable" else record_of(wrong))

    work = await instance.apply(batch(found_in(instance, *records)))
    await instance.close()

    topics = [fact.topic for fact in work.facts.told]
    assert topics.count("concerns") == GOOD
    assert topics.count("receipts") == GOOD + 1
    assert topics.count("concern-reports.dead-letters") == (bad == "unreadable")
    assert sum(number for (_, what), number in work.counts.outcomes.items() if what == "applied") == GOOD
    kinds = dict(await installation.sql("intake", "SELECT body->>'type', count(*) FROM cases GROUP BY 1"))
    assert kinds == {"concern": GOOD, "no_concern": 1}
    assert len(await installation.sql("intake", "SELECT item FROM list_rows WHERE list = '/duty'")) == 1
    assert (await installation.sql("intake", "SELECT count(*) FROM held"))[0][0] == 0


# --- What is ours and cannot be read holds its key --------------------------------------------------------------------


async def test_an_unreadable_record_of_ours_holds_its_key_and_no_other(installation: Installation) -> None:
    instance = transactions(installation, service)
    first = [concern_record(ADA, "a1", offset=0), junk(ADA, offset=1), concern_record(ADA, "a2", offset=2)]
    await instance.apply(batch(found_in(instance, *first, concern_record(BEN, "b1", offset=3))))
    await instance.apply(
        batch(found_in(instance, concern_record(ADA, "a3", offset=4), concern_record(BEN, "b2", offset=5)))
    )

    assert await entries(installation, ADA) == ["a1"]
    assert await entries(installation, BEN) == ["b1", "b2"]
    assert await held(installation) == [("json_invalid", 1), ("behind_a_held_record", 2), ("behind_a_held_record", 4)]
    await instance.close()


async def test_another_instance_that_takes_over_the_partition_queues_as_well(installation: Installation) -> None:
    instance, successor = transactions(installation, service), transactions(installation, service)
    await instance.apply(batch(found_in(instance, junk(ADA, offset=1))))
    await instance.close()

    await successor.retry_held(_OWNED)  # what the consumer does on assignment
    await successor.apply(batch(found_in(successor, concern_record(ADA, "a1", offset=2))))

    assert await entries(installation, ADA) == []
    assert [offset for _, offset in await held(installation)] == [1, 2]
    await successor.close()


async def test_a_retry_that_is_still_in_vain_keeps_the_order(installation: Installation) -> None:
    instance = transactions(installation, service)
    records = [
        newer_concern(ADA, "n1", offset=1),
        concern_record(ADA, "a2", offset=2),
        concern_record(ADA, "a3", offset=3),
    ]
    await instance.apply(batch(found_in(instance, *records)))
    before = await held(installation)

    for _ in range(3):
        await installation.sql("diary", "UPDATE held SET retry = true WHERE record_offset = 1")
        assert await instance.retry_held(_OWNED) == 3
    await instance.apply(batch(found_in(instance, concern_record(ADA, "a4", offset=4))))

    assert before == [("unknown_version", 1), ("behind_a_held_record", 2), ("behind_a_held_record", 3)]
    assert await held(installation) == [*before, ("behind_a_held_record", 4)]
    assert await entries(installation, ADA) == []
    await instance.close()


async def test_once_it_can_be_read_all_is_released_in_order_and_once(installation: Installation) -> None:
    instance = transactions(installation, service)
    records = [
        newer_concern(ADA, "n1", offset=1),
        concern_record(ADA, "a2", offset=2),
        newer_concern(ADA, "n1", offset=3),
    ]
    await instance.apply(batch(found_in(instance, *records, concern_record(ADA, "a2", offset=4))))
    await instance.close()

    updated = transactions(installation, newer)
    await installation.sql("diary", "UPDATE held SET retry = true")
    await updated.retry_held(_OWNED)
    await updated.apply(
        batch(found_in(updated, concern_record(ADA, "a5", offset=5), newer_concern(ADA, "n1", offset=6)))
    )

    assert await entries(installation, ADA) == ["n1", "a2", "a5"]
    assert await held(installation) == []
    await updated.close()


async def test_only_the_owner_of_the_partition_tries_again(installation: Installation) -> None:
    instance = transactions(installation, newer)
    await instance.apply(batch(found_in(instance, junk(ADA, offset=1, partition=3))))
    await installation.sql("diary", "UPDATE held SET retry = true")

    assert await instance.retry_held([("concerns", 0)]) == 0
    assert await instance.retry_held([("concerns", 3)]) == 1
    await instance.close()


async def test_what_was_discarded_no_longer_holds_what_comes_after(installation: Installation) -> None:
    """A person discards the record while the service still remembers it as held."""
    instance = transactions(installation, service)
    await instance.apply(batch(found_in(instance, junk(ADA, offset=1))))
    await installation.sql("diary", "DELETE FROM held")

    await instance.apply(batch(found_in(instance, concern_record(ADA, "a1", offset=2))))

    assert await entries(installation, ADA) == ["a1"]
    assert await held(installation) == []
    await instance.close()


async def test_what_parks_behind_a_record_just_as_that_is_discarded_is_not_left_behind(
    installation: Installation,
) -> None:
    """A person's discard is under way when we park something behind it: either of the two has to wait."""
    instance = transactions(installation, service)
    await instance.apply(batch(found_in(instance, junk(ADA, offset=1))))
    person = await asyncpg.connect(installation.database_url, server_settings={"search_path": "diary"})
    discarding = person.transaction()
    await discarding.start()
    await person.execute("DELETE FROM held WHERE record_offset = 1")

    ours = asyncio.create_task(instance.apply(batch(found_in(instance, concern_record(ADA, "a1", offset=2)))))

    async def waits() -> bool:
        return ours.done() or await waiting(person, 1)

    await eventually(waits, "we wait for the discard")
    await discarding.commit()
    await ours

    assert await entries(installation, ADA) == ["a1"]
    assert await held(installation) == []
    await asyncio.gather(instance.close(), person.close())


async def test_a_record_is_discarded_only_once_what_parks_behind_it_is_there_to_be_seen(
    installation: Installation,
) -> None:
    instance = transactions(installation, service)
    await instance.apply(batch(found_in(instance, junk(ADA, offset=1))))
    somebody, person = [
        await asyncpg.connect(installation.database_url, server_settings={"search_path": "diary"}) for _ in range(2)
    ]
    last = somebody.transaction()
    await last.start()
    await somebody.execute("LOCK TABLE outbox IN SHARE MODE")

    parks = asyncio.create_task(instance.apply(batch(found_in(instance, concern_record(ADA, "a1", offset=2)))))
    await eventually(lambda: waiting(person, 1), "we have looked at what is parked, and wait to write the outbox")
    discards = asyncio.create_task(installation.sql("diary", "DELETE FROM held WHERE record_offset = 1"))

    async def discard_waits() -> bool:
        return discards.done() or await waiting(person, 2)

    await eventually(discard_waits, "the discard waits for us")
    early = discards.done()
    await last.rollback()
    await asyncio.gather(parks, discards)

    assert not early, "what was parked behind it can have been seen by nobody"
    assert await held(installation) == [("behind_a_held_record", 2)]
    await asyncio.gather(instance.close(), somebody.close(), person.close())


async def test_the_key_stays_held_when_the_reply_to_the_commit_is_lost(installation: Installation) -> None:
    from shared.chassis.delivery.kafka.positions import Position  # noqa: PLC0415

    instance = transactions(installation, service)
    await instance.run(lambda connection: connection.execute("INSERT INTO positions VALUES ('c', 0, 0, NULL)"))
    lose_one_reply(instance)
    step = batch(found_in(instance, junk(ADA, offset=0)), {("c", 0): 0}, {("c", 0): Position(1, b"1")})
    await instance.apply(step)

    await instance.apply(batch(found_in(instance, concern_record(ADA, "a1", offset=1))))

    assert await entries(installation, ADA) == []
    assert [offset for _, offset in await held(installation)] == [0, 1]
    await instance.close()


# --- A bug, and waiting -----------------------------------------------------------------------------------------------


async def test_a_bug_in_a_decision_holds_its_key_and_loses_nothing(installation: Installation) -> None:
    instance = transactions(installation, service)
    records = [
        concern_record(ADA, "a1"),
        concern_record(ADA, "bug"),
        concern_record(ADA, "a2"),
        concern_record(BEN, "b1"),
    ]
    await instance.apply(batch(found_in(instance, *records)))

    assert await entries(installation, ADA) == ["a1"]
    assert await entries(installation, BEN) == ["b1"]
    assert [reason for reason, _ in await held(installation)] == ["internal_error", "behind_a_held_record"]
    await instance.close()


async def test_a_contradiction_between_our_own_services_holds_its_key(installation: Installation) -> None:
    instance = transactions(installation, service)
    await instance.apply(batch(found_in(instance, concern_record(ADA, "no"), concern_record(ADA, "a1"))))

    assert await entries(installation, ADA) == []
    assert [reason for reason, _ in await held(installation)] == ["no", "behind_a_held_record"]
    await instance.close()


async def test_what_waits_is_released_in_order_across_batches_and_instances(installation: Installation) -> None:
    for n, name in enumerate(["after:x:1", "after:x:2", "y", "x", "after:x:3"]):
        instance = transactions(installation, service)
        await instance.apply(batch(found_in(instance, concern_record(ADA, name, offset=n))))
        await instance.close()

    assert await entries(installation, ADA) == ["y", "x", "after:x:1", "after:x:2", "after:x:3"]
    assert await held(installation) == []


async def test_nobody_slips_past_when_what_waits_and_what_it_waits_for_arrive_in_two_instances_at_once(
    installation: Installation,
) -> None:
    async def apply(*names: str, adult: UUID) -> None:
        instance = transactions(installation, service)
        for name in names:
            await instance.apply(batch(found_in(instance, concern_record(adult, name))))
        await instance.close()

    adults = [derived("adult", str(n)) for n in range(30)]
    await asyncio.gather(*(apply(name, adult=adult) for adult in adults for name in ("after:x:1", "x")))

    assert [await entries(installation, adult) for adult in adults] == [["x", "after:x:1"]] * 30
    assert await held(installation) == []

"""What a person gives up by saying where to go on is counted, written down, and told of ever after; as no error."""

import asyncio
import json
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from typer.testing import CliRunner, Result

from services import SERVICES
from services.command.app import app
from services.command.giving_up import PASSED_OVER
from services.command.positions import Acceptance, go_on_from, places
from services.command.problems import CommandError
from services.command.status import status
from shared.chassis.delivery.kafka.log_check import BEGINS_AFTER
from tests.integration.delivery.harness import administering, gives_signs_of_life, report, states
from tests.integration.delivery.in_process import record_of
from tests.support.installation import Installation, eventually
from tests.support.transactional import Librdkafka

DOOR = "concern-reports"
_GIVEN_UP = "SELECT partition, from_offset, to_offset, records, exact, reason, why, who FROM given_up ORDER BY id"


async def post(installation: Installation, *names: str) -> None:
    for name in names:
        record = record_of(report(name))
        await installation.post_raw(DOOR, record.value, key=record.key, headers=record.headers, partition=0)


async def delete_before(installation: Installation, offset: int) -> None:
    where = TopicPartition(installation.prefix + DOOR, 0)
    async with administering(installation) as client:
        await client.delete_records({where: RecordsToDelete(before_offset=offset)})


async def ledger(installation: Installation) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await installation.sql("intake", _GIVEN_UP)]


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, list(arguments)))


async def count(installation: Installation, number: int) -> None:
    async def there() -> bool:
        return len(await states(installation, "intake")) == number

    await eventually(there, f"{number} concerns are there")


async def test_records_deleted_before_they_were_read_are_told_of_given_up_and_kept_in_the_ledger(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in installation.environment().items():
        monkeypatch.setenv(name, value)
    where = installation.kafka, installation.database_url, installation.prefix
    await gives_signs_of_life(installation, *SERVICES)
    process = installation.start("intake")
    await post(installation, "a", "b", "c")
    await count(installation, 3)
    installation.stop(process)
    await post(installation, "lost", "lost too", "d")
    await delete_before(installation, 5)

    found = await status(*where)
    assert found.problems == [f"intake does not read {DOOR} 0: {BEGINS_AFTER}: section42 positions intake"]
    assert found.services[0].given_up == []
    listed = await run("positions", "intake")
    assert f"{installation.prefix}{DOOR} 0: at 3, log 5..6: {BEGINS_AFTER}" in listed.stdout
    accept = ("positions", "intake", "--accept", DOOR, "0", "--yes", "--why", "the disk was full")
    assert (await run(*accept)).exit_code != 0, "somebody must say so"
    assert await ledger(installation) == []

    process = installation.start("intake")
    said = await run(*accept, "--who", "jane")
    assert said.exit_code == 0, said.output
    assert f"intake {DOOR} partition 0: 3 -> 5; given up: at most 2 records, {BEGINS_AFTER}" in said.stdout
    await count(installation, 4)
    await installation.settled(["intake"])

    assert await ledger(installation) == [(0, 3, 5, 2, False, BEGINS_AFTER, "the disk was full", "jane")]
    after = await status(*where)
    assert after.problems == []
    assert (after.reports_read, after.senders[0].received) == (4, 4)
    (line,) = after.services[0].given_up
    assert line.startswith(f"intake has given up at most 2 records of {DOOR}, the last on 20")
    assert line.endswith(" by jane: section42 positions intake --given-up")
    shown = await run("status")
    assert f"given up: {line}" in shown.stdout
    told = await run("positions", "intake", "--given-up")
    assert f"Z {DOOR} 0, offsets 3 to 5: at most 2 records: {BEGINS_AFTER}; by jane: the disk was full" in told.stdout
    kept = json.loads((await run("positions", "intake", "--given-up", "--json")).stdout)
    assert (kept["records"], kept["exact"], kept["who"]) == (2, False, "jane")
    assert "triage has given nothing up" in (await run("positions", "triage", "--given-up")).stdout


async def test_what_is_still_in_the_log_is_counted_without_markers_and_what_was_taken_back(
    installation: Installation,
) -> None:
    where = installation.kafka, installation.database_url, installation.prefix, "intake"
    async with Librdkafka(installation.servers.bootstrap_servers, f"{installation.prefix}sender") as sender:
        for committed in (True, False, True):
            await sender.begin(installation.prefix + DOOR, [record_of(report(f"{n}")) for n in range(5)])
            await (sender.commit() if committed else sender.abort())

    (first,) = await go_on_from(*where, Acceptance(DOOR, "0", "8", "a test run", "jane"))
    assert [(loss.from_offset, loss.to_offset, loss.number) for loss in first.losses] == [(0, 8, "5 records")]
    (second,) = await go_on_from(*where, Acceptance(DOOR, "0", "end", "a test run", "jane"))
    assert [loss.number for loss in second.losses] == ["5 records"]
    assert [row[:6] for row in await ledger(installation)] == [
        (0, 0, 8, 5, True, PASSED_OVER),
        (0, 8, 18, 5, True, PASSED_OVER),
    ]
    rows = await installation.sql("intake", "SELECT next_offset, last_offset FROM positions WHERE partition = 0")
    assert [tuple(row) for row in rows] == [(18, 16)], "the last record lies before a marker"
    assert {place.misfit for place in await places(*where)} == {""}

    (back,) = await go_on_from(*where, Acceptance(DOOR, "0", "begin", "it was none", "jane"))
    assert (back.was, back.to, back.losses) == (18, 0, [])


async def test_a_range_that_a_transaction_holds_open_is_given_up_at_most(installation: Installation) -> None:
    where = installation.kafka, installation.database_url, installation.prefix, "intake"
    async with Librdkafka(installation.servers.bootstrap_servers, f"{installation.prefix}sender") as sender:
        await sender.begin(installation.prefix + DOOR, [record_of(report(f"{n}")) for n in range(5)])
        (moved,) = await go_on_from(*where, Acceptance(DOOR, "0", "end", "a test run", "jane"))
        await sender.abort()

    assert [(loss.to_offset, loss.number) for loss in moved.losses] == [(5, "at most 5 records")]


async def test_whoever_looks_before_the_service_moves_on_changes_nothing(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service may run meanwhile: what was seen of its position is compared in the transaction that sets it."""
    where = installation.kafka, installation.database_url, installation.prefix, "intake"
    await post(installation, "a", "b")
    await go_on_from(*where, Acceptance(DOOR, "0", "1", "it is known", "jane"))
    before = await ledger(installation)

    from services.command import giving_up  # noqa: PLC0415  what is patched

    counted = giving_up.losses

    async def and_the_service_moves(*arguments: Any) -> Any:
        found = await counted(*arguments)
        await installation.sql("intake", "UPDATE positions SET next_offset = 2 WHERE partition = 0")
        return found

    monkeypatch.setattr(giving_up, "losses", and_the_service_moves)
    with pytest.raises(CommandError, match="has moved on"):
        await go_on_from(*where, Acceptance(DOOR, "0", "end", "it is known", "jane"))

    assert await ledger(installation) == before

"""A topic that was made anew with fewer partitions: what a service has of the others is shown, and can be given up."""

import asyncio

import pytest
from aiokafka.admin import NewTopic
from typer.testing import CliRunner, Result

from services.command.app import app
from services.command.giving_up import NOT_THERE
from services.command.status import status
from shared.contracts.topics import PARTITIONS
from tests.integration.delivery.harness import QUICK, administering, gives_signs_of_life, is_ready, report, states
from tests.integration.delivery.in_process import record_of
from tests.support.installation import Installation, eventually

DOOR = "concern-reports"
GONE = (PARTITIONS - 2, PARTITIONS - 1)
pytestmark = pytest.mark.timeout(240)


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, list(arguments)))


async def post(installation: Installation, name: str, partition: int) -> None:
    record = record_of(report(name))
    await installation.post_raw(DOOR, record.value, key=record.key, headers=record.headers, partition=partition)


async def count(installation: Installation, number: int) -> None:
    async def there() -> bool:
        return len(await states(installation, "intake")) == number

    await eventually(there, f"{number} concerns are there")


async def delete(installation: Installation) -> None:
    name = installation.prefix + DOOR
    async with administering(installation) as client:
        await client.delete_topics([name])

        async def gone() -> bool:
            return all(topic["error_code"] for topic in await client.describe_topics([name]))

        await eventually(gone, "the topic is gone")


async def make_with_fewer(installation: Installation) -> None:
    name = installation.prefix + DOOR
    async with administering(installation) as client:
        await client.create_topics([NewTopic(name, PARTITIONS - len(GONE), 1, topic_configs={
            "message.timestamp.type": "LogAppendTime"
        })])  # fmt: skip

        async def led() -> bool:
            (found,) = await client.describe_topics([name])
            partitions = found["partitions"]
            return len(partitions) == PARTITIONS - len(GONE) and all(one["leader"] >= 0 for one in partitions)

        await eventually(led, "every partition has a leader")


async def test_partitions_that_a_topic_has_no_longer_are_listed_and_given_up_by_a_person(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in installation.environment().items():
        monkeypatch.setenv(name, value)
    where = installation.kafka, installation.database_url, installation.prefix
    process = installation.start("intake", **QUICK)
    await post(installation, "a", 0)
    await post(installation, "b", GONE[0])
    await count(installation, 2)
    await installation.settled(["intake"])
    installation.stop(process)
    said = ("--yes", "--who", "jane", "--why", "fewer were made")

    await delete(installation)
    early = await run("positions", "intake", "--accept", DOOR, str(GONE[0]), *said)
    assert "is not in Kafka at all" in str(early.exception), "whoever makes it again may make as many"
    await make_with_fewer(installation)
    at = f"intake does not read {DOOR} {GONE[0]}, {GONE[1]}: {NOT_THERE}: section42 positions intake"
    assert at in (await status(*where)).problems
    listed = await run("positions", "intake")
    assert f"{installation.prefix}{DOOR} {GONE[0]}: at 1, no log: {NOT_THERE}" in listed.stdout, listed.output
    assert f"{installation.prefix}{DOOR} {GONE[1]}: at 0, no log: {NOT_THERE}" in listed.stdout

    one = await run("positions", "intake", "--accept", DOOR, str(GONE[0]), *said)
    assert one.exit_code == 0, one.output
    told = f"intake {DOOR} partition {GONE[0]}: 1 -> nowhere; given up: records whose number is not known, {NOT_THERE}"
    assert told in one.stdout
    rest = await run("positions", "intake", "--accept", DOOR, "all", *said)
    assert rest.exit_code == 0, rest.output

    rows = await installation.sql("intake", "SELECT partition FROM positions WHERE topic LIKE '%concern-reports'")
    assert sorted(row[0] for row in rows) == list(range(PARTITIONS - len(GONE)))
    of = "SELECT partition, from_offset, to_offset, records, exact, reason, why, who FROM given_up WHERE reason = $1"
    ledger = [tuple(row) for row in await installation.sql("intake", of, NOT_THERE)]
    ends = (0, False, NOT_THERE, "fewer were made", "jane")
    assert ledger == [(GONE[0], 1, 1, *ends), (GONE[1], 0, 0, *ends)]
    process = installation.start("intake", **QUICK)
    await is_ready(process)
    await post(installation, "c", 0)
    await count(installation, 3)
    await gives_signs_of_life(installation, "triage", "enquiry", "audit")
    assert (await status(*where)).problems == []

"""What is no entry of ours, in a journal: it is shown by its place, told of by `status`, and a person may pass it."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.command.app import app
from services.command.status import status
from shared.chassis.delivery.applying import journal
from tests.integration.delivery.harness import QUICK, gives_signs_of_life, is_ready, ready, report, states
from tests.support.databases import dump, put_back
from tests.support.installation import Installation, eventually

WORD = "Mrs-Fowler"
"""Nobody may read it in what a command says."""
SHAPES: Sequence[bytes | None] = (
    WORD.encode(),
    None,
    b"",
    b"\xff\xfe",
    json.dumps([WORD]).encode(),
    json.dumps({"epoch": WORD, "number": 1, "at": "2026-01-01T00:00:00Z", "kind": "batch"}).encode(),
    json.dumps({"epoch": 2**70, "number": 1, "at": "2026-01-01T00:00:00Z", "kind": "batch"}).encode(),
    json.dumps({"epoch": 1, "number": 1, "at": "2026-01-01T00:00:00", "kind": "batch"}).encode(),
    json.dumps({"epoch": 1, "number": 1, "at": "2026-01-01T00:00:00Z", "kind": WORD}).encode(),
    b'{"what":' + b"[" * 5000 + b"]" * 5000 + b"}",
)
pytestmark = pytest.mark.timeout(240)


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, list(arguments)))


async def give_up() -> Result:
    return await run("journal", "intake", "--give-up", "--yes", "--why", "a test of somebody's", "--who", "ops-1")


async def foreign(installation: Installation, *values: bytes | None) -> int:
    """The offset of the first."""
    sent = [await installation.post_raw("intake.journal", value, key=b"k", partition=0) for value in values]
    return int(sent[0].offset)


async def concerns(installation: Installation, number: int) -> None:
    async def there() -> bool:
        return len(await states(installation, "intake")) == number

    await eventually(there, f"{number} concerns are there")


@pytest.fixture
def here(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """The installation that the commands find in their environment."""
    for name, value in installation.environment().items():
        monkeypatch.setenv(name, value)
    return installation


async def test_it_is_shown_by_its_place_and_passed_by_a_person_and_the_service_goes_on(here: Installation) -> None:
    process = here.start("intake", **QUICK)
    await here.post(report("a"))
    await concerns(here, 1)
    first = await foreign(here, *SHAPES)
    await here.post(report("b"))
    stands = f"the journal's record {first} is no entry of ours; see `section42 journal intake`"

    async def says_so() -> bool:
        return stands in (await asyncio.to_thread(ready, process))[1]

    await eventually(says_so, "it stands, and says where", deadline_s=30)

    places = f"offsets {', '.join(str(first + n) for n in range(5))} and 5 others"
    shown = await run("journal", "intake")
    assert (shown.exit_code, f"what lies at {places} is no entry of ours" in shown.stdout) == (1, True), shown.output
    told = await run("status")
    assert told.exit_code == 1
    assert f"intake's journal has at {places} what is no entry of ours: section42 journal intake" in told.stdout
    assert "NOT ACCOUNTED FOR" in told.stdout

    passed = await give_up()

    assert (passed.exit_code, "10 records that are no entries of ours" in passed.stdout) == (0, True), passed.output
    assert not any(WORD in said.output for said in (shown, told, passed))
    await is_ready(process)
    await here.post(report("c"))
    await concerns(here, 3)
    await here.settled(["intake"])
    rows = await here.sql("intake", "SELECT topic, from_offset, to_offset, records, exact, why, who FROM given_up")
    line = ("intake.journal", first, first + 10, 10, True, "a test of somebody's", "ops-1")
    assert [tuple(row) for row in rows] == [line]
    await gives_signs_of_life(here, "triage", "enquiry", "audit")
    assert (await status(here.kafka, here.database_url, here.prefix)).problems == []
    assert "there is nothing to give up" in str((await give_up()).exception)


async def test_a_restore_to_before_it_was_passed_learns_that_it_was_and_tells_the_rest_again(
    here: Installation, tmp_path: Path
) -> None:
    process = here.start("intake", **QUICK)
    await here.post(report("a"))
    await concerns(here, 1)
    await here.settled(["intake"])
    dumped = await dump(here, tmp_path)
    await foreign(here, WORD.encode())
    await here.post(report("b"))

    async def stands() -> bool:
        return "is no entry of ours" in (await asyncio.to_thread(ready, process))[1]

    await eventually(stands, "it stands", deadline_s=30)
    assert (await give_up()).exit_code == 0
    await concerns(here, 2)
    await here.settled(["intake"])
    here.stop(process)
    ids = {fact["headers"]["ce_id"] for fact in await here.facts("concerns")}

    await put_back(here, dumped)
    lacks = await run("journal", "intake")
    assert (lacks.exit_code, "they are told again" in lacks.stdout) == (0, True), lacks.output
    told = await run("status")
    assert (told.exit_code, "entries that its journal has: section42 journal intake" in told.stdout) == (1, True)
    process = here.start("intake", **QUICK)
    await is_ready(process)
    await concerns(here, 2)
    await here.settled(["intake"])

    assert {fact["headers"]["ce_id"] for fact in await here.facts("concerns")} == ids
    assert [row[0] for row in await here.sql("intake", "SELECT who FROM given_up")] == ["ops-1"]


async def test_an_entry_that_nobody_can_have_written_is_given_up_like_any_that_cannot_be_told_again(
    here: Installation,
) -> None:
    """It reads like one of ours: of a process nobody knows, after entries that are nowhere."""
    process = here.start("intake", **QUICK)
    await is_ready(process)
    at = (await here.sql("intake", "SELECT now()"))[0][0]
    await foreign(here, journal.encode(journal.Entry(7, 5, at, journal.COMMAND, what={"no such": {}})))
    await here.post(report("a"))

    async def stands() -> bool:
        return "entry 4 of epoch 7 is missing from the journal" in (await asyncio.to_thread(ready, process))[1]

    await eventually(stands, "it stands", deadline_s=30)
    shown, told = await run("journal", "intake"), await run("status")
    assert (shown.exit_code, "entry 4 of epoch 7 is missing from the journal" in shown.stdout) == (1, True)
    assert (told.exit_code, "intake's journal lacks entry 4 of epoch 7" in told.stdout) == (1, True)

    passed = await give_up()

    assert (passed.exit_code, "given up: 1 entries" in passed.stdout) == (0, True), passed.output
    await is_ready(process)
    await concerns(here, 1)


async def test_a_command_that_nobody_knows_stands_in_the_way_until_it_is_given_up(here: Installation) -> None:
    process = here.start("intake", **QUICK)
    await is_ready(process)
    at = (await here.sql("intake", "SELECT now()"))[0][0]
    await foreign(here, journal.encode(journal.Entry(7, 1, at, journal.COMMAND, what={"position": {"topic": 1}})))
    await here.post(report("a"))

    async def stands() -> bool:
        return "a command that this version does not know" in (await asyncio.to_thread(ready, process))[1]

    await eventually(stands, "it stands", deadline_s=30)
    told = await run("status")
    assert (told.exit_code, "intake lacks 1 entries that its journal has" in told.stdout) == (1, True)
    assert (await give_up()).exit_code == 0
    await is_ready(process)
    await concerns(here, 1)

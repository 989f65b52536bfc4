"""Lists and counts are what the cases say: after every story, beside an older program, and after an upgrade."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.command.registry import load
from services.command.status import status
from shared.chassis.delivery.applying.projecting import Projecting
from shared.chassis.postgres.database import connect
from shared.chassis.projections import OUTDATED
from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import (
    QUICK,
    approval,
    concern_of,
    decision,
    is_ready,
    metric,
    received,
    settings_of,
)
from tests.support.installation import Installation, eventually

COUNTS = "SELECT mark, sum(cases)::int FROM case_counts GROUP BY mark HAVING sum(cases) <> 0 ORDER BY mark"
LISTED = "SELECT (body->>'stage') FROM list_rows WHERE list = '/worklist' ORDER BY item"


async def counts(installation: Installation) -> dict[str, int]:
    return dict(await installation.sql("triage", COUNTS))


async def outdated(installation: Installation, projection: int = 1) -> bool:
    return bool((await installation.sql("triage", OUTDATED, projection))[0][0])


async def bring_up(installation: Installation, value: Any) -> int:
    settings = settings_of(installation, value.name)
    connection = await connect(settings, value.name, "test")
    try:
        return await Projecting(value, settings).bring_up(connection)
    finally:
        await connection.close()


async def test_a_concern_is_listed_and_counted_with_each_step_and_leaves_no_row_behind(install_for: InstallFor) -> None:
    installation = await install_for("triage", driven=True)
    installation.start("triage", **QUICK)
    concern = concern_of("R1")

    seen = []
    for event in (received("R1", derived("adult", "R1")), decision(concern), approval(concern)):
        await installation.post(event)
        await installation.settled(["triage"])
        seen.append([row[0] for row in await installation.sql("triage", LISTED)])

    assert seen == [["awaiting_decision"], ["awaiting_approval"], []]
    assert await counts(installation) == {"decided s42_met": 1}


async def test_instances_that_count_the_same_do_not_miscount(install_for: InstallFor) -> None:
    installation = await install_for("triage", driven=True)
    for _ in range(2):
        installation.start("triage", **QUICK)
    concerns = [concern_of(f"R{n}") for n in range(120)]
    await installation.post(*(received(f"R{n}", derived("adult", f"R{n}")) for n in range(120)))
    await installation.post(*map(decision, concerns), *map(approval, concerns[:70]))

    await installation.settled(["triage"])

    found = await counts(installation)
    assert found["decided s42_met"] == 70
    assert sum(number for mark, number in found.items() if mark.startswith("open awaiting_approval")) == 50
    assert len(await installation.sql("triage", LISTED)) == 50


async def test_what_an_older_program_writes_is_written_down_again_and_counted_once(install_for: InstallFor) -> None:
    """It leaves what stands beside a case as it was, and says that it did not see to it."""
    installation = await install_for("triage", driven=True)
    process = installation.start("triage", **QUICK)
    concern = concern_of("R1")
    await installation.post(received("R1", derived("adult", "R1")), received("R2", derived("adult", "R2")))
    await installation.settled(["triage"])
    installation.stop(process)
    ((body,),) = await installation.sql("triage", "SELECT body::text FROM cases WHERE key = $1", concern)
    decided = body.replace('"team":"', '"awaiting":"awaiting_approval","team":"')
    await older_program_writes(installation, concern, decided)

    assert await outdated(installation)
    assert await bring_up(installation, load("triage")) == 1

    assert not await outdated(installation)
    assert await installation.beside("triage") == []
    stages = sorted(mark.split(" ")[1] for mark in await counts(installation))
    assert stages == ["awaiting_approval", "awaiting_decision"]


async def older_program_writes(installation: Installation, key: UUID, body: str) -> None:
    """By the function that programs before revision 0009 call, with 48 parameters."""
    ((said,),) = await installation.sql(
        "triage",
        "SELECT pg_get_function_identity_arguments(oid) FROM pg_proc"
        " WHERE proname = 'apply_effects' AND pronamespace = 'triage'::regnamespace AND pronargs = 48",
    )
    given = {
        "_epoch": "77", "_number": "1", "_writer": "0", "_journalled": "0", "_facts": "0", "_at": "now()",
        "_since": "now()", "_seen": f"ARRAY['{key}']", "_keys": f"ARRAY['{key}']", "_recorded": "ARRAY[now()]",
        "_due": "ARRAY[NULL]", "_bodies": "ARRAY[$1]",
    }  # fmt: skip
    version = (await installation.sql("triage", "SELECT version FROM cases WHERE key = $1", key))[0][0]
    given |= dict.fromkeys(("_versions", "_were"), f"ARRAY[{version}]")
    taken = [one.split(" ", 1) for one in said.split(", ") if not one.startswith("OUT")]
    call = ", ".join(f"({given.get(name, _nothing(kind))})::{kind}" for name, kind in taken)
    await installation.sql("triage", "INSERT INTO epochs VALUES (77, 0, now())")
    await installation.sql("triage", f"SELECT * FROM apply_effects({call})", body)


def _nothing(kind: str) -> str:
    return "'{}'" if kind.endswith("[]") else "NULL"


@pytest.fixture
async def two_concerns(install_for: InstallFor) -> Installation:
    installation = await install_for("triage", driven=True)
    process = installation.start("triage", **QUICK)
    await installation.post(received("R1", derived("adult", "R1")), received("R2", derived("adult", "R2")))
    await installation.settled(["triage"])
    installation.stop(process)
    return installation


async def test_where_the_code_has_changed_everything_is_written_down_again(two_concerns: Installation) -> None:
    before = await counts(two_concerns)
    value: Any = replace(load("triage"), projection=3, marks=lambda *_: ["thing", "thing"], views=())

    assert await outdated(two_concerns, projection=3)
    assert await bring_up(two_concerns, value) == 2

    assert set(before) != {"thing"}
    assert await counts(two_concerns) == {"thing": 4}
    assert await two_concerns.sql("triage", LISTED) == []
    left = "SELECT FROM case_counts GROUP BY mark HAVING sum(cases) = 0 AND sum(hashes) <> 0"
    assert await two_concerns.sql("triage", left) == []


async def test_a_case_on_which_the_code_breaks_holds_up_no_other(two_concerns: Installation) -> None:
    await two_concerns.sql("triage", "UPDATE cases SET projection = 0")
    await two_concerns.sql("triage", 'INSERT INTO cases (key, body) VALUES (gen_random_uuid(), \'{"type": "x"}\')')

    assert await bring_up(two_concerns, load("triage")) == 3

    assert not await outdated(two_concerns)
    assert len(await two_concerns.sql("triage", LISTED)) == 2


async def test_such_a_case_is_counted_and_told_of_and_tried_again_at_the_next_start(two_concerns: Installation) -> None:
    change = "UPDATE cases SET projection = $4, body = replace(body::text, $2, $3)::json WHERE key = $1"
    await two_concerns.sql("triage", change, concern_of("R1"), '"received_at"', '"was_at"', 0)
    process = two_concerns.start("triage", **QUICK)

    def told(number: int) -> bool:
        return metric(process, "safeguarding_cases_not_listed", service="triage") == number

    await is_ready(process)
    await eventually(lambda: told(1), "it is counted")
    found = await status(two_concerns.kafka, two_concerns.database_url, two_concerns.prefix)
    assert any("1 cases that stand in no list" in problem for problem in found.problems)

    await two_concerns.sql("triage", change, concern_of("R1"), '"was_at"', '"received_at"', 1)
    two_concerns.stop(process)
    process = two_concerns.start("triage", **QUICK)
    await is_ready(process)
    await eventually(lambda: told(0), "it is listed again")
    assert await two_concerns.beside("triage") == []


async def test_a_case_that_is_being_decided_on_is_left_to_whoever_does(two_concerns: Installation) -> None:
    await two_concerns.sql("triage", "UPDATE cases SET projection = 0")
    somebody = await asyncpg.connect(two_concerns.database_url, server_settings={"search_path": "triage"})
    async with somebody.transaction():
        await somebody.execute("SELECT FROM cases WHERE key = $1 FOR UPDATE", concern_of("R1"))

        assert await asyncio.wait_for(bring_up(two_concerns, load("triage")), 10) == 1

    await somebody.close()
    assert await bring_up(two_concerns, load("triage")) == 1
    assert await two_concerns.beside("triage") == []


async def test_a_running_service_sees_to_it_by_itself(two_concerns: Installation) -> None:
    await two_concerns.sql("triage", "UPDATE cases SET projection = 0, marks = ''")
    await two_concerns.sql("triage", "TRUNCATE list_rows, case_counts")
    two_concerns.start("triage", **QUICK)

    async def whole() -> bool:
        return not await outdated(two_concerns)

    await eventually(whole, "the lists are whole again")
    assert await two_concerns.beside("triage") == []
    assert len(await two_concerns.sql("triage", LISTED)) == 2


async def test_what_nothing_counts_as_any_more_is_not_kept(two_concerns: Installation) -> None:
    await two_concerns.sql(
        "triage", "INSERT INTO case_counts VALUES ('old', 0, -2, -7), ('old', 3, 2, 7), ('gone', 1, 0, 0)"
    )
    two_concerns.start("triage", **QUICK)
    kept = "SELECT mark FROM case_counts WHERE mark IN ('old', 'gone')"

    async def folded() -> bool:
        return not await two_concerns.sql("triage", kept)

    await eventually(folded, "the counts of nothing are gone")
    assert await two_concerns.beside("triage") == []

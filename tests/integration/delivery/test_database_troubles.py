"""Whatever a database says of how it stands, a service that runs waits, says so, and goes on by itself (rule 19)."""

from __future__ import annotations

import asyncio

import pytest

from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, _get, concern_of, is_ready, metric, received
from tests.integration.delivery.test_rule_19_ready import BACK_S, says
from tests.support.installation import eventually
from tests.unit.chassis.records import ADA

RIGHT = "InsufficientPrivilegeError: a right of ours was taken away; section42 migrate gives it back"


def taken(right: str) -> tuple[list[str], list[str], str]:
    return [f"REVOKE {right} FROM section42_triage"], [f"GRANT {right} TO section42_triage"], RIGHT


def breaks(state: str, kind: str) -> tuple[list[str], list[str], str]:
    """Each write to a table fails as a broken disk, or an extension that nobody has heard of, makes it."""
    make = (
        f"CREATE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION 'the man in room 4' USING ERRCODE = '{state}'; END $$"
    )
    on = "CREATE TRIGGER breaks BEFORE INSERT OR UPDATE ON epochs FOR EACH STATEMENT EXECUTE FUNCTION breaks()"
    return [make, on], ["DROP TRIGGER breaks ON epochs", "DROP FUNCTION breaks()"], kind


TROUBLES = {
    "it may not read its cases": taken("SELECT ON cases"),
    "nor say which entries it has": taken("SELECT ON epochs"),
    "nor write where it is": taken("INSERT, UPDATE ON positions"),
    "nor tell anybody": taken("INSERT ON outbox"),
    "its tables are elsewhere": (*taken("USAGE ON SCHEMA triage")[:2], "UndefinedTableError"),
    "a column has another name": (
        ["ALTER TABLE cases RENAME COLUMN due TO fell_due"],
        ["ALTER TABLE cases RENAME COLUMN fell_due TO due"],
        "UndefinedColumnError",
    ),
    "a disk is broken": breaks("58030", "PostgresIOError"),
    "a page is broken": breaks("XX001", "DataCorruptedError"),
    "nobody knows what it means": breaks("ZZ123", "UnknownPostgresError"),
}


@pytest.mark.parametrize("what", TROUBLES)
async def test_it_waits_and_goes_on_when_it_is_over(install_for: InstallFor, what: str) -> None:
    trouble, over, words = TROUBLES[what]
    installation = await install_for("triage")
    process = installation.start("triage", **QUICK)
    await is_ready(process, BACK_S)

    for statement in trouble:
        await installation.sql("triage", statement)
    await installation.post(received("a", ADA))
    await says(process, words)
    retried = metric(process, "safeguarding_batch_retries_total")

    async def tried_on() -> bool:
        return await asyncio.to_thread(metric, process, "safeguarding_batch_retries_total") > retried + 2

    await eventually(tried_on, "it goes on trying")
    assert process.poll() is None
    assert _get(process, "/health/live")[0], "which is no reason to end it"

    for statement in over:
        await installation.sql("triage", statement)
    await is_ready(process, BACK_S)

    async def there() -> bool:
        return bool(await installation.sql("triage", "SELECT FROM cases WHERE key = $1", concern_of("a")))

    await eventually(there, "what came meanwhile has taken effect")
    said = installation.log_of(process)
    assert "part_died" not in said
    assert "room 4" not in said

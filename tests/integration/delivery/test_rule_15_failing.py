"""A batch that fails again and again is told of, in words and as a metric, until it has been applied."""

from __future__ import annotations

import asyncio

from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import concern_of, is_ready, metric, ready, received
from tests.support.installation import eventually
from tests.unit.chassis.records import ADA

REFUSE = (
    "CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$",
    "CREATE TRIGGER refuses BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION refuses()",
)
"""A fault over what is written down, which is no trouble of the database's that one could wait for."""
ALLOW = ("DROP TRIGGER refuses ON inbox", "DROP FUNCTION refuses()")


async def test_a_batch_that_fails_again_and_again_is_no_readiness(install_for: InstallFor) -> None:
    installation = await install_for("triage")
    process = installation.start("triage")
    await is_ready(process, 60)
    for statement in REFUSE:
        await installation.sql("triage", statement)
    await installation.post(received("a", ADA))

    async def told() -> bool:
        good, says = await asyncio.to_thread(ready, process)
        return not good and "a batch has failed" in says and "RaiseError" in says

    await eventually(told, "the service says that a batch fails", 60)
    assert metric(process, "safeguarding_batches_failing") == 1
    assert metric(process, "safeguarding_batch_failures_total") >= 2

    for statement in ALLOW:
        await installation.sql("triage", statement)
    await is_ready(process, 60)
    assert metric(process, "safeguarding_batches_failing") == 0
    rows = await installation.sql("triage", "SELECT count(*) FROM cases WHERE key = $1", concern_of("a"))
    assert rows[0][0] == 1


async def test_housekeeping_that_fails_again_and_again_is_no_readiness(install_for: InstallFor) -> None:
    installation = await install_for("triage")
    for statement in (
        REFUSE[0],
        "CREATE TRIGGER refuses BEFORE UPDATE ON held FOR EACH STATEMENT EXECUTE FUNCTION refuses()",
    ):
        await installation.sql("triage", statement)
    process = installation.start("triage")

    async def told() -> bool:
        good, says = await asyncio.to_thread(ready, process)
        return not good and "the housekeeping fails (RaiseError)" in says

    await eventually(told, "the service says that what was parked cannot be tried again", 60)
    for statement in ("DROP TRIGGER refuses ON held", ALLOW[1]):
        await installation.sql("triage", statement)
    await is_ready(process, 60)

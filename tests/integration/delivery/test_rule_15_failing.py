"""A batch that fails again and again is told of, in words and as a metric, until it has been applied."""

from __future__ import annotations

import asyncio

from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import concern_of, is_ready, metric, ready, received
from tests.support.installation import eventually
from tests.unit.chassis.records import ADA

WHAT = "INSERT ON inbox"


async def test_a_batch_that_fails_again_and_again_is_no_readiness(install_for: InstallFor) -> None:
    installation = await install_for("triage")
    process = installation.start("triage")
    await is_ready(process, 60)
    await installation.sql("triage", f"REVOKE {WHAT} FROM section42_triage")
    await installation.post(received("a", ADA))

    async def told() -> bool:
        good, says = await asyncio.to_thread(ready, process)
        return not good and "a batch has failed" in says and "InsufficientPrivilegeError" in says

    await eventually(told, "the service says that a batch fails", 60)
    assert metric(process, "safeguarding_batches_failing") == 1
    assert metric(process, "safeguarding_batch_failures_total") >= 2

    await installation.sql("triage", f"GRANT {WHAT} TO section42_triage")
    await is_ready(process, 60)
    assert metric(process, "safeguarding_batches_failing") == 0
    rows = await installation.sql("triage", "SELECT count(*) FROM cases WHERE key = $1", concern_of("a"))
    assert rows[0][0] == 1

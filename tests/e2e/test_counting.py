"""A fifth service, of one small file, counts what the first one states, beside it and through a crash."""

import signal

from tests.integration.delivery.harness import QUICK, dead, make_journal, make_schema, report, start_module, states
from tests.support.installation import Installation, eventually

MODULE = "tests.support.counting"


async def test_a_fifth_service_counts_each_concern_once(installation: Installation) -> None:
    await make_schema(installation, "counting")
    await make_journal(installation, "counting")
    installation.start("intake", **QUICK)
    crashing = start_module(installation, MODULE, "counting", SECTION42_FAILPOINT="before-apply:kill:1", **QUICK)
    await installation.post(*(report(f"R{n}", person=f"P{n % 5}") for n in range(100)))
    assert await dead(crashing) == -signal.SIGKILL

    start_module(installation, MODULE, "counting", **QUICK)

    async def counted() -> bool:
        counts = [int(case["concerns"]) for case in (await states(installation, "counting")).values()]
        return sum(counts) >= 100

    await eventually(counted, "all are counted")
    assert sorted(case["concerns"] for case in (await states(installation, "counting")).values()) == [20] * 5
    assert (await installation.sql("counting", "SELECT count(*) FROM inbox"))[0][0] == 100

"""Rule 16: a journal that was made anew is told of though nobody posts, and not believed however far it has grown."""

from __future__ import annotations

import pytest

from services.command.journal import standings
from services.command.journal_given_up import give_up
from tests.integration.delivery.conftest import InstallFor, make_anew
from tests.integration.delivery.harness import QUICK, is_ready, report
from tests.integration.delivery.test_rule_19_ready import BACK_S, says
from tests.support.installation import Installation

INTAKE = ("intake",)


async def some_entries(installation: Installation) -> int:
    """Post a few reports, an entry each; up to where the tables then say that they have the journal."""
    for number in range(4):
        await installation.post(report(f"{number}"))
        await installation.settled(INTAKE)
    return int((await installation.sql("intake", "SELECT next_offset FROM journal"))[0][0])


@pytest.mark.parametrize("grown", [False, True], ids=["empty", "as far as it was"])
async def test_a_service_that_has_nothing_to_write_tells_of_it_until_a_person_gives_it_up(
    install_for: InstallFor, *, grown: bool
) -> None:
    installation = await install_for("intake")
    process = installation.start("intake", **QUICK)
    await is_ready(process, BACK_S)
    has = await some_entries(installation)
    assert has > 1
    await make_anew(installation, "intake.journal")
    for _ in range(has if grown else 0):
        await installation.post_raw("intake.journal", b"whatever", key=b"", partition=0)
    await says(process, "made anew")
    later = installation.start("intake", **QUICK)
    await says(later, "made anew")
    assert process.poll() is None
    (standing,) = await standings(installation.kafka, installation.database_url, installation.prefix, INTAKE)
    assert standing.anew
    assert not standing.whole
    assert "MADE ANEW" in standing.says

    kafka, database, prefix = installation.kafka, installation.database_url, installation.prefix
    await give_up(kafka, database, prefix, "intake", why="a test's", who="ops-1")
    for one in (process, later):
        await is_ready(one, BACK_S)
    await installation.post(report("after"))
    await installation.settled(INTAKE)
    (standing,) = await standings(installation.kafka, installation.database_url, installation.prefix, INTAKE)
    assert standing.whole, standing.says

"""Rule 8: whatever overtakes what, the facts are the same and have the same ids."""

from itertools import permutations

from services.triage.service import service as triage
from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import (
    QUICK,
    approval,
    concern_of,
    decision,
    expected,
    read_all,
    received,
    states,
)

WAYS = list(permutations(range(3)))


async def test_every_order_of_concern_decision_and_approval_states_the_same(install_for: InstallFor) -> None:
    installation = await install_for("triage", driven=True)
    installation.start("triage", **QUICK)
    stories = []
    for n in range(len(WAYS)):
        concern = concern_of(f"R{n}")
        stories.append((received(f"R{n}", derived("adult", f"R{n}")), decision(concern), approval(concern)))

    for turn in range(3):
        await installation.post(*(story[way[turn]] for story, way in zip(stories, WAYS, strict=True)))
        await installation.settled(["triage"])
    outcome = expected([triage], [event for story in stories for event in story])
    log = await read_all(installation, ["triage", "section-42-conversions"])

    assert log.facts == outcome.facts
    assert len(log.facts) == 3 * len(WAYS)
    assert await states(installation, "triage") == outcome.cases["triage"]
    assert (await installation.sql("triage", "SELECT count(*) FROM held"))[0][0] == 0

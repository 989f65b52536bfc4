"""Rule 14: two senders decide differently, in two orders: one decision stands, the other is answered."""

from typing import Any

from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, approval, concern_of, decision, received, states

REFUSED = "safeguarding.triage.decision-refused.v1"


async def test_of_two_contradictory_decisions_one_stands_and_the_other_is_answered(install_for: InstallFor) -> None:
    installation = await install_for("triage")
    installation.start("triage", **QUICK)
    other: dict[str, Any] = {"decision": "not_met", "disposals": ["no_action"]}
    orders = {"first": ("A", "B"), "second": ("B", "A")}
    for name in orders:
        await installation.post(received(name, derived("adult", name)))
    for name, (one, two) in orders.items():
        concern = concern_of(name)
        said = {"A": decision(concern, "A"), "B": decision(concern, "B", **other) | {"source": "/other"}}
        limb = {"answer": "no", "reasons": ["seen"]}
        said["B"]["data"]["limbs"] = said["B"]["data"]["limbs"] | {"unable_to_protect": limb}
        await installation.post(said[one], said[two])
        await installation.post(approval(concern, "A"), approval(concern, "B"))
    await installation.settled(["triage"])

    standing = {
        fact["concern_id"]: fact["decided_by"]
        for fact in await installation.facts("triage", "safeguarding.concern.triaged.v1")
    }
    refused = [(fact["refused_id"], fact["reasons"][0]["code"]) for fact in await installation.facts("triage", REFUSED)]

    assert standing == {str(concern_of(name)): f"worker-{order[0]}" for name, order in orders.items()}
    assert sorted(refused) == [
        (f"decided-A-{concern_of('second')}", "contradicts_standing_decision"),
        (f"decided-B-{concern_of('first')}", "contradicts_standing_decision"),
    ]
    assert len(await installation.facts("section-42-conversions")) == 1
    held = await installation.sql("triage", "SELECT reason FROM held")
    assert [row[0] for row in held] == ["the decision it approves"] * 2, (
        "approvals of what did not stand wait, and are seen"
    )
    assert all(len(case["decisions"]) == 1 for case in (await states(installation, "triage")).values())

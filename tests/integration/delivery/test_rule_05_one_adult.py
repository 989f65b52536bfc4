"""Rule 5: a hundred first reports of one person, at once and through two instances, are one adult."""

import asyncio

from services.intake.service import service as intake
from shared.chassis.delivery.applying.steps import batch
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, is_ready, report, transactions
from tests.integration.delivery.in_process import found_in, record_of

NHS_NUMBER = "9990000018"


async def test_a_hundred_reports_through_two_instances(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    instances = [installation.start("intake", **QUICK) for _ in range(2)]
    await asyncio.gather(*map(is_ready, instances))
    await installation.post(*(report(str(n), sender=f"s{n}", adult={"nhs_number": NHS_NUMBER}) for n in range(100)))
    await installation.settled(["intake"])

    facts = await installation.facts("concerns", "safeguarding.concern.received.v1")

    assert len(facts) == 100
    assert len({fact["adult_id"] for fact in facts}) == 1
    assert all("batch_applied" in installation.log_of(instance) for instance in instances), "both took part"


async def test_eight_instances_that_all_begin_at_once(install_for: InstallFor) -> None:
    installation = await install_for()
    instances = [transactions(installation, intake) for _ in range(8)]

    async def apply(number: int) -> list[str]:
        events = [
            report(f"{number}-{n}", sender=f"s{number}", adult={"nhs_number": NHS_NUMBER, "person_reference": f"P{n}"})
            for n in range(10)
        ]
        facts = []
        for event in events:
            work = await instances[number].apply(batch(found_in(instances[number], record_of(event))))
            facts += [fact.key.decode() for fact in work.facts.told if fact.topic == "concerns"]
        return facts

    adults = [adult for keys in await asyncio.gather(*map(apply, range(8))) for adult in keys]

    assert len(adults) == 80
    assert len(set(adults)) == 1
    await asyncio.gather(*(instance.close() for instance in instances))

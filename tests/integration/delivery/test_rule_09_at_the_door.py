"""Rule 9, through a door: a hundred bad among ten thousand good, and every one of them is answered, once."""

import json

from shared.contracts.topics import dead_letters_of
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, concern_of, concerns_of, read_all, report, states
from tests.integration.delivery.in_process import record_of

GOOD, EVERY = 10_000, 100
DOOR = "concern-reports"


async def test_a_hundred_bad_among_ten_thousand_good(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    instances = [installation.start("intake", **QUICK) for _ in range(2)]
    async with installation.producer() as producer:
        for n in range(GOOD):
            records = [record_of(report(f"good-{n}"))]
            if n % EVERY == 0:
                bad = record_of(report(f"bad-{n}"))
                records.append(bad._replace(value=b'{"sender": ' if n % (2 * EVERY) else json.dumps({}).encode()))
            for record in records:
                await producer.send(installation.prefix + DOOR, record.value, key=record.key, headers=record.headers)
        await producer.flush()
    await installation.settled(["intake"], deadline_s=120)

    receipts = await read_all(installation, ["receipts"])
    letters = await read_all(installation, [dead_letters_of(DOOR)])
    refused = [fact.body["refused_id"] for fact in receipts.facts.values() if "refused_id" in fact.body]

    assert await concerns_of(installation) == {concern_of(f"good-{n}") for n in range(GOOD)}
    assert len(receipts.facts) - len(refused) == GOOD
    assert sorted(refused) == sorted(f"report-bad-{n}" for n in range(0, GOOD, EVERY))
    assert len(letters.facts) == GOOD // EVERY
    assert all(installation.stop(instance) == 0 for instance in instances)


async def test_an_unreadable_record_of_ours_holds_one_adult_and_no_other(install_for: InstallFor) -> None:
    from services.command.held import give_up, held, try_again  # noqa: PLC0415
    from shared.kernel.identity import derived  # noqa: PLC0415
    from tests.integration.delivery.harness import received  # noqa: PLC0415
    from tests.support.installation import eventually  # noqa: PLC0415

    installation = await install_for("triage")
    ada, ben = derived("adult", "ada"), derived("adult", "ben")
    installation.start("triage", **QUICK)
    await installation.post_raw("concerns", b"\xffjunk", key=str(ada).encode())
    await installation.post(received("a1", ada), received("b1", ben), received("a2", ada))
    await installation.settled(["triage"])

    assert set(await states(installation, "triage")) == {concern_of("b1")}
    waiting = await held(installation.database_url, "triage")
    assert [one.reason for one in waiting] == ["not_a_cloudevent", "behind_a_held_record", "behind_a_held_record"]

    await try_again(installation.database_url, "triage", "all")

    async def tried() -> bool:
        now = await held(installation.database_url, "triage")
        return [one.offset for one in now] == [one.offset for one in waiting] and now[0].id != waiting[0].id

    await eventually(tried, "it is tried again, in vain, and all is held in the same order")
    front = (await held(installation.database_url, "triage"))[0]
    where = installation.kafka, installation.database_url, installation.prefix, "triage"
    await give_up(*where, front.id, "nobody can read it")

    async def released() -> bool:
        return not await held(installation.database_url, "triage")

    await eventually(released, "what queued behind it is released")
    await installation.post(received("a3", ada))
    await installation.settled(["triage"])
    assert set(await states(installation, "triage")) == {concern_of(name) for name in ("a1", "a2", "a3", "b1")}
    assert len(await installation.facts("triage")) == 4

"""Rule 6: merges move nothing; whoever is one person is locked together, and nobody's change is lost.

In production the events of one key come in order, those of different keys in any: so a history is told here by key.
"""

import asyncio
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.audit.service import service as audit
from services.intake.identifying import keys_of_report
from services.intake.service import service as intake
from shared.chassis.delivery.applying.steps import batch
from shared.chassis.service import Service
from shared.contracts import DOORS
from shared.contracts.doors import ConcernReported, concern_id_of
from shared.contracts.intake import (
    AdultsMerged,
    AdultsUnmerged,
    ConcernLinkedAsDuplicate,
    ConcernReceived,
    ConcernUnlinked,
)
from shared.kernel.event import Event
from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import NOON, cloudevent, is_ready, transactions
from tests.integration.delivery.in_process import Meeting, found_in, record_of
from tests.support.builders import NHS_NUMBER, OTHER_NHS_NUMBER, a_duplicate
from tests.support.installation import Installation
from tests.support.intake_builders import (
    a_duplicate_taken_back,
    a_merge,
    a_reinstatement,
    a_withdrawal,
    adult_of,
    an_unmerge,
)

ADULTS = tuple(sorted(derived("adult", name) for name in "ABCDEF"))
A, B, C, D, *_ = ADULTS
Named = tuple[str, Event]


def told(name: str, event: Event) -> dict[str, Any]:
    """An event as it is sent, on the day of the reports, so that no timer falls due; by us, where it is ours."""
    data = event.model_dump(mode="json", exclude_none=True)
    at = max(NOON, getattr(event, "decided_at", NOON))
    return cloudevent(event.type, name, data, at, "/tests" if event.topic in DOORS else "/section42/intake")


async def apply(instance: Any, *events: Named, refuses: int = 0) -> None:
    """Apply events as one batch, of which so many are refused."""
    records = [record_of(told(name, event)) for name, event in events]
    found = found_in(instance, *records)
    assert all(type(one).__name__ == "Arrival" for one in found)
    work = await instance.apply(batch(found))
    assert not work.held.parked
    assert sum(number for (_, what), number in work.counts.outcomes.items() if what == "refused") == refuses


async def begin_again(installation: Installation, service: Service[Any]) -> None:
    """Forget everything that was told."""
    await installation.sql(service.name, "TRUNCATE cases, inbox, held, outbox")


async def in_one_pass(installation: Installation, service: Service[Any], events: Iterable[Named]) -> str:
    """The hash of the state after the events one by one, told to one instance."""
    await begin_again(installation, service)
    instance = transactions(installation, service)
    for event in events:
        await apply(instance, event)
    await instance.close()
    return await standing(installation, service)


async def standing(installation: Installation, service: Service[Any]) -> str:
    """The hash of the state, when nothing waits any more."""
    assert await installation.sql(service.name, "SELECT reason FROM held") == []
    return await installation.state_hash(service.name)


async def nothing_is_left_behind(installation: Installation) -> None:
    rows = await installation.sql(
        "audit",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'",
    )
    assert rows[0][0] == 0
    ours = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    waiting = await installation.sql("audit", f"SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN ({ours})")
    assert waiting[0][0] == 0


# --- Audit: what is counted of a person ----------------------------------------------------------------------------


def concern(adult: UUID, number: int) -> Named:
    report = ConcernReported(sender="wmas", reference=f"{adult}-{number}", narrative="The man in room 4.")
    at = NOON - timedelta(minutes=number)
    return f"received-{adult}-{number}", ConcernReceived(
        concern_id=report.concern_id, adult_id=adult, received_at=at, report=report
    )


def merged(one: UUID, other: UUID) -> Named:
    return f"merged-{one}-{other}", AdultsMerged(**_merge(one, other))


def unmerged(one: UUID, other: UUID) -> Named:
    return f"unmerged-{one}-{other}", AdultsUnmerged(**_merge(one, other))


def _merge(one: UUID, other: UUID) -> dict[str, Any]:
    smaller, larger = sorted((one, other))
    said = {"adult_id": smaller, "other_adult_id": larger, "decided_by": "worker-1", "decided_at": NOON}
    return said | {"merge_id": derived("merge", str(smaller), str(larger))}


def linked(adult: UUID, one: int, other: int, kind: type[Event] = ConcernLinkedAsDuplicate) -> Named:
    pair = [concern_id_of("wmas", f"{adult}-{number}") for number in (one, other)]
    said = {"concern_id": pair[0], "duplicate_of": pair[1], "adult_id": adult}
    fact = kind.model_validate(said | {"decided_by": "worker-1", "decided_at": NOON})
    return f"{kind.__name__}-{adult}-{one}-{other}", fact


def unlinked(adult: UUID, one: int, other: int) -> Named:
    return linked(adult, one, other, ConcernUnlinked)


FIRST = [concern(adult, number) for adult in (A, B, C, D) for number in range(2)]
CHAIN = [merged(A, B), merged(B, C), merged(C, D)]


@pytest.fixture
async def installation(install_for: InstallFor) -> Installation:
    return await install_for()


@pytest.mark.parametrize("known", [False, True], ids=["of nobody known", "of adults who are known"])
@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_merges_of_overlapping_groups_at_once_make_one_person_and_lose_nobody(
    installation: Installation, order: Sequence[int], *, known: bool
) -> None:
    """A-B, B-C and C-D through three connections, each of which has decided before any of them is applied."""
    wanted = await in_one_pass(installation, audit, [*FIRST, *CHAIN])
    await begin_again(installation, audit)
    instances = [transactions(installation, audit, Meeting) for _ in CHAIN]
    if known:
        for event in FIRST:
            await apply(instances[0], event)
    barrier = asyncio.Barrier(3)
    for instance in instances:
        instance.gate = barrier.wait

    await asyncio.gather(*(apply(instances[number], CHAIN[number]) for number in order))

    assert sum(instance.retries for instance in instances) >= 1, "they share adults"
    if not known:
        for event in FIRST:
            await apply(instances[0], event)
    assert await standing(installation, audit) == wanted
    rows = await installation.sql("audit", "SELECT key, body->'review_ends' IS NOT NULL AS review FROM cases")
    assert {key for key, review in rows if review} == {A}, "the least of them keeps the person's one review"
    await nothing_is_left_behind(installation)
    await asyncio.gather(*(instance.close() for instance in instances))


async def test_two_who_decide_on_one_person_from_both_ends_are_both_counted(installation: Installation) -> None:
    """One comes from A and finds B, the other from B and finds A: one of them decides again, and neither waits."""
    last = [concern(A, 5), concern(B, 5)]
    wanted = await in_one_pass(installation, audit, [*FIRST, merged(A, B), *last])
    await begin_again(installation, audit)
    one, other = (transactions(installation, audit, Meeting) for _ in range(2))
    for event in (*FIRST, merged(A, B)):
        await apply(one, event)
    one.gate = other.gate = asyncio.Barrier(2).wait

    await asyncio.gather(apply(one, last[0]), apply(other, last[1]))

    assert one.retries + other.retries == 1, "they did meet"
    assert await standing(installation, audit) == wanted
    identities = await installation.sql("audit", "SELECT count(*) FROM inbox")
    assert identities[0][0] == len(FIRST) + 3
    await nothing_is_left_behind(installation)
    await asyncio.gather(one.close(), other.close())


def by_key(history: Iterable[Named]) -> dict[str, list[Named]]:
    keys: dict[str, list[Named]] = {}
    for name, event in history:
        keys.setdefault(event.key, []).append((name, event))
    return keys


HISTORY = [
    *(concern(adult, number) for adult in ADULTS for number in range(4)),
    *CHAIN,
    *(merged(D, ADULTS[4]), merged(ADULTS[4], ADULTS[5]), merged(A, D)),
    *(linked(adult, 0, 1) for adult in ADULTS),
    *(linked(adult, 2, 3) for adult in ADULTS),
    *(unlinked(adult, 0, 1) for adult in ADULTS[::2]),
    *(unmerged(B, C), unmerged(ADULTS[4], ADULTS[5])),
]


async def at_once(instances: Sequence[Any], history: Mapping[str, list[Named]], luck: random.Random) -> None:
    """Each instance owns some keys, and takes what it owns in batches, the keys mixed as luck has it."""
    owned: list[list[list[Named]]] = [[] for _ in instances]
    for events in history.values():
        luck.choice(owned).append(list(events))

    async def run(number: int) -> None:
        while any(owned[number]):
            left = [events for events in owned[number] if events]
            batch = [luck.choice([events for events in left if events]).pop(0)]
            for events in left:
                batch += [events.pop(0)] if events and luck.random() < 0.4 else []
            await apply(instances[number], *batch)

    await asyncio.gather(*(run(number) for number in range(len(instances))))


async def test_merges_unmerges_links_and_concerns_through_three_instances_end_as_in_one_pass(
    installation: Installation,
) -> None:
    wanted = await in_one_pass(installation, audit, HISTORY)
    instances = [transactions(installation, audit) for _ in range(3)]
    retried = 0
    for seed in range(6):
        luck = random.Random(seed)
        await begin_again(installation, audit)

        await at_once(instances, by_key(HISTORY), luck)

        assert await standing(installation, audit) == wanted, f"seed {seed}"
        retried = sum(instance.retries for instance in instances)
    assert retried, "they never met"
    await nothing_is_left_behind(installation)
    await asyncio.gather(*(instance.close() for instance in instances))


# --- Intake: whose concerns may be linked --------------------------------------------------------------------------


def a_report_of(name: str, nhs_number: str) -> ConcernReported:
    fields = {"sender": "wmas", "reference": name, "adult": {"nhs_number": nhs_number}}
    return ConcernReported.model_validate(fields)


ADA = [a_report_of(f"ada-{number}", NHS_NUMBER) for number in range(4)]
BEN = [a_report_of(f"ben-{number}", OTHER_NHS_NUMBER) for number in range(3)]
ONE, OTHER = adult_of(ADA[0]), adult_of(BEN[0])
KNOWN: list[Event] = [ADA[0], BEN[0]]
IN_FLIGHT: list[Event] = [
    *(*ADA[1:], *BEN[1:]),
    a_merge("one", ONE, OTHER),
    an_unmerge("one"),
    a_merge("other", ONE, OTHER, decided_by="worker-2"),
    a_duplicate(ADA[1], ADA[2]),
    a_duplicate_taken_back(ADA[1], ADA[2]),
    a_duplicate(BEN[1], BEN[2]),
    a_withdrawal(ADA[3]),
    a_reinstatement(ADA[3]),
]
"""Reports, links and withdrawals, two merges of the two adults and an unmerge of one of them, all of them accepted
whatever comes first: what needs another waits for it."""
ACROSS: list[Event] = [a_duplicate(ADA[0], BEN[0]), an_unmerge("other"), a_merge("third", ONE, OTHER)]
"""A link of the two adults' concerns, accepted because they are one person; it stays when they are two again."""


def named(events: Iterable[Event]) -> list[Named]:
    return [(f"{number}-{event.type}-{event.subject}", event) for number, event in enumerate(events)]


async def test_every_order_of_reports_merges_unmerges_and_links_through_two_instances_ends_as_in_one_pass(
    installation: Installation,
) -> None:
    flying, across = named(IN_FLIGHT), named(ACROSS)[:2]
    wanted = await in_one_pass(installation, intake, [*named(KNOWN), *flying, *across])
    instances = [transactions(installation, intake) for _ in range(2)]
    for seed in range(25):
        luck = random.Random(seed)
        await begin_again(installation, intake)
        for event in named(KNOWN):
            await apply(instances[0], event)
        left = luck.sample(flying, len(flying))

        async def run(instance: Any, left: list[Named] = left, luck: random.Random = luck) -> None:
            while left:
                batch = [left.pop() for _ in range(min(len(left), luck.randint(1, 3)))]
                await apply(instance, *batch)

        await asyncio.gather(*map(run, instances))
        for event in across:
            await apply(luck.choice(instances), event)

        assert await standing(installation, intake) == wanted, f"seed {seed}"
    await nothing_is_left_behind(installation)
    await asyncio.gather(*(instance.close() for instance in instances))


async def test_a_link_of_two_concerns_received_in_its_own_batch_looks_for_their_adults_again(
    installation: Installation,
) -> None:
    """Nothing in the batch names the two adults, who were merged long ago: they are looked for, then it is decided."""
    instance = transactions(installation, intake)
    await apply(instance, *named([*KNOWN, a_merge("one", ONE, OTHER)]))
    further = spied(instance)
    together: list[Event] = [ADA[1], BEN[1], a_duplicate(ADA[1], BEN[1])]

    await apply(instance, *named(together))

    assert {ONE, OTHER} & further, "nobody had looked for the adults"
    states = await bodies(installation)
    assert states[ADA[1].concern_id]["links"][0]["concern_id"] == str(BEN[1].concern_id)
    assert states[ADA[1].concern_id]["adult_id"] == str(ONE)
    assert states[keys_of_report(BEN[1])[1]]["adult_id"] == str(OTHER), "a merge moves nothing"
    await instance.close()


def spied(instance: Any) -> set[UUID]:
    """The cases that a decision asked for when nobody had looked for them."""
    asked: set[UUID] = set()
    look_further = instance._looking.look_further

    async def noting(connection: Any, seen: Any, keys: Iterable[UUID]) -> None:
        asked.update(keys)
        await look_further(connection, seen, keys)

    instance._looking.look_further = noting
    return asked


async def test_a_merge_taken_back_while_such_a_batch_runs_again_is_seen_by_it(installation: Installation) -> None:
    """The batch has been decided, the adults being one; another instance takes the merge back before it is applied."""
    one, other = transactions(installation, intake, Meeting), transactions(installation, intake)
    await apply(other, *named([*KNOWN, a_merge("one", ONE, OTHER)]))

    async def taken_back() -> None:
        await apply(other, *named([an_unmerge("one")]))

    one.gate = taken_back
    await apply(one, *named([ADA[1], BEN[1], a_duplicate(ADA[1], BEN[1])]), refuses=1)

    assert one.retries == 1

    states = await bodies(installation)
    assert "links" not in states[ADA[1].concern_id]
    assert await installation.sql("intake", "SELECT reason FROM held") == []
    await asyncio.gather(one.close(), other.close())


async def bodies(installation: Installation) -> dict[UUID, Any]:
    rows = await installation.sql("intake", "SELECT key, body::text FROM cases WHERE body IS NOT NULL")
    return {key: json.loads(body) for key, body in rows}


# --- Both, as processes --------------------------------------------------------------------------------------------


async def through(install_for: InstallFor, instances: int, luck: random.Random | None) -> tuple[str, str, Any]:
    """The whole history through so many instances of intake and audit; the two states, and the open reviews."""
    installation = await install_for("intake", "audit", driven=True)
    started = [installation.start(service) for service in ("intake", "audit") for _ in range(instances)]
    await asyncio.gather(*map(is_ready, started))
    phases = [KNOWN, IN_FLIGHT, ACROSS[:1], ACROSS[1:2], ACROSS[2:]]
    for number, events in enumerate(phases):
        sent = [told(f"{number}-{name}", event) for name, event in named(events)]
        if luck is not None:
            luck.shuffle(sent)
        await installation.post(*sent)
        await installation.settled(["intake", "audit"])
    refused = await installation.facts("receipts", "safeguarding.concern.report-refused.v1")
    assert [reason["code"] for fact in refused for reason in fact["reasons"]] == []
    assert not any(process.poll() for process in started)
    if instances > 1:
        assert all("batch_applied" in installation.log_of(process) for process in started), "all took part"
    states = [await installation.state_hash(service) for service in ("intake", "audit")]
    reviews = await installation.sql(
        "audit", "SELECT key, body->>'review_ends' FROM cases WHERE body->>'type' = 'adult'"
    )
    return states[0], states[1], [tuple(row) for row in sorted(reviews)]


async def test_two_instances_of_intake_and_audit_end_as_one_of_each(install_for: InstallFor) -> None:
    alone = await through(install_for, 1, None)

    assert await through(install_for, 2, random.Random(6)) == alone
    assert [ends for _, ends in alone[2]].count(None) == 1, "seven concerns of one person, and one review"

"""Rule 4: an event is (source, id); the same again changes nothing, another under its name is set aside."""

import asyncio
import json
from typing import Any

import pytest

from services.intake.service import service as intake
from services.triage.service import service as triage
from shared.chassis.delivery.applying.steps import batch
from shared.chassis.delivery.records.wire import Fact
from shared.chassis.service import Service
from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import approval, concern_of, decision, received, report, transactions
from tests.integration.delivery.in_process import found_in, record_of
from tests.support.installation import Installation

ACCEPTED = "safeguarding.concern.report-accepted.v1"
RECEIVED = "safeguarding.concern.received.v1"
ROUTED = "safeguarding.concern.routed.v1"
NOT_ACCEPTED = "safeguarding.triage.decision-refused.v1"
REFUSED = "safeguarding.concern.report-refused.v1"


@pytest.fixture
async def installation(install_for: InstallFor) -> Installation:
    return await install_for()


async def apply(installation: Installation, *events: dict[str, Any], start: int = 0, of: Service[Any] = intake) -> Any:
    instance = transactions(installation, of)
    records = [record_of(event, offset=start + n) for n, event in enumerate(events)]
    work = await instance.apply(batch(found_in(instance, *records)))
    await instance.close()
    return work


def types(work: Any) -> list[str]:
    return [header(fact, "ce_type") or fact.topic for fact in work.facts.told]


def header(fact: Fact, name: str) -> str:
    return dict(fact.headers).get(name, b"").decode()


def outcome(work: Any, name: str) -> int:
    return sum(number for (_, what), number in work.counts.outcomes.items() if what == name)


async def concerns(installation: Installation) -> int:
    rows = await installation.sql("intake", "SELECT count(*) FROM cases WHERE body->>'type' = 'concern'")
    return int(rows[0][0])


async def test_the_same_twice_in_one_batch_counts_once_and_is_answered_twice(installation: Installation) -> None:
    work = await apply(installation, report("1"), report("1"))

    assert types(work) == [ACCEPTED, RECEIVED, ACCEPTED]
    assert work.facts.told[0] == work.facts.told[2], "under the same id, with the same words"
    assert outcome(work, "duplicate") == 1
    assert await concerns(installation) == 1


async def test_who_sends_again_a_week_later_gets_the_same_answer_and_nothing_else(installation: Installation) -> None:
    accepted, refused = report("1"), report("2", narrative=" ")
    first = await apply(installation, accepted, refused)
    assert types(first) == [ACCEPTED, RECEIVED, REFUSED]

    again = await apply(installation, refused, accepted, accepted, start=1000)

    answers = {header(fact, "ce_type"): fact for fact in first.facts.told}
    assert again.facts.told == [answers[REFUSED], answers[ACCEPTED], answers[ACCEPTED]]
    assert (outcome(again, "duplicate"), len(again.cases.states)) == (3, 1)
    assert await concerns(installation) == 1


async def test_what_waited_and_was_refused_then_is_answered_again_with_those_words(installation: Installation) -> None:
    concern, of_an_adult = concern_of("1"), received("1", derived("adult", "1"))
    alone = approval(concern, approved_by="worker-A")
    assert types(await apply(installation, of_an_adult, alone, alone, of=triage)) == [ROUTED], "not decided yet"
    told = await apply(installation, decision(concern), start=10, of=triage)
    (refusal,) = [fact for fact in told.facts.told if header(fact, "ce_type") == NOT_ACCEPTED]

    assert (await apply(installation, alone, start=20, of=triage)).facts.told == [refusal]


async def test_an_impostor_is_never_told_what_another_was(installation: Installation) -> None:
    (accepted, _) = (await apply(installation, report("1"))).facts.told

    work = await apply(installation, report("2") | {"id": "report-1"}, report("1"), start=10)

    assert types(work) == [REFUSED, "concern-reports.dead-letters", ACCEPTED]
    assert work.facts.told[2] == accepted


async def test_another_body_under_one_id_in_one_batch_is_answered_and_kept(installation: Installation) -> None:
    impostor = report("2") | {"id": "report-1"}

    work = await apply(installation, report("1"), impostor)

    assert types(work) == [ACCEPTED, "safeguarding.concern.received.v1", REFUSED, "concern-reports.dead-letters"]
    assert json.loads(work.facts.told[2].value)["reasons"][0]["code"] == "conflicting_body"
    assert outcome(work, "conflicting") == 1
    assert await concerns(installation) == 1


async def test_two_senders_may_use_one_id(installation: Installation) -> None:
    work = await apply(installation, report("1"), report("2") | {"id": "report-1", "source": "/others"})

    assert types(work).count(ACCEPTED) == 2
    assert await concerns(installation) == 2


async def test_source_and_id_are_not_run_together(installation: Installation) -> None:
    one, other = report("1") | {"source": "/a", "id": "bc"}, report("2") | {"source": "/ab", "id": "c"}

    assert outcome(await apply(installation, one, other), "applied") == 2


async def test_the_same_a_week_and_a_thousand_events_later_counts_once(installation: Installation) -> None:
    await apply(installation, report("1"))
    await apply(installation, *(report(f"other-{n}") for n in range(1000)))

    work = await apply(installation, report("1"), report("new"))

    assert outcome(work, "duplicate") == 1
    assert outcome(work, "applied") == 1
    assert await concerns(installation) == 1002


async def test_another_body_a_week_later_is_answered_and_kept(installation: Installation) -> None:
    await apply(installation, report("1"))

    work = await apply(installation, report("2") | {"id": "report-1"})

    assert types(work) == [REFUSED, "concern-reports.dead-letters"]
    assert await concerns(installation) == 1


async def test_a_redelivery_beside_an_impostor_is_still_a_redelivery(installation: Installation) -> None:
    await apply(installation, report("1"))

    work = await apply(installation, report("2") | {"id": "report-1"}, report("1"))

    assert outcome(work, "conflicting") == 1
    assert outcome(work, "duplicate") == 1


async def test_the_same_in_two_instances_at_once_counts_once(installation: Installation) -> None:
    events = [report(str(n)) for n in range(50)]

    works = await asyncio.gather(*(apply(installation, *events[n:], *events[:n]) for n in range(4)))

    assert sum(outcome(work, "applied") for work in works) == 50
    assert sum(outcome(work, "duplicate") for work in works) == 150
    assert await concerns(installation) == 50


async def test_what_the_inbox_does_not_know_is_answered_under_the_same_id_when_it_is_read_again(
    installation: Installation,
) -> None:
    """A replay of the topic must not tell a sender anything new."""
    unreadable = report("3", happened_on="yesterday")
    impostor = report("2") | {"id": "report-1"}

    works = [await apply(installation, report("1"), impostor, unreadable) for _ in range(2)]
    first, again = ([*map(_name, work.facts.told)] for work in works)

    assert len(set(first)) == len(first), "two answers must not share an id"
    assert set(again) <= set(first)
    assert len(again) == 5, "and what was accepted is accepted again"


async def test_answers_to_two_impostors_of_one_event_are_two_facts(installation: Installation) -> None:
    first, second = (report("1", narrative=f"Room {n}") | {"id": "report-1"} for n in (1, 2))

    work = await apply(installation, report("1"), first, second)

    assert len({_name(fact) for fact in work.facts.told}) == len(work.facts.told) == 6


def _name(fact: Fact) -> str:
    return header(fact, "ce_id") or header(fact, "dead_letter_id")

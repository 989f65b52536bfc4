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
FURTHER = "safeguarding.concern.further-information.v1"


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
    assert (outcome(again, "duplicate"), len(again.cases.states)) == (3, 2)
    assert await concerns(installation) == 1


async def test_what_waited_and_was_refused_then_is_answered_again_with_those_words(installation: Installation) -> None:
    concern, of_an_adult = concern_of("1"), received("1", derived("adult", "1"))
    alone = approval(concern, approved_by="worker-A")
    assert types(await apply(installation, of_an_adult, alone, alone, of=triage)) == [ROUTED], "not decided yet"
    told = await apply(installation, decision(concern), start=10, of=triage)
    (refusal,) = [fact for fact in told.facts.told if header(fact, "ce_type") == NOT_ACCEPTED]

    assert (await apply(installation, alone, start=20, of=triage)).facts.told == [refusal]


def remarks(fact: Fact) -> list[str]:
    return [said["code"] for said in json.loads(fact.value).get("remarks", ())]


async def test_one_id_of_two_reports_is_two_concerns_and_each_has_its_own_answer(installation: Installation) -> None:
    (accepted, _) = (await apply(installation, report("1"))).facts.told
    other = report("2") | {"id": "report-1"}

    work = await apply(installation, other, report("1"), start=10)

    assert types(work) == [ACCEPTED, RECEIVED, ACCEPTED]
    assert work.facts.told[2] == accepted
    assert remarks(work.facts.told[0]) == ["id_used_before"]
    assert (await apply(installation, other, start=20)).facts.told == [work.facts.told[0]]
    assert await concerns(installation) == 2


async def test_one_id_of_two_reports_in_one_batch_is_two_concerns(installation: Installation) -> None:
    other = report("2") | {"id": "report-1"}

    work = await apply(installation, report("1"), other, other)

    assert types(work) == [ACCEPTED, RECEIVED, ACCEPTED, RECEIVED, ACCEPTED]
    assert work.facts.told[4] == work.facts.told[2]
    assert outcome(work, "duplicate") == 1
    assert await concerns(installation) == 2


async def test_another_report_under_one_id_and_one_reference_is_the_same_concern(installation: Installation) -> None:
    work = await apply(installation, report("1"), report("1", urgent=True))

    assert types(work) == [ACCEPTED, RECEIVED, ACCEPTED, FURTHER]
    assert remarks(work.facts.told[2]) == ["id_used_before", "differs_from_first"]
    assert (outcome(work, "applied"), outcome(work, "unchanged")) == (1, 1), "it is no second concern"
    assert await concerns(installation) == 1


async def test_another_decision_under_one_id_is_answered_and_kept(installation: Installation) -> None:
    """Closed for decisions: which of two bodies was meant is nobody's to guess."""
    await apply(installation, received("1", derived("adult", "1")), of=triage)
    meant, impostor = decision(concern_of("1")), decision(concern_of("1"), decided_by="worker-B")

    work = await apply(installation, meant, impostor, meant, start=10, of=triage)

    assert outcome(work, "conflicting") == 1
    assert outcome(work, "duplicate") == 1
    assert [kind for kind in types(work) if kind in {NOT_ACCEPTED, "triage-decisions.dead-letters"}] == [
        NOT_ACCEPTED, "triage-decisions.dead-letters",
    ]  # fmt: skip
    answer = next(fact for fact in work.facts.told if header(fact, "ce_type") == NOT_ACCEPTED)
    assert json.loads(answer.value)["reasons"][0]["code"] == "conflicting_body"


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
    odd = report("3", happened_on="yesterday")
    other = report("2") | {"id": "report-1"}

    works = [await apply(installation, report("1"), other, odd) for _ in range(2)]
    first, again = ([*map(_name, work.facts.told)] for work in works)

    assert len(set(first)) == len(first), "two answers must not share an id"
    assert set(again) <= set(first)
    assert len(again) == 3, "and what was accepted is accepted again"


async def test_answers_to_three_reports_under_one_id_are_three_facts(installation: Installation) -> None:
    second, third = (report("1", narrative=f"Room {n}") | {"id": "report-1"} for n in (1, 2))

    work = await apply(installation, report("1"), second, third)

    assert len({_name(fact) for fact in work.facts.told}) == len(work.facts.told) == 6
    assert types(work).count(FURTHER) == 2


def _name(fact: Fact) -> str:
    return header(fact, "ce_id") or header(fact, "dead_letter_id")

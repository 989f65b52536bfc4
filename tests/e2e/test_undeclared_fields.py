"""Canaries in fields that nobody declared, in every record that anybody can send: only a concern passes them on.

A sender's newer system may say more than our contracts know, in prose, of anybody. What is refused, waits, cannot be
read or uses an id twice is tried for every kind of record; and everything that the services can state is stated.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from services import SERVICES
from services.command.registry import load
from services.command.replay import replay
from services.command.timeline import Step
from services.command.token import make
from shared.contracts import CATALOGUE, DOORS
from shared.contracts.doors import AdultsFoundOne, ConcernReported, DutyDealtWith, concern_id_of, enquiry_id_of
from shared.contracts.intake import ConcernReceived, FurtherInformationReceived
from shared.contracts.refusal import PlaceRefusal, Refusal
from shared.contracts.topics import TOPICS, dead_letters_of
from shared.kernel.identity import derived, event_identity
from tests.support.builders import NHS_NUMBER
from tests.support.canaries import Aviary, a_report
from tests.support.everywhere import (
    ask,
    command,
    what_commands_say,
    what_kafka_holds,
    what_the_tables_hold,
    where_they_are,
)
from tests.support.installation import Installation
from tests.support.whole_process import ADULTS, END, REPORTS, SENDER, Sent, adult_first_named_by, whole_process

WHOLE = concern_id_of(SENDER, "WHOLE")
FAR_AWAY = "2150-01-01T00:00:00Z"


@pytest.mark.timeout(240)
async def test_what_nobody_declared_travels_with_concerns_alone(driven_installation: Installation) -> None:
    installation, aviary = driven_installation, Aviary()
    processes = installation.start_all()
    history = whole_process(reports(aviary))
    told = [*history, *more_of_one_that_is_dealt_with(history)]
    lines = [json.dumps(event(f"history-{number}", one, aviary)) for number, one in enumerate(told)]
    await replay(installation.kafka, installation.database_url, installation.prefix, lines, step=Step.DAY, until=END)
    await everything_was_stated(installation)
    one_of_each = list({one.type: one for one in history}.values())
    await installation.post(*again(history, aviary), *in_every_wrong_way(one_of_each, aviary))
    await installation.settled()
    await every_wrong_way_was_taken(installation, {one.type for one in one_of_each})
    letter = command(
        installation, "held", "enquiry", "--discard", str(await a_waiting_event(installation)), "--why", "x"
    )

    seen = {"section42 held --discard": letter}
    seen |= await what_can_be_read(installation, processes, aviary)
    seen |= {f"the log of {name}": installation.log_of(process) for name, process in processes.items()}
    seen |= await what_kafka_holds(installation) | await what_the_tables_hold(installation)
    seen |= await what_commands_say(installation)
    for door in DOORS:  # what others write is as they wrote it
        seen.pop(f"values of {door}", None)

    assert where_they_are(aviary, seen) == {}
    unknown = Aviary(aviary.unknown)
    carried = {topic: await said_on(installation, topic) for topic in ("concern-reports", "concerns", "msp-outcomes")}
    assert unknown.in_text(carried["concern-reports"])
    assert unknown.in_text(carried["concerns"])
    assert unknown.in_text(carried["msp-outcomes"]) == []
    assert aviary.in_text(carried["msp-outcomes"]), "the adult's own words"
    facts = await installation.facts("concerns")
    reports_in = {ConcernReceived.type, FurtherInformationReceived.type}
    others = [fact for fact in facts if fact["headers"]["ce_type"] not in reports_in]
    assert aviary.in_text(json.dumps(others)) == []


def more_of_one_that_is_dealt_with(history: list[Sent]) -> Iterator[Sent]:
    """More about a concern under its own reference, and the person who has looked at it."""
    first = next(one for one in history if one.type == ConcernReported.type)
    at = history[-1].at
    yield Sent(at + timedelta(hours=1), first.type, first.data | {"narrative": "CANARY-WORDS"})
    concern_id = concern_id_of(first.data["sender"], first.data["reference"])
    item_id = derived("duty", str(concern_id), event_identity("/tests", f"history-{len(history)}"))
    data = {"case_id": concern_id, "item_id": item_id, "how": "read", "decided_by": "worker-1"}
    later = at + timedelta(hours=2)
    yield Sent(later, DutyDealtWith.type, {n: str(v) for n, v in data.items()} | {"decided_at": later.isoformat()})


def reports(aviary: Aviary) -> dict[str, dict[str, Any]]:
    """The reports of the history, with a canary in every personal field but those by which adults are told apart."""
    aviary.words.append(NHS_NUMBER)
    found = {reference: a_report(aviary, reference) for reference in REPORTS}
    for references in ADULTS:
        person = aviary.word("a person's reference")
        for reference in references:
            found[reference]["adult"]["person_reference"] = person
            called(found[reference], found[references[0]])
    called(found["NUMBER"], found["NAMED"])
    called(found["BOTH"], found["NAMED"])
    found["BOTH"]["adult"]["person_reference"] = found["NAMED"]["adult"]["person_reference"]
    found["BOTH"]["adult"]["nhs_number"] = found["NUMBER"]["adult"]["nhs_number"] = NHS_NUMBER
    return found


def called(report: dict[str, Any], like: dict[str, Any]) -> None:
    """The adult of a report called and born as that of another, lest a person be asked whether they are one."""
    report["adult"] |= {field: like["adult"][field] for field in ("name", "birth_date")}


def event(name: str, sent: Sent, aviary: Aviary) -> dict[str, Any]:
    """A CloudEvent with a canary in every object of its data, and in place of anybody's own words."""
    data = json.loads(json.dumps(sent.data).replace("CANARY-WORDS", aviary.word()))
    data = aviary.planted(data)
    return {"specversion": "1.0", "id": name, "source": "/tests", "type": sent.type, "time": sent.at.isoformat(),
            "data": data}  # fmt: skip


def again(history: list[Sent], aviary: Aviary) -> Iterator[dict[str, Any]]:
    """Everything a second time, under other ids and with other canaries."""
    for number, one in enumerate(history):
        yield event(f"again-{number}", Sent(END, one.type, one.data), aviary)


def in_every_wrong_way(one_of_each: list[Sent], aviary: Aviary) -> Iterator[dict[str, Any]]:
    for one in one_of_each:
        yield event(f"twice-{one.type}", Sent(END, one.type, one.data), aviary)
        yield event(f"twice-{one.type}", Sent(END, one.type, one.data), aviary)  # the same id, another body
        yield event(f"future-{one.type}", Sent(END, one.type, from_the_future(one)), aviary)
        yield event(f"unreadable-{one.type}", Sent(END, one.type, unreadable(one, aviary)), aviary)
        yield event(f"nowhere-{one.type}", Sent(END, one.type, about_nothing_known(one)), aviary)


def from_the_future(sent: Sent) -> dict[str, Any]:
    """Every time that was said, long after the record: refused by a rule."""
    data = {name: FAR_AWAY if is_instant(value) else value for name, value in sent.data.items()}
    if sent.type == ConcernReported.type:
        return data | {"reference": "FUTURE", "happened_on": FAR_AWAY[:10]}
    return data | ({"merge_id": str(derived("merge", "future"))} if sent.type == AdultsFoundOne.type else {})


def unreadable(sent: Sent, aviary: Aviary) -> dict[str, Any]:
    """Fields that hold what they cannot: the last that was sent, and every declared one that is missing."""
    declared = CATALOGUE[sent.type]
    kept = {declared.key_field, "sender", "reference"}
    wrong = [name for name in declared.model_fields if name not in kept][-1]
    return sent.data | {wrong: {"x": aviary.word("a wrong value")}}


def about_nothing_known(sent: Sent) -> dict[str, Any]:
    """Every id another: it waits for ever, or is refused."""
    if sent.type == ConcernReported.type:
        return sent.data | {"reference": "NOWHERE"}
    return {name: str(derived("nowhere", value)) if is_id(value) else value for name, value in sent.data.items()}


def is_instant(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def is_id(value: Any) -> bool:
    try:
        return bool(UUID(value))
    except (TypeError, ValueError, AttributeError):
        return False


async def everything_was_stated(installation: Installation) -> None:
    """Every fact of whoever reads a door, but for refusals; and no record of the history was refused."""
    facts = [fact for topic in facts_of_ours() for fact in await installation.facts(topic)]
    stated = {fact["headers"]["ce_type"] for fact in facts}
    at_the_doors = [service for service in map(load, SERVICES) if DOORS & set(service.topics)]
    wanted = {
        fact.type for service in at_the_doors for fact in service.writes if not issubclass(fact, Refusal | PlaceRefusal)
    }

    refused = [(fact["refused_type"], reason["code"]) for fact in facts for reason in fact.get("reasons", ())]
    assert refused == [], str(refused)
    assert wanted - stated == set()
    held = {name: await installation.sql(name, "SELECT reason FROM held") for name in SERVICES}
    assert {reason for rows in held.values() for (reason,) in rows} == set()


async def every_wrong_way_was_taken(installation: Installation, types: set[str]) -> None:
    refusals = [fact for topic in facts_of_ours() for fact in await installation.facts(topic) if "refused_id" in fact]
    ways = {
        way: {fact["refused_type"] for fact in refusals if fact["refused_id"].startswith(way)}
        for way in ("twice", "future", "unreadable")
    }
    # A report is read all the same: one id makes two concerns, and what cannot be so or cannot be read is set aside.
    assert ways == dict.fromkeys(ways, types - {ConcernReported.type})
    letters = [
        json.loads(record.value or b"{}")
        for topic in TOPICS
        if topic.name.endswith(dead_letters_of(""))
        for record in await installation.records(topic.name)
    ]
    assert len(letters) == 2 * (len(types) - 1)
    for service, at_least in (("intake", 4), ("triage", 6), ("enquiry", 24)):
        (waiting,) = (await installation.sql(service, "SELECT count(*) FROM held WHERE NOT parked"))[0]
        assert waiting >= at_least, service


async def a_waiting_event(installation: Installation) -> int:
    return int((await installation.sql("enquiry", "SELECT min(id) FROM held"))[0][0])


def facts_of_ours() -> list[str]:
    return [t.name for t in TOPICS if t.name not in DOORS and not t.name.endswith(dead_letters_of(""))]


async def said_on(installation: Installation, topic: str) -> str:
    return "\n".join((record.value or b"").decode() for record in await installation.records(topic))


async def what_can_be_read(
    installation: Installation, processes: Mapping[str, subprocess.Popen[bytes]], aviary: Aviary
) -> dict[str, str]:
    """Every view of every service, by its path; and what is answered to who asks with a name, or for nothing."""
    secret = await make(installation.database_url, SERVICES, "sac.1", ["cases", "worklists", "figures", "reads"], 1)
    ids = {
        "concern_id": str(WHOLE),
        "enquiry_id": str(enquiry_id_of(WHOLE)),
        "adult_id": str(adult_first_named_by("WHOLE")),
        "year": "2023-24",
        "measure": "concerns",
    }
    seen: dict[str, str] = {}
    for name, process in processes.items():
        port: int = process.port  # type: ignore[attr-defined]
        for view in load(name).views:
            path = "/api" + view.path.format(**ids)
            seen[f"{name} {path}"] = answered = await asyncio.to_thread(ask, port, path, secret)
            assert '"status":4' not in answered, f"{path}: {answered}"
        wrong = quote(aviary.word("a name that somebody looks for"))
        for path in (f"concerns/{wrong}", f"enquiries/{wrong}", f"adults/{wrong}", f"worklist?team={wrong}",
                     f"worklist?{wrong}=1", f"worklist?cursor={wrong}", f"reads?holder={wrong}", wrong,
                     f"drift?cursor={wrong}"):  # fmt: skip
            seen[f"{name} /api/… {path[:12]}"] = await asyncio.to_thread(ask, port, f"/api/{path}", secret)
            seen[f"{name} /api/… {path[:12]} as nobody"] = await asyncio.to_thread(ask, port, f"/api/{path}", wrong)
        for path in ("/metrics", "/health/ready", "/api/openapi.json", "/api/reads"):
            seen[f"{name} {path}"] = await asyncio.to_thread(ask, port, path, secret)
    return seen

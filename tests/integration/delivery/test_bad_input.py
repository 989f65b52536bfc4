"""Bad input of every kind: each has its reason, nothing else is lost, and reading it all again adds nothing.

What is wrong with the envelope of a report alone, or with what is optional in it, is no bad input: `test_envelopes.py`
and `test_reports.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer

from services.command.post import post
from shared.contracts.doors import enquiry_id_of
from shared.contracts.topics import dead_letters_of
from shared.kernel.identity import derived
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import (
    QUICK,
    Log,
    approval,
    cloudevent,
    concern_of,
    decision,
    read_all,
    received,
    report,
)
from tests.support.installation import Installation

DOOR = "concern-reports"
SERVICES = ("intake", "triage", "enquiry")
NOW = datetime.now(UTC)  # noqa: TID251  a sender has a clock like anybody
TEN_YEARS_AGO = (NOW - timedelta(days=365 * 10)).date().isoformat()
BIG = 3 * 1024 * 1024


class Bad(NamedTuple):
    """A record, the code of the reason it gets, and whether its answer can name it by its id."""

    code: str
    value: bytes | None
    headers: Mapping[str, bytes | None] = MappingProxyType({})
    named: bool = True
    letter: bool = True
    compressed: bool = False


def body(**changes: Any) -> bytes:
    return json.dumps({"sender": "wmas", "reference": "bad", "narrative": "Room 4."} | changes).encode()


def text(inner: str) -> bytes:
    return f'{{"sender": "wmas", "reference": "bad", "narrative": "Room 4.", {inner}}}'.encode()


UNNAMED: dict[str, Any] = {"named": False}
REFUSED: dict[str, Any] = {"letter": False}

BAD = {
    "not JSON": Bad("json_invalid", b"{"),
    "nothing": Bad("no_data", b""),
    "null value": Bad("no_value", None),
    "an array": Bad("batch", b"[]"),
    "null": Bad("json_invalid", b"null"),
    "another door's event": Bad("wrong_type", b"{}", {"ce_type": b"safeguarding.triage.decided.v1"}),
    "an unreadable newer version": Bad("unknown_version", b"{}", {"ce_type": b"safeguarding.concern.reported.v2"}),
    "no id": Bad("field_missing", b"{}", {"ce_id": b""}, **UNNAMED),
    "nothing required": Bad("field_missing", b"{}"),
    "about a child": Bad("under_18", body(adult={"birth_date": TEN_YEARS_AGO}), **REFUSED),
    "about nobody": Bad("nobody_described", body(narrative=" "), **REFUSED),
    "a lone surrogate": Bad("json_invalid", text('"place": {"name": "\\ud800"}')),
    "NaN": Bad("not_readable", text('"weight": NaN')),
    "a number beyond a double": Bad("not_readable", text('"weight": 1e999')),
    "a number of 5000 digits": Bad("json_invalid", text(f'"weight": {"9" * 5000}')),
    "nesting": Bad("json_invalid", text(f'"nest": {"[" * 100_000}{"]" * 100_000}')),
    "a name twice": Bad("name_twice", text('"narrative": "Room 5."')),
    "a bomb that can be read": Bad("too_large", body(notes="x" * BIG), letter=False, compressed=True),
    "a bomb that cannot": Bad("json_invalid", b"[" + b" " * BIG, compressed=True),
}  # fmt: skip


async def send(installation: Installation, producer: AIOKafkaProducer, name: str, bad: Bad) -> tuple[int, int]:
    event: dict[str, bytes | None] = {
        f"ce_{k}": str(v).encode() for k, v in report("bad", at=NOW).items() if k != "data"
    }
    headers = {**event, "ce_id": f"bad {name}".encode(), **bad.headers}
    sent = await producer.send_and_wait(installation.prefix + DOOR, bad.value, key=b"k", headers=list(headers.items()))
    return sent.partition, sent.offset


def reasons(log: Log, about: str) -> list[list[str]]:
    """The codes in the answers to an event."""
    return [
        list(dict.fromkeys(reason["code"] for reason in fact.body["reasons"]))
        for fact in log.facts.values()
        if fact.body.get("refused_id") == about
    ]


async def test_every_kind_of_bad_input_has_its_reason_and_a_replay_changes_nothing(install_for: InstallFor) -> None:
    installation = await install_for(*SERVICES)
    processes = [installation.start(service, **QUICK) for service in SERVICES]
    offsets: dict[str, tuple[int, int]] = {}
    options = {
        "bootstrap_servers": installation.servers.bootstrap_servers,
        "max_request_size": 2 * BIG,
        "max_batch_size": 2 * BIG,
    }
    plain, packed = AIOKafkaProducer(**options), AIOKafkaProducer(**options, compression_type="gzip")
    async with plain, packed:
        for n, (name, bad) in enumerate(BAD.items()):
            offsets[name] = await send(installation, packed if bad.compressed else plain, name, bad)
            await plain.send_and_wait(
                installation.prefix + DOOR, body(reference=f"good-{n}", shoe_size=44), key=None,
                headers=[(f"ce_{k}", str(v).encode()) for k, v in report(f"good-{n}", at=NOW).items() if k != "data"],
            )  # fmt: skip
    await impostors_and_contradictions(installation)
    await installation.settled(SERVICES)
    receipts = await read_all(installation, ["receipts"])
    letters = await read_all(installation, [dead_letters_of(DOOR)])
    by_offset = {(fact.body["partition"], fact.body["offset"]): fact.body for fact in letters.facts.values()}

    assert {name: reasons(receipts, f"bad {name}") for name in BAD} == {
        name: [[bad.code]] if bad.named else [] for name, bad in BAD.items()
    }
    by_place = {fact.body["place"]: fact.body for fact in receipts.facts.values() if "place" in fact.body}
    unnamed = {"/".join((DOOR, *map(str, offsets[name]))): bad.code for name, bad in BAD.items() if not bad.named}
    assert {place: said["reasons"][0]["code"] for place, said in by_place.items()} == unnamed
    assert {
        name: list({r["code"] for r in by_offset[at]["reasons"]}) for name, at in offsets.items() if at in by_offset
    } == {name: [bad.code] for name, bad in BAD.items() if bad.letter}
    assert all(reason["says"] for fact in receipts.facts.values() for reason in fact.body.get("reasons", ()))
    assert by_offset[offsets["a bomb that cannot"]]["whole_value"]["bytes"] == BIG + 1
    await nothing_good_was_lost(installation)

    before = await standing(installation)
    for process in processes:
        installation.stop(process)
    for service in SERVICES:
        await installation.sql(service, "DELETE FROM positions")
        installation.start(service, **QUICK)
    await installation.settled(SERVICES)
    after = await standing(installation)
    assert after == before, "the whole topics again, and not a fact or a state more"


async def standing(installation: Installation) -> object:
    """What there is: facts and dead letters by id, states, and what waits."""
    topics = ["receipts", "concerns", "triage", "section-42-conversions", "enquiries", dead_letters_of(DOOR)]
    held = {s: (await installation.sql(s, "SELECT count(*) FROM held"))[0][0] for s in SERVICES}
    return (await read_all(installation, topics)).facts, [await installation.state_hash(s) for s in SERVICES], held


async def impostors_and_contradictions(installation: Installation) -> None:
    """Two reports, and two decisions, under one id; a decision on nothing; a closure that its proposer approves."""
    await installation.post(report("true", at=NOW))
    await installation.settled(["intake"])
    await installation.post(report("also-true", at=NOW) | {"id": "report-true"})
    early = decision(concern_of("nobody-reported"), at=NOW)
    concern, adult = concern_of("converted"), derived("adult", "converted")
    enquiry = str(enquiry_id_of(concern))
    converted = {
        "concern_id": str(concern),
        "adult_id": str(adult),
        "enquiry_id": enquiry,
        "decided_at": NOW.isoformat(),
    }
    closure = {"enquiry_id": enquiry, "closure_id": str(derived("closure"))}
    at = NOW.isoformat()
    said = [
        cloudevent("safeguarding.concern.converted.v1", "converted", converted, NOW, "/section42/triage"),
        cloudevent("safeguarding.enquiry.closure-proposed.v1", "proposed",
                   closure | {"reason": "done", "proposed_by": "worker-1", "proposed_at": at}, NOW),
        cloudevent("safeguarding.enquiry.closure-approved.v1", "approved",
                   closure | {"approved_by": "worker-1", "role": "team_manager", "approved_at": at}, NOW),
    ]  # fmt: skip
    unlawful = approval(concern_of("decided"), at=NOW, approved_by="worker-A")
    await installation.post(
        early,
        *said,
        received("decided", adult, NOW - timedelta(hours=1)),
        decision(concern_of("decided"), at=NOW),
        decision(concern_of("decided"), at=NOW, decided_by="worker-B"),
        unlawful,
    )


async def nothing_good_was_lost(installation: Installation) -> None:
    concerns = await installation.facts("concerns", "safeguarding.concern.received.v1")
    wanted = {f"good-{n}" for n in range(len(BAD))} | {"true", "also-true"}
    assert {fact["report"]["reference"] for fact in concerns if fact["report"]["reference"] != "decided"} == wanted
    kept = {fact["report"].get("shoe_size") for fact in concerns if fact["report"]["reference"].startswith("good")}
    assert kept == {44}, "fields we do not know are kept"
    assert reasons(await read_all(installation, ["receipts"]), "report-true") == []
    triaged = await read_all(installation, ["triage"])
    assert reasons(triaged, f"decided-A-{concern_of('decided')}") == [["conflicting_body"]]
    assert reasons(await read_all(installation, ["enquiries"]), "approved") == [["same_person"]]
    refused = reasons(triaged, f"approved-A-{concern_of('decided')}")
    assert refused == [["approver_is_decider"]]
    held = await installation.sql("triage", "SELECT reason, parked FROM held")
    assert [tuple(row) for row in held] == [("the concern to be received", False)]


async def test_what_is_too_large_for_a_door_is_told_to_whoever_posts_it(installation: Installation) -> None:
    lines = [json.dumps(report("small")), json.dumps(report("large", notes="x" * 9_000_000))]

    done = await post(installation.kafka, installation.prefix, lines)

    assert done.posted == 1
    assert [(problem.line, "too large" in problem.says) for problem in done.problems] == [(2, True)]

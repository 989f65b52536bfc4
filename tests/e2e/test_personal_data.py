"""Canaries: what identifies or describes a person is planted in every place for it, and looked for everywhere else."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.stack import Stack
from services import SERVICES
from services.command.registry import load
from shared.contracts import CATALOGUE, DOORS
from shared.contracts.doors import concern_id_of, enquiry_id_of
from shared.contracts.schema import personal_fields, schema_of
from shared.contracts.topics import JOURNALS, TOPICS
from tests.support import lawful
from tests.support.canaries import Aviary, a_report
from tests.support.everywhere import (
    MAY_CARRY,
    ROOT,
    ask,
    command,
    what_commands_say,
    what_kafka_holds,
    what_the_tables_hold,
    where_they_are,
)
from tests.support.installation import Installation, eventually, free_port, install
from tests.support.servers import OwnServers

REPORTED = "safeguarding.concern.reported.v1"
RECEIVED = "safeguarding.concern.received.v1"
ASKED = "safeguarding.enquiry.outcomes-asked.v1"
BREAKS = """
from dataclasses import replace
from services.intake.service import service
from shared.chassis.app import run

def decide(cases, event, meta):
    if getattr(event, "reference", "").startswith("BREAK"):
        raise ValueError(f"{event!r} of {meta}")
    return service.decide(cases, event, meta)

run(replace(service, decide=decide))
"""
"""Intake with an error of ours in it, whose message quotes everything there is to quote."""


def an_asking(aviary: Aviary, enquiry_id: str, **more: Any) -> dict[str, Any]:
    words = [{"outcome_id": f"o{n}", "words": aviary.word("their own words")} for n in range(2)]
    asked = {"enquiry_id": enquiry_id, "answer": "expressed", "asked_of": "adult", "outcomes": words}
    return asked | {"asked_at": "2026-01-05T10:00:00Z", "recorded_by": "staff-1"} | more


def test_every_door_with_personal_fields_is_tried_here() -> None:
    doors = {event.type for event in CATALOGUE.values() if event.topic in DOORS and personal_fields(schema_of(event))}

    assert doors == {REPORTED, ASKED}


@pytest.fixture
async def own(own_servers: OwnServers) -> AsyncIterator[tuple[Installation, Stack]]:
    stack = own_servers()
    installed = await install(stack.up())
    yield installed, stack
    await installed.close()


@pytest.mark.timeout(240)
async def test_nothing_of_a_person_is_anywhere_it_need_not_be(own: tuple[Installation, Stack], tmp_path: Path) -> None:
    installation, stack = own
    aviary = Aviary()
    processes = start_with_an_error_in_intake(installation, tmp_path)

    await through_every_path(installation, aviary)
    await while_the_database_dies(installation, stack, aviary)
    posting = post_what_cannot_be_posted(installation, aviary, tmp_path)
    await everything_happened(installation)

    seen: dict[str, str] = {"section42 post": posting}
    for name, process in processes.items():
        seen[f"the log of {name}"] = process.log.read_text(encoding="utf-8", errors="replace")
        for path in ("/metrics", "/health/ready", "/health/live", "/docs/asyncapi.json", "/docs", "/docs/try"):
            seen[f"{name} {path}"] = await asyncio.to_thread(ask, process.port, path)
        labels_come_from_closed_sets(seen[f"{name} /metrics"])
        publishes_its_own_part(name, seen)
    for log in (stack.postgres.log, stack.kafka.log):
        seen[log.name] = log.read_text(encoding="utf-8", errors="replace")
    seen |= await what_kafka_holds(installation)
    seen |= await what_the_tables_hold(installation)
    seen |= await what_commands_say(installation)

    assert where_they_are(aviary, seen) == {}
    await the_search_finds_what_there_is(installation, aviary)


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    log: Path
    port: int


def start_with_an_error_in_intake(installation: Installation, folder: Path) -> dict[str, Running]:
    running = {}
    for name in SERVICES:
        argv = ["-c", BREAKS] if name == "intake" else ["-m", "services.command.app", "run", name]
        log, port = folder / f"{name}.log", free_port()
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, *argv], env=installation.environment(SECTION42_HTTP_PORT=str(port)),
                stdout=out, stderr=subprocess.STDOUT, cwd=ROOT,
            )  # fmt: skip
        installation.running.append(process)
        running[name] = Running(process, log, port)
    return running


async def through_every_path(installation: Installation, aviary: Aviary) -> None:
    post, event = installation.post, installation.event
    whole = a_report(aviary, "WHOLE")
    concern_id = concern_id_of("canary-sender", "WHOLE")
    enquiry_id = str(enquiry_id_of(concern_id))
    early = event(ASKED, an_asking(aviary, enquiry_id))
    await post(early)  # waits for its enquiry
    await post(event(ASKED, an_asking(aviary, str(enquiry_id_of(enquiry_id_of(concern_id))))))  # waits for ever
    await post(event(REPORTED, whole), event(REPORTED, whole))
    await post(event(REPORTED, a_report(aviary, "WHOLE")))  # again, and another
    await post(*decisions_on(installation, str(concern_id)))

    child = a_report(aviary, "CHILD")
    child["adult"]["birth_date"] = aviary.day(2019)
    await post(event(REPORTED, child))
    await post(event(ASKED, an_asking(aviary, enquiry_id, answer="none_expressed")))  # refused by a rule
    await post(event(REPORTED, a_report(aviary, "BREAK-1")))

    twice = event(REPORTED, a_report(aviary, "TWICE"))
    await post(twice, twice | {"data": a_report(aviary, "TWICE")})  # one id, two reports
    await post(twice | {"data": a_report(aviary, "TWICE")})

    for index, broken in enumerate(not_in_form(aviary)):
        await post(event(REPORTED, {**a_report(aviary, f"BROKEN-{index}"), **broken}))
    await post(event(ASKED, an_asking(aviary, enquiry_id) | {"asked_of": aviary.word("a wrong value")}))
    await raw_records(installation, aviary)


def decisions_on(installation: Installation, concern_id: str) -> list[dict[str, Any]]:
    soon = datetime.fromisoformat(installation.event(REPORTED, {})["time"]) + timedelta(seconds=90)  # after receipt
    reasons = lawful.limbs(reasons=["canary-reason"] * 3)
    decided = lawful.decision(concern_id, concern_id, soon, limbs=reasons, decided_by="staff-1")
    approved = lawful.approval(decided, soon, approved_by="staff-2")
    return [
        first := installation.event("safeguarding.triage.decided.v1", decided),
        first | {"data": decided | {"decided_by": "staff-3"}},  # conflicting
        installation.event("safeguarding.triage.approved.v1", approved),
    ]


def not_in_form(aviary: Aviary) -> Iterator[Mapping[str, Any]]:
    """Each breaks a field of a report, with a canary in what breaks it: read as meant, or set aside."""
    yield {"narrative": f"{aviary.word('a control character')}\x00"}
    yield {"adult": {"nhs_number": [aviary.word("a list")]}}
    yield {"adult": {"birth_date": aviary.word("no day")}}
    yield {"adult": {"birth_date": "1066-10-14", "name": aviary.word("before 1900")}}
    yield {"adult": aviary.word("a text for an object")}
    yield {"adult": {"name": aviary.word("too long") * 50}}
    yield {"source": aviary.word("no source we know")}
    yield {"sender": aviary.word("no code")}
    yield {"abuse_types": [aviary.word("no kind of abuse")]}


async def raw_records(installation: Installation, aviary: Aviary) -> None:
    def headers(type_: str, number: int, **more: bytes | None) -> list[tuple[str, bytes | None]]:
        named: dict[str, bytes | None] = {"specversion": b"1.0", "id": f"raw-{number}".encode(), "source": b"/tests"}
        return [(f"ce_{name}", value) for name, value in {**named, "type": type_.encode(), **more}.items()]

    body = json.dumps(a_report(aviary, "RAW")).encode()
    key, other = aviary.word("a key").encode(), ("x-person", aviary.word("a foreign header").encode())
    post = installation.post_raw
    await post("concern-reports", aviary.word("no JSON").encode(), key=key, headers=[other])
    await post("concern-reports", aviary.word("no UTF-8").encode() + b"\xff", key=key, headers=headers(REPORTED, 1))
    await post("concern-reports", b'{"adult": "' + aviary.word("cut off").encode(), headers=headers(REPORTED, 2))
    await post("concern-reports", body, key=key, headers=headers(REPORTED, 3, subject=b"\xff" + key))
    await post("concern-reports", body, key=key, headers=[*headers(REPORTED, 4, subject=None), other])
    await post("concern-reports", body, key=key, headers=headers(REPORTED.replace("v1", "v9"), 5))
    await post("concern-reports", body, key=key, headers=headers("another.type.v1", 6))
    await post("concern-reports", body, key=key, headers=headers(REPORTED, 7, time=aviary.word("no time").encode()))
    await post("concern-reports", None, key=key, headers=[*headers(REPORTED, 8), other])
    structured = {
        "specversion": "1.0",
        "id": "raw-9",
        "source": "/tests",
        "type": REPORTED,
        "data": aviary.word("text"),
    }
    await post("concern-reports", json.dumps(structured).encode(), key=key)
    inner = b'{"concern_id": "nonsense", "report": {"narrative": "' + aviary.word("of our own").encode() + b'"}}'
    await post("concerns", inner, key=b"0" * 36, headers=headers(RECEIVED, 10))


async def while_the_database_dies(installation: Installation, stack: Stack, aviary: Aviary) -> None:
    reports = [installation.event(REPORTED, a_report(aviary, f"KILL-{number}")) for number in range(60)]
    await installation.post(*reports[:30])
    await asyncio.to_thread(stack.postgres.kill)
    await installation.post(*reports[30:])
    await asyncio.to_thread(stack.postgres.start)


def post_what_cannot_be_posted(installation: Installation, aviary: Aviary, folder: Path) -> str:
    lines = [
        aviary.word("no JSON at all"),
        json.dumps({"id": "1", "source": "/tests", "type": aviary.word("no type"), "data": {}}),
        json.dumps({"source": "/tests", "type": REPORTED, "data": a_report(aviary, "NO-ID")}),
        json.dumps({"id": "2", "source": "/tests", "type": REPORTED, "narrative": aviary.word("beside the data")}),
        json.dumps(
            {"id": "3", "source": "/tests", "type": REPORTED, "data": {"narrative": aviary.word("big") * 700_000}}
        ),
    ]
    path = folder / "lines.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return command(installation, "post", str(path), "--json", expected=1)


async def everything_happened(installation: Installation) -> None:
    """Every path was really taken, up to what waits for ever."""

    async def held() -> dict[str, list[tuple[bool, str]]]:
        query = "SELECT parked, reason FROM held ORDER BY id"
        return {name: [tuple(row) for row in await installation.sql(name, query)] for name in SERVICES}

    wanted = {name: int("concerns" in load(name).topics) for name in SERVICES} | {"enquiry": 1}

    async def settled() -> bool:
        return {name: len(rows) for name, rows in (await held()).items()} == wanted

    try:
        await eventually(settled, "every path is taken", 90)
    except AssertionError as error:
        raise AssertionError(f"{await held()}") from error
    await installation.settled()
    accepted = await installation.facts("receipts", "safeguarding.concern.report-accepted.v1")
    assert len({receipt["reference"] for receipt in accepted}) == 72
    assert any(receipt["again"] for receipt in accepted)
    refused = await installation.facts("receipts", "safeguarding.concern.report-refused.v1")
    codes = {reason["code"] for receipt in refused for reason in receipt["reasons"]}
    assert {"under_18", "internal_error"} <= codes
    remarks = {remark["code"] for receipt in accepted for remark in receipt["remarks"]}
    assert {"header_not_utf_8", "id_used_before", "time_not_read", "unknown_version", "wrong_type"} <= remarks
    refused = await installation.facts("triage", "safeguarding.triage.decision-refused.v1")
    assert {"conflicting_body"} <= {reason["code"] for receipt in refused for reason in receipt["reasons"]}
    letters = [
        json.loads(record.value or b"{}") for record in await installation.records("concern-reports.dead-letters")
    ]
    reasons = {reason["code"] for letter in letters for reason in letter["reasons"]}
    assert {"no_value", "json_invalid"} <= reasons
    assert len(letters) == 6
    refused = await installation.facts("enquiries", "safeguarding.enquiry.record-refused.v1")
    assert {reason["code"] for receipt in refused for reason in receipt["reasons"]} >= {
        "outcomes_contradict",
        "value_of_no_list",
    }


def labels_come_from_closed_sets(metrics: str) -> None:
    """After all that was sent, no label has a value that a sender could have chosen."""
    types = {*CATALOGUE, "timer", "held", "unreadable", "other"}
    closed = {"service": set(SERVICES), "topic": {topic.name for topic in (*TOPICS, *JOURNALS)}, "type": types}
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            for label, values in closed.items():
                assert sample.labels.get(label) in {*values, None}, sample
            assert all(re.fullmatch(r"[a-z0-9_.+Inf-]{1,64}", value) for value in sample.labels.values()), sample


def publishes_its_own_part(name: str, seen: Mapping[str, str]) -> None:
    shown = json.loads(seen[f"{name} /docs/asyncapi.json"])
    assert shown["info"]["title"] == f"Section42: {name}"
    assert seen[f"{name} /docs"].startswith("<!doctype html>")
    assert "asyncapi" not in seen[f"{name} /docs/try"].lower()


async def the_search_finds_what_there_is(installation: Installation, aviary: Aviary) -> None:
    """Where the canaries may be they are found, so that what was not found elsewhere is not there."""
    for topic in MAY_CARRY:
        values = "\n".join((r.value or b"").decode(errors="replace") for r in await installation.records(topic))
        assert aviary.in_text(values), topic
    letters = await installation.records("concern-reports.dead-letters")
    assert aviary.in_text("\n".join((r.value or b"").decode() for r in letters))
    held = await installation.sql("enquiry", "SELECT t::text FROM held AS t")
    assert aviary.in_text(held[0][0])
    shown = command(installation, "read", "concerns", "--no-follow", "--personal")
    assert aviary.in_text(shown)
    assert len(aviary.in_text(shown)) > 12 * 60
    assert os.environ.get("SECTION42_TEST_RUN")

"""A slice of the fault campaign: four services under load, killed, paused, cut off, and their database put back.

`python -m tests.faults --seed N --faults 1000` runs a long one. What fails here names its seed; the same seed rolls
the same dice, though the machine decides when each falls.
"""

from __future__ import annotations

import ast
import asyncio
import gc
import json
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.faults.campaign import Plan, Report, campaign, under_load
from tests.faults.journals import twice
from tests.faults.log import FACTS, Log, Record, Where, read_log
from tests.faults.oracle import examine, judge
from tests.faults.standbys import Standbys
from tests.support.disk import Disk, small_disk
from tests.support.installation import Installation, install
from tests.support.servers import OwnServers, Servers

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
THE_ONE, THE_OTHER = (
    frozenset({"half-open-kafka", "postgres-late", "postgres-read-only", "rolling"}),
    frozenset({"half-open-postgres", "kafka-late", "bomb", "flood", "term-early"}),
)
"""Two slices share between them what a long campaign asks for alone."""
ROOM_MIB, FEW = 2048, 5
SLICE = Plan(seed=20240108, faults=50, concerns_per_s=5, every_s=0.4, deadline_s=60, spared=THE_OTHER)


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """What a client leaves to the garbage collector when its server is killed is swept up here, without a word."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def approve(report: Report) -> None:
    assert report.differences == [], f"seed {report.seed}: {report.differences[:20]}"
    assert report.unplanned == {}
    assert report.never == [], f"these never happened, with seed {report.seed}: {report.fired}"
    assert report.faults >= 10
    for way_out in ("duplicates_on_topics", "duplicates_dropped_at_doors", "fenced", "transaction_retried"):
        assert report.sometimes[way_out] > 0, f"never taken: {way_out}, with seed {report.seed}"


@pytest.fixture
async def with_standbys(
    servers: Servers, own_servers: OwnServers
) -> AsyncIterator[tuple[Installation, Standbys, Disk]]:
    """An installation on a Postgres of its own, on a disk of its own; standbys may take its place."""
    stack = own_servers(kafka=False, postgres=False)
    with small_disk(stack.directory, ROOM_MIB) as disk:
        standbys = Standbys(stack.postgres)
        installation = await install(Servers(servers.bootstrap_servers, await asyncio.to_thread(stack.postgres.start)))
        try:
            yield installation, standbys, disk
        finally:
            await installation.close()
            standbys.close()
            stack.postgres.stop()


async def test_years_of_concerns_survive_faults(driven_installation: Installation) -> None:
    report = await campaign(driven_installation, replace(SLICE, spared=THE_ONE))

    approve(report)
    assert report.counts["facts drift-flagged"] > 0
    assert report.counts["facts repeat-review-opened"] > 0
    assert report.where is not None
    await the_oracle_sees_what_is_planted(driven_installation, report.where)


async def test_concerns_by_the_wall_clock_survive_faults(with_standbys: tuple[Installation, Standbys, Disk]) -> None:
    installation, standbys, disk = with_standbys
    plan = replace(SLICE, seed=2, faults=25, deadline_s=40)

    report = await campaign(installation, plan, standbys=standbys, disk=disk)

    approve(report)
    assert {"standby", "disk-full", "clock-slow", "clock-ahead", *THE_ONE} <= report.fired.keys()


async def test_each_record_of_a_bomb_and_of_a_flood_is_answered_once_by_its_place(
    driven_installation: Installation,
) -> None:
    async with under_load(driven_installation, replace(SLICE, seed=3)) as running:
        running.supervisor.start(armed=False)
        for kind in ("bomb", "flood", "flood"):
            await running.others[kind].do()
        findings = await running.settle()
        log = await read_log(running.where)

    assert findings.differences == []
    assert running.supervisor.fired == {"bomb": 1, "flood": 2}
    answers = by_their_reason(log)
    assert answers.keys() >= {"batch_not_unpacked", "no_value", "json_invalid"}
    names = ("sha256", "size", "sender", "about", "reasons")
    wrong = {
        one.headers["ce_id"]: otherwise(one, name)
        for of in answers.values()
        for one, name in zip(of, names, strict=False)
    }
    lost = [of[len(names)] for of in answers.values()]
    gone = {one.headers["ce_id"] for one in lost}
    planted = {
        topic: [wrong.get(r.headers["ce_id"], r) for r in log.records[topic] if r.headers["ce_id"] not in gone]
        for topic in FACTS
    }
    differences = "\n".join(judge(Log(log.records | planted), driven=True)[0].differences)
    for one in (*wrong.values(), *lost):
        place = json.loads(one.value or b"")["place"]
        assert f" about {place} because" in differences, f"{place} is not found: {one.value!r}"


def test_the_oracle_shares_no_code_with_what_it_judges() -> None:
    """It stands on the recount's rules, which share none either."""
    met, left = set(), {"tests.faults.oracle"}
    while left:
        met.add(name := left.pop())
        named = imported(Path(__file__).parents[2].joinpath(*name.split(".")).with_suffix(".py"))
        left |= {one for one in named if one.split(".")[0] in ("tests", "deploy", "services", "shared")} - met
        assert {one for one in left if not one.startswith(("tests.faults.", "deploy.recount."))} == set(), name
    assert {"deploy.recount.decisions", "deploy.recount.enquiries", "deploy.recount.records"} <= met


def imported(path: Path) -> Iterator[str]:
    """The modules that a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "deploy.recount":
            yield from (f"deploy.recount.{one.name}" for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)


def test_records_that_were_taken_under_two_entries_are_found() -> None:
    def entry(epoch: int, number: int, *took: tuple[str, int, int, int], **more: Any) -> bytes:
        return json.dumps({"epoch": epoch, "number": number, "kind": "batch", "took": took} | more).encode()

    first = entry(1, 1, ("concerns", 0, 0, 4), ("concerns", 1, 0, 2))
    assert twice([first, entry(2, 1, ("concerns", 0, 4, 6)), first, entry(1, 2, ("concerns", 1, 3, 4))]) == []
    again = entry(2, 1, ("concerns", 0, 2, 6))
    assert twice([first, again]) == ["concerns/0 from 2 to 6 twice, as entry 1 of 1 and as entry 1 of 2"]
    one, other = entry(8, 0, life="one"), entry(9, 0, life="other")
    late = entry(1, 1, ("concerns", 0, 0, 4), life="one")
    assert len(twice([one, late, other, again])) == 1
    assert twice([one, other, late, again]) == [], "it took effect nowhere"
    assert len(twice([one, entry(9, 0, life="other", waited={"1": 1}), late, again])) == 1, "it waited to be told"


async def the_oracle_sees_what_is_planted(installation: Installation, where: Where) -> None:
    """An oracle that finds nothing might be blind: each fact taken away, told twice or told otherwise is found."""
    log = await read_log(where)
    assert judge(log, driven=True)[0].differences == []
    assert (await examine(replace(where, kept={}))).differences, "what was deleted from the logs is not missed"
    taken_back = next(filter(None, (one.headers.get("ce_id") for one in log.records["enquiry-records"])))
    found_there = (await examine(where, never_said={taken_back.decode()})).differences
    assert found_there == ["extra: 1 events that were taken back"]
    for topic in FACTS:
        last = next((one for one in last_said_once(log, topic) if found(log, one, [])), None)
        assert last is not None, f"a lost record of {topic} is not found"
        assert found(log, last, [last, another(last)]), f"a second fact on {topic} is not found"
        assert found(log, last, [changed(last)]), f"a changed fact on {topic} is not found"
        assert not found(log, last, [last, last]), f"a record twice on {topic} is allowed"
    for planted in (
        "DELETE FROM inbox WHERE identity IN (SELECT identity FROM inbox LIMIT 1)",
        "UPDATE tallies SET records = records + 1",
        "UPDATE held SET parked = true WHERE id IN (SELECT id FROM held LIMIT 1)",
        "UPDATE positions SET next_offset = next_offset - 1 WHERE next_offset > 0",
        "INSERT INTO outbox (since, facts, packed) VALUES (now(), 0, '')",
    ):
        before = (await examine(where)).differences
        await installation.sql("triage", planted)
        assert len((await examine(where)).differences) > len(before), f"{planted} is not found"


def by_their_reason(log: Log) -> dict[str, list[Record]]:
    """The answers to places for each reason there was, among those that are on their topic once."""
    copies = Counter(record.headers.get("ce_id") for topic in FACTS for record in log.records[topic])
    found: dict[str, list[Record]] = {}
    for record in (record for topic in FACTS for record in log.records[topic]):
        if (record.headers["ce_type"] or b"").endswith(b"-unreadable.v1") and copies[record.headers["ce_id"]] == 1:
            found.setdefault(json.loads(record.value or b"")["reasons"][0]["code"], []).append(record)
    # Of what a report says no more is known to the oracle than that it is not of the form that is asked for.
    return {code: records for code, records in found.items() if code not in {"characters_not_allowed", "field_missing"}}


def otherwise(answer: Record, name: str) -> Record:
    """The answer, but that it says something else, or nothing where it said anything, under this name."""
    said = json.loads(answer.value or b"")
    other = said | {name: [{"code": "other", "says": "Other."}] if name == "reasons" else "other"}
    return replace(answer, value=json.dumps(other).encode())


def found(log: Log, record: Record, instead: list[Record]) -> list[str]:
    """The differences when this stands in the place of a record."""
    at = log.records[record.topic].index(record)
    records = [*log.records[record.topic][:at], *instead, *log.records[record.topic][at + 1 :]]
    return judge(Log(log.records | {record.topic: records}), driven=True)[0].differences


def last_said_once(log: Log, topic: str) -> list[Record]:
    """The last few that have no copy: one may stand far behind what it is a copy of, and behind what followed that.

    Of audit's facts some would not be there had two events come in another order, which the oracle then takes for
    the one they came in.
    """
    copies = Counter(record.headers["ce_id"] for record in log.records[topic])
    return [record for record in reversed(log.records[topic]) if copies[record.headers["ce_id"]] == 1][:FEW]


def another(record: Record) -> Record:
    return replace(record, headers=record.headers | {"ce_id": b"018d0000-0000-7000-8000-000000000000"})


def changed(record: Record) -> Record:
    assert record.value is not None
    return replace(record, value=record.value[:-1] + b', "surprise": 1}')

"""What the services have written down: positions, inboxes, outboxes, held events, tallies; and dead letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg

from deploy.recount.identities import derived
from tests.faults.doors import Knock, tallies
from tests.faults.log import DEAD_LETTERS, FACTS, Log, Where
from tests.faults.monitor import READS

_CONCERN, _ENQUIRY = "safeguarding.concern.", "safeguarding.enquiry."
_REVIEWS = tuple(f"safeguarding.audit.repeat-review-{what}.v1" for what in ("opened", "done", "withdrawn"))
_WITHDRAWALS = tuple(f"{_CONCERN}{what}.v1" for what in ("received", "withdrawn", "reinstated"))
HEARD = {
    "intake": (),
    "triage": (*_WITHDRAWALS, f"{_CONCERN}further-information.v1", *_REVIEWS),
    "enquiry": (
        *(f"{_CONCERN}{what}.v1" for what in ("converted", "other-enquiry-started", "conversion-taken-back")),
        *_REVIEWS,
    ),
    "audit": (
        *_WITHDRAWALS,
        *(f"{_CONCERN}{what}.v1" for what in ("linked-as-duplicate", "unlinked", "triaged")),
        *(f"safeguarding.adult.{what}.v1" for what in ("merged", "unmerged", "possibly-duplicated")),
        *(f"{_ENQUIRY}{what}.v1" for what in ("opened", "concluded", "reopened", "withdrawn")),
        *(f"{_ENQUIRY}{what}.v1" for what in ("work-without-enquiry", "capacity-noted", "advocacy-noted")),
    ),
}
"""Which facts of the others each service applies."""


async def books(
    where: Where, log: Log, doors: Mapping[str, list[Knock]], held: Mapping[str, set[str]]
) -> tuple[list[str], dict[str, int]]:
    """Every difference between what is written down and what must be, and how much there is of everything."""
    connection = await asyncpg.connect(where.database_url, command_timeout=30)
    try:
        differences: list[str] = []
        counts: dict[str, int] = {}
        for service in READS:
            await connection.execute(f"SET search_path TO {service}")
            differences += [
                f"{service}: {what}"
                for what in [
                    *await _positions(connection, where, log, service),
                    *await _inbox(connection, log, doors[service], service, counts),
                    *await _held(connection, held[service], doors[service], counts, service),
                ]
            ]
            if left := await connection.fetchval("SELECT count(*) FROM outbox"):
                differences.append(f"{service}: {left} rows are left in the outbox")
            if await connection.fetchval("SELECT tripped_at FROM breaker"):
                differences.append(f"{service}: the breaker has tripped")
        return [*differences, *_dead_letters(log, doors, where.prefix)], counts
    finally:
        await connection.close()


async def _positions(connection: Any, where: Where, log: Log, service: str) -> Iterable[str]:
    rows = await connection.fetch("SELECT topic, partition, next_offset FROM positions")
    at = {(topic.removeprefix(where.prefix), number): offset for topic, number, offset in rows}
    wrong = []
    for topic in READS[service]:
        for number in range(6):
            end = log.ends[topic, number]
            if at.get((topic, number), 0) != end:
                wrong.append(f"{topic}/{number} stands at {at.get((topic, number))}, its log ends before {end}")
    return wrong


async def _inbox(connection: Any, log: Log, knocks: list[Knock], service: str, counts: dict[str, int]) -> Iterable[str]:
    there = {str(row[0]) for row in await connection.fetch("SELECT identity FROM inbox")}
    must = {k.message.identity for k in knocks if k.message is not None and k.fate == "new"}
    facts = [topic for topic in READS[service] if topic in FACTS]
    must |= {message.identity for message in log.facts(*facts) if message.type in HEARD[service]}
    counts[f"{service} applied"] = len(there)
    if there == must:
        return []
    return [f"{len(must - there)} events are missing from the inbox, {len(there - must)} are in it that should not be"]


async def _held(
    connection: Any, must: set[str], knocks: list[Knock], counts: dict[str, int], service: str
) -> Iterable[str]:
    rows = await connection.fetch("SELECT topic, partition, record_offset, parked, reason FROM held")
    wrong = [
        f"{row['topic']}/{row['partition']}@{row['record_offset']} is parked: {row['reason']}"
        for row in rows
        if row["parked"]
    ]
    at = {(k.record.topic, k.record.partition, k.record.offset): k for k in knocks}
    waiting = {(row["topic"], row["partition"], row["record_offset"]) for row in rows if not row["parked"]}
    names = {k.message.identity for place, k in at.items() if place in waiting and k.message is not None}
    counts[f"{service} held"] = len(rows)
    if names != must or len(waiting) != len(must):
        wrong.append(
            f"{len(waiting)} events wait, {len(must)} should: {len(must - names)} missing, {len(names - must)} extra"
        )
    return [
        *wrong,
        *await _tallies(connection, knocks, Counter((at[p].record.topic, at[p].sender) for p in waiting if p in at)),
    ]


async def _tallies(connection: Any, knocks: list[Knock], waiting: Counter[tuple[str, str]]) -> Iterable[str]:
    """For each door and sender: all that came was accepted, refused, there before, set aside, or waits."""
    said: dict[tuple[str, str], Counter[str]] = {}
    read, came = Counter[str](), Counter(knock.record.topic for knock in knocks)
    for door, sender, outcome, records in await connection.fetch("SELECT door, sender, outcome, records FROM tallies"):
        if outcome == "read":
            read[door] += records
        else:
            said.setdefault((door, sender), Counter())[outcome] += records
    must: dict[tuple[str, str], Counter[str]] = {}
    for (door, sender, fate), records in tallies(knocks).items():
        must.setdefault((door, sender), Counter())[fate] += records
    doors = sorted(read.keys() | came.keys())
    wrong = [
        f"{read[door]} records of {door} were read, {came[door]} came" for door in doors if read[door] != came[door]
    ]
    for key in sorted(said.keys() | must.keys()):
        is_, should = said.get(key, Counter()), must.get(key, Counter())
        handled = is_["applied"] + is_["unchanged"] + is_["refused"] + waiting[key]
        found = {"new": handled, **{fate: is_[fate] for fate in ("duplicate", "conflicting", "unreadable")}}
        others = is_.keys() - {"applied", "unchanged", "refused", "waiting", "duplicate", "conflicting", "unreadable"}
        if others or any(found[fate] != should[fate] for fate in found):
            wrong.append(f"the tally of {key} is {dict(is_)} with {waiting[key]} waiting, and must be {dict(should)}")
    return wrong


def _dead_letters(log: Log, doors: Mapping[str, list[Knock]], prefix: str) -> Iterable[str]:
    must = {
        derived("dead-letter", prefix + k.record.topic, str(k.record.partition), str(k.record.offset))
        for knocks in doors.values()
        for k in knocks
        if k.fate in ("conflicting", "unreadable")
    }
    there = {(r.headers["dead_letter_id"] or b"").decode() for topic in DEAD_LETTERS for r in log.records[topic]}
    if must != there:
        yield f"dead letters: {len(must - there)} missing, {len(there - must)} extra"

"""Whether everything was told once, whatever was restored: judged from the topics and the tables alone.

It shares no code with the services: plain clients, names of fields and topics as their readers know them. A record
that appears again under its id is a copy and allowed; everything else that appears twice is a fault.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.contracts import DOORS

_ACCEPTED = "safeguarding.concern.report-accepted.v1"
_RECEIVED = "safeguarding.concern.received.v1"
_SHOWN = 5


class Said(NamedTuple):
    """One record of a topic that our services write, whole."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    def header(self, name: str) -> str:
        """What a header says; nothing where there is none."""
        return next((value.decode() for found, value in self.headers if found == name), "")

    @property
    def id(self) -> str:
        """The identity under which a reader knows it: of a fact, or of a dead letter."""
        return self.header("ce_id") or self.header("dead_letter_id")

    @property
    def type(self) -> str:
        return self.header("ce_type")

    @property
    def is_refusal(self) -> bool:
        """Whether it answers what could not be accepted."""
        return self.type.rpartition(".v")[0].endswith("-refused")

    @property
    def cause(self) -> tuple[str, str, str, str]:
        """What happened that it was told for, and what it tells of whom: there is one fact of each."""
        return self.header("ce_source"), self.header("ce_causationid"), self.type, self.header("ce_subject")

    @property
    def content(self) -> tuple[str, str, bytes | None, bytes | None]:
        """What it says, whatever its id."""
        return self.type, self.header("ce_subject"), self.key, self.value


async def read_everything(bootstrap: str, prefix: str) -> list[Said]:
    """Every record of every topic of this installation but doors and journals, in the order of each partition."""
    partitions = await _partitions(bootstrap, prefix)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, fetch_max_wait_ms=50)
    await consumer.start()
    try:
        consumer.assign(partitions)
        ends, begins = await consumer.end_offsets(partitions), await consumer.beginning_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, begins[partition])
        found: list[Said] = []
        ahead = {partition for partition in partitions if ends[partition] > begins[partition]}
        while ahead:
            for partition, records in (await consumer.getmany(*ahead, timeout_ms=100)).items():
                found += [_said(prefix, record) for record in records if record.offset < ends[partition]]
            ahead = {partition for partition in ahead if await consumer.position(partition) < ends[partition]}
    finally:
        await consumer.stop()
    return sorted(found, key=lambda one: (one.topic, one.partition, one.offset))


def with_kept(prefix: str, kept: Iterable[Any], log: Iterable[Said]) -> list[Said]:
    """What was read and has been deleted since, and what is there; of doors nothing, and no record twice."""
    earlier = (_said(prefix, record) for record in kept if record.topic.removeprefix(prefix) not in DOORS)
    by_place = {(one.topic, one.partition, one.offset): one for one in (*earlier, *log)}
    return [by_place[place] for place in sorted(by_place)]


async def _partitions(bootstrap: str, prefix: str) -> list[TopicPartition]:
    left_out = {prefix + door for door in DOORS}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        partitions = [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in await admin.describe_topics()
            if (name := topic["topic"]).startswith(prefix)
            and name not in left_out
            and not name.endswith((".journal", ".heartbeat"))
            for partition in topic["partitions"]
        ]
    finally:
        await admin.close()
    assert partitions, f"no topic begins with {prefix}"
    return partitions


def _said(prefix: str, record: Any) -> Said:
    headers = tuple((name, value or b"") for name, value in record.headers)
    topic = record.topic.removeprefix(prefix)
    return Said(topic, record.partition, record.offset, record.key, record.value, headers)


def faults(log: Sequence[Said]) -> list[str]:
    """Everything in a log that cannot be where each fact is told once; nothing where all is well.

    It takes a story in which nothing happens twice, like that of the twenty people: see `faults_of_any`.
    """
    facts = [one for one in log if one.type]
    found = faults_of_any(log)
    # Of one report, resent, each resending is answered alike; nothing else may be said twice.
    found += _two("statement", (o for o in facts if o.type != _ACCEPTED), lambda one: one.content, lambda one: one.id)
    receipts = (one for one in facts if one.type == _ACCEPTED)
    found += _two("report", receipts, lambda one: one.header("ce_causationid"), lambda one: one.id)
    return found + _two_adults(facts) + _out_of_order(log)


def faults_of_any(log: Sequence[Said]) -> list[str]:
    """The same for whatever is told: flags that end and begin again, merged adults, events that share an id.

    Of what another event under one id was answered, the answer says which it was for. Copies may come in any order
    where relays die again and again: each tells again what nobody has deleted yet.
    """
    facts = [one for one in log if one.type]
    first = firsts(log)
    other_than_first = [one for one in log if one[3:] != first[one.id][3:] or one.topic != first[one.id].topic]
    found = [f"{one.topic}/{one.partition}/{one.offset} has no identity" for one in log if not one.id]
    found += [f"{one.type or one.topic} {one.id} was told again in other words" for one in other_than_first]
    found += _two("fact", facts, lambda one: (one.cause, one.value if one.is_refusal else b""), lambda one: one.id)
    return found + _two_adults(one for one in facts if one.type == _RECEIVED)


def firsts(log: Iterable[Said]) -> dict[str, Said]:
    """The first copy of each, by its identity."""
    found: dict[str, Said] = {}
    for one in log:
        found.setdefault(one.id, one)
    return found


def told_since(before: Sequence[Said], after: Sequence[Said]) -> list[str]:
    """What the later log tells that the earlier does not, or the other way round; copies are nothing new."""
    was, now = firsts(before), firsts(after)
    return [
        *(f"{now[new].type or now[new].topic} {new} is new" for new in now.keys() - was.keys()),
        *(f"{was[gone].type or was[gone].topic} {gone} is gone" for gone in was.keys() - now.keys()),
    ]


def copies(log: Sequence[Said]) -> int:
    """How many records are copies of earlier ones."""
    return len(log) - len(firsts(log))


def adults(log: Iterable[Said]) -> dict[str, set[str]]:
    """The adults a concern was ever said to be about, where concerns are told of; others may speak of whole groups."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in log:
        body = json.loads(one.value or b"{}") if one.type and one.topic == "concerns" else {}
        if "concern_id" in body and "adult_id" in body:
            found[body["concern_id"]].add(body["adult_id"])
    return dict(found)


def _two_adults(facts: Iterable[Said]) -> list[str]:
    return [f"concern {concern} has {len(ids)} adults" for concern, ids in adults(facts).items() if len(ids) > 1]


def _two(
    what: str, facts: Iterable[Said], one_thing: Callable[[Said], Hashable], name: Callable[[Said], str]
) -> list[str]:
    names: dict[Hashable, set[str]] = defaultdict(set)
    types: dict[Hashable, str] = {}
    for one in facts:
        names[one_thing(one)].add(name(one))
        types[one_thing(one)] = one.type
    return [f"one {what} of {types[thing]} has {len(ids)} ids" for thing, ids in names.items() if len(ids) > 1]


def _out_of_order(log: Iterable[Said]) -> list[str]:
    """Each key's records again in their order: after a copy comes its successor, or the telling begins once more."""
    places: dict[tuple[str, bytes | None], dict[str, int]] = defaultdict(dict)
    last: dict[tuple[str, bytes | None], int] = {}
    found = []
    for one in log:
        key = one.topic, one.key
        place = places[key].setdefault(one.id, len(places[key]))
        if place > last.get(key, -1) + 1:
            found.append(f"{one.topic}/{one.partition}/{one.offset} comes before what it followed the first time")
        last[key] = place
    return found


async def kept_otherwise(database_url: str, log: Iterable[Said]) -> list[str]:
    """Concerns that intake or triage keeps about another adult than was told."""
    told = adults(log)
    connection = await asyncpg.connect(database_url)
    try:
        kept = await connection.fetch(
            "SELECT 'intake', key::text, body->>'adult_id' FROM intake.cases WHERE body->>'type' = 'concern'"
            " UNION ALL SELECT 'triage', key::text, body->>'adult_id' FROM triage.cases"
            " WHERE body->>'type' = 'concern' AND body->>'adult_id' IS NOT NULL"
        )
    finally:
        await connection.close()
    return [f"{service} keeps concern {c} of another adult" for service, c, adult in kept if told.get(c) != {adult}]


def in_short(found: Sequence[str]) -> str:
    """So many faults, and the first of them."""
    return f"{len(found)} faults: " + "; ".join(found[:_SHOWN])


def database_of(server_url: str, database: str) -> str:
    """One database of a server, for its administrator."""
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{database}"))

"""What a sender writes into ids, keys and headers is in no key and no header of ours, on any topic.

It may be a name, whatever the contracts ask for, and everybody who may read a topic's metadata would see it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiokafka import TopicPartition

from shared.contracts.doors import concern_id_of
from shared.contracts.topics import JOURNALS, TOPICS
from tests.integration.delivery.harness import DECIDED, cloudevent, reading, report
from tests.support.installation import Installation, eventually

DOORS = {topic.name for topic in TOPICS if topic.door}
CANARY = "Zq0001Canary"
TEXT = {name: f"{CANARY}-{name}" for name in ("id", "source", "subject", "correlationid", "causationid", "reference")}
SAYS = {"sender": CANARY, "reference": TEXT["reference"], "narrative": "The man in room 4."}


def posted(event: Mapping[str, Any], number: int, **more: bytes) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """An event with a canary wherever its sender chooses the words."""
    said = {name: f"{TEXT[name]}-{number}" for name in ("id", "source", "subject", "correlationid", "causationid")}
    text = {"specversion": "1.0", "type": event["type"], "time": event["time"]} | said
    headers = [(f"ce_{name}", value.encode()) for name, value in text.items()]
    headers += [(f"{CANARY}-header", CANARY.encode()), *more.items()]
    return f"{CANARY}/key".encode(), json.dumps(event["data"]).encode(), headers


async def test_it_stays_in_the_values_of_answers(installation: Installation) -> None:
    concern = str(concern_id_of(CANARY, TEXT["reference"]))
    of_nobody = report("x") | {"data": SAYS | {"narrative": " "}}
    young = report("x") | {"data": SAYS | {"reference": f"{CANARY}-young", "adult": {"birth_date": "2020-01-01"}}}
    accepted = report("x") | {"data": SAYS}
    wrong_type = cloudevent("safeguarding.concern.received.v1", "x", {"a": CANARY})
    decided = cloudevent(DECIDED, "x", {"concern_id": concern, "decision": CANARY})
    not_there = cloudevent(DECIDED, "x", {"concern_id": CANARY})
    for service in ("intake", "triage", "audit"):
        installation.start(service)
    for number, event in enumerate((of_nobody, young, accepted, accepted, wrong_type)):
        key, value, headers = posted(event, number)
        await installation.post_raw("concern-reports", value, key=key, headers=headers)
    key, value, headers = posted(accepted | {"data": SAYS | {"narrative": "Another."}}, 2)
    await installation.post_raw("concern-reports", value, key=key, headers=headers)  # one id, another body
    await installation.post_raw("concern-reports", b"{", key=key, headers=[("ce_id", b"\xff"), *headers[-1:]])
    for number, event in enumerate((decided, not_there)):
        key, value, headers = posted(event, 10 + number)
        await installation.post_raw("triage-decisions", value, key=key, headers=headers)
    found: list[Any] = []

    async def everything_is_told() -> bool:
        found[:] = await everything(installation)
        told = [record.topic.removeprefix(installation.prefix) for record in found]
        counts = {name: told.count(name) for name in set(told)}
        return counts.get("receipts", 0) >= 6 and counts.get("triage", 0) >= 3 and counts.get("concerns", 0) >= 1

    await eventually(everything_is_told, "every record is answered")

    for record in found:
        for part in (record.key, *(text for name, value in record.headers for text in (name.encode(), value))):
            said = (part or b"").lower()
            assert CANARY.encode().lower() not in said, record.topic
            assert CANARY.encode().hex().encode() not in said, record.topic
    receipts = [json.loads(r.value) for r in found if r.topic.removeprefix(installation.prefix) == "receipts"]
    keys = [r.key.decode() for r in found if r.topic.removeprefix(installation.prefix) == "receipts"]
    own = {(said.get("accepted_id") or said.get("refused_id"), said.get("reference")) for said in receipts}
    assert (f"{TEXT['id']}-2", TEXT["reference"]) in own, "its sender is told which event is accepted"
    assert (f"{TEXT['id']}-0", TEXT["reference"]) in own, "and which is refused"
    assert keys.count(concern) >= 4, "all receipts of one report have one key: the concern it is"
    letters = [json.loads(r.value) for r in found if r.topic.endswith("concern-reports.dead-letters")]
    assert any(CANARY in name for letter in letters for name, _ in letter["headers"]), "a letter's value has it whole"


async def everything(installation: Installation) -> list[Any]:
    """Every record of every topic that we write."""
    ours = [topic for topic in (*TOPICS, *JOURNALS) if topic.name not in DOORS]
    partitions = [TopicPartition(installation.prefix + t.name, n) for t in ours for n in range(t.partitions)]
    found: list[Any] = []
    async with reading(installation) as consumer:
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, 0)
        while len(found) < sum(ends.values()):
            for batch in (await consumer.getmany(timeout_ms=100)).values():
                found += batch
    return found

"""What the services have written into their journals: whether any of them took the same records under two entries.

That is what a database that went back, and was trusted all the same, looks like from outside.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.faults.log import Where
from tests.faults.monitor import READS

_READ_S = 30.0
Taken = tuple[int, int, str]


async def taken_twice(where: Where) -> list[str]:
    """Each run of records that was decided on twice, for every service."""
    found = []
    for service in READS:
        entries = await _read(where, service)
        found += [f"{service} took {what}" for what in twice(entries)]
    return found


def twice(entries: Iterable[bytes]) -> list[str]:
    """The same of one journal; what is there again is the same entry, what is of a life that is over is none."""
    runs: dict[tuple[str, int], set[Taken]] = defaultdict(set)
    for entry in _in_their_lives(map(json.loads, entries)):
        for topic, partition, first, end in entry.get("took", ()):
            runs[topic, partition].add((first, end, f"{entry['number']} of {entry['epoch']}"))
    found = []
    for (topic, partition), taken in sorted(runs.items()):
        reached, by = 0, ""
        for first, end, name in sorted(taken):
            if first < reached:
                found.append(f"{topic}/{partition} from {first} to {end} twice, as entry {by} and as entry {name}")
            if end > reached:
                reached, by = end, name
    return found


def _in_their_lives(entries: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Those that took effect in the database that there was, or waited there when it began its life."""
    lasts, over, waited = "", set[str](), dict[str, int]()
    for entry in entries:
        life = entry.get("life", "")
        if entry["number"] == 0 and life != lasts:
            lasts, over, waited = life, (over | {lasts}) - {life, ""}, entry.get("waited", {})
        elif life not in over or entry["number"] <= waited.get(str(entry["epoch"]), 0):
            yield entry


async def _read(where: Where, service: str) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=where.bootstrap, group_id=None, auto_offset_reset="none")
    await consumer.start()
    try:
        partition = TopicPartition(f"{where.prefix}{service}.journal", 0)
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        consumer.seek(partition, 0)
        found: list[bytes] = []
        deadline = time.monotonic() + _READ_S
        while await consumer.position(partition) < end:
            if time.monotonic() > deadline:
                raise AssertionError(f"the journal of {service} could not be read within {_READ_S} s")
            for records in (await consumer.getmany(timeout_ms=100)).values():
                found += [record.value for record in records if record.value is not None]
        return found
    finally:
        await consumer.stop()

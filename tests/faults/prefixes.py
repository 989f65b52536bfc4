"""The beginnings of logs, deleted once everybody has read them; what was in them is kept for the oracle.

No more than that: records deleted before they were read, and topics made anew and shorter, are lost by definition, and
a service that meets either stops and says so, which is right and the end of a campaign. For the same reason nothing is
put back from a dump that was made before: what it would have to be told again is gone, and it would rightly stop.
"""

from __future__ import annotations

import random

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from tests.faults.log import Where, placed
from tests.faults.monitor import READS
from tests.faults.plain import read

_MOST = 4
_READ_S = 20.0
_AT = " UNION ALL ".join(f"SELECT '{s}', topic, partition, next_offset FROM {s}.positions" for s in READS)


async def cut_short(where: Where, dice: random.Random) -> int:
    """Delete what every reader of some logs has read, some of it or all; from how many of them anything went."""
    until = {p: dice.choice((low, low, (low + 1) // 2)) for p, low in (await _read_by_all(where)).items() if low > 1}
    chosen = dice.sample(sorted(until), min(len(until), _MOST))
    consumer = AIOKafkaConsumer(
        bootstrap_servers=where.bootstrap, group_id=None, auto_offset_reset="none", isolation_level="read_committed"
    )
    await consumer.start()
    try:
        begins = await consumer.beginning_offsets(chosen) if chosen else {}
        cut = {p: until[p] for p in chosen if begins[p] < until[p]}
        spans = {(p.topic, p.partition): (begins[p], end) for p, end in cut.items()}
        where.kept.update(placed(await read(where.bootstrap, spans, _READ_S)))
    finally:
        await consumer.stop()
    if cut:
        admin = AIOKafkaAdminClient(bootstrap_servers=where.bootstrap)
        await admin.start()
        try:
            await admin.delete_records({p: RecordsToDelete(before_offset=end) for p, end in cut.items()})
        finally:
            await admin.close()
    return len(cut)


async def _read_by_all(where: Where) -> dict[TopicPartition, int]:
    """How far each log has been read by whoever reads it least."""
    connection = await asyncpg.connect(where.database_url, timeout=5)
    try:
        at = {(service, topic, number): offset for service, topic, number, offset in await connection.fetch(_AT)}
    finally:
        await connection.close()
    found = {}
    for topic in sorted({topic for topics in READS.values() for topic in topics}):
        for number in range(6):
            readers = [service for service, topics in READS.items() if topic in topics]
            name = where.prefix + topic
            found[TopicPartition(name, number)] = min(at.get((service, name, number), 0) for service in readers)
    return found

"""How far the services are, cheaply, and whether in the end everything is there exactly once.

What each service must have read is known beforehand, so one small query tells when it has; only then is anything
counted. The counts share no code with the services.
"""

from __future__ import annotations

from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from services import SERVICES
from shared.contracts.topics import PARTITIONS
from tests.bench.inputs import Work
from tests.bench.options import BenchError
from tests.support.installation import Installation

_READ = "SELECT " + ", ".join(f"(SELECT coalesce(sum(next_offset), 0)::bigint FROM {s}.positions)" for s in SERVICES)
_UNPUBLISHED = "SELECT " + " + ".join(f"(SELECT count(*) FROM {s}.outbox)" for s in SERVICES)
_HELD = "SELECT " + " + ".join(f"(SELECT count(*) FROM {s}.held)" for s in SERVICES)
_CASES = "SELECT count(*) FROM (SELECT body::jsonb AS body FROM {}.cases) AS cases WHERE "
_COUNTS = {
    "concerns received": _CASES.format("intake") + "body->>'type' = 'concern'",
    "concerns routed": _CASES.format("triage") + "body->>'type' = 'concern'",
    "concerns triaged": _CASES.format("triage") + "body ? 'outcome'",
    "concerns converted": _CASES.format("triage") + "body->>'outcome' = 's42_met'",
    "enquiries opened": _CASES.format("enquiry") + "body->>'type' = 'enquiry'",
    "concerns known to audit": "SELECT count(*) FROM audit.cases, jsonb_array_elements(body::jsonb->'concerns')",
    "events held": _HELD,
}
_FACTS = (
    "concerns", "receipts", "triage", "section-42-conversions", "enquiries", "audit.repeat-concerns",
    "audit.data-quality",
)  # fmt: skip


def to_read(work: Work) -> dict[str, int]:
    """How many records each service must have read of its topics."""
    concerns, notices = work.concerns, work.reviews_opened + work.reviews_joined
    return {
        "intake": concerns,
        "triage": concerns + 2 * concerns + notices,
        "enquiry": work.converted + notices,
        "audit": concerns + 2 * concerns + work.converted,
    }


def applications(work: Work) -> dict[str, int]:
    """How many events each service must have applied."""
    concerns = work.concerns
    return {
        "intake": concerns,
        "triage": 3 * concerns + work.reviews_opened,
        "enquiry": work.converted + work.reviews_opened,
        "audit": 2 * concerns + work.converted,
    }


async def read_so_far(connection: asyncpg.Connection) -> dict[str, int]:
    """How many records each service has read and applied."""
    row = await connection.fetchrow(_READ)
    return dict(zip(SERVICES, row, strict=True))


async def unpublished(connection: asyncpg.Connection) -> int:
    """How many transactions' facts wait to be published, in all services together."""
    found: int = await connection.fetchval(_UNPUBLISHED)
    return found


async def verify(connection: asyncpg.Connection, installation: Installation, work: Work) -> dict[str, int]:
    """The counts. Raises BenchError, naming every one that is not exactly what was put in."""
    concerns, converted = work.concerns, work.converted
    expected: dict[str, int] = {
        "concerns received": concerns, "concerns routed": concerns, "concerns triaged": concerns,
        "concerns known to audit": concerns, "concerns converted": converted, "enquiries opened": converted,
        "events held": 0,
    }  # fmt: skip
    found = {what: int(await connection.fetchval(query)) for what, query in _COUNTS.items()}
    notices = work.reviews_opened + work.reviews_joined
    flags = 2 * converted  # neither consents nor what the adult wants is recorded here, and both are asked for
    counts = (concerns, concerns, 2 * concerns, converted, converted, notices, flags)
    for topic, count in zip(_FACTS, counts, strict=True):
        expected[f"records on {topic}"] = count
    found |= {f"records on {topic}": n for topic, n in (await _ends(installation)).items()}
    wrong = [f"{what}: {found[what]:,}, not {count:,}" for what, count in expected.items() if found[what] != count]
    if wrong:
        raise BenchError("the counts are wrong: " + "; ".join(wrong))
    return found


async def _ends(installation: Installation) -> dict[str, int]:
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=installation.servers.bootstrap_servers, group_id=None)
    await consumer.start()
    try:
        prefix = installation.prefix
        wanted = {t: [TopicPartition(prefix + t, number) for number in range(PARTITIONS)] for t in _FACTS}
        ends = await consumer.end_offsets([p for partitions in wanted.values() for p in partitions])
        return {topic: sum(ends[p] for p in partitions) for topic, partitions in wanted.items()}
    finally:
        await consumer.stop()

"""What persons have said of the times of records, where a broker's clock was wrong (delivery rule 17)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from shared.chassis.delivery.kafka.positions import Partition
from shared.chassis.delivery.records.wire import Correction
from shared.chassis.postgres.database import Connection

_CORRECTIONS = """
SELECT topic, partition, from_offset, to_offset, ahead_ms FROM clock_corrections ORDER BY topic, partition, from_offset
"""


async def corrections(connection: Connection) -> Mapping[Partition, Sequence[Correction]]:
    """All of them. Topics are named without the prefix."""
    found: dict[Partition, list[Correction]] = defaultdict(list)
    for topic, number, begins, ends, ahead_ms in await connection.fetch(_CORRECTIONS):
        found[topic, number].append(Correction(begins, ends, timedelta(milliseconds=ahead_ms)))
    return found

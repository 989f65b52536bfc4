"""What is written down of clocks that are wrong: the partitions that stand still.

Topics are named without the prefix.
"""

from dataclasses import dataclass

from shared.chassis.delivery.kafka.positions import Partition
from shared.chassis.delivery.timing.clocks import Bounds
from shared.chassis.postgres.database import Connection

_STOPS = "SELECT topic, partition, from_offset, ahead_ms FROM clock_stops"
_STOP = """
INSERT INTO clock_stops (topic, partition, from_offset, ahead_ms, at) VALUES ($1, $2, $3, $4, clock_timestamp())
ON CONFLICT (topic, partition) DO UPDATE
SET from_offset = excluded.from_offset, ahead_ms = excluded.ahead_ms, at = excluded.at
"""
_GO_ON = "DELETE FROM clock_stops WHERE topic = $1 AND partition = $2 AND from_offset <= $3"


@dataclass(slots=True)
class Stop:
    """A partition that is not read from an offset on, because the time there is so far ahead of every other clock.

    `bounds` are None where a process before us has stopped it.
    """

    offset: int
    ahead_s: float
    taken_s: float = 0.0
    bounds: Bounds | None = None
    written: bool = False


async def stops(connection: Connection) -> dict[Partition, Stop]:
    """The partitions that stand still, whoever found out."""
    rows = await connection.fetch(_STOPS)
    return {(topic, number): Stop(offset, ms / 1000, written=True) for topic, number, offset, ms in rows}


async def write(connection: Connection, partition: Partition, stop: Stop) -> None:
    """Keep where a partition stands still."""
    await connection.execute(_STOP, *partition, stop.offset, round(stop.ahead_s * 1000))
    stop.written = True


async def forget(connection: Connection, partition: Partition, stop: Stop) -> None:
    """It stands still no longer."""
    await connection.execute(_GO_ON, *partition, stop.offset)

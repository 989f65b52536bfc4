"""How a service's clocks stand to each other, and a person's word about those of its records that bear a wrong time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from services.command.problems import MisuseError

if TYPE_CHECKING:
    from shared.chassis.process.settings import KafkaSettings

_PATIENCE_S = 2.0
_READ_S = 20.0
_FARTHEST = timedelta(days=100 * 365)
_STOPS = "SELECT topic, partition, from_offset, ahead_ms, at FROM clock_stops ORDER BY topic, partition"
_CORRECTIONS = """
SELECT topic, partition, from_offset, to_offset, ahead_ms, at, why, who FROM clock_corrections
ORDER BY topic, partition, from_offset
"""
_STANDS_STILL = "SELECT from_offset FROM clock_stops WHERE topic = $1 AND partition = $2 FOR UPDATE"
_POSITION = "SELECT next_offset FROM positions WHERE topic = $1 AND partition = $2 FOR UPDATE"


@dataclass
class Stopped:
    """A partition that stands still at `from_offset`; the records before `to_offset` bear such times."""

    topic: str
    partition: int
    from_offset: int
    to_offset: int
    ahead_s: float
    since: datetime


@dataclass
class Corrected:
    """What a person has said of the records of a partition."""

    topic: str
    partition: int
    from_offset: int
    to_offset: int
    ahead_s: float
    at: datetime
    why: str
    who: str


@dataclass
class Said:
    """What a person says: the records of a partition from an offset to before another bear a time so far ahead."""

    topic: str
    partition: int
    from_offset: int
    to_offset: int
    ahead_s: float
    why: str


@dataclass
class Clocks:
    """How far other clocks are ahead of this machine's (`database_s`) and of the service's; None where nobody says."""

    service: str
    database_s: float
    service_sees_database_s: float | None = None
    service_sees_broker_s: float | None = None
    stopped: list[Stopped] = field(default_factory=list)
    corrected: list[Corrected] = field(default_factory=list)


async def clocks(kafka: KafkaSettings, database_url: str, prefix: str, service: str) -> Clocks:
    """How a service's clocks stand to each other, and what stands still because of them."""
    from services.command.servers import database

    async with database(database_url, service) as connection:
        ahead_s = await _database_ahead_s(connection)
        now = await connection.fetchval("SELECT clock_timestamp()")
        stops = await connection.fetch(_STOPS)
        corrected = await connection.fetch(_CORRECTIONS)
    found = Clocks(service, ahead_s, *await _as_the_service_sees_them(service))
    for topic, partition, begins, ahead_ms, at in stops:
        times = await _log_times(kafka, prefix + topic, partition, begins, None)
        wrong = [offset for offset, taken in times.items() if ahead_ms < 0 or taken > now]
        ends = next((n for n in range(begins, begins + len(wrong) + 1) if n not in wrong), begins + 1)
        found.stopped.append(Stopped(topic, partition, begins, max(ends, begins + 1), ahead_ms / 1000, at))
    found.corrected = [
        Corrected(topic, partition, begins, ends, ahead_ms / 1000, at, why, who)
        for topic, partition, begins, ends, ahead_ms, at, why, who in corrected
    ]
    return found


async def say_how_late(kafka: KafkaSettings, database_url: str, prefix: str, service: str, said: Said) -> None:
    """Write down that these records bear a time so far ahead; the service goes on within a second.

    Raises MisuseError where the service does not stand still there, for what it has decided it has decided; and where
    a record would lie in the future after all, or did not before.
    """
    from getpass import getuser

    from services.command.servers import database
    from shared.chassis.delivery.recovering.commands import carry_out

    topic, partition, begins, ends = said.topic.removeprefix(prefix), said.partition, said.from_offset, said.to_offset
    if ends <= begins or abs(ahead := timedelta(seconds=said.ahead_s)) > _FARTHEST:
        raise MisuseError("--correct takes the first offset and the one after the last, --ahead at most a century")
    async with database(database_url, service) as connection:
        await _stands_still(connection, service, prefix, said)
        times = await _log_times(kafka, prefix + topic, partition, begins, ends)
        async with connection.transaction():
            await _stands_still(connection, service, prefix, said)
            latest = await connection.fetchval("SELECT clock_timestamp()") + timedelta(seconds=_PATIENCE_S)
            for offset, taken in times.items():
                if taken - ahead > latest:
                    raise MisuseError(
                        f"{topic} {partition} {offset} would still be of the future: give a larger --ahead"
                    )
                if said.ahead_s > _PATIENCE_S and taken <= latest:
                    raise MisuseError(f"{topic} {partition} {offset} bears a time that can be: let TO be {offset}")
            row = {"topic": topic, "partition": partition, "from_offset": begins, "to_offset": ends,
                   "ahead_ms": round(said.ahead_s * 1000), "at": latest, "why": said.why, "who": getuser()}  # fmt: skip
            await carry_out(connection, {"clock_corrected": row}, prefix)


async def _stands_still(connection: Any, service: str, prefix: str, said: Said) -> None:
    """What was decided stands: raises MisuseError unless the service waits just there."""
    where = said.topic.removeprefix(prefix), said.partition
    position = await connection.fetchval(_POSITION, prefix + where[0], where[1])
    stopped_at = await connection.fetchval(_STANDS_STILL, *where)
    if stopped_at != said.from_offset or (position or 0) > stopped_at:
        raise MisuseError(
            f"{service} does not stand still at {where[0]} {where[1]} {said.from_offset}:"
            f" see `section42 clocks {service}`"
        )


async def _database_ahead_s(connection: Any) -> float:
    """How far the database's clock is ahead of this machine's."""
    from shared.chassis.process.clock import wall_seconds

    asked = wall_seconds()
    says: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return says.timestamp() - (asked + wall_seconds()) / 2


async def _as_the_service_sees_them(service: str) -> tuple[float | None, float | None]:
    """How far the database's and the broker's clock are ahead of the service's, by its own metrics."""
    import os
    from urllib.request import urlopen

    from services.command.endpoints import base_addresses

    def ask() -> str:
        with urlopen(f"{base_addresses(os.environ)[service]}/metrics", timeout=_PATIENCE_S) as answer:  # noqa: S310
            text: str = answer.read().decode()
            return text

    try:
        metrics = await asyncio.to_thread(ask)
    except OSError:
        return None, None
    found = {
        line.split('clock="')[1].split('"')[0]: float(line.rpartition(" ")[2])
        for line in metrics.splitlines()
        if line.startswith("safeguarding_clock_offset_seconds{")
    }
    return found.get("database"), found.get("broker")


async def _log_times(
    kafka: KafkaSettings, topic: str, partition: int, begins: int, ends: int | None
) -> dict[int, datetime]:
    """The log times of the records of a partition from an offset to another, or to its end."""
    from aiokafka import TopicPartition

    from services.command.servers import consumer
    from shared.chassis.delivery.records.cloudevents import log_time

    where = TopicPartition(topic, partition)
    found: dict[int, datetime] = {}
    async with consumer(kafka) as reader, asyncio.timeout(_READ_S):
        reader.assign([where])
        last = (await reader.end_offsets([where]))[where]
        if ends is not None and ends > last:
            raise MisuseError(f"{topic} {partition} ends at {last}: TO is at most that")
        reader.seek(where, begins)
        while (await reader.position(where)) < (last if ends is None else ends):
            for record in (await reader.getmany(where, timeout_ms=200)).get(where, ()):
                if ends is None or record.offset < ends:
                    found[record.offset] = log_time(record)
    return found

"""What senders do that costs a door time: a batch that unpacks to more than anybody reads, hundreds of bad records.

Neither names an event in all its records, so each of these is answered by its place. Nothing is counted on: what the
broker has not taken, for it was away, is not sent again, and the oracle goes by what is on the log.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tests.faults.agenda import Kind
from tests.faults.doors import DOORS_OF
from tests.faults.legible import BOMB
from tests.faults.log import Where
from tests.faults.supervisor import Supervisor

_CODECS = ("gzip", "snappy", "lz4", "zstd")
_RECORD = bytes(500_000)
_RECORDS = 18
"""Nine megabytes; what a batch may unpack to is eight."""
_ROOM = 1 << 26
_FLOOD = (200, 400)
_TAKEN_S = 20.0
_STOP_S = 5.0


class Nuisances:
    """Kinds of fault that come through the doors."""

    def __init__(self, where: Where, supervisor: Supervisor, seed: int) -> None:
        self._where = where
        self._supervisor = supervisor
        self._dice = random.Random(f"nuisances {seed}")
        self._doors = sorted(door for doors in DOORS_OF.values() for door in doors)
        self._numbers = itertools.count()
        self._seed = seed
        self.kinds = {"bomb": Kind(2, self._bomb), "flood": Kind(2, self._flood)}

    async def _bomb(self) -> None:
        """A few kilobytes that unpack to nine megabytes, in one of Kafka's codecs."""
        topic = self._where.prefix + self._dice.choice(self._doors)
        codec, partition = self._dice.choice(_CODECS), self._dice.randrange(6)

        async def send(producer: Any) -> None:
            batch = producer.create_batch()
            for number in range(_RECORDS):
                headers = [("ce_id", f"in-a-bomb-{number}".encode())] if number % 2 else []
                assert batch.append(timestamp=None, key=BOMB, value=_RECORD, headers=headers) is not None
            await (await producer.send_batch(batch, topic, partition=partition))

        if await self._taken(send, max_batch_size=_ROOM, max_request_size=_ROOM, compression_type=codec):
            self._supervisor.fired["bomb"] += 1

    async def _flood(self) -> None:
        """Hundreds of records that nobody can read, at once at one door, in one partition or in all."""
        topic = self._where.prefix + self._dice.choice(self._doors)
        partition = self._dice.choice((None, *range(6)))
        records = [self._unreadable() for _ in range(self._dice.randint(*_FLOOD))]

        async def send(producer: Any) -> None:
            sent = [
                await producer.send(topic, value, key=key, headers=headers, partition=partition)
                for value, key, headers in records
            ]
            await asyncio.gather(*sent)

        if await self._taken(send, linger_ms=20):
            self._supervisor.fired["flood"] += 1

    def _unreadable(self) -> tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]:
        """A record that says not even which event it is; some say whose they were meant to be."""
        number = next(self._numbers)
        named = {"sender": "wmas", "reference": f"flood-{self._seed}-{number}"}
        kinds: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]] = [
            (b"\xff\xfe\x00\x01", None, []),
            (None, b"nothing", []),
            (b"[" * 500, None, []),
            (b"not JSON", b"words", [("ce_specversion", b"1.0"), ("ce_id", b"\xff")]),
            (json.dumps(named).encode(), b"bare", []),
            (json.dumps({"specversion": "1.0", "data": named}).encode(), b"no-id", []),
            (json.dumps(named | {"reference": "with a space"}).encode(), b"bare", []),
        ]
        return self._dice.choice(kinds)

    async def _taken(self, send: Callable[[Any], Awaitable[None]], **options: Any) -> bool:
        """Whether the broker has said that it took all that; if not, it may have or not."""
        producer = AIOKafkaProducer(bootstrap_servers=self._where.bootstrap, request_timeout_ms=5000, **options)
        try:
            async with asyncio.timeout(_TAKEN_S):
                await producer.start()
                await send(producer)
        except (KafkaError, OSError, TimeoutError):
            return False
        finally:
            with contextlib.suppress(KafkaError, OSError, TimeoutError):
                await asyncio.wait_for(producer.stop(), _STOP_S)
        return True

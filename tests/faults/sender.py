"""A sender of records that outlives the broker."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import NamedTuple, Self

from aiokafka import AIOKafkaProducer

from tests.faults.log import Where

_ACKNOWLEDGED_S = 90.0


class Post(NamedTuple):
    """A record to post, as it is."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


class Sender:
    """A producer that outlives the broker: what was not acknowledged is posted again, by a new one."""

    def __init__(self, where: Where, acknowledged: set[str]) -> None:
        self._where = where
        self._acknowledged = acknowledged
        self._queue: asyncio.Queue[Post] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def post(self, post: Post) -> None:
        """Post this after all that was posted before."""
        self._queue.put_nowait(post)

    async def all_taken(self) -> None:
        """Return once everything is acknowledged."""
        await asyncio.wait_for(self._queue.join(), _ACKNOWLEDGED_S)

    async def _run(self) -> None:
        producer: AIOKafkaProducer | None = None
        try:
            while True:
                batch = await self._batch()
                while not await self._sent(producer, batch):
                    await _stop(producer)
                    producer = await self._producer()
                for post in batch:
                    self._acknowledged.add(_id_of(post))
                    self._queue.task_done()
        finally:
            await _stop(producer)

    async def _producer(self) -> AIOKafkaProducer | None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._where.bootstrap, acks="all", enable_idempotence=True, request_timeout_ms=5000
        )
        try:
            await producer.start()
        except Exception:  # noqa: BLE001  the broker is away
            await _stop(producer)
            await asyncio.sleep(0.2)
            return None
        return producer

    async def _sent(self, producer: AIOKafkaProducer | None, batch: list[Post]) -> bool:
        """Whether the broker has taken them all; if it is away, a new producer tries all of them again."""
        if producer is None:
            return False
        try:
            prefix = self._where.prefix
            sent = [await producer.send(prefix + p.topic, p.value, key=p.key, headers=p.headers) for p in batch]
            await asyncio.gather(*sent)
        except Exception:  # noqa: BLE001  whatever it was, the same records go to a new producer
            return False
        return True

    async def _batch(self) -> list[Post]:
        batch = [await self._queue.get()]
        while not self._queue.empty() and len(batch) < 200:
            batch.append(self._queue.get_nowait())
        return batch


async def _stop(producer: AIOKafkaProducer | None) -> None:
    if producer is not None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(producer.stop(), 3)


def _id_of(post: Post) -> str:
    headers = dict(post.headers)
    if headers.get("ce_id") is not None:
        return (headers["ce_id"] or b"").decode()
    try:
        return str(json.loads(post.value or b"{}").get("id", ""))
    except (ValueError, AttributeError):
        return ""

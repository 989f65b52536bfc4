"""Senders that write in transactions, by librdkafka: committed or taken back, at once or after some seconds."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections import Counter
from typing import NamedTuple, Self

from tests.faults.log import Where
from tests.faults.sender import Post, Sender
from tests.support.transactional import Librdkafka

KINDS = ("committed", "aborted", "open-committed", "open-aborted")
_WEIGHTS = (4, 2, 2, 2)
_OPEN_S = (1.0, 4.0)
_SENDERS = 3
_ENDED_S = 120.0
_PAUSE_S = 0.3


class Intended(NamedTuple):
    """A transaction: what is sent in it, how it is to end, and how long it stays open."""

    posts: list[Post]
    how: str
    open_s: float


class Transactions:
    """As many senders as transactions may be open at once. `never_said` is what was taken back and nothing else."""

    def __init__(self, where: Where, seed: int, acknowledged: set[str], plain: Sender) -> None:
        self._where = where
        self._dice = random.Random(f"transactions {seed}")
        self._acknowledged = acknowledged
        self._plain = plain
        self._queue: asyncio.Queue[Intended] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self.ended: Counter[str] = Counter()
        self.never_said: set[str] = set()

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._run(number)) for number in range(_SENDERS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def post(self, post: Post) -> None:
        """Send this in a transaction; one that is to be taken back holds another report too, of which nobody hears."""
        how = self._dice.choices(KINDS, _WEIGHTS)[0]
        posts = [post]
        if how.endswith("aborted"):
            posts.append(self._another(post))
        open_s = self._dice.uniform(*_OPEN_S) if how.startswith("open") else 0.0
        self._queue.put_nowait(Intended(posts, how, open_s))

    async def all_ended(self) -> None:
        """Return once each has been committed or taken back."""
        await asyncio.wait_for(self._queue.join(), _ENDED_S)

    async def _run(self, number: int) -> None:
        name = f"{self._where.prefix}load-{number}"
        intended: Intended | None = None
        while True:
            with contextlib.suppress(Exception):  # how it ended is not known: again, by a sender that ends the last one
                async with Librdkafka(self._where.bootstrap, name) as sender:
                    while True:
                        intended = intended or await self._queue.get()
                        await self._send(sender, intended)
                        self._over(intended)
                        intended = None
            await asyncio.sleep(_PAUSE_S)

    async def _send(self, sender: Librdkafka, intended: Intended) -> None:
        await sender.begin(self._where.prefix + intended.posts[0].topic, intended.posts, partition=-1)
        await asyncio.sleep(intended.open_s)
        if intended.how.endswith("aborted"):
            await sender.abort()
        else:
            await sender.commit()

    def _over(self, intended: Intended) -> None:
        self.ended[intended.how] += 1
        if intended.how.endswith("aborted"):
            self._plain.post(intended.posts[0])  # as an application does whose first attempt failed
        else:
            self._acknowledged.add(_id_of(intended.posts[0]))
        self._queue.task_done()

    def _another(self, post: Post) -> Post:
        """A report like this one, of another matter, under another id."""
        event_id = f"never-said-{len(self.never_said)}"
        self.never_said.add(event_id)
        data = json.loads(post.value or b"")
        data["reference"] = f"{data['reference']}-never-said"
        headers = [(name, event_id.encode() if name == "ce_id" else value) for name, value in post.headers]
        key = f"{data['sender']}/{data['reference']}".encode()
        return Post(post.topic, key, json.dumps(data).encode(), headers)


def may_be_sent_so(post: Post) -> bool:
    """Whether it is a readable report whose attributes are in its headers."""
    return post.topic == "concern-reports" and bool(_id_of(post)) and _names_a_report(post.value)


def _id_of(post: Post) -> str:
    return (dict(post.headers).get("ce_id") or b"").decode()


def _names_a_report(value: bytes | None) -> bool:
    try:
        data = json.loads(value or b"")
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and "sender" in data and "reference" in data

"""The load: stories posted at a steady rate, some twice, some in the wrong order, and a little junk between them."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.faults.doors import door_and_key
from tests.faults.identity import timed
from tests.faults.log import Where
from tests.faults.sender import Post, Sender
from tests.faults.stories import Stories
from tests.faults.telling import DRIVEN, WALL, Told
from tests.faults.transactions import Transactions, may_be_sent_so

_BEGINS = datetime(2024, 1, 8, 9, tzinfo=UTC)
_TICK_S = 0.02
_CLOCK_S = 0.7


class Load:
    """Posts until told to stop. `acknowledged` are the CloudEvents the broker has taken."""

    def __init__(
        self, where: Where, seed: int, concerns_per_s: float, days_per_s: float, in_transactions: float = 0.0
    ) -> None:
        self._where = where
        self._dice = random.Random(f"load {seed}")
        self._seed = seed
        self._rate = concerns_per_s
        self._days_per_s = days_per_s
        self._in_transactions = in_transactions
        self._which = random.Random(f"which {seed}")
        self._stories = Stories(self._dice, DRIVEN if where.driven else WALL)
        self._numbers = itertools.count()
        self._waiting: list[tuple[float, int, Post]] = []
        self._began = time.monotonic()
        self._steps = itertools.count()
        self.acknowledged: set[str] = set()
        self.never_said: set[str] = set()
        self.transactions = Counter[str]()
        self.posted = 0
        self.stopping = False
        self._ended: float | None = None

    def now(self) -> datetime:
        """How late it is out there: by the wall, or as many days a second as were asked for."""
        if not self._where.driven:
            return datetime.now(UTC)  # noqa: TID251  a sender's own clock
        return _BEGINS + timedelta(days=self._days_per_s * ((self._ended or time.monotonic()) - self._began))

    async def run(self) -> None:
        """Post until `stopping`, then what is due by then, and wait until the broker has all of it."""
        self._began = last = clock = time.monotonic()
        owed = 0.0
        async with (
            Sender(self._where, self.acknowledged) as sender,
            Transactions(self._where, self._seed, self.acknowledged, sender) as transactions,
        ):
            self.never_said, self.transactions = transactions.never_said, transactions.ended
            while not self.stopping:
                await asyncio.sleep(_TICK_S)
                at = time.monotonic()
                owed, last = owed + self._rate * (at - last), at
                while owed >= 1:
                    owed -= 1
                    self._tell(self._stories.next(self.now()))
                if self._where.driven and at - clock > _CLOCK_S:
                    clock = at
                    sender.post(self._time())
                while self._waiting and self._waiting[0][0] <= at:
                    post = heapq.heappop(self._waiting)[2]
                    self.posted += 1
                    if may_be_sent_so(post) and self._which.random() < self._in_transactions:
                        transactions.post(post)
                    else:
                        sender.post(post)
            self._ended = time.monotonic()
            if self._where.driven:
                sender.post(self._time())
            await transactions.all_ended()
            await sender.all_taken()

    def _time(self) -> Post:
        """How late it is, where the clock is driven. Nobody waits until everybody has caught up."""
        data = json.dumps({"step": next(self._steps), "now": self.now().isoformat()}).encode()
        return Post("clock", b"clock", data, self._headers("safeguarding.clock.ticked.v1", self.now()))

    def say(self, type_: str, data: dict[str, Any], wait_s: float) -> None:
        """Post one more thing, said now."""
        self._tell([Told(self.now(), type_, data)], wait_s)

    def _tell(self, told: list[Told], wait_s: float = 0.0) -> None:
        now, at_least = self.now(), wait_s
        for one in told:
            late = (one.at - now).total_seconds() / 86400 / self._days_per_s if self._where.driven else 0
            spread = 0.3 if self._where.driven else 3.0
            at_least = max(at_least + self._dice.uniform(0, spread), late)
            self._vary(one, at_least)

    def _vary(self, told: Told, wait_s: float) -> None:
        data = told.data
        topic, key = door_and_key(told.type, data)
        value, headers = json.dumps(data).encode(), self._headers(told.type, told.at)
        post = Post(topic, key, value, headers)
        chance = self._dice.random()
        if chance < 0.08:
            fields = {
                name.removeprefix("ce_"): (text or b"").decode() for name, text in headers if name != "content-type"
            }
            whole = json.dumps(fields)[:-1].encode() + b', "data": ' + value + b"}"
            post = Post(topic, key, whole, [("content-type", b"application/cloudevents+json")])
        if 0.88 < chance < 0.91 and topic == "concern-reports":
            post = self._oddly(post)
        self._post(wait_s, post)
        if chance > 0.95:
            self._post(wait_s + self._dice.uniform(0, 8), post)
        if chance > 0.98:
            self._post(wait_s, post)
        if 0.93 < chance < 0.95:  # said again, as another event
            self._post(wait_s + self._dice.uniform(0, 5), Post(topic, key, value, self._headers(told.type, told.at)))
        if 0.92 < chance < 0.93 and topic == "concern-reports":  # the same identity, another report
            other = json.dumps(data | {"narrative": "It was somebody else."}).encode()
            self._post(wait_s + self._dice.uniform(0, 5), Post(topic, key, other, headers))
        if 0.91 < chance < 0.92 and topic == "concern-reports":  # the same id of another source, another report
            other_source = [("ce_source", b"/elsewhere") if name == "ce_source" else (name, t) for name, t in headers]
            data = data | {"reference": f"{data['reference']}-elsewhere"}
            key = f"{data['sender']}/{data['reference']}".encode()
            self._post(wait_s, Post(topic, key, json.dumps(data).encode(), other_source))
        if self._dice.random() < 0.012:
            self._post(wait_s, self._junk(post))

    def _oddly(self, good: Post) -> Post:
        """A report in an envelope that is not as it should be, and stands in nobody's way."""
        value, headers = good.value or b"", good.headers
        without = {name: [(n, None if n == name else text) for n, text in headers] for name in ("ce_id", "ce_type")}
        kinds = [
            good._replace(value=b"\xef\xbb\xbf" + value),
            good._replace(value=b"\0\0\0\0\5" + value),
            good._replace(value=json.dumps(value.decode()).encode()),
            good._replace(headers=[(name.replace("ce_", "ce-"), text) for name, text in headers]),
            good._replace(headers=without["ce_id"]),
            good._replace(headers=without["ce_type"]),
            good._replace(headers=[*headers, ("ce_sequence", None)]),
        ]
        return self._dice.choice(kinds)

    def _junk(self, good: Post) -> Post:
        """Something nobody could read."""
        topic, key, value, _ = good
        headers = self._headers("safeguarding.concern.reported.v1", self.now())
        kinds: list[Post] = [
            Post(topic, key, None, headers),
            Post(topic, key, b"not JSON", headers),
            Post(topic, None, b"\xff\xfe\x00", []),
            Post(topic, key, value, [*headers, ("ce_subject", None)]),
            Post(topic, key, value, [*headers, ("ce_subject", b"\xff\xfe")]),
            Post(
                topic,
                key,
                value,
                [(n, b"safeguarding.concern.reported.v9" if n == "ce_type" else t) for n, t in headers],
            ),
            Post(topic, key, value, [(n, b"safeguarding.of-nothing.v1" if n == "ce_type" else t) for n, t in headers]),
            Post("concern-reports", b"x/", b'{"sender": "wmas"}', headers),
            Post("concern-reports", b"x/", b"[" * 2000, headers),
        ]
        return self._dice.choice(kinds)

    def _headers(self, type_: str, at: datetime) -> list[tuple[str, bytes | None]]:
        number = next(self._numbers)
        event_id = timed(at, f"load {self._seed}", str(number)) if number % 5 else f"event-{self._seed}-{number}"
        text = {
            "ce_specversion": "1.0", "ce_id": event_id, "ce_source": "/outside", "ce_type": type_,
            "ce_time": at.isoformat(), "content-type": "application/json",
        }  # fmt: skip
        if number % 7 == 0:
            text["ce_correlationid"] = f"correlation-{number}"
        return [(name, value.encode()) for name, value in text.items()]

    def _post(self, wait_s: float, post: Post) -> None:
        heapq.heappush(self._waiting, (time.monotonic() + wait_s, next(self._numbers), post))

"""The coordinator's side of the load: reads what is flagged, and posts what was done or found about it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections import deque
from datetime import timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer

from deploy.recount.identities import derived
from tests.faults.load import Load
from tests.faults.log import Where

_TOPICS = ("concerns", "audit.repeat-concerns", "audit.drift")
_RECENT = 12
_MOST_IN_ONE = 3


class Coordinator:
    """Answers some of the flags, some of them twice, some at the wrong time."""

    def __init__(self, where: Where, load: Load, seed: int) -> None:
        self._where = where
        self._load = load
        self._dice = random.Random(f"coordinator {seed}")
        self._recent: deque[tuple[str, str]] = deque(maxlen=_RECENT)
        self._together: dict[str, set[str]] = {}
        self._merges = 0

    async def run(self) -> None:
        """Read and answer until cancelled, whatever becomes of the broker."""
        seen: set[bytes] = set()
        while True:
            topics = [self._where.prefix + topic for topic in _TOPICS]
            consumer = AIOKafkaConsumer(
                *topics, bootstrap_servers=self._where.bootstrap, group_id=None, auto_offset_reset="earliest"
            )
            try:
                await consumer.start()
                async for record in consumer:
                    headers = dict(record.headers)
                    if headers["ce_id"] not in seen:
                        seen.add(headers["ce_id"])
                        self._answer(headers["ce_type"].decode(), json.loads(record.value))
            except Exception:  # noqa: BLE001  the broker is away: read on when it is back
                await asyncio.sleep(0.3)
            finally:
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(consumer.stop(), 2)

    def _answer(self, type_: str, fact: dict[str, Any]) -> None:
        dice, load = self._dice, self._load
        if not load.stopping and type_ == "safeguarding.concern.received.v1":
            if self._recent and dice.random() < 0.05:
                self._merge(fact["adult_id"], fact["concern_id"], *dice.choice(self._recent))
            self._recent.append((fact["adult_id"], fact["concern_id"]))
        if load.stopping or dice.random() < 0.4:
            return
        if type_ == "safeguarding.adult.possibly-duplicated.v1":
            self._merge(fact["adult_id"], fact["concern_id"], fact["other_adult_id"], fact["concern_id"])
        now = load.now()
        reviewed = {"adult_id": fact.get("adult_id"), "reviewed_by": "coordinator-1", "reviewed_at": now.isoformat()}
        if type_ == "safeguarding.audit.repeat-review-opened.v1":
            if fact.get("adults"):
                reviewed["adult_id"] = dice.choice(fact["adults"])
            data = reviewed | {"review_id": fact["review_id"], "safety_planning": "plan-changed"}
            wait_s = dice.uniform(0, 6)
            load.say("safeguarding.audit.repeat-reviewed.v1", data, wait_s)
            if dice.random() < 0.15:
                again = data | {"reviewed_by": "coordinator-2"}
                load.say("safeguarding.audit.repeat-reviewed.v1", again, wait_s)
        if type_ == "safeguarding.audit.drift-flagged.v1":
            days = dice.choice((20, 60, 150, 400))
            look = {
                "open_id": fact["open_id"], "legitimate": True, "reason_open": "court",
                "next_look": (now + timedelta(days=days)).date().isoformat(),
            }  # fmt: skip
            load.say("safeguarding.audit.drift-reviewed.v1", reviewed | look, 0.0)

    def _merge(self, adult: str, concern: str, other: str, others_concern: str) -> None:
        """Two adults are found to be one; perhaps also what was reported of them; and perhaps neither is so."""
        dice, load = self._dice, self._load
        together = self._together.get(adult, {adult}) | self._together.get(other, {other})
        if adult == other or len(together) > _MOST_IN_ONE:
            return
        self._together |= dict.fromkeys(together, together)
        self._merges += 1
        by = {"decided_by": "coordinator-1", "decided_at": load.now().isoformat()}
        found = by | {"merge_id": derived("merge", str(self._merges)), "grounds": "same-birth-date"}
        said = found | {"adult_id": adult, "other_adult_id": other}
        load.say("safeguarding.adult.found-one.v1", said, 0.0)
        if dice.random() < 0.1:
            load.say("safeguarding.adult.found-one.v1", said | {"decided_by": "coordinator-2"}, 0.0)
        if dice.random() < 0.4:
            load.say("safeguarding.adult.found-different.v1", found, dice.uniform(0, 6))
        if concern != others_concern and dice.random() < 0.6:
            pair = by | {"concern_id": concern, "duplicate_of": others_concern}
            load.say("safeguarding.concern.duplicate-found.v1", pair, dice.uniform(0, 3))

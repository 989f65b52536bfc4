"""The coordinator's side of the load: reads what audit flags, and posts what was done about it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from datetime import timedelta

from aiokafka import AIOKafkaConsumer

from tests.faults.load import Load
from tests.faults.log import Where

_TOPICS = ("audit.repeat-concerns", "audit.drift")


class Coordinator:
    """Answers some of the flags, some of them twice, some at the wrong time."""

    def __init__(self, where: Where, load: Load, seed: int) -> None:
        self._where = where
        self._load = load
        self._dice = random.Random(f"coordinator {seed}")

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

    def _answer(self, type_: str, fact: dict[str, str]) -> None:
        dice, load = self._dice, self._load
        if load.stopping or dice.random() < 0.4:
            return
        now = load.now()
        reviewed = {"adult_id": fact.get("adult_id"), "reviewed_by": "coordinator-1", "reviewed_at": now.isoformat()}
        if type_ == "safeguarding.audit.repeat-review-opened.v1":
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

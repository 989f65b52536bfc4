"""The plain way: one FastStream handler and one transaction a message, then publish, then acknowledge.

Four processes, one a stage, with pydantic models and the same topics as ours; it neither validates what ours does
nor survives what ours survives. `python -m tests.bench.naive STAGE` with BOOTSTRAP, URL and PREFIX in the environment.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import asyncpg
import uvloop
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from pydantic import BaseModel

from shared.contracts.doors import concern_id_of

TABLES = """
CREATE SCHEMA naive_{stage};
CREATE TABLE naive_{stage}.events (id text PRIMARY KEY, body jsonb NOT NULL);
CREATE TABLE naive_{stage}.states (key uuid PRIMARY KEY, body jsonb NOT NULL);
"""
STAGES = ("intake", "triage", "enquiry", "audit")
_EVENT = "INSERT INTO events (id, body) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_STATE = """
INSERT INTO states (key, body) VALUES ($1, $2)
ON CONFLICT (key) DO UPDATE SET body = states.body || excluded.body RETURNING body::text
"""


class Report(BaseModel):
    """A report, as far as the stages look at it."""

    sender: str
    reference: str
    source: str = "not_known"
    urgent: bool = False
    adult: dict[str, str] = {}
    place: dict[str, str] = {}
    referrer: dict[str, str] = {}
    abuse_types: list[str] = []
    narrative: str = ""


class Received(BaseModel):
    """A concern that was received."""

    concern_id: UUID
    adult_id: UUID
    report: Report


class Said(BaseModel):
    """A decision or its approval."""

    concern_id: UUID
    decision_id: UUID
    decision: str | None = None
    decided_by: str | None = None
    limbs: dict[str, Any] = {}
    approved_by: str | None = None


class State(BaseModel):
    """What triage knows of a concern."""

    adult_id: UUID | None = None
    decision: str | None = None
    approved_by: str | None = None


class Fact(BaseModel):
    """What a stage states about a concern."""

    concern_id: UUID
    adult_id: UUID
    what: str


class Stage:
    """One stage: its broker, its database, and the transaction of a message."""

    def __init__(self, name: str) -> None:
        self.broker = KafkaBroker(os.environ["BOOTSTRAP"], acks="all", enable_idempotence=True, logger=None)
        self._name = name
        self._prefix = os.environ["PREFIX"]
        self._pool: Any = None

    async def start(self) -> None:
        """Connect to the database."""
        settings = {"search_path": f"naive_{self._name}"}
        self._pool = await asyncpg.create_pool(os.environ["URL"], min_size=3, max_size=3, server_settings=settings)

    def reads(self, topic: str) -> Callable[[Any], Any]:
        """The subscriber of a topic: a record at a time, acknowledged when its handler has returned."""
        return self.broker.subscriber(
            self._prefix + topic, group_id=f"{self._prefix}naive-{self._name}-{topic}", auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
        )  # fmt: skip

    async def effect(self, message: KafkaMessage, event: BaseModel, key: UUID, state: BaseModel) -> str:
        """The event and the state of its case, in one transaction; the state as it is then."""
        record = message.raw_message
        assert not isinstance(record, tuple)
        identity = f"{record.topic}/{record.partition}/{record.offset}"
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_EVENT, identity, event.model_dump_json())
            now_is: str = await connection.fetchval(_STATE, key, state.model_dump_json(exclude_none=True))
        return now_is

    async def publish(self, topic: str, key: UUID, fact: BaseModel) -> None:
        """Publish one fact and wait until it is acknowledged."""
        await self.broker.publish(fact, self._prefix + topic, key=str(key).encode())


def intake(stage: Stage) -> None:
    """Reports become receipts and concerns."""

    @stage.reads("concern-reports")
    async def report(event: Report, message: KafkaMessage) -> None:
        concern_id = concern_id_of(event.sender, event.reference)
        known_as = event.adult.get("nhs_number") or event.adult.get("person_reference") or event.reference
        received = Received(concern_id=concern_id, adult_id=uuid5(NAMESPACE_OID, known_as), report=event)
        await stage.effect(message, event, concern_id, received)
        await stage.publish("receipts", concern_id, Fact(**received.model_dump(exclude={"report"}), what="accepted"))
        await stage.publish("concerns", received.adult_id, received)


def triage(stage: Stage) -> None:
    """Concerns are routed; those that are decided and approved are triaged, and some converted."""

    @stage.reads("concerns")
    async def concern(event: Received, message: KafkaMessage) -> None:
        body = await stage.effect(message, event, event.concern_id, State(adult_id=event.adult_id))
        routed = Fact(concern_id=event.concern_id, adult_id=event.adult_id, what="routed")
        await stage.publish("triage", event.adult_id, routed)
        await settle(event.concern_id, body)

    @stage.reads("triage-decisions")
    async def decision(event: Said, message: KafkaMessage) -> None:
        said = State(decision=event.decision, approved_by=event.approved_by)
        await settle(event.concern_id, await stage.effect(message, event, event.concern_id, said))

    async def settle(concern_id: UUID, body: str) -> None:
        state = State.model_validate_json(body)
        if state.adult_id is None or state.decision is None or state.approved_by is None:
            return
        triaged = Fact(concern_id=concern_id, adult_id=state.adult_id, what=state.decision)
        await stage.publish("triage", state.adult_id, triaged)
        if state.decision == "s42_met":
            await stage.publish("section-42-conversions", state.adult_id, triaged)


def enquiry(stage: Stage) -> None:
    """Conversions open enquiries."""

    @stage.reads("section-42-conversions")
    async def conversion(event: Fact, message: KafkaMessage) -> None:
        await stage.effect(message, event, event.concern_id, event)
        opened = event.model_copy(update={"what": "opened"})
        await stage.publish("enquiries", event.adult_id, opened)


def audit(stage: Stage) -> None:
    """Everything is noted, by adult."""

    @stage.reads("concerns")
    async def concern(event: Received, message: KafkaMessage) -> None:
        note = Fact(concern_id=event.concern_id, adult_id=event.adult_id, what="received")
        await stage.effect(message, event, event.adult_id, note)

    @stage.reads("triage")
    async def triaged(event: Fact, message: KafkaMessage) -> None:
        await stage.effect(message, event, event.adult_id, event)

    @stage.reads("enquiries")
    async def opened(event: Fact, message: KafkaMessage) -> None:
        await stage.effect(message, event, event.adult_id, event)


async def main(name: str) -> None:
    """Run one stage until it is told to stop."""
    stage = Stage(name)
    {"intake": intake, "triage": triage, "enquiry": enquiry, "audit": audit}[name](stage)
    await FastStream(stage.broker, logger=None, on_startup=[stage.start]).run()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(main(sys.argv[1]))

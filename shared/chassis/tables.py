"""The tables every service has, the same in each service's own schema; migrations are checked against them."""

# ruff: noqa: I001
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Column, DateTime, Identity, Index, Integer, LargeBinary, MetaData, SmallInteger
from sqlalchemy import Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel


def _instant(*, nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


class ChassisTable(SQLModel):
    """The metadata of the chassis' tables, apart from any other SQLModel's."""

    metadata = MetaData()


class Position(ChassisTable, table=True):
    """The next offset to read of a partition; the record last read before it: its offset and a fingerprint.

    Between the two there may be a sender's marker, which is no record. `topic_id` is Kafka's own name for the topic:
    one that is deleted and made anew gets another.
    """

    __tablename__ = "positions"
    topic: str = Field(sa_column=Column(Text, primary_key=True))
    partition: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    next_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    fingerprint: bytes | None = Field(sa_column=Column(LargeBinary))
    last_offset: int | None = Field(sa_column=Column(BigInteger))
    topic_id: UUID | None = Field(sa_column=Column(Uuid))


class Inbox(ChassisTable, table=True):
    """Every event applied, by the hash of its source and id, with the hash of its body."""

    __tablename__ = "inbox"
    identity: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    body_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Case(ChassisTable, table=True):
    """A case: what a service knows of one thing. A case without a body is only waited for.

    `due` is the earliest of its timers; `recorded` the instant of the last event applied to it. Whatever changes the
    case, or what waits for it, raises `version`.
    """

    __tablename__ = "cases"
    __table_args__ = (Index("cases_due", "due", postgresql_where=text("due IS NOT NULL")),)
    key: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    recorded: datetime | None = Field(sa_column=_instant(nullable=True))
    due: datetime | None = Field(sa_column=_instant(nullable=True))
    body: dict[str, Any] | None = Field(sa_column=Column(JSON))
    version: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=text("1")))


class Held(ChassisTable, table=True):
    """An event held: waiting for something its case has not seen, or parked because something is wrong with it.

    A parked event blocks the records behind it that have its key on its topic. `claimed` says whether the inbox
    has its identity; that of a record nobody could read it has not.
    """

    __tablename__ = "held"
    __table_args__ = (
        Index("held_case", "case_key"),
        Index("held_blocking", "topic", "record_key", postgresql_where=text("parked")),
    )
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    case_key: UUID | None = Field(sa_column=Column(Uuid))
    parked: bool
    claimed: bool
    reason: str = Field(sa_column=Column(Text, nullable=False))
    since: datetime = Field(sa_column=_instant())
    retry: bool = Field(sa_column_kwargs={"server_default": text("false")})
    topic: str = Field(sa_column=Column(Text, nullable=False))
    partition: int = Field(sa_column=Column(Integer, nullable=False))
    record_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    record_key: bytes | None = Field(sa_column=Column(LargeBinary))
    recorded: datetime = Field(sa_column=_instant())
    record: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Outbox(ChassisTable, table=True):
    """What one transaction tells: its entry in the journal, then its facts in order; kept until it is published.

    `epoch` is the process that wrote it, since ids recur after a failover to a standby that had lost some. A row
    without an entry tells again what the journal has already.
    """

    __tablename__ = "outbox"
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    epoch: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False, server_default=text("0")))
    since: datetime = Field(sa_column=_instant())
    facts: int = Field(sa_column=Column(Integer, nullable=False))
    entry: bytes | None = Field(sa_column=Column(LargeBinary))
    packed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Epoch(ChassisTable, table=True):
    """One run of a process: how many entries of the journal it has committed here."""

    __tablename__ = "epochs"
    epoch: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    entries: int = Field(sa_column=Column(BigInteger, nullable=False))
    began: datetime = Field(sa_column=_instant())


class Journal(ChassisTable, table=True):
    """One row: every entry of the journal before this offset is in these tables."""

    __tablename__ = "journal"
    id: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    next_offset: int = Field(sa_column=Column(BigInteger, nullable=False))


class GivenUp(ChassisTable, table=True):
    """Records of a log that will never be read, since a person said so: which, how many, why, who."""

    __tablename__ = "given_up"
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    at: datetime = Field(sa_column=_instant())
    topic: str = Field(sa_column=Column(Text, nullable=False))
    partition: int = Field(sa_column=Column(Integer, nullable=False))
    from_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    to_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    records: int = Field(sa_column=Column(BigInteger, nullable=False))
    exact: bool
    reason: str = Field(sa_column=Column(Text, nullable=False))
    why: str = Field(sa_column=Column(Text, nullable=False))
    who: str = Field(sa_column=Column(Text, nullable=False))


class ClockCorrection(ChassisTable, table=True):
    """By how much the broker's clock was ahead when it took these records, since a person said so."""

    __tablename__ = "clock_corrections"
    topic: str = Field(sa_column=Column(Text, primary_key=True))
    partition: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    from_offset: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    to_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    ahead_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = Field(sa_column=_instant())
    why: str = Field(sa_column=Column(Text, nullable=False))
    who: str = Field(sa_column=Column(Text, nullable=False))


class ClockStop(ChassisTable, table=True):
    """A partition that stands still from an offset on: the broker's clock was so far ahead of every other there."""

    __tablename__ = "clock_stops"
    topic: str = Field(sa_column=Column(Text, primary_key=True))
    partition: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    from_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    ahead_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = Field(sa_column=_instant())


class Breaker(ChassisTable, table=True):
    """One row: how many unreadable records came in a row, and since when consumption has stopped for it."""

    __tablename__ = "breaker"
    id: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    unreadable_in_a_row: int = Field(sa_column=Column(Integer, nullable=False))
    tripped_at: datetime | None = Field(sa_column=_instant(nullable=True))


class Tally(ChassisTable, table=True):
    """How many records of each sender came through a door, by what became of them.

    With the outcome "read" and no sender: how many were read at all, whatever became of them.
    """

    __tablename__ = "tallies"
    door: str = Field(sa_column=Column(Text, primary_key=True))
    sender: str = Field(sa_column=Column(Text, primary_key=True))
    outcome: str = Field(sa_column=Column(Text, primary_key=True))
    records: int = Field(sa_column=Column(BigInteger, nullable=False))


class ClockStep(ChassisTable, table=True):
    """One row: the last step of a driven clock at which this service had no timer due any more."""

    __tablename__ = "clock_step"
    id: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    step: int = Field(sa_column=Column(Integer, nullable=False))


class Token(ChassisTable, table=True):
    """A bearer token for reading: a hash of its secret, who holds it, and what it opens until when."""

    __tablename__ = "tokens"
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    holder: str = Field(sa_column=Column(Text, nullable=False))
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    made_at: datetime = Field(sa_column=_instant())
    expires_at: datetime = Field(sa_column=_instant())
    revoked_at: datetime | None = Field(sa_column=_instant(nullable=True))


class Read(ChassisTable, table=True):
    """What was read, about whom, by whom: written before it was answered, and never changed."""

    __tablename__ = "reads"
    __table_args__ = (Index("reads_about", "about", postgresql_using="gin"), Index("reads_at", "at", "id"))
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    at: datetime = Field(sa_column=_instant())
    holder: str = Field(sa_column=Column(Text, nullable=False))
    token_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    view: str = Field(sa_column=Column(Text, nullable=False))
    about: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    filters: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    rows: int

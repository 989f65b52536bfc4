"""The tables every service has, the same in each service's own schema; migrations are checked against them."""

# ruff: noqa: I001
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, JSON, BigInteger, Column, DateTime, Identity, Index, Integer, LargeBinary, MetaData
from sqlalchemy import SmallInteger, Text, Uuid, text
from sqlmodel import Field, SQLModel


def instant(*, nullable: bool = False) -> Any:
    """A column for an instant."""
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


class Answer(ChassisTable, table=True):
    """What an event of a door was answered, as it was published."""

    __tablename__ = "answers"
    identity: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    answer: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Case(ChassisTable, table=True):
    """A case: what a service knows of one thing. A case without a body is only waited for.

    `due` is the earliest of its timers; `recorded` the instant of the last event applied to it. Whatever changes the
    case, or what waits for it, raises `version`. `marks` are what it counts as, a line each, by the version of the code
    in `projection`.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_due", "due", postgresql_where=text("due IS NOT NULL")),
        Index("cases_projection", "projection"),
    )
    key: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    recorded: datetime | None = Field(sa_column=instant(nullable=True))
    due: datetime | None = Field(sa_column=instant(nullable=True))
    body: dict[str, Any] | None = Field(sa_column=Column(JSON))
    version: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=text("1")))
    projection: int = Field(sa_column=Column(Integer, nullable=False, server_default=text("0")))
    marks: str = Field(sa_column=Column(Text, nullable=False, server_default=text("''")))


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
    since: datetime = Field(sa_column=instant())
    retry: bool = Field(sa_column_kwargs={"server_default": text("false")})
    topic: str = Field(sa_column=Column(Text, nullable=False))
    partition: int = Field(sa_column=Column(Integer, nullable=False))
    record_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    record_key: bytes | None = Field(sa_column=Column(LargeBinary))
    recorded: datetime = Field(sa_column=instant())
    record: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Outbox(ChassisTable, table=True):
    """What one transaction tells: its entry in the journal, then its facts in order; kept until it is published.

    `epoch` is the process that wrote it, since ids recur after a failover to a standby that had lost some. A row
    without an entry tells again what the journal has already.
    """

    __tablename__ = "outbox"
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    epoch: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False, server_default=text("0")))
    since: datetime = Field(sa_column=instant())
    facts: int = Field(sa_column=Column(Integer, nullable=False))
    entry: bytes | None = Field(sa_column=Column(LargeBinary))
    packed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Epoch(ChassisTable, table=True):
    """One run of a process: how many entries of the journal it has committed here."""

    __tablename__ = "epochs"
    epoch: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    entries: int = Field(sa_column=Column(BigInteger, nullable=False))
    began: datetime = Field(sa_column=instant())


class Journal(ChassisTable, table=True):
    """One row: every entry of the journal before this offset is in these tables.

    `topic_id` is Kafka's own name for the topic that they were read from, once it has been read; `lives` are those of
    this database that were told of before that offset, the one that lasts last.
    """

    __tablename__ = "journal"
    id: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    next_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    topic_id: UUID | None = Field(sa_column=Column(Uuid))
    lives: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{}'")))


class RelayHold(ChassisTable, table=True):
    """One row: the word by which the session that publishes is known; nobody's when no session bears it."""

    __tablename__ = "relay_hold"
    id: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    holder: str = Field(sa_column=Column(Text, nullable=False))

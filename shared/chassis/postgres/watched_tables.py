"""The tables beside those of delivery: what is counted, watched, given up, corrected and read, and by whom."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from shared.chassis.postgres.tables import ChassisTable, instant


class Member(ChassisTable, table=True):
    """The name an instance has in its group, who holds it, over which session of this database, and until when."""

    __tablename__ = "members"
    name: str = Field(sa_column=Column(Text, primary_key=True))
    holder: int = Field(sa_column=Column(BigInteger, nullable=False))
    pid: int = Field(sa_column=Column(Integer, nullable=False))
    began: datetime = Field(sa_column=instant())
    since: datetime = Field(sa_column=instant())
    until: datetime = Field(sa_column=instant())


class GivenUp(ChassisTable, table=True):
    """Records of a log that will never be read, since a person said so: which, how many, why, who."""

    __tablename__ = "given_up"
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    at: datetime = Field(sa_column=instant())
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
    at: datetime = Field(sa_column=instant())
    why: str = Field(sa_column=Column(Text, nullable=False))
    who: str = Field(sa_column=Column(Text, nullable=False))


class ClockStop(ChassisTable, table=True):
    """A partition that stands still from an offset on: the broker's clock was so far ahead of every other there."""

    __tablename__ = "clock_stops"
    topic: str = Field(sa_column=Column(Text, primary_key=True))
    partition: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    from_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    ahead_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = Field(sa_column=instant())


class Breaker(ChassisTable, table=True):
    """One row: how many unreadable records came in a row, and since when consumption has stopped for it."""

    __tablename__ = "breaker"
    id: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    unreadable_in_a_row: int = Field(sa_column=Column(Integer, nullable=False))
    tripped_at: datetime | None = Field(sa_column=instant(nullable=True))


class Tally(ChassisTable, table=True):
    """How many records of each sender came through a door, by what became of them.

    A sender names itself, so only the first so many of a door have lines of their own (`applying.SENDERS`). With the
    outcome "read" and no sender: how many were read at all, whatever became of them.
    """

    __tablename__ = "tallies"
    door: str = Field(sa_column=Column(Text, primary_key=True))
    sender: str = Field(sa_column=Column(Text, primary_key=True))
    outcome: str = Field(sa_column=Column(Text, primary_key=True))
    records: int = Field(sa_column=Column(BigInteger, nullable=False))


class LetterBudget(ChassisTable, table=True):
    """What was copied whole of records that came to nothing: today, by partition and bucket of sources.

    `cut` counts, for ever, those of which only place, size and hash were kept.
    """

    __tablename__ = "letter_budgets"
    door: str = Field(sa_column=Column(Text, primary_key=True))
    partition: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    bucket: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    day: date = Field(sa_column=Column(Date, nullable=False))
    bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    cut: int = Field(sa_column=Column(BigInteger, nullable=False))


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
    made_at: datetime = Field(sa_column=instant())
    expires_at: datetime = Field(sa_column=instant())
    revoked_at: datetime | None = Field(sa_column=instant(nullable=True))


class Read(ChassisTable, table=True):
    """What was read, about whom, by whom: written before it was answered, and never changed."""

    __tablename__ = "reads"
    __table_args__ = (Index("reads_about", "about", postgresql_using="gin"), Index("reads_at", "at", "id"))
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()"))
    )
    holder: str = Field(sa_column=Column(Text, nullable=False))
    token_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    view: str = Field(sa_column=Column(Text, nullable=False))
    about: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    filters: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    rows: int


class ListRow(ChassisTable, table=True):
    """A row of a list: of which case, its place, since when somebody waits, what it is found by, and its columns."""

    __tablename__ = "list_rows"
    __table_args__ = (
        Index("list_rows_at", "list", "at", "item"),
        Index("list_rows_since", "list", "since", postgresql_where=text("since IS NOT NULL")),
        Index("list_rows_finds", "finds", postgresql_using="gin"),
    )
    case_key: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    list: str = Field(sa_column=Column(Text, primary_key=True))
    item: str = Field(sa_column=Column(Text(collation="C"), primary_key=True))
    at: datetime = Field(sa_column=instant())
    since: datetime | None = Field(sa_column=instant(nullable=True))
    finds: Any = Field(sa_column=Column(ARRAY(Text), nullable=False))
    body: Any = Field(sa_column=Column(JSON, nullable=False))


class CaseCount(ChassisTable, table=True):
    """How many cases count as what, in several rows a mark; `hashes` is the sum of a hash of their keys."""

    __tablename__ = "case_counts"
    mark: str = Field(sa_column=Column(Text(collation="C"), primary_key=True))
    shard: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    cases: int = Field(sa_column=Column(BigInteger, nullable=False))
    hashes: int = Field(sa_column=Column(BigInteger, nullable=False))

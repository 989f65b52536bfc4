"""A file of events in the order of their time, and the steps in which a driven clock goes through it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from services.command.post import LineError, Outgoing, Problem, outgoing
from services.command.problems import MisuseError

EPOCH = datetime(1900, 1, 1, tzinfo=UTC)
"""A Monday; a step's number is the minutes since then, so that steps of any length go on from each other."""

MINUTE = timedelta(minutes=1)


class Step(StrEnum):
    """How far the clock moves at once. Weeks begin on Monday, days at midnight, all in UTC."""

    WEEK = "week"
    DAY = "day"
    HOUR = "hour"

    @property
    def length(self) -> timedelta:
        """As a length of time."""
        return {Step.WEEK: timedelta(weeks=1), Step.DAY: timedelta(days=1), Step.HOUR: timedelta(hours=1)}[self]

    def end_of(self, at: datetime) -> datetime:
        """The end of the step an instant lies in."""
        return EPOCH - (EPOCH - at) // self.length * self.length


class Input(NamedTuple):
    """A line of the file: when it happened, and the record it becomes."""

    at: datetime
    record: Outgoing


def events_of(lines: Iterable[str | bytes]) -> tuple[list[Input], list[Problem]]:
    """The inputs by time, those of one instant as they stand in the file; and the lines that cannot be replayed."""
    inputs, problems = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = outgoing(line)
            inputs.append(Input(_time_of(record), record))
        except LineError as error:
            problems.append(Problem(number, str(error)))
    return sorted(inputs, key=lambda each: each.at), problems


def _time_of(record: Outgoing) -> datetime:
    try:
        at = datetime.fromisoformat(dict(record.headers)["ce_time"].decode())
    except (KeyError, ValueError):
        raise LineError("has no time: a replay needs to know when it happened") from None
    if at.tzinfo is None:
        raise LineError("has a time without its offset from UTC")
    return at.astimezone(UTC)


def number_of(at: datetime) -> int:
    """The number of the step that ends at an instant."""
    return (at - EPOCH) // MINUTE


def end_of(number: int) -> datetime:
    """The instant at which a step ends."""
    return EPOCH + number * MINUTE


def instant(text: str | None) -> datetime | None:
    """The instant somebody named on the command line."""
    from shared.chassis.process.clock import WallClock

    if text is None or text == "now":
        return None if text is None else WallClock().now()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = datetime.min  # noqa: DTZ901  as wrong as a time without its offset
    if at.tzinfo is None:
        raise MisuseError("--until takes now, or a time with its offset: 2026-03-31T17:00+01:00")
    return at.astimezone(UTC)

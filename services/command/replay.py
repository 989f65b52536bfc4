"""`section42 replay`: drives services whose clock is driven through a file of events, years in seconds.

The clock moves in steps (delivery rule 11). Every input up to the step is posted; when two identical passes show each
service with nothing to read and nothing to publish, the step is announced; the next begins when every service has
reported it, has no timer due and is at rest again. Steps in which nothing arrives and nothing falls due are run
together.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.command.post import Outgoing, Problem, outgoing
from services.command.problems import CommandError
from services.command.timeline import EPOCH, MINUTE, Input, Step, end_of, events_of, instant, number_of

if TYPE_CHECKING:
    from services.command.pulse import Driver, Pulse
    from shared.chassis.process.settings import KafkaSettings

_ANSWER_S = 30.0
_STUCK_S = 60.0
_POLL_S = 0.01
_SHOWN = 20


@dataclass
class Replayed:
    """What a replay did. `passed_over` are events from before the instant every service had reached already."""

    now: datetime
    posted: int = 0
    passed_over: int = 0
    steps: int = 0
    problems: list[Problem] = field(default_factory=list)


def command(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON Lines, one CloudEvent a line; - reads stdin.")],
    step: Annotated[Step, typer.Option(help="How far the clock moves at once.")] = Step.WEEK,
    until: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="Where to stop: 2026-03-31T17:00+01:00, or now.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Replay a history through services that run with SECTION42_CLOCK=driven: each event at its own time.

    Without --until it stops at the end of the last event's step. Steps every service has reached are passed over, so
    that a replay that was cut off goes on where it was, and a second one of the same file changes nothing.

    Example: section42 replay history.jsonl --step day --until now
    """
    from services.command.servers import database_url, kafka_settings, topic_prefix
    from services.command.terminal import posting, say, say_json, warn

    last = instant(until)
    with posting(file) as (lines, _):
        read = list(lines)
    with _progress() as on_progress:
        done = asyncio.run(
            replay(
                kafka_settings(), database_url(), topic_prefix(), read, step=step, until=last, on_progress=on_progress
            )
        )
    for problem in done.problems[:_SHOWN]:
        warn(f"line {problem.line}: {problem.says}")
    if as_json:
        say_json(done)
    else:
        before = f", {done.passed_over} passed over: the clock had gone past them" * bool(done.passed_over)
        say(f"{done.posted} posted in {done.steps} steps up to {done.now:%Y-%m-%d %H:%M} UTC{before}")
    if done.problems:
        raise typer.Exit(1)


async def replay(
    kafka: KafkaSettings,
    database_url: str,
    prefix: str,
    lines: Iterable[str | bytes],
    *,
    step: Step = Step.WEEK,
    until: datetime | None = None,
    on_progress: Callable[[int, int, datetime], None] | None = None,
) -> Replayed:
    """Replay lines in the order of their time; `on_progress` is told how many of how many, and what time it is."""
    from services.command.pulse import driver

    inputs, problems = events_of(lines)
    if until is not None:
        until = end_of(number_of(until))
        inputs = [each for each in inputs if each.at <= until]
    async with driver(kafka, database_url, prefix) as drive:
        reached = (await drive.pulse()).step
        now = max(EPOCH, end_of(reached))
        left = deque(each for each in inputs if each.at > now)
        done = Replayed(now, passed_over=len(inputs) - len(left), problems=problems)
        end = until if until is not None else step.end_of(inputs[-1].at) if inputs else now
        if left:
            if on_progress is not None:
                on_progress(done.passed_over, len(inputs), left[0].at)
            await _knock(drive, before=left[0].at, reached=reached)
        while done.now < end:
            pulse = await _rest(drive)
            coming = [at for at in (left[0].at if left else None, pulse.due) if at is not None]
            target = min(end, step.end_of(max(min(coming, default=end), done.now + MINUTE)))
            batch = [left.popleft().record for _ in range(_how_many(left, target))]
            await drive.post(batch)
            if batch:
                await _rest(drive)
            await _tick(drive, target)
            await _rest(drive, until=target)
            done.now, done.posted, done.steps = target, done.posted + len(batch), done.steps + 1
            if on_progress is not None:
                on_progress(done.posted + done.passed_over, len(inputs), target)
    return done


@contextmanager
def _progress() -> Iterator[Callable[[int, int, datetime], None]]:
    """A bar where somebody watches, else a line now and then: how far it is, and what time it is there."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from services.command.terminal import bar_or_lines

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("events"),
        TimeElapsedColumn(),
    )
    with bar_or_lines(*columns) as shown:
        task = shown.add_task("replaying", total=None) if isinstance(shown, Progress) else None

        def moved(number: int, of: int, now: datetime) -> None:
            if isinstance(shown, Progress) and task is not None:
                shown.update(task, completed=number, total=of, description=f"{now:%d %B %Y}".rjust(17))
            elif not isinstance(shown, Progress):
                shown(f"replayed: {number} of {of} events, up to {now:%d %B %Y}")

        yield moved


def _how_many(left: deque[Input], target: datetime) -> int:
    return next((number for number, each in enumerate(left) if each.at > target), len(left))


async def _knock(drive: Driver, *, before: datetime, reached: int) -> None:
    """Move the clock up to just before the first input, so that nothing is posted to services it does not drive."""
    number = number_of(before) - 1
    if number > reached:
        await _tick(drive, end_of(number))


def _ticked(number: int, now: datetime) -> Outgoing:
    from shared.contracts.doors import ClockTicked

    data = ClockTicked(step=number, now=now).model_dump(mode="json")
    event = {"id": str(number), "source": "/section42/replay", "type": ClockTicked.type, "data": data}
    return outgoing(json.dumps(event))


async def _tick(drive: Driver, now: datetime) -> None:
    """Announce a step and wait until every service has reported it."""
    number = number_of(now)
    await drive.post([_ticked(number, now)])
    end = time.monotonic() + _ANSWER_S
    while (pulse := await drive.pulse()).step < number:
        if time.monotonic() > end:
            silent = ", ".join(service for service, beat in pulse.items() if beat.step < number)
            raise CommandError(
                f"{silent} did not follow the clock for {_ANSWER_S:.0f} s: is every service running,"
                " with SECTION42_CLOCK=driven?"
            )
        await asyncio.sleep(_POLL_S)


async def _rest(drive: Driver, until: datetime | None = None) -> Pulse:
    """Wait for two identical passes in which nothing is to be read, published, or (by `until`) fired."""
    before: Pulse | None = None
    moved = time.monotonic()
    while True:
        pulse = await drive.pulse()
        quiet = pulse.at_rest and (until is None or pulse.due is None or pulse.due > until)
        if quiet and pulse == before:
            return pulse
        if pulse != before:
            before, moved = pulse, time.monotonic()
        elif time.monotonic() - moved > _STUCK_S:
            stuck = ", ".join(service for service, beat in pulse.items() if beat.lag or beat.outbox) or "a timer"
            raise CommandError(f"{stuck} stands still with work to do: see `section42 status` and its log")
        if not quiet:
            await asyncio.sleep(_POLL_S)

"""What `section42 post --wait` waits for: the receipt of each report that it posts, known by its source and id.

A report whose id or source cannot be read is answered by its place in the topic instead, or under its sender's name.
Receipts are read from where they ended before anything was posted. A report that was accepted before is accepted again,
and its receipt says so. Of several lines with one source and id each gets the next receipt that names them.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from services.command.post import LineError, Outgoing, Posted, post

if TYPE_CHECKING:
    from shared.chassis.process.settings import KafkaSettings

_POLL_MS = 100
_SHOWN = 1000
_PLACE = re.compile(r"^[a-z-]+/\d+/\d+$")
_NO_REPORT = "is no report: --wait takes reports, each of which is answered; post others without it"

Key = str | tuple[str, str]
"""Source and id, or the place of a record: topic, partition and offset."""


@dataclass
class Waited:
    """What became of a line: accepted, accepted again, refused, unanswered or not posted.

    `codes` are the words of all that is remarked on or stands in the way, `says` what to do about each.
    """

    line: int
    outcome: str = "unanswered"
    sender: str | None = None
    reference: str | None = None
    concern_id: str | None = None
    codes: list[str] = field(default_factory=list)
    says: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether the report is accepted, now or before."""
        return self.outcome in {"accepted", "accepted again"}

    def answered(self, receipt: Mapping[str, Any]) -> None:
        """Take what a receipt says."""
        accepted = "concern_id" in receipt
        self.outcome = ("accepted again" if receipt.get("again") else "accepted") if accepted else "refused"
        self.sender, self.reference = receipt.get("sender"), receipt.get("reference")
        self.concern_id = receipt.get("concern_id")
        reasons = receipt.get("remarks" if accepted else "reasons") or ()
        self.codes, self.says = [one["code"] for one in reasons], [one["says"] for one in reasons]


class Waiting:
    """The lines that were posted and have no receipt yet."""

    def __init__(self) -> None:
        self.lines: dict[int, Waited] = {}
        self.left: set[int] = set()
        self._whose: dict[int, tuple[Any, Any]] = {}
        self._named: defaultdict[Key, deque[int]] = defaultdict(deque)
        self._early: dict[str, Mapping[str, Any]] = {}

    def going(self, line: int, record: Outgoing) -> None:
        """A line is about to be posted. Raises LineError where nobody would answer it."""
        from shared.contracts import CATALOGUE

        said = {name.removeprefix("ce_"): text.decode() for name, text in record.headers}
        if not CATALOGUE[said["type"]].forgiving:
            raise LineError(_NO_REPORT)
        data = _members(record.value)
        self.lines[line] = Waited(line)
        self.left.add(line)
        self._whose[line] = data.get("sender"), data.get("reference")
        for source in dict.fromkeys((said["source"], str(data.get("sender")))):
            self._named[source, said["id"]].append(line)

    def lies(self, line: int, place: str) -> None:
        """A line has been posted, and this is where it lies."""
        self._named[place].append(line)
        if (early := self._early.pop(place, None)) is not None:
            self.heard(early)

    def heard(self, receipt: Mapping[str, Any]) -> None:
        """A receipt, for whichever line it may be."""
        named = receipt.get("accepted_id") or receipt.get("refused_id") or receipt.get("place")
        if not isinstance(named, str):
            return
        source = receipt.get("accepted_source") or receipt.get("refused_source") or ""
        lines = self._named.get(named) or self._named.get((source, named)) or deque()
        while lines and lines[0] not in self.left:
            lines.popleft()
        left = [line for line in lines if line in self.left]
        whose = receipt.get("sender"), receipt.get("reference")
        line = next((line for line in left if self._whose[line] == whose), left[0] if left else None)
        if line is not None:
            self.left.discard(line)
            self.lines[line].answered(receipt)
        elif _PLACE.match(named):
            self._early[named] = receipt


def command(file: str, *, within_s: float, strict: bool, as_json: bool) -> NoReturn:
    """Post a file and show what was answered; the exit code is 1 where anything was refused or has no answer."""
    from services.command.servers import kafka_settings, topic_prefix
    from services.command.terminal import Lines, out, posting, say, say_json

    with posting(file) as (lines, on_progress):
        posted, done = asyncio.run(
            post_and_wait(kafka_settings(), topic_prefix(), lines, on_progress, within_s=within_s, strict=strict)
        )
    if as_json:
        for one in done:
            say_json(one)
    else:
        table = Lines("line", "outcome", "concern", "words", "what to do", box=None)
        shown = done if len(done) <= _SHOWN else [one for one in done if not one.good or one.codes]
        for one in shown:
            table.add_row(str(one.line), one.outcome, one.concern_id or "", " ".join(one.codes), " ".join(one.says))
        if shown:
            out.print(table)
        if len(shown) < len(done):
            say(f"and {len(done) - len(shown)} lines more, accepted without a remark (--json lists all)")
        counts = Counter(one.outcome for one in done)
        became = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items()))
        say(f"{posted.posted} posted{': ' * bool(became)}{became}")
        if counts["unanswered"]:
            say(f"no answer came within {within_s:g} s of the last: posting again does no harm")
    raise typer.Exit(0 if all(one.good for one in done) else 1)


async def post_and_wait(
    kafka: KafkaSettings,
    prefix: str,
    lines: Iterable[str | bytes],
    on_progress: Callable[..., None],
    *,
    within_s: float,
    strict: bool = False,
) -> tuple[Posted, list[Waited]]:
    """Post lines, and wait for the receipt of each until so long after the last; what became of each, in order."""
    from services.command.lag import partitions_of
    from services.command.problems import CommandError
    from services.command.servers import consumer
    from shared.contracts.intake import ReportAccepted

    waiting = Waiting()
    async with consumer(kafka, fetch_max_wait_ms=50) as reader:
        partitions = await partitions_of(reader, [prefix + ReportAccepted.topic])
        if not partitions:
            raise CommandError(f"there is no topic {prefix + ReportAccepted.topic}: run `section42 topics` first")
        ends = await reader.end_offsets(partitions)
        reader.assign(partitions)
        for partition in partitions:
            reader.seek(partition, ends[partition])
        reading = asyncio.create_task(_read(reader, waiting))
        try:
            done = await post(kafka, prefix, lines, on_progress, strict=strict, watch=waiting)
            waiting.left -= {problem.line for problem in done.problems}
            end = time.monotonic() + within_s
            while waiting.left and time.monotonic() < end and not reading.done():
                await asyncio.sleep(_POLL_MS / 1000)
                on_progress(len(waiting.lines) - len(waiting.left), "answered")
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
    for problem in done.problems:
        waiting.lines[problem.line] = Waited(problem.line, "not posted", says=[problem.says])
    return done, sorted(waiting.lines.values(), key=lambda waited: waited.line)


async def _read(reader: Any, waiting: Waiting) -> None:
    while True:
        for records in (await reader.getmany(timeout_ms=_POLL_MS)).values():
            for record in records:
                waiting.heard(_members(record.value))


def _members(value: bytes | None) -> dict[str, Any]:
    import msgspec

    try:
        said = msgspec.json.decode(value or b"")
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}

"""`section42 check`: what would be answered to each event of a file, without posting any of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

if TYPE_CHECKING:
    from services.command.post import Outgoing
    from shared.chassis.delivery.records.wire import Fact
    from shared.kernel.decision import Reason

_MILLISECONDS = 1000
_WAITS = "It can be read; what it is about has not come in the lines before it."


class Checked(NamedTuple):
    """What becomes of a line: accepted, refused, waiting, taken without an answer, or not posted at all.

    `codes` are the words of everything that is remarked on or stands in the way, and `says` what to do about each.
    """

    line: int
    outcome: str
    codes: list[str]
    says: list[str]

    @property
    def good(self) -> bool:
        """Whether it does what it is sent for, as far as can be told here."""
        return self.outcome not in {"refused", "not posted"}


def command(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON Lines, one CloudEvent a line; - reads stdin.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Say what would be answered to each event, without posting it: needs neither Kafka nor a database.

    Each line is a CloudEvent in JSON, as for `section42 post`. It is judged by the code that answers the doors, as if
    nothing had come before but the lines above it: nothing is looked up, so a decision about a concern that is not in
    the file is said to wait for it. Exit code 1 where a line would be refused, or could not be posted.

    Example: section42 check events.jsonl
    """
    from services.command.terminal import Lines, out, posting, say, say_json

    with posting(file) as (lines, _):
        done = list(check(lines))
    if as_json:
        for one in done:
            say_json(one._asdict())
    else:
        table = Lines("line", "outcome", "words", "what to do", box=None)
        for one in done:
            table.add_row(str(one.line), one.outcome, " ".join(one.codes), " ".join(one.says))
        if done:
            out.print(table)
        wrong = sum(not one.good for one in done)
        say(f"{len(done)} checked, {wrong} would not be accepted; nothing was posted")
    if not all(one.good for one in done):
        raise typer.Exit(1)


def check(lines: Iterable[str | bytes]) -> Iterator[Checked]:
    """What becomes of each line but blank ones, in order."""
    from services.command.post import LineError, outgoing

    doors = _Doors()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = outgoing(line)
        except LineError as error:
            yield Checked(number, "not posted", [], [str(error)])
        else:
            yield doors.check(number, record)


class _Doors:
    """All services in memory, each with what it has decided so far: what one states the others hear at once."""

    def __init__(self) -> None:
        from services import SERVICES
        from services.command.registry import load

        self._running = [_Running(load(name)) for name in SERVICES]

    def check(self, line: int, said: Outgoing) -> Checked:
        from services.command.problems import MisuseError
        from shared.chassis.process.clock import WallClock

        behind = next((one for one in self._running if said.topic in one.topics), None)
        if behind is None:
            raise MisuseError(f"nobody answers at the door {said.topic}: check reports, decisions, records and reviews")
        at = int(WallClock().now().timestamp() * _MILLISECONDS)
        found, told, outcome = behind.take(said.topic, line, at, said.key.encode(), said.value, said.headers)
        answer = next((answer for fact in told if (answer := _answer(fact, found)) is not None), None)
        while told:
            fact, told = told[0], told[1:]
            for one in self._running:
                if fact.topic in one.topics:
                    told += one.take(fact.topic, line, at, fact.key, fact.value, fact.headers)[1]
        if answer is not None:
            became, reasons = answer
            return Checked(line, became, [one.code for one in reasons], [one.says for one in reasons])
        return Checked(line, outcome, [], [_WAITS] if outcome == "waits" else [])


class _Running:
    """A service, at the beginning of everything."""

    def __init__(self, service: Any) -> None:
        from shared.chassis.delivery.deciding.casework import Casework
        from shared.chassis.delivery.deciding.facts import Facts
        from shared.chassis.delivery.deciding.holding import Holding
        from shared.chassis.delivery.deciding.known_cases import KnownCases
        from shared.chassis.delivery.records.letter_budget import LetterBudget
        from shared.chassis.delivery.records.wire import Wire
        from shared.chassis.delivery.records.writer import Writer
        from shared.chassis.process.settings import TEST_NUMBERS

        cases: KnownCases[Any] = KnownCases(service, {}, {}, {}, clamp=False)
        facts = Facts(service, Writer(service.name), {}, LetterBudget(0))
        self.topics = frozenset(service.topics)
        self._wire = Wire(service, "", driven=False, test_numbers=TEST_NUMBERS.read(os.environ) == "yes")
        self._work: Any = Casework(service, {}, cases, Holding({}, ()), facts)

    def take(self, topic: str, line: int, at: int, *said: Any) -> tuple[Any, list[Fact], str]:
        """What is found in a record, what is told because of it, and whether it waits."""
        from shared.chassis.delivery.records.kept_record import KeptRecord

        work, found = self._work, self._wire.read(KeptRecord(topic, 0, line, at, 1, *said))
        told, waiting = len(work.facts.told), self._waiting
        work.take(found)
        return found, list(work.facts.told)[told:], "waits" if self._waiting > waiting else "taken"

    @property
    def _waiting(self) -> int:
        return sum(many for (_, what), many in self._work.counts.outcomes.items() if what == "waiting")


def _answer(fact: Fact, found: Any) -> tuple[str, tuple[Reason, ...]] | None:
    """What a fact answers to the sender of this very record, if that is what it is."""
    from shared.contracts import CATALOGUE
    from shared.contracts.refusal import PlaceRefusal, Refusal

    declared = CATALOGUE.get(dict(fact.headers).get("ce_type", b"").decode())
    if declared is None:
        return None
    said: Any = declared.model_validate_json(fact.value)
    if isinstance(said, PlaceRefusal):
        return "refused", said.reasons
    if isinstance(said, Refusal):
        return ("refused", said.reasons) if said.refused_id == found.meta.id else None
    return ("accepted", said.remarks) if declared.is_answer and said.accepted_id == found.meta.id else None

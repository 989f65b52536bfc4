"""The accounts of the front door: every report that was read, by sender and by what became of it.

Three books that know nothing of each other must agree: how many records were read, counted as they came in; intake's
tallies of what became of each; and what the cases of intake and triage count as, by what each of the two says of its
own (their `figures`). Offsets are no such book: they also count the markers of senders' transactions, what those took
back, and what was given up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.command.registry import load
from services.command.status_found import SenderStatus
from services.intake import figures as intake
from services.triage import figures as triage
from shared.chassis.delivery.applying.effects import OTHERS

if TYPE_CHECKING:
    from services.command.status_found import ServiceStatus

DOOR = "concern-reports"
CONCERNS = "concerns"
"""Where intake tells triage of a concern."""
_COLUMNS = {
    "applied": "accepted",
    "refused": "refused",
    "duplicate": "duplicate",
    "unchanged": "duplicate",
    "unreadable": "unreadable",
    "conflicting": "set_aside",
    "broken": "set_aside",
}
"""Where each outcome of a tally is counted; an event that had to wait is counted when it is decided."""

_CASES = """
SELECT intake.marks, triage.marks, count(*)::int
FROM (SELECT key, marks FROM intake.cases WHERE marks <> '') AS intake
FULL JOIN (SELECT key, marks FROM triage.cases WHERE marks <> '') AS triage USING (key)
GROUP BY 1, 2
"""
_OUTDATED = "SELECT count(*)::int FROM {}.cases WHERE projection < $1"
_OUTCOMES = """
SELECT sender, outcome, records::int FROM intake.tallies WHERE door = $1 AND outcome NOT IN ('waiting', 'read')
"""
_READ = "SELECT coalesce(sum(records), 0)::int FROM intake.tallies WHERE door = $1 AND outcome = 'read'"
_HELD = "SELECT count(*)::int FROM triage.held WHERE topic = $1"


@dataclass
class Ledger:
    """How many records were read, each sender's line, and where the cases of intake and triage differ.

    `of_no_report` are concerns that triage has and intake knows nothing of, `untold` those that one of them says are
    withdrawn, and the other does not. `unread` is what triage has yet to read of concerns, at most, and `held` what it
    holds of them: nothing else explains that a concern has not reached it. What `outdated` cases count as is being
    written down anew.
    """

    read: int = 0
    senders: list[SenderStatus] = field(default_factory=list)
    outcomes_not_known: list[str] = field(default_factory=list)
    of_no_report: int = 0
    untold: int = 0
    unread: int = 0
    held: int = 0
    outdated: int = 0


async def positions(connection: Any, service: str, prefix: str) -> dict[tuple[str, int], int]:
    """Where a service is in each partition, by the topic's full name."""
    rows = await connection.fetch(f"SELECT topic, partition, next_offset FROM {service}.positions")
    return {(prefix + topic.removeprefix(prefix), partition): offset for topic, partition, offset in rows}


async def ledger(connection: Any) -> Ledger:
    """Intake's tallies beside the cases there are."""
    lines: dict[str, SenderStatus] = {}
    book = Ledger()
    book.read = await connection.fetchval(_READ, DOOR)
    for sender, outcome, records in await connection.fetch(_OUTCOMES, DOOR):
        line = lines.setdefault(sender, SenderStatus(sender))
        line.received += records
        column = _COLUMNS.get(outcome)
        if column is None:
            book.outcomes_not_known.append(outcome)
        else:
            setattr(line, column, getattr(line, column) + records)
    for accepted, triaged, cases in await connection.fetch(_CASES):
        _enter(book, lines, _words(accepted), _words(triaged), cases)
    book.senders = [lines[sender] for sender in sorted(lines)]
    book.held = await connection.fetchval(_HELD, CONCERNS)
    for service in ("intake", "triage"):
        book.outdated += await connection.fetchval(_OUTDATED.format(service), load(service).projection)
    return book


def _words(marks: str | None) -> dict[str, list[str]]:
    """What a case counts as, by the first word of each."""
    found = (line.split(" ") for line in (marks or "").splitlines())
    return {word: more for word, *more in found}


def _enter(
    book: Ledger, lines: dict[str, SenderStatus], accepted: dict[str, list[str]], triaged: dict[str, list[str]], n: int
) -> None:
    """Enter so many concerns that intake and triage count alike."""
    reached = not triage.OF_A_CONCERN.isdisjoint(triaged)
    if intake.ACCEPTED not in accepted:
        book.of_no_report += n if reached else 0
        return
    (sender,) = accepted[intake.ACCEPTED]
    line = lines.get(sender) or lines.get(OTHERS) or lines.setdefault(sender, SenderStatus(sender))
    if not reached:
        line.on_the_way += n
        return
    withdrawn = triage.WITHDRAWN in triaged
    book.untold += n if withdrawn != (intake.WITHDRAWN in accepted) else 0
    if withdrawn:
        line.withdrawn += n
    elif triage.DECIDED in triaged:
        line.decided += n
    else:
        line.waiting += n


def problems(book: Ledger, services: Iterable[ServiceStatus]) -> list[str]:
    """Every sum that does not add up."""
    found = []
    if book.outdated:
        found.append(
            f"{book.outdated} cases are being counted anew after an upgrade: the accounts tell more after that"
        )
    received = sum(line.received for line in book.senders)
    if received != book.read:
        found.append(f"{book.read} reports were read from the log, but {received} are counted by sender")
    for line in book.senders:
        parts = line.accepted + line.refused + line.duplicate + line.unreadable + line.set_aside
        if parts != line.received:
            found.append(f"{line.sender}: {line.received} received, {parts} accepted, refused or set aside")
        cases = line.decided + line.waiting + line.withdrawn + line.on_the_way
        if cases != line.accepted:
            found.append(f"{line.sender}: {line.accepted} accepted, but {cases} concerns kept")
    if book.outcomes_not_known:
        found.append(f"intake counts outcomes nobody knows here: {', '.join(sorted(set(book.outcomes_not_known)))}")
    if book.of_no_report:
        found.append(f"triage has {book.of_no_report} concerns of which intake knows nothing")
    on_the_way = sum(line.on_the_way for line in book.senders)
    (front,) = [service for service in services if service.service == "intake"]
    moving = front.outbox_facts + book.unread + book.held
    but = f"at most {moving} are" if moving else "nothing is"
    if on_the_way > moving:
        found.append(f"{on_the_way} accepted concerns have not reached triage, and {but} on the way")
    if book.untold > moving:
        found.append(f"intake and triage differ on whether {book.untold} concerns are withdrawn, and {but} on the way")
    return found

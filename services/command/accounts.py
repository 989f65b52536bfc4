"""The accounts of the front door: every report that was read, by sender and by what became of it.

Three books that know nothing of each other must agree: how many records were read, counted as they came in; intake's
tallies of what became of each; and the cases of intake and triage (what is there now). Offsets are no such book: they
also count the markers of senders' transactions, what those took back, and what was given up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.command.status_found import SenderStatus
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
SELECT concern.body->>'sender' AS sender,
       count(*) FILTER (WHERE reached AND NOT withdrawn AND NOT undecided)::int AS decided,
       count(*) FILTER (WHERE reached AND NOT withdrawn AND undecided)::int AS waiting,
       count(*) FILTER (WHERE reached AND withdrawn)::int AS withdrawn,
       count(*) FILTER (WHERE NOT reached)::int AS on_the_way,
       count(*) FILTER (WHERE reached AND withdrawn <> withdrawn_at_intake)::int AS untold
FROM intake.cases AS concern LEFT JOIN triage.cases AS triage ON triage.key = concern.key
CROSS JOIN LATERAL (
  SELECT triage.body IS NOT NULL,
         coalesce(triage.body->>'awaiting', 'awaiting_decision') IN ('awaiting_decision', 'awaiting_approval'),
         coalesce((triage.body->'withdrawal'->>2)::boolean, false),
         concern.body->'withdrawals'->-1 IS NOT NULL AND concern.body->'withdrawals'->-1->'taken_back' IS NULL
) AS concern_at_triage (reached, undecided, withdrawn, withdrawn_at_intake)
WHERE concern.body->>'type' = 'concern'
GROUP BY 1
"""
_OUTCOMES = """
SELECT sender, outcome, records::int FROM intake.tallies WHERE door = $1 AND outcome NOT IN ('waiting', 'read')
"""
_READ = "SELECT coalesce(sum(records), 0)::int FROM intake.tallies WHERE door = $1 AND outcome = 'read'"
_HELD = "SELECT count(*)::int FROM triage.held WHERE topic = $1"
_UNKNOWN_TO_INTAKE = """
SELECT count(*)::int FROM triage.cases AS concern
WHERE concern.body->>'type' = 'concern' AND NOT EXISTS (
  SELECT FROM intake.cases WHERE cases.key = concern.key AND cases.body IS NOT NULL)
"""


@dataclass
class Ledger:
    """How many records were read, each sender's line, and where the cases of intake and triage differ.

    `of_no_report` are concerns that triage has and intake knows nothing of, `untold` those that one of them says are
    withdrawn, and the other does not. `unread` is what triage has yet to read of concerns, at most, and `held` what it
    holds of them: nothing else explains that a concern has not reached it.
    """

    read: int = 0
    senders: list[SenderStatus] = field(default_factory=list)
    outcomes_not_known: list[str] = field(default_factory=list)
    of_no_report: int = 0
    untold: int = 0
    unread: int = 0
    held: int = 0


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
    for sender, decided, waiting, withdrawn, on_the_way, untold in await connection.fetch(_CASES):
        line = lines.get(sender) or lines.get(OTHERS) or lines.setdefault(sender, SenderStatus(sender))
        line.decided += decided
        line.waiting += waiting
        line.withdrawn += withdrawn
        line.on_the_way += on_the_way
        book.untold += untold
    book.senders = [lines[sender] for sender in sorted(lines)]
    book.held = await connection.fetchval(_HELD, CONCERNS)
    book.of_no_report = await connection.fetchval(_UNKNOWN_TO_INTAKE)
    return book


def problems(book: Ledger, services: Iterable[ServiceStatus]) -> list[str]:
    """Every sum that does not add up."""
    found = []
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
    (intake,) = [service for service in services if service.service == "intake"]
    moving = intake.outbox_facts + book.unread + book.held
    but = f"at most {moving} are" if moving else "nothing is"
    if on_the_way > moving:
        found.append(f"{on_the_way} accepted concerns have not reached triage, and {but} on the way")
    if book.untold > moving:
        found.append(f"intake and triage differ on whether {book.untold} concerns are withdrawn, and {but} on the way")
    return found

"""Applies what was decided, in one call, if everything that was seen is still so (`apply_effects` in the database)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from shared.chassis.delivery.applying import journal
from shared.chassis.delivery.applying.held import new_rows
from shared.chassis.delivery.applying.journal import Entry
from shared.chassis.delivery.applying.outbox import Outgoing, Row, pack
from shared.chassis.delivery.applying.seen import Seen
from shared.chassis.delivery.applying.steps import Step
from shared.chassis.delivery.deciding.casework import Casework
from shared.chassis.delivery.records.wire import Fact
from shared.chassis.postgres.database import CollisionError, Connection, columns, ours
from shared.chassis.process.blame import named
from shared.chassis.process.errors import BROKE, Fenced, ServiceBroke, WentBack
from shared.chassis.projections import projected
from shared.chassis.service import Service
from shared.contracts.topics import TOPICS, dead_letters_of

S = TypeVar("S", bound=msgspec.Struct)

_PARAMETERS = 57
_COUNTED = 12
_KEPT = 2


def _numbered(count: int, after: int = 0) -> str:
    return ", ".join(f"${n + after}" for n in range(1, count + 1))


_CALL = (
    f"SELECT row_id, others, count_at_doors({_numbered(_COUNTED, _PARAMETERS)}),"
    f" keep_answers({_numbered(_KEPT, _PARAMETERS + _COUNTED)}) FROM apply_effects({_numbered(_PARAMETERS)})"
)
SENDERS, OTHERS = 500, "(others)"
"""How many senders of a door are counted each by its own name, and what all that came later are counted as."""
_LETTERS = frozenset(topic.name for topic in TOPICS if topic.name.endswith(dead_letters_of("")))
_RAISES = {"S4201": CollisionError, "S4202": Fenced, "S4203": WentBack}
_OVER_A_VALUE = frozenset({"", "22", "54"})
"""Classes of SQLSTATE that one record's outcome is to blame for, and what could not even be sent."""
_encode = msgspec.json.Encoder().encode


@dataclass
class Decided(Generic[S]):
    """A step as a service decided it, from what was seen."""

    service: Service[S]
    step: Step
    seen: Seen[S]
    work: Casework[S]


class Applied(NamedTuple):
    """The row of the outbox, and whether rows of other processes were there before it."""

    row: Row
    others: bool


async def apply(connection: Connection, decided: Decided[Any], outgoing: Outgoing, count: int, at: datetime) -> Applied:
    """Apply it as the `count`th entry of this process. Raises CollisionError, Fenced, WentBack."""
    changes = _changes(decided, at)
    code = journal.code_of(decided.service.name)
    entry = Entry(
        outgoing.epoch, count, at, code=code, outcome=changes.outcome, life=outgoing.life, **decided.step.told
    )
    written = journal.encode(entry)
    sent, facts = list(outgoing.sent), decided.work.facts.told
    row_id, others = await _call(
        connection, outgoing.epoch, count, outgoing.epoch, at, *changes.columns, at, len(facts), written,
        changes.packed, sent, outgoing.journalled, outgoing.tell, *changes.beside, *changes.kept,
    )  # fmt: skip
    outgoing.forget(sent)
    return Applied(Row(row_id, outgoing.epoch, written, facts, len(changes.packed)), others)


async def apply_again(connection: Connection, decided: Decided[Any], entry: Entry, now: datetime) -> str:
    """Apply what a journal's entry says was decided, if it is what was decided now: the digest of the outcome.

    Nothing is applied where the digests differ. The facts are told again, and the journal has its entry already.
    """
    changes = _changes(decided, entry.at)
    if entry.outcome in {"", changes.outcome}:
        await _tell_again(connection, decided, changes, entry, now)
    return changes.outcome


_AS_FAR_AS = "UPDATE epochs SET entries = $3 - 1 WHERE epoch = $1 AND entries = $2 - 1"


async def apply_together(
    connection: Connection, decided: Decided[Any], first: Entry, last: Entry, now: datetime
) -> None:
    """Apply at once what the entries of a process say from the first to the last. Raises as `apply` does."""
    changes = _changes(decided, last.at)
    async with connection.transaction():
        if not (await connection.execute(_AS_FAR_AS, last.epoch, first.number, last.number)).endswith(" 1"):
            raise WentBack
        await _tell_again(connection, decided, changes, last, now)


async def _tell_again(
    connection: Connection, decided: Decided[Any], changes: "_Changes", entry: Entry, now: datetime
) -> None:
    """Apply it as this entry, which the journal has already: the outbox gets the facts alone, for whoever publishes."""
    facts = len(decided.work.facts.told)
    await _call(
        connection, entry.epoch, entry.number, 0, entry.at, *changes.columns, now, facts, None, changes.packed,
        [], 0, None, *changes.beside, *changes.kept,
    )  # fmt: skip


def outcome_so_far(work: Casework[Any], cases: set[UUID], told: int) -> str:
    """The digest of an outcome that holds nothing: these cases, and what was told since so many facts."""
    keys, recorded, due, states = columns(work.cases.rows_of(cases), 4)
    saved = (keys, recorded, due, _bodies(states))
    return _outcome(work.facts.decided[told:], saved, [], 0)


async def _call(connection: Connection, *arguments: Any) -> tuple[int, bool]:
    try:
        row_id, others, _, _ = await connection.fetchrow(_CALL, *arguments)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        state = getattr(error, "sqlstate", None) or ""
        if raised := _RAISES.get(state):
            raise raised from None
        if ours(error) and state[:2] in _OVER_A_VALUE:
            raise ServiceBroke(f"writing down what was decided: {named(error)}") from None
        raise
    return row_id, others


class _Changes(NamedTuple):
    """What `apply_effects` takes between `_at` and `_since`; what is counted and kept beside it."""

    columns: tuple[Any, ...]
    beside: tuple[Any, ...]
    kept: tuple[Any, ...]
    packed: bytes
    outcome: str


def _changes(decided: Decided[Any], at: datetime) -> _Changes:
    work, seen, step = decided.work, decided.seen, decided.step
    held = new_rows(work.held.unwritten, at)
    moved = [(one.id, one.case, one.reason) for one in work.held.moved]
    released = [*work.held.released, *step.parked]
    keys, recorded, due, states = columns(work.cases.rows(work.held.touched), 4)
    bodies = _bodies(states)
    try:
        beside = projected(decided.service, list(zip(keys, states, strict=True))).columns
    except BROKE as error:
        raise ServiceBroke(f"writing down a case: {named(error)}") from None
    saved = (keys, recorded, due, bodies)
    breaker = (None, None) if step.breaker is None else (step.breaker.in_a_row, step.breaker.tripped_at)
    answers = sorted((identity, pack(answer)) for identity, answer in work.facts.answers.items())
    tallies = sorted((*key, records) for key, records in work.counts.tallies.items())
    return _Changes(
        (
            *columns(step.positions, 6),
            *columns(work.claims, 2),
            *columns(sorted(seen.versions.items(), key=lambda item: item[0].int), 2),
            *columns(sorted(work.held.queued_behind), 2),
            *saved, [seen.versions[key] for key in keys],
            released,
            *columns(moved, 3),
            *columns(held, 10),
            *breaker,
            [], [], [], [],
        ),
        tuple(beside),
        (
            *columns(tallies, 4), SENDERS, OTHERS, *columns(work.facts.letters.rows(), 6), *columns(answers, 2)
        ),
        pack(work.facts.told),
        _outcome(work.facts.decided, saved, held, len(released)),
    )  # fmt: skip


def _bodies(states: list[Any]) -> list[str | None]:
    try:
        return [None if state is None else _encode(state).decode() for state in states]
    except BROKE as error:
        raise ServiceBroke(f"writing down a case: {named(error)}") from None


def _outcome(facts: list[Fact], saved: tuple[Any, ...], held: list[tuple[Any, ...]], released: int) -> str:
    """A digest of what was decided: facts, cases, and what waits; the order of the facts plays no part.

    Nor does how much of a dead letter was kept, which a setting says, or an answer that is told again: it decides
    nothing, and programs before this one told none.
    """
    keys, recorded, due, bodies = saved
    told = [fact._replace(value=b"") if fact.topic in _LETTERS else fact for fact in facts]
    kept = [(row[0], *row[3:7]) for row in held]
    digest = blake2b(pack(sorted(told)), digest_size=16)
    digest.update(pack((keys, recorded, due, bodies, kept, released)))
    return digest.hexdigest()

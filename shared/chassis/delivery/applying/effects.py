"""Applies what was decided, in one call, if everything that was seen is still so (`apply_effects` in the database)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Generic, NamedTuple, TypeVar

import asyncpg
import msgspec

from shared.chassis.delivery.applying import journal
from shared.chassis.delivery.applying.held import new_rows
from shared.chassis.delivery.applying.journal import Entry
from shared.chassis.delivery.applying.outbox import Outgoing, Row, pack
from shared.chassis.delivery.applying.seen import Seen, number
from shared.chassis.delivery.applying.steps import Batch, Claims, Retrying, Step
from shared.chassis.delivery.deciding.casework import Casework
from shared.chassis.postgres.database import CollisionError, Connection, columns, ours
from shared.chassis.process.blame import named
from shared.chassis.process.errors import BROKE, Fenced, ServiceBroke, WentBack
from shared.chassis.projections import projected
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
    """A step as it was decided, from what was seen."""

    step: Step
    seen: Seen[S]
    work: Casework[S]
    claims: Claims


class Applied(NamedTuple):
    """The row of the outbox, and whether rows of other processes were there before it."""

    row: Row
    others: bool


async def apply(
    connection: Connection, decided: Decided[Any], outgoing: Outgoing, service: str, count: int, at: datetime
) -> Applied:
    """Apply it as the `count`th entry of this process. Raises CollisionError, Fenced, WentBack."""
    changes = _changes(decided, at)
    entry = Entry(
        outgoing.epoch, count, at, code=journal.code_of(service), outcome=changes.outcome, **decided.step.told()
    )
    written = journal.encode(entry)
    sent = list(outgoing.sent)
    row_id, others = await _call(
        connection, outgoing.epoch, count, outgoing.epoch, at, *changes.columns, at, len(decided.work.facts), written,
        changes.packed, sent, outgoing.journalled, outgoing.tell, *changes.beside, *changes.counted, *changes.kept,
    )  # fmt: skip
    outgoing.forget(sent)
    return Applied(Row(row_id, outgoing.epoch, written, decided.work.facts), others)


async def apply_again(connection: Connection, decided: Decided[Any], entry: Entry, now: datetime) -> str:
    """Apply what a journal's entry says was decided, if it is what was decided now: the digest of the outcome.

    Nothing is applied where the digests differ. The facts are told again, and the journal has its entry already.
    """
    changes = _changes(decided, entry.at)
    if entry.outcome in {"", changes.outcome}:
        await _call(
            connection, entry.epoch, entry.number, 0, entry.at, *changes.columns, now, len(decided.work.facts), None,
            changes.packed, [], 0, None, *changes.beside, *changes.counted, *changes.kept,
        )  # fmt: skip
    return changes.outcome


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
    columns: tuple[Any, ...]
    beside: tuple[Any, ...]
    counted: tuple[Any, ...]
    kept: tuple[Any, ...]
    packed: bytes
    outcome: str


def _changes(decided: Decided[Any], at: datetime) -> _Changes:
    """What `apply_effects` takes between `_at` and `_since`, in its order."""
    work, seen, step = decided.work, decided.seen, decided.step
    held = new_rows(work, at)
    moved = [(one.id, one.case, one.reason) for one in work.moved]
    released = [*work.released, *(one.id for one in step.parked)] if isinstance(step, Retrying) else work.released
    touched = set(work.changed)
    touched.update(row[0] for row in held if row[0] is not None)
    touched.update(case for _, case, _ in moved if case is not None)
    touched.update(seen.case_of[row] for row in (*(row for row, _, _ in moved if row is not None), *work.released))
    keys = sorted(touched, key=number)
    states = work.states
    try:
        bodies = [_encode(states[key]).decode() if key in states else None for key in keys]
        beside = projected(work.service, [(key, states.get(key)) for key in keys])
    except BROKE as error:
        raise ServiceBroke(f"writing down a case: {named(error)}") from None
    saved = (keys, [work.recorded.get(key) for key in keys], [work.due.get(key) for key in keys], bodies)
    behind = {(one.found.topic, one.found.record.key) for one in work.parked} & seen.blocked
    breaker = step.breaker if isinstance(step, Batch) else None
    versions = sorted(seen.versions.items(), key=lambda item: item[0].int)
    return _Changes(
        (
            *_positions(step),
            *columns(list(decided.claims), 2),
            *columns(versions, 2),
            *columns(sorted(behind), 2),
            *saved, [seen.versions[key] for key in keys],
            released,
            *columns(moved, 3),
            *columns(held, 10),
            None if breaker is None else breaker.in_a_row, None if breaker is None else breaker.tripped_at,
            [], [], [], [],
        ),
        (beside.version, beside.marks, *columns(beside.rows, 7)),
        (
            *columns(sorted((*key, records) for key, records in work.tallies.items()), 4), SENDERS, OTHERS,
            *columns(work.letters.rows(), 6),
        ),
        tuple(columns(sorted((identity, pack(answer)) for identity, answer in work.answers.items()), 2)),
        pack(work.facts),
        _outcome(work, saved, held, len(released)),
    )  # fmt: skip


def _positions(step: Step) -> list[list[Any]]:
    """Where a batch takes its partitions from and to."""
    moves = sorted(step.to.items()) if isinstance(step, Batch) else []
    rows = [(*at, step.was[at], to.next_offset, to.last_offset, to.fingerprint) for at, to in moves]  # type: ignore[attr-defined]
    return columns(rows, 6)


def _outcome(work: Casework[Any], saved: tuple[Any, ...], held: list[tuple[Any, ...]], released: int) -> str:
    """A digest of what was decided: facts, cases, and what waits; the order of the facts plays no part.

    Nor does how much of a dead letter was kept, which a setting says, or an answer that is told again: it decides
    nothing, and programs before this one told none.
    """
    keys, recorded, due, bodies = saved
    repeated = {id(fact) for fact in work.repeated}
    told = [fact._replace(value=b"") if fact.topic in _LETTERS else fact
            for fact in work.facts if id(fact) not in repeated]  # fmt: skip
    kept = [(row[0], *row[3:7]) for row in held]
    digest = blake2b(pack(sorted(told)), digest_size=16)
    digest.update(pack((keys, recorded, due, bodies, kept, released)))
    return digest.hexdigest()

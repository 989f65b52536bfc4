"""The journal: what a service took and in which order, told before any fact that follows from it (delivery rule 16).

Decisions are pure, so whoever takes the same inputs in the same order tells the same facts under the same ids. Which
order it was is not in the inputs: it is written down here, one entry a transaction, and published before the facts.
What is not in the journal was told to nobody, and may be decided anew in any order.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple
from uuid import UUID

import msgspec

from shared.chassis.delivery.applying import outbox
from shared.chassis.postgres.database import Connection

BATCH: Final = "batch"
TIMERS: Final = "timers"
RETRY: Final = "retry"
COMMAND: Final = "command"

# What no column of ours could hold was not written by us.
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Partition = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_Instant = Annotated[datetime, msgspec.Meta(tz=True)]

Run = tuple[str, _Partition, _Count, _Count]
"""Records of one partition, one after the other: topic without the prefix, partition, first offset, last offset + 1."""

_LIFE = "SELECT md5(concat_ws('/', extract(epoch FROM pg_postmaster_start_time()), 'journal'::regclass::oid))"
_ROOT = Path(__file__).resolve().parents[4]
_DECIDES = ("shared/kernel", "shared/contracts", "shared/chassis")


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One transaction: the `number`th of the process whose `epoch` it bears.

    `took` are the runs of a batch's records in the order in which they were decided on, and `undecided` why its one
    record was set aside instead; `until` and `keys` say which timers fired; `records` which parked records were tried
    again; `what` what a person's command changed. `outcome` is a digest of what was decided, and `code` of what decided
    it. `life` is that of the database it took effect in. What is numbered 0 is no transaction: that life begins with
    it, and what these epochs `waited` to tell, up to these numbers, is told yet (`lives`).
    """

    epoch: _Count
    number: _Count
    at: _Instant
    kind: Literal["batch", "timers", "retry", "command"]
    code: str = ""
    outcome: str = ""
    took: tuple[Run, ...] = ()
    undecided: str = ""
    unreadable: int | None = None
    tripped_at: _Instant | None = None
    until: _Instant | None = None
    keys: tuple[UUID, ...] = ()
    records: tuple[tuple[str, _Partition, _Count], ...] = ()
    what: dict[str, Any] = {}
    life: str = ""
    waited: dict[_Count, _Count] = {}


class Told(NamedTuple):
    """What lies in a stretch of a journal: the entries, and the offsets of records that are no entries of ours."""

    entries: Sequence[Entry]
    foreign: Sequence[int]


encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Entry).decode


def entry_of(value: bytes | None) -> Entry | None:
    """The entry that a record of the journal holds, or None where it is none of ours."""
    try:
        return _decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def not_passed(
    foreign: Iterable[int], topic: str, ledger: Iterable[tuple[int, int]], commands: Iterable[Mapping[str, Any]]
) -> list[int]:
    """Those records that are no entries and that nobody has given up.

    `ledger` are the ranges of this journal in `given_up`; `commands`, the `what` of its entries: a database that was
    restored to before somebody gave a record up learns of it there.
    """
    ranges = list(ledger)
    for what in commands:
        row = what.get("given_up")
        if isinstance(row, dict) and row.get("topic") == topic:
            first, end = row.get("from_offset"), row.get("to_offset")
            if isinstance(first, int) and isinstance(end, int):
                ranges.append((first, end))
    return [offset for offset in foreign if not any(first <= offset < end for first, end in ranges)]


async def append_command(connection: Connection, what: dict[str, Any]) -> None:
    """Write down, in the transaction that does it, what a person's command changes: `what` is one key and its value.

    The order of commands and batches is that of the rows they touch. Nothing in it may name a person's words.
    """
    await connection.execute("INSERT INTO epochs VALUES ($1, 1, now())", epoch := outbox.Outgoing().epoch)
    now = await connection.fetchval("SELECT now()")
    entry = Entry(epoch, 1, now, COMMAND, what=what, life=await life_of(connection))
    await outbox.append(connection, (), now, encode(entry))


async def life_of(connection: Connection) -> str:
    """The life of the database at the other end, which no other has, nor this one had before its tables came there."""
    life: str = await connection.fetchval(_LIFE)
    return life


@cache
def code_of(service: str) -> str:
    """A digest of the code that decides for a service: where it differs, so may what is decided."""
    digest = blake2b(digest_size=8)
    for folder in (*_DECIDES, f"services/{service}"):
        for path in sorted((_ROOT / folder).rglob("*.py")):
            digest.update(str(path.relative_to(_ROOT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()

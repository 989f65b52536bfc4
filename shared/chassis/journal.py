"""The journal: what a service took and in which order, told before any fact that follows from it (delivery rule 16).

Decisions are pure, so whoever takes the same inputs in the same order tells the same facts under the same ids. Which
order it was is not in the inputs: it is written down here, one entry a transaction, and published before the facts.
What is not in the journal was told to nobody, and may be decided anew in any order.
"""

from datetime import datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from shared.chassis import outbox
from shared.chassis.database import Connection
from shared.chassis.held import Place

BATCH, TIMERS, RETRY, COMMAND = "batch", "timers", "retry", "command"

Run = tuple[str, int, int, int]
"""Records of one partition, one after the other: topic without the prefix, partition, first offset, last offset + 1."""

_ROOT = Path(__file__).resolve().parents[2]
_DECIDES = ("shared/kernel", "shared/contracts", "shared/chassis")


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One transaction: the `number`th of the process whose `epoch` it bears.

    `took` are the runs of a batch's records in the order in which they were decided on, and `undecided` why its one
    record was set aside instead; `until` and `keys` say which timers fired; `records` which parked records were tried
    again; `what` what a person's command changed. `outcome` is a digest of what was decided, and `code` of what decided
    it.
    """

    epoch: int
    number: int
    at: datetime
    kind: str
    code: str = ""
    outcome: str = ""
    took: tuple[Run, ...] = ()
    undecided: str = ""
    unreadable: int | None = None
    tripped_at: datetime | None = None
    until: datetime | None = None
    keys: tuple[UUID, ...] = ()
    records: tuple[Place, ...] = ()
    what: dict[str, Any] = {}


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Entry).decode


async def append_command(connection: Connection, what: dict[str, Any]) -> None:
    """Write down, in the transaction that does it, what a person's command changes: `what` is one key and its value.

    The order of commands and batches is that of the rows they touch. Nothing in it may name a person's words.
    """
    await connection.execute("INSERT INTO epochs VALUES ($1, 1, now())", epoch := outbox.Outgoing().epoch)
    now = await connection.fetchval("SELECT now()")
    await outbox.append(connection, (), now, encode(Entry(epoch, 1, now, COMMAND, what=what)))


@cache
def code_of(service: str) -> str:
    """A digest of the code that decides for a service: where it differs, so may what is decided."""
    digest = blake2b(digest_size=8)
    for folder in (*_DECIDES, f"services/{service}"):
        for path in sorted((_ROOT / folder).rglob("*.py")):
            digest.update(str(path.relative_to(_ROOT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()

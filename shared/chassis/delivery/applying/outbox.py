"""The outbox: what each transaction tells, in order, until the relay has published it.

One row a transaction and not one a fact: a third of the work of the whole batch was in the rows (delivery, "What it
costs"). The order of a case's facts is the order of the rows, because their ids are drawn under the case's lock.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import randbits
from typing import NamedTuple
from uuid import UUID

import msgspec

from shared.chassis.delivery.records.wire import Fact
from shared.chassis.postgres.database import Connection, columns

_APPEND = "INSERT INTO outbox (epoch, since, facts, entry, packed) VALUES (0, $1, $2, $3, $4)"
_FETCH = """
SELECT id, epoch, entry, packed, bytes, many FROM (
    SELECT *, sum(bytes) OVER (ORDER BY id, epoch) AS upto, count(*) OVER () AS many FROM (
        SELECT id, epoch, entry, packed, length(packed) AS bytes FROM outbox
        WHERE NOT (epoch = $1 AND id = ANY($2::bigint[])) ORDER BY id, epoch LIMIT $3
    ) AS oldest
) AS oldest WHERE upto - bytes < $4 ORDER BY id, epoch
"""
_DELETE = """
DELETE FROM outbox WHERE (id, epoch) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))
"""
_OTHERS = "SELECT EXISTS (SELECT FROM outbox WHERE epoch <> $1)"

pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Fact]).decode


AT_A_TIME = 4 * 1024 * 1024
"""So many bytes of facts are published at once, and one transaction's at the least."""
_IN_HAND = 2 * AT_A_TIME


class Row(NamedTuple):
    """One transaction's facts, and its entry in the journal; no entry where the journal has it already.

    `size` is how many bytes its facts take as they were packed.
    """

    id: int
    epoch: int
    entry: bytes | None
    facts: Sequence[Fact]
    size: int = 0


class Oldest(NamedTuple):
    """The oldest rows of the outbox, and whether there are more."""

    rows: Sequence[Row]
    more: bool


@dataclass
class Outgoing:
    """What this process has committed and not yet published, handed by its transactions to its relay.

    Nothing here is needed for safety: every row is in the outbox too, until it is deleted. `committing` is held while
    a transaction of ours commits, so that whoever fetches rows from the database meets none that is ours and has not
    been reported here. `others` says that rows which are not in `ready` may have to go first: another process's, or
    ours beyond what is kept in hand while the relay is slower than we are. `tell` names whom to tell
    with each commit while another process publishes. The database has every entry of the journal before `journalled`;
    `overtaken` says that another process has written to it since, or that it is another topic than `journal_id`, as
    which it was read. `life` is that of the database that our transactions trust, once it has been brought up to the
    journal; `trusted` is set while they trust it.
    """

    epoch: int = field(default_factory=lambda: randbits(62))
    ready: deque[Row] = field(default_factory=deque)
    sent: list[int] = field(default_factory=list)
    journalled: int = 0
    overtaken: bool = False
    journal_id: UUID | None = None
    life: str = ""
    tell: str | None = None
    others: bool = True
    committing: asyncio.Lock = field(default_factory=asyncio.Lock)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    trusted: asyncio.Event = field(default_factory=asyncio.Event)
    _in_hand: int = 0

    def hand(self, row: Row, *, others: bool) -> None:
        """A transaction of ours has been committed."""
        if self.tell is None:
            if self._in_hand + row.size > _IN_HAND and self.ready:
                others = True
            else:
                self.ready.append(row)
                self._in_hand += row.size
        self.others = self.others or others
        self.woken.set()

    def take(self, most: int) -> list[Row]:
        """The oldest of what is in hand, so many at the most, and no more than are published at once."""
        rows: list[Row] = []
        size = 0
        while self.ready and len(rows) < most and size < AT_A_TIME:
            rows.append(self.ready.popleft())
            size += rows[-1].size
        self._in_hand -= size
        return rows

    def let_go(self, ids: Collection[int]) -> None:
        """These are published from the outbox."""
        self.ready = deque(row for row in self.ready if row.id not in ids)
        self._in_hand = sum(row.size for row in self.ready)

    def journal_has(self, first: int, after: int, ended: int = 0) -> None:
        """Our entries are in the journal from `first` to before `after`; none where these are the same.

        It went as far as `ended` before they were sent: what is taken further down is another journal, made anew.

        What lies between the last that we know of and our first is another process's: it has to be looked at before
        anybody may say that the database has all that comes before ours.
        """
        if first > self.journalled or 0 <= first < min(after, ended):
            self.overtaken = True
        else:
            self.journalled = max(self.journalled, after)

    def forget(self, sent: Sequence[int]) -> None:
        """These rows, published before, have been deleted."""
        gone = set(sent)
        self.sent = [row_id for row_id in self.sent if row_id not in gone]

    def empty(self) -> None:
        """Nothing is in hand any more: the outbox says what is left."""
        self.ready.clear()
        self._in_hand = 0

    def begin_again(self) -> None:
        """The database is not where we left it: what we remember of it is worth nothing."""
        self.epoch = randbits(62)
        self.empty()
        self.sent.clear()
        self.others = True


async def append(connection: Connection, facts: Sequence[Fact], now: datetime, entry: bytes | None = None) -> None:
    """Write facts down, in the transaction that caused them, for whoever's relay comes first."""
    await connection.execute(_APPEND, now, len(facts), entry, pack(facts))


async def fetch(connection: Connection, outgoing: Outgoing, limit: int) -> Oldest:
    """The oldest rows not yet published. Never "those after the last id": rows commit out of the order of their ids."""
    found = await connection.fetch(_FETCH, outgoing.epoch, outgoing.sent, limit, AT_A_TIME)
    rows = [Row(row_id, epoch, entry, _unpack(packed), size) for row_id, epoch, entry, packed, size, _ in found]
    return Oldest(rows, bool(found) and (found[0][-1] > len(rows) or len(rows) == limit))


async def delete(connection: Connection, rows: Sequence[tuple[int, int]]) -> None:
    """Forget these very rows, and no range of ids.

    How far this database has the journal is not said here: a relay may come to one that was put back before anybody
    has verified it. The transactions say so, who have.
    """
    await connection.execute(_DELETE, *columns(list(rows), 2))


async def any_others(connection: Connection, epoch: int) -> bool:
    """Whether there are rows that another process wrote, or that this one did in an earlier life."""
    return bool(await connection.fetchval(_OTHERS, epoch))

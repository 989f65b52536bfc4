"""The lives of a database: which entries of a journal count once it has gone back (delivery rule 16).

A database begins a life when its server starts, and when its tables are put there. Whoever meets a new one brings it up
to the journal first, and then writes into the journal that it has begun. Each entry says in which life it took effect.
What is told from there on of an earlier life took effect in no table that there is: a process had it in its hands when
the database went back, and tells of it after others have gone on. It counts for nothing, whoever reads the journal and
whenever; but for what waited in the outbox then, which is told late and did take effect.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from secrets import randbits

from shared.chassis.delivery.applying.journal import COMMAND, Entry, life_of
from shared.chassis.delivery.applying.outbox import Outgoing
from shared.chassis.postgres.database import Connection
from shared.chassis.process.errors import WentBack

_WAITING = """
SELECT (told ->> 'epoch')::bigint, max((told ->> 'number')::bigint)
FROM (SELECT convert_from(entry, 'UTF8')::json AS told FROM outbox WHERE entry IS NOT NULL) AS entries GROUP BY 1
"""


class Lives:
    """Those of one service's database that are known of, in the order in which they began; the last one lasts."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        """These are known where reading begins."""
        self.known = list(known)
        self._waited: Mapping[int, int] = {}

    def has_begun(self, life: str) -> bool:
        """Whether this is the one that lasts."""
        return self.known[-1:] == [life]

    def counts(self, entry: Entry) -> bool:
        """Whether an entry, the next of the journal, took effect; what programs before this one wrote always did."""
        if entry.number:
            return entry.life not in self.known[:-1] or entry.number <= self._waited.get(entry.epoch, 0)
        if not self.has_begun(entry.life):
            self.known = [*(one for one in self.known if one != entry.life), entry.life]
            self._waited = entry.waited
        return False


async def beginning(connection: Connection, life: str, at: datetime) -> Entry:
    """The entry that says that this life has begun, and what waits in the outbox; it is no transaction of anybody's."""
    waited = dict(map(tuple, await connection.fetch(_WAITING)))
    return Entry(randbits(62), 0, at, COMMAND, life=life, waited=waited)


async def see_that_it_lasts(connection: Connection, outgoing: Outgoing, life: str) -> None:
    """Before facts are told whose entries, of this life, have just been: raises WentBack where another has begun.

    It is looked up where somebody else has written into the journal meanwhile, as whoever begins one does.
    """
    if life and (outgoing.overtaken or outgoing.life != life) and await life_of(connection) != life:
        outgoing.overtaken = True
        outgoing.trusted.clear()
        raise WentBack("the database is not the one in which this took effect")

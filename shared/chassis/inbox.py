"""The inbox: which events have been applied, so that a redelivery changes nothing (delivery rule 4)."""

from collections.abc import Iterable

from shared.chassis.database import Connection
from shared.chassis.wire import Arrival

_CLAIM = """
WITH claimed AS (
  INSERT INTO inbox (identity, body_hash) SELECT * FROM unnest($1::uuid[], $2::bytea[]) ON CONFLICT DO NOTHING
  RETURNING 1
)
SELECT count(*) FROM claimed
"""
# What this transaction claimed bears its own number; the rest was there before.
_TAKEN = """
SELECT identity::text, body_hash FROM inbox WHERE identity = ANY($1::uuid[]) AND xmin <> pg_current_xact_id()::xid
"""


class Sorted:
    """A batch's events, sorted out: each identity once, the redeliveries, and the impostors."""

    def __init__(self, arrivals: Iterable[Arrival]) -> None:
        """Drop what is twice in the batch before anything is claimed: by returned ids both copies would pass."""
        self.fresh: dict[str, Arrival] = {}
        self.duplicates: list[Arrival] = []
        self.conflicting: list[Arrival] = []
        self._later: list[Arrival] = []
        for arrival in arrivals:
            if self.fresh.setdefault(arrival.meta.identity, arrival) is not arrival:
                self._later.append(arrival)

    async def claim(self, connection: Connection) -> None:
        """Claim every identity, in order. Bodies are compared only for those that are not new."""
        if not self.fresh:
            return
        identities = sorted(self.fresh)
        hashes = [self.fresh[identity].body_hash for identity in identities]
        first = {arrival.meta.identity: self.fresh[arrival.meta.identity].body_hash for arrival in self._later}
        if await connection.fetchval(_CLAIM, identities, hashes) < len(identities):
            for identity, body_hash in await connection.fetch(_TAKEN, identities):
                self._again(self.fresh.pop(identity), body_hash)
                first[identity] = body_hash
        for arrival in self._later:
            self._again(arrival, first[arrival.meta.identity])

    def _again(self, arrival: Arrival, body_hash: bytes) -> None:
        (self.duplicates if arrival.body_hash == body_hash else self.conflicting).append(arrival)

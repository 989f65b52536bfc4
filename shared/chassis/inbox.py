"""The inbox: which events have been applied, so that a redelivery changes nothing (delivery rule 4)."""

from collections.abc import Iterable
from uuid import UUID

from shared.chassis.database import Connection
from shared.chassis.wire import Arrival

_CLAIM = """
INSERT INTO inbox (identity, body_hash) SELECT * FROM unnest($1::uuid[], $2::bytea[])
ON CONFLICT DO NOTHING RETURNING identity
"""
_KNOWN = "SELECT identity, body_hash FROM inbox WHERE identity = ANY($1::uuid[])"


class Sorted:
    """A batch's events, sorted out: each identity once, the redeliveries, and the impostors."""

    def __init__(self, arrivals: Iterable[Arrival]) -> None:
        """Drop what is twice in the batch before anything is claimed: by returned ids both copies would pass."""
        self.fresh: dict[UUID, Arrival] = {}
        self.duplicates: list[Arrival] = []
        self.conflicting: list[Arrival] = []
        for arrival in arrivals:
            first = self.fresh.setdefault(arrival.meta.identity, arrival)
            if first is not arrival:
                self._again(arrival, first.body_hash)

    async def claim(self, connection: Connection) -> None:
        """Claim every identity, in order. Bodies are compared only for those that somebody claimed before."""
        if not self.fresh:
            return
        identities = sorted(self.fresh)
        hashes = [self.fresh[identity].body_hash for identity in identities]
        claimed = {row[0] for row in await connection.fetch(_CLAIM, identities, hashes)}
        if len(claimed) == len(identities):
            return
        taken = [identity for identity in identities if identity not in claimed]
        for identity, body_hash in await connection.fetch(_KNOWN, taken):
            self._again(self.fresh.pop(identity), body_hash)

    def _again(self, arrival: Arrival, body_hash: bytes) -> None:
        (self.duplicates if arrival.body_hash == body_hash else self.conflicting).append(arrival)

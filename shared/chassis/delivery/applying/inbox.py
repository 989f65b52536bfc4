"""The inbox: which events have been applied, so that a redelivery changes nothing (delivery rule 4)."""

from collections.abc import Iterable, Mapping

from shared.chassis.delivery.records.wire import Arrival


class Sorted:
    """A batch's events, sorted out: each identity once, the redeliveries, and the impostors.

    `taken` are those identities that the inbox had before, with the hashes of their bodies. What is twice in the
    batch is found here: by rows that were inserted or not, both copies would pass.
    """

    def __init__(self, arrivals: Iterable[Arrival], taken: Mapping[str, bytes]) -> None:
        """Compare bodies only where an identity is not new."""
        self.fresh: dict[str, Arrival] = {}
        self.duplicates: list[Arrival] = []
        self.conflicting: list[Arrival] = []
        for arrival in arrivals:
            identity = arrival.meta.identity
            before = taken.get(identity)
            if before is None and self.fresh.setdefault(identity, arrival) is not arrival:
                before = self.fresh[identity].body_hash
            if before is not None:
                (self.duplicates if arrival.body_hash == before else self.conflicting).append(arrival)

    @property
    def claims(self) -> list[tuple[str, bytes]]:
        """Every new identity with the hash of its body, in order."""
        return sorted((identity, arrival.body_hash) for identity, arrival in self.fresh.items())

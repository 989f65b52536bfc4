"""What audit keeps of an event that ends something, where its end may have to be told later, and follows from it."""

from datetime import UTC, datetime

import msgspec

from shared.kernel.event import Cause, Metadata


class EndedBy(msgspec.Struct, frozen=True, array_like=True):
    """The event, as much of it as is said by what follows."""

    identity: str
    recorded: datetime
    correlation: str
    known_as: str

    @property
    def cause(self) -> Cause:
        """The same, as a decision names it."""
        return Cause(self.identity, self.recorded, self.correlation, self.known_as)


def ended_by(meta: Metadata) -> EndedBy:
    """The event that these are the metadata of."""
    return EndedBy(meta.identity, meta.recorded.astimezone(UTC), meta.correlation, meta.known_as)

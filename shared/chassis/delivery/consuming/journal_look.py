"""Whether the journal of a service that runs is still the topic that it was (delivery rule 16)."""

import time

from shared.chassis.delivery.applying.outbox import Outgoing
from shared.chassis.delivery.kafka.log_check import another, id_of
from shared.chassis.delivery.kafka.log_reader import LogReader

_EVERY_S = 5.0


class JournalLook:
    """Looks every few seconds, whether or not there is anything to write, at the journal of a service that runs."""

    def __init__(self, topic: str, outgoing: Outgoing) -> None:
        """Look once it has been read."""
        self._topic = topic
        self._outgoing = outgoing
        self._looked_at = 0.0

    async def look(self, reader: LogReader) -> None:
        """Where it is another topic than was read, nobody may rely any more on what we know of it."""
        if (was := self._outgoing.journal_id) is None or time.monotonic() - self._looked_at < _EVERY_S:
            return
        self._looked_at = time.monotonic()
        if another(was, await id_of(reader, self._topic)):
            self._outgoing.overtaken = True

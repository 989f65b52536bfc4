"""A service's facts into records: CloudEvents in binary mode, under ids that follow from their causes."""

from shared.chassis.delivery.records.wire import Fact
from shared.contracts import source_of
from shared.kernel.event import Cause, Event, Metadata
from shared.kernel.identity import timed


class Writer:
    """Turns the facts of one service into records."""

    def __init__(self, service: str) -> None:
        """Keep what every header of this service says."""
        self.source = source_of(service)
        self._fixed: dict[type[Event], list[tuple[str, bytes]]] = {}

    def write(self, fact: Event, cause: Metadata | Cause) -> Fact:
        """A fact as a record. Its id derives from (cause, type, subject), so that a replay yields the same id."""
        subject = fact.subject
        recorded = cause.recorded
        fact_id = timed(recorded, cause.identity, fact.type, subject)
        headers = [
            *self._same_for(type(fact)),
            ("ce_id", fact_id.encode()),
            ("ce_time", recorded.isoformat().encode()),
            ("ce_subject", subject.encode()),
            ("ce_correlationid", cause.correlation.encode()),
            ("ce_causationid", (cause.known_as or cause.identity).encode()),
        ]
        return Fact(
            fact.topic, fact.key.encode(), headers, fact.__pydantic_serializer__.to_json(fact, exclude_none=True)
        )

    def _same_for(self, declared: type[Event]) -> list[tuple[str, bytes]]:
        fixed = self._fixed.get(declared)
        if fixed is None:
            fixed = [
                ("ce_specversion", b"1.0"),
                ("content-type", b"application/json"),
                ("ce_source", self.source.encode()),
                ("ce_type", declared.type.encode()),
            ]
            self._fixed[declared] = fixed
        return fixed

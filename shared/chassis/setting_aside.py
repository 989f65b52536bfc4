"""What becomes of a record that cannot be decided on: answered and dead-lettered at a door, parked where it is ours.

A door holds nothing back; a record of ours holds its key until somebody has looked (delivery rule 9).
"""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeVar

import msgspec
import structlog

from shared.chassis.dead_letters import dead_letter
from shared.chassis.holding import Held
from shared.chassis.known_cases import KnownCases
from shared.chassis.wire import Arrival, Fact, Unread, Writer
from shared.contracts import DOORS
from shared.kernel.decision import Reason
from shared.kernel.event import Metadata
from shared.kernel.identity import derived, event_identity

S = TypeVar("S", bound=msgspec.Struct)
log = structlog.get_logger()
_CONFLICT = Reason(
    code="conflicting_body", says="Another event came before with this source and id: give each its own."
)


@dataclass(kw_only=True)
class SettingAside(KnownCases[S]):
    """The facts of a batch, what it parks, and how many records had which outcome."""

    writer: Writer
    blocked: set[tuple[str, bytes]] = field(default_factory=set)
    facts: list[Fact] = field(default_factory=list)
    parked: list[Held] = field(default_factory=list)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    tallies: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def duplicate(self, found: Arrival) -> None:
        """Count a redelivery, which changes nothing."""
        self._count(found, "duplicate")

    def conflicting(self, found: Arrival) -> None:
        """Set aside another event under an identity that was taken: answered at a door, kept, and shouted about."""
        log.error("conflicting_body", service=self.service.name, topic=found.topic, identity=found.meta.identity)
        if found.topic in DOORS:
            self._answer(found, self._unclaimed(found, found.meta), (_CONFLICT,))
        self.facts.append(dead_letter(found.topic, found.record, (_CONFLICT,)))
        self._count(found, "conflicting")

    def _set_aside(self, found: Arrival | Unread, reasons: tuple[Reason, ...], outcome: str) -> None:
        """What cannot be decided on: at a door answered and dead-lettered, of our own held with its key."""
        if found.topic not in DOORS:
            self._park(found, " ".join(reason.code for reason in reasons))
            return
        if found.meta is not None:
            self._answer(found, self._unclaimed(found, found.meta), reasons)
        self.facts.append(dead_letter(found.topic, found.record, reasons))
        self._count(found, outcome)

    def _park(self, found: Arrival | Unread, reason: str) -> None:
        self.parked.append(Held(found, None, reason))
        if found.record.key is not None:
            self.blocked.add((found.topic, found.record.key))
        self._count(found, "parked")

    def _answer(self, found: Arrival | Unread, meta: Metadata, reasons: tuple[Reason, ...]) -> None:
        refusals = self.service.refusals
        if isinstance(found, Arrival):
            refusal, about = refusals[type(found.event)], found.about
        else:
            candidates = [answer for event, answer in refusals.items() if event.topic == found.topic]
            refusal = next((a for event, a in refusals.items() if event.type == meta.type), candidates[0])
            about = found.about or event_identity(meta.source, meta.id)
        said = {"refused_source": meta.source, "refused_id": meta.id, "refused_type": meta.type}
        if found.report is not None:
            said |= dict(zip(("sender", "reference"), found.report, strict=True))
        answer = refusal(about=about, reasons=reasons, **said)
        self.facts.append(self.writer.write(answer, meta))

    def _unclaimed(self, found: Arrival | Unread, meta: Metadata) -> Metadata:
        """The metadata of an answer to what the inbox has not: the same however often its record is read.

        It is told from the answers to other events under the same identity by what the record says.
        """
        said = blake2b(found.record.value or b"", digest_size=16).hexdigest()
        return meta._replace(identity=str(derived("answer", meta.identity, said)))

    def _count(self, found: Arrival | Unread, outcome: str) -> None:
        self.outcomes[found.meta.type if isinstance(found, Arrival) else "unreadable", outcome] += 1
        if found.topic in DOORS:
            self.tallies[found.topic, found.sender, outcome] += 1

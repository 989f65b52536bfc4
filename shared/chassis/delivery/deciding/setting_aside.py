"""What becomes of a record that cannot be decided on: answered and dead-lettered at a door, parked where it is ours.

A door holds nothing back; a record of ours holds its key until somebody has looked (delivery rule 9).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from typing import TypeVar

import msgspec
import structlog

from shared.chassis.delivery.deciding.holding import Held
from shared.chassis.delivery.deciding.known_cases import KnownCases
from shared.chassis.delivery.records.cloudevents import stands_in, stands_in_a_batch
from shared.chassis.delivery.records.dead_letters import dead_letter
from shared.chassis.delivery.records.letter_budget import COPIED_A_DAY, LetterBudget
from shared.chassis.delivery.records.wire import Arrival, Fact, Unread, Writer
from shared.chassis.process.blame import blame
from shared.chassis.process.errors import BROKE
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
    """The facts of a batch, what it parks, and how many records had which outcome.

    `answers` is what events of doors were answered in this batch, by their identities, `answered` what those were that
    came again, and `repeated` which of the facts are answers told again.
    """

    writer: Writer
    blocked: set[tuple[str, bytes]] = field(default_factory=set)
    facts: list[Fact] = field(default_factory=list)
    parked: list[Held] = field(default_factory=list)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    tallies: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    letters: LetterBudget = field(default_factory=lambda: LetterBudget(COPIED_A_DAY))
    answers: dict[str, Fact] = field(default_factory=dict)
    answered: Mapping[str, Fact] = field(default_factory=dict)
    repeated: list[Fact] = field(default_factory=list)

    def duplicate(self, found: Arrival) -> None:
        """A redelivery changes nothing; its sender is told again what it was answered, under the id that it had."""
        identity = found.meta.identity
        if (answer := self.answers.get(identity) or self.answered.get(identity)) is not None:
            self.repeated.append(answer._replace())
            self.facts.append(self.repeated[-1])
        self._count(found, "duplicate")

    def conflicting(self, found: Arrival) -> None:
        """Set aside another event under an identity that was taken: answered at a door, kept, and shouted about."""
        if not self.outcomes[found.meta.type, "conflicting"]:  # one line a batch: whoever sends them sends many
            log.error("conflicting_body", service=self.service.name, topic=found.topic, identity=found.meta.identity)
        if found.topic in DOORS:
            self._answer(found, self._unclaimed(found, found.meta), (_CONFLICT,))
        self._write_letter(found, (_CONFLICT,))
        self._count(found, "conflicting")

    def _set_aside(self, found: Arrival | Unread, reasons: tuple[Reason, ...], outcome: str) -> None:
        """What cannot be decided on: at a door answered and dead-lettered, of our own held with its key."""
        if found.topic not in DOORS:
            self._park(found, " ".join(reason.code for reason in reasons))
            return
        if isinstance(found, Unread) and found.place:
            self._answer_to_its_place(found, reasons)
        elif found.meta is not None:
            self._keep(found, self._answer(found, self._unclaimed(found, found.meta), reasons))
        self._write_letter(found, reasons)
        self._count(found, outcome)

    def _write_letter(self, found: Arrival | Unread, reasons: tuple[Reason, ...]) -> None:
        """Write its dead letter: whole, but at a door no further than its writer's budget goes."""
        whole = found.topic not in DOORS or self.letters.allows(found.topic, found.record, found.meta)
        self.facts.append(dead_letter(found.topic, found.record, reasons, whole=whole))

    def _park(self, found: Arrival | Unread, reason: str) -> None:
        self.parked.append(Held(found, None, reason))
        if found.record.key is not None:
            self.blocked.add((found.topic, found.record.key))
        self._count(found, "parked")

    def _answer(self, found: Arrival | Unread, meta: Metadata, reasons: tuple[Reason, ...]) -> Fact | None:
        """Answer who sent it, and how; None where the service cannot so much as that."""
        try:
            answer = self._refusal(found, meta, reasons)
        except BROKE as error:
            if isinstance(error, MemoryError):
                raise
            log.error("refusal_broke", service=self.service.name, topic=found.topic, identity=meta.identity,
                      **blame(error))  # fmt: skip
            return None
        self.facts.append(answer)
        return answer

    def _keep(self, found: Arrival | Unread, answer: Fact | None) -> None:
        """Remember how an event was answered, for when it comes again."""
        if answer is not None and isinstance(found, Arrival) and found.topic in DOORS:
            self.answers[found.meta.identity] = answer

    def _refusal(self, found: Arrival | Unread, meta: Metadata, reasons: tuple[Reason, ...]) -> Fact:
        refusals = self.service.refusals
        if isinstance(found, Arrival):
            refusal, about = refusals[type(found.event)], found.about
        else:
            candidates = [answer for event, answer in refusals.items() if event.topic == found.topic]
            refusal = next((a for event, a in refusals.items() if event.type == meta.type), candidates[0])
            about = found.about or event_identity(meta.source, meta.id)
        said = {"refused_source": meta.source, "refused_id": meta.id, "refused_type": meta.type, **_whose(found)}
        return self.writer.write(refusal(about=about, reasons=reasons, **said), meta)

    def _answer_to_its_place(self, found: Unread, reasons: tuple[Reason, ...]) -> None:
        """Answer a record that says not even which event it is, by where it lies."""
        record, refusal = found.record, self.service.place_refusal
        assert refusal is not None  # noqa: S101  a service that reads doors has one
        assert found.meta is not None  # noqa: S101  that of its place
        value = None if stands_in(record) or stands_in_a_batch(record) else record.value
        answer = refusal(
            place=found.place, door=found.topic, partition=record.partition, offset=record.offset,
            size=None if value is None else len(value), sha256=None if value is None else sha256(value).hexdigest(),
            about=found.about, reasons=reasons, **_whose(found),
        )  # fmt: skip
        self.facts.append(self.writer.write(answer, found.meta))

    def _unclaimed(self, found: Arrival | Unread, meta: Metadata) -> Metadata:
        """The metadata of an answer to what the inbox has not: the same however often its record is read.

        It is told from the answers to other records under the same identity by where it lies and what it says.
        """
        record = found.record
        said = blake2b(record.value or b"", digest_size=16).hexdigest()
        place = found.topic, str(record.partition), str(record.offset)
        return meta._replace(identity=str(derived("answer", meta.identity, said, *place)))

    def _count(self, found: Arrival | Unread, outcome: str) -> None:
        self.outcomes[found.meta.type if isinstance(found, Arrival) else "unreadable", outcome] += 1
        if found.topic in DOORS:
            self.tallies[found.topic, found.sender, outcome] += 1


def _whose(found: Arrival | Unread) -> dict[str, str]:
    """The sender and the reference of what was meant as a report."""
    return {} if found.report is None else dict(zip(("sender", "reference"), found.report, strict=True))

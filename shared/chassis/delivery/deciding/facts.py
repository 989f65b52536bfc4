"""What a batch tells, in order: what was decided, the answers to whoever sent something, and dead letters."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b, sha256
from typing import Any

import structlog

from shared.chassis.delivery.records.cloudevents import stands_in, stands_in_a_batch
from shared.chassis.delivery.records.dead_letters import dead_letter
from shared.chassis.delivery.records.letter_budget import LetterBudget
from shared.chassis.delivery.records.wire import Arrival, Fact, Unread
from shared.chassis.delivery.records.writer import Writer
from shared.chassis.process.blame import blame
from shared.chassis.process.errors import BROKE
from shared.chassis.promises import see_that_it_may
from shared.chassis.service import Service
from shared.contracts import DOORS
from shared.kernel.decision import Decision, Reason
from shared.kernel.event import Metadata
from shared.kernel.identity import derived, event_identity

log = structlog.get_logger()


class Facts:
    """The facts of a batch, and how events of doors were answered, for when they come again."""

    def __init__(
        self, service: Service[Any], writer: Writer, answered: Mapping[str, Fact], letters: LetterBudget
    ) -> None:
        """Tell nothing yet; `answered` is what those were answered that come again."""
        self.letters = letters
        self._service, self._writer, self._answered = service, writer, answered
        self._told: list[Fact] = []
        self._again: list[Fact] = []
        self._answers: dict[str, Fact] = {}
        self.told: Sequence[Fact] = self._told
        self.answers: Mapping[str, Fact] = self._answers

    @property
    def decided(self) -> list[Fact]:
        """Those that are no answer told again."""
        again = {id(fact) for fact in self._again}
        return [fact for fact in self._told if id(fact) not in again]

    def written(self, answer: Decision[Any], meta: Metadata) -> list[Fact]:
        """The facts of a decision as they will be published, and are not told yet. Raises BrokenPromise."""
        see_that_it_may(self._service, answer.facts)
        if not answer.causes:
            return [self._writer.write(fact, meta) for fact in answer.facts]
        return [self._writer.write(fact, answer.causes.get(fact, meta)) for fact in answer.facts]

    def tell(self, facts: Sequence[Fact], found: Arrival | None, decided: Decision[Any]) -> None:
        """Tell these, which were written of a decision, on an event or on a timer."""
        self._told += facts
        for said, fact in zip(decided.facts, facts, strict=True):
            if said.is_answer and found is not None:
                self._keep(found, fact)

    def _keep(self, found: Arrival | Unread, answer: Fact | None) -> None:
        """Remember how an event was answered, for when it comes again."""
        if answer is not None and isinstance(found, Arrival) and found.topic in DOORS:
            self._answers[found.meta.identity] = answer

    def tell_again(self, found: Arrival) -> None:
        """A redelivery's sender is told again what it was answered, under the id that it had."""
        identity = found.meta.identity
        if (answer := self._answers.get(identity) or self._answered.get(identity)) is not None:
            self._again.append(answer._replace())
            self._told.append(self._again[-1])

    def refuse(self, found: Arrival, reasons: tuple[Reason, ...]) -> bool:
        """Answer an event that came through a door; False where the service cannot so much as that."""
        answer = self._answer(found, found.meta, reasons)
        self._keep(found, answer)
        return answer is not None

    def conflict(self, found: Arrival, reason: Reason) -> None:
        """Answer, at a door, what bears the identity of another event; and keep it."""
        if found.topic in DOORS:
            self._answer(found, self._unclaimed(found, found.meta), (reason,))
        self._letter(found, (reason,))

    def set_aside(self, found: Arrival | Unread, reasons: tuple[Reason, ...]) -> None:
        """Answer what came through a door and cannot be decided on; and keep it."""
        if isinstance(found, Unread) and found.place:
            self._answer_to_its_place(found, reasons)
        elif found.meta is not None:
            self._keep(found, self._answer(found, self._unclaimed(found, found.meta), reasons))
        self._letter(found, reasons)

    def _letter(self, found: Arrival | Unread, reasons: tuple[Reason, ...]) -> None:
        """Write its dead letter: whole, but at a door no further than its writer's budget goes."""
        whole = found.topic not in DOORS or self.letters.allows(found.topic, found.record, found.meta)
        self._told.append(dead_letter(found.topic, found.record, reasons, whole=whole))

    def _answer(self, found: Arrival | Unread, meta: Metadata, reasons: tuple[Reason, ...]) -> Fact | None:
        """Answer who sent it, and how; None where the service cannot so much as that."""
        try:
            answer = self._refusal(found, meta, reasons)
        except BROKE as error:
            if isinstance(error, MemoryError):
                raise
            log.error("refusal_broke", service=self._service.name, topic=found.topic, identity=meta.identity,
                      **blame(error))  # fmt: skip
            return None
        self._told.append(answer)
        return answer

    def _refusal(self, found: Arrival | Unread, meta: Metadata, reasons: tuple[Reason, ...]) -> Fact:
        refusals = self._service.refusals
        if isinstance(found, Arrival):
            refusal, about = refusals[type(found.event)], found.about
        else:
            candidates = [answer for event, answer in refusals.items() if event.topic == found.topic]
            refusal = next((a for event, a in refusals.items() if event.type == meta.type), candidates[0])
            about = found.about or event_identity(meta.source, meta.id)
        said = {"refused_source": meta.source, "refused_id": meta.id, "refused_type": meta.type, **_whose(found)}
        return self._writer.write(refusal(about=about, reasons=reasons, **said), meta)

    def _answer_to_its_place(self, found: Unread, reasons: tuple[Reason, ...]) -> None:
        """Answer a record that says not even which event it is, by where it lies."""
        record, refusal = found.record, self._service.place_refusal
        assert refusal is not None  # noqa: S101  a service that reads doors has one
        assert found.meta is not None  # noqa: S101  that of its place
        value = None if stands_in(record) or stands_in_a_batch(record) else record.value
        answer = refusal(
            place=found.place, door=found.topic, partition=record.partition, offset=record.offset,
            size=None if value is None else len(value), sha256=None if value is None else sha256(value).hexdigest(),
            about=found.about, reasons=reasons, **_whose(found),
        )  # fmt: skip
        self._told.append(self._writer.write(answer, found.meta))

    def _unclaimed(self, found: Arrival | Unread, meta: Metadata) -> Metadata:
        """The metadata of an answer to what the inbox has not: the same however often its record is read.

        It is told from the answers to other records under the same identity by where it lies and what it says.
        """
        record = found.record
        said = blake2b(record.value or b"", digest_size=16).hexdigest()
        place = found.topic, str(record.partition), str(record.offset)
        return meta._replace(identity=str(derived("answer", meta.identity, said, *place)))


def _whose(found: Arrival | Unread) -> dict[str, str]:
    """The sender and the reference of what was meant as a report."""
    return {} if found.report is None else dict(zip(("sender", "reference"), found.report, strict=True))

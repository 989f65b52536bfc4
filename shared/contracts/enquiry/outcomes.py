"""What the adult wanted, and how far they got it, in their own words."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.doors import Achievement, AskedOf, DesiredOutcome, Moment, MspAnswer, OutcomeAchieved
from shared.kernel.event import Event
from shared.kernel.fields import Code, Instant


class MspAsked(Event):
    """The adult, or who speaks for them, was asked what they want; or why they were not."""

    type: ClassVar[str] = "safeguarding.msp.asked.v1"
    topic: ClassVar[str] = "msp-outcomes"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "enquiry_id"
    reader: ClassVar[str] = "coordinator"
    sentence: ClassVar[str] = "enquiry {enquiry_id}: asked what the adult wants: {answer}"

    enquiry_id: UUID
    adult_id: UUID
    answer: MspAnswer
    asked_of: AskedOf | None = None
    reason_not_asked: Code | None = None
    outcomes: tuple[DesiredOutcome, ...] = ()
    asked_at: Instant
    moment: Moment | None = None


class MspAchieved(Event):
    """How far what the adult wanted was achieved: each desired outcome, and overall."""

    type: ClassVar[str] = "safeguarding.msp.achieved.v1"
    topic: ClassVar[str] = "msp-outcomes"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "enquiry_id"
    reader: ClassVar[str] = "coordinator"
    sentence: ClassVar[str] = "enquiry {enquiry_id}: what the adult wanted is achieved: {overall}"

    enquiry_id: UUID
    adult_id: UUID
    overall: Achievement
    achieved: tuple[OutcomeAchieved, ...]
    asked_of: AskedOf
    assessed_at: Instant

"""What enquiry states: Section 42 enquiries from opening to conclusion, and what the adult wanted."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.doors import Achievement, AskedOf, DesiredOutcome, MspAnswer, OutcomeAchieved
from shared.contracts.refusal import Refusal
from shared.kernel.event import Event
from shared.kernel.fields import Code, Instant


class EnquiryOpened(Event):
    """A Section 42 enquiry is a record of its own beside its concern, started when the decider decided."""

    type: ClassVar[str] = "safeguarding.enquiry.opened.v1"
    topic: ClassVar[str] = "enquiries"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "enquiry_id"

    enquiry_id: UUID
    concern_id: UUID
    adult_id: UUID
    started_at: Instant


class EnquiryConcluded(Event):
    """The closure was approved by somebody other than its proposer.

    `asked` and `achieved` are the Making Safeguarding Personal answers that stood then; None is "not recorded".
    """

    type: ClassVar[str] = "safeguarding.enquiry.concluded.v1"
    topic: ClassVar[str] = "enquiries"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "enquiry_id"

    enquiry_id: UUID
    concern_id: UUID
    adult_id: UUID
    started_at: Instant
    concluded_at: Instant
    closure_id: UUID
    reason: Code
    proposed_by: Code
    approved_by: Code
    asked: MspAnswer | None = None
    achieved: Achievement | None = None


class EnquiryRecordRefused(Refusal):
    """Something recorded about an enquiry is not accepted."""

    type: ClassVar[str] = "safeguarding.enquiry.record-refused.v1"
    topic: ClassVar[str] = "enquiries"
    key_field: ClassVar[str] = "about"
    subject_field: ClassVar[str] = "about"


class MspAsked(Event):
    """The adult, or who speaks for them, was asked what they want; or why they were not."""

    type: ClassVar[str] = "safeguarding.msp.asked.v1"
    topic: ClassVar[str] = "msp-outcomes"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "enquiry_id"

    enquiry_id: UUID
    adult_id: UUID
    answer: MspAnswer
    asked_of: AskedOf | None = None
    reason_not_asked: Code | None = None
    outcomes: tuple[DesiredOutcome, ...] = ()
    asked_at: Instant


class MspAchieved(Event):
    """How far what the adult wanted was achieved: each desired outcome, and overall."""

    type: ClassVar[str] = "safeguarding.msp.achieved.v1"
    topic: ClassVar[str] = "msp-outcomes"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "enquiry_id"

    enquiry_id: UUID
    adult_id: UUID
    overall: Achievement
    achieved: tuple[OutcomeAchieved, ...]
    asked_of: AskedOf
    assessed_at: Instant

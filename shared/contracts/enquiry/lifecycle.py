"""An enquiry from its opening to its conclusion, and what may come after that."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shared.contracts.doors import (
    Achievement,
    Capacity,
    IdentifiedRisk,
    MspAnswer,
    RiskAssessment,
    RiskOutcome,
    Support,
)
from shared.contracts.refusal import PlaceRefusal, Refusal
from shared.kernel.event import Event
from shared.kernel.fields import Code, Instant


class EnquiryKind(StrEnum):
    """A Section 42 enquiry is a duty; an other safeguarding enquiry is the council's choice, and counted apart."""

    SECTION_42 = "section_42"
    OTHER = "other"


class EnquiryFact(Event):
    """What enquiry states about one enquiry."""

    topic: ClassVar[str] = "enquiries"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "enquiry_id"

    enquiry_id: UUID
    concern_id: UUID
    adult_id: UUID


class EnquiryOpened(EnquiryFact):
    """An enquiry is a record of its own beside its concern, started when the decider decided.

    `large_scale` is shared by the enquiries of a large-scale one, which is one for each adult.
    """

    type: ClassVar[str] = "safeguarding.enquiry.opened.v1"
    sentence: ClassVar[str] = (
        "enquiry {enquiry_id} about adult {adult_id} is open since {started_at}, from concern {concern_id}"
    )

    started_at: Instant
    kind: EnquiryKind = EnquiryKind.SECTION_42
    large_scale: UUID | None = None


class EnquiryConcluded(EnquiryFact):
    """The closure was approved by somebody other than its proposer.

    `asked` and `achieved` are the Making Safeguarding Personal answers that stood then; so are risk, capacity and
    support. None is "not recorded" throughout. `lacked_capacity_for` are the matters the adult could not decide.
    """

    type: ClassVar[str] = "safeguarding.enquiry.concluded.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id} is concluded: {reason} (asked: {asked}, achieved: {achieved})"

    started_at: Instant
    concluded_at: Instant
    closure_id: UUID
    reason: Code
    proposed_by: Code
    approved_by: Code
    asked: MspAnswer | None = None
    achieved: Achievement | None = None
    kind: EnquiryKind = EnquiryKind.SECTION_42
    team: Code | None = None
    risk_assessment: RiskAssessment | None = None
    risks: tuple[IdentifiedRisk, ...] = ()
    risk_outcome: RiskOutcome | None = None
    capacity: Capacity | None = None
    lacked_capacity_for: tuple[Code, ...] = ()
    support: tuple[Support, ...] = ()
    policy: Code | None = None


class EnquiryWithdrawn(EnquiryFact):
    """The decision that started the enquiry was corrected: it counts as never started, and stays on record."""

    type: ClassVar[str] = "safeguarding.enquiry.withdrawn.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id} about adult {adult_id} is withdrawn: its decision was corrected"

    started_at: Instant
    kind: EnquiryKind
    decision_id: UUID


class EnquiryReopened(EnquiryFact):
    """A concluded enquiry goes on; it keeps the day it started, and its conclusion no longer counts."""

    type: ClassVar[str] = "safeguarding.enquiry.reopened.v1"
    sentence: ClassVar[str] = "enquiry {enquiry_id} is reopened by {decided_by}: {reason}"

    started_at: Instant
    kind: EnquiryKind
    reopening_id: UUID
    closure_id: UUID
    reason: Code
    decided_by: Code
    reopened_at: Instant


class WorkWithoutEnquiry(Event):
    """Enquiry work has been recorded for a day and more, and no enquiry has been opened for it.

    The open-concerns audit looks for this (seed 003:3697). The adult is not known here: the work names an enquiry
    that does not exist, and perhaps the concern it belongs to.
    """

    type: ClassVar[str] = "safeguarding.enquiry.work-without-enquiry.v1"
    topic: ClassVar[str] = "enquiries"
    key_field: ClassVar[str] = "enquiry_id"
    subject_field: ClassVar[str] = "enquiry_id"
    sentence: ClassVar[str] = (
        "work for enquiry {enquiry_id} has been recorded since {first_recorded_at}, and no enquiry is open"
    )

    enquiry_id: UUID
    concern_id: UUID | None = None
    first_recorded_at: Instant
    due_at: Instant


class EnquiryRecordRefused(Refusal):
    """Something recorded about an enquiry is not accepted."""

    type: ClassVar[str] = "safeguarding.enquiry.record-refused.v1"
    topic: ClassVar[str] = "enquiries"
    key_field: ClassVar[str] = "about"
    subject_field: ClassVar[str] = "about"


class EnquiryRecordUnreadable(PlaceRefusal):
    """A record about enquiries says not even which event it is."""

    type: ClassVar[str] = "safeguarding.enquiry.record-unreadable.v1"
    topic: ClassVar[str] = "enquiries"
    key_field: ClassVar[str] = "place"
    subject_field: ClassVar[str] = "place"

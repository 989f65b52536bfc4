"""What audit states of gaps: nobody to speak for an adult, a concern left lying, a record that cannot be right."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shared.kernel.event import Event
from shared.kernel.fields import Code, Instant


class Ending(StrEnum):
    """Why a finding no longer stands: put right after it was made, or it had been before and we learned it late."""

    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class AdvocacyGap(StrEnum):
    """Who is there for an adult who lacks capacity: nobody on record, or family and friends alone."""

    NOBODY = "nobody"
    FAMILY_OR_FRIEND_ALONE = "family_or_friend_alone"


class AdvocacyGapFound(Event):
    """An adult lacks capacity, and no advocate is on record (seed 003:3696).

    Any advocate clears it. Family or friend alone is found too, and listed apart.
    """

    type: ClassVar[str] = "safeguarding.audit.advocacy-gap-found.v1"
    topic: ClassVar[str] = "audit.advocacy"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "enquiry_id"
    reader: ClassVar[str] = "coordinator"
    sentence: ClassVar[str] = (
        "adult {adult_id} of enquiry {enquiry_id} lacks capacity since {since}, and no advocate is on record: {gap}"
    )

    enquiry_id: UUID
    adult_id: UUID
    gap: AdvocacyGap
    since: Instant
    policy: Code


class AdvocacyGapEnded(Event):
    """An advocate is on record, or the adult was found not to lack capacity after all."""

    type: ClassVar[str] = "safeguarding.audit.advocacy-gap-ended.v1"
    topic: ClassVar[str] = "audit.advocacy"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "enquiry_id"
    reader: ClassVar[str] = "coordinator"
    sentence: ClassVar[str] = "adult {adult_id} of enquiry {enquiry_id} no longer lacks an advocate: {ending}"

    enquiry_id: UUID
    adult_id: UUID
    ending: Ending


class DecisionOverdue(Event):
    """A concern has passed the local target for a decision, and nobody's decision on it is approved."""

    type: ClassVar[str] = "safeguarding.audit.decision-overdue.v1"
    topic: ClassVar[str] = "audit.open-concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"
    reader: ClassVar[str] = "coordinator"
    sentence: ClassVar[str] = (
        "concern {concern_id} of adult {adult_id}, received at {received_at}, has passed its target of {due_at}"
        " and is not decided"
    )

    concern_id: UUID
    adult_id: UUID
    received_at: Instant
    due_at: Instant
    policy: Code


class DecisionOverdueEnded(Event):
    """The overdue concern is decided, or withdrawn; or was in time, and we learned it late."""

    type: ClassVar[str] = "safeguarding.audit.decision-overdue-ended.v1"
    topic: ClassVar[str] = "audit.open-concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"
    reader: ClassVar[str] = "coordinator"
    sentence: ClassVar[str] = "concern {concern_id} of adult {adult_id} is no longer overdue for a decision: {ending}"

    concern_id: UUID
    adult_id: UUID
    ending: Ending


class EnquiryWorkAtConcernStage(Event):
    """Enquiry work goes on while the record still says "concern": an enquiry has to be logged (seed 003:3697)."""

    type: ClassVar[str] = "safeguarding.audit.enquiry-work-at-concern-stage.v1"
    topic: ClassVar[str] = "audit.open-concerns"
    key_field: ClassVar[str] = "enquiry_id"
    subject_field: ClassVar[str] = "enquiry_id"
    reader: ClassVar[str] = "coordinator"
    sentence: ClassVar[str] = "enquiry {enquiry_id} is worked on since {first_recorded_at} and has not been opened"

    enquiry_id: UUID
    concern_id: UUID | None = None
    first_recorded_at: Instant
    due_at: Instant


class EnquiryWorkAtConcernStageEnded(Event):
    """The enquiry has been opened; or had been in time, and we learned it late."""

    type: ClassVar[str] = "safeguarding.audit.enquiry-work-at-concern-stage-ended.v1"
    topic: ClassVar[str] = "audit.open-concerns"
    key_field: ClassVar[str] = "enquiry_id"
    subject_field: ClassVar[str] = "enquiry_id"
    reader: ClassVar[str] = "coordinator"
    sentence: ClassVar[str] = "enquiry {enquiry_id} is opened, as its work asked: {ending}"

    enquiry_id: UUID
    ending: Ending


class DataQualityFlagged(Event):
    """A record about `about` cannot be right, or lacks what it needs: `flag` says what, of the policy's list."""

    type: ClassVar[str] = "safeguarding.audit.data-quality-flagged.v1"
    topic: ClassVar[str] = "audit.data-quality"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "finding_id"
    reader: ClassVar[str] = "coordinator"
    sentence: ClassVar[str] = "the record of {about}, of adult {adult_id}, is not as it should be: {flag}"

    finding_id: UUID
    adult_id: UUID
    about: UUID
    flag: Code
    policy: Code


class DataQualityCleared(Event):
    """What was flagged has been put right."""

    type: ClassVar[str] = "safeguarding.audit.data-quality-cleared.v1"
    topic: ClassVar[str] = "audit.data-quality"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "finding_id"
    reader: ClassVar[str] = "coordinator"
    sentence: ClassVar[str] = "the record of {about}, of adult {adult_id}, is put right: {flag}"

    finding_id: UUID
    adult_id: UUID
    about: UUID
    flag: Code

"""What people decide about records: what is one incident, who is one person, what is withdrawn or dealt with."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shared.kernel.event import Event
from shared.kernel.fields import Code, Instant


class IntakeDecision(Event):
    """A person's decision about a concern's record."""

    topic: ClassVar[str] = "intake-decisions"
    key_field: ClassVar[str] = "concern_id"
    subject_field: ClassVar[str] = "concern_id"

    concern_id: UUID
    decided_by: Code
    decided_at: Instant


class DuplicateFound(IntakeDecision):
    """A person finds that a concern reports the same incident, about the same adult, as another."""

    type: ClassVar[str] = "safeguarding.concern.duplicate-found.v1"
    sentence: ClassVar[str] = (
        "{decided_by} finds concern {concern_id} reports the same incident as concern {duplicate_of}"
    )

    duplicate_of: UUID


class DuplicateTakenBack(IntakeDecision):
    """A person finds that two concerns marked as one incident are separate after all."""

    type: ClassVar[str] = "safeguarding.concern.duplicate-taken-back.v1"
    sentence: ClassVar[str] = (
        "{decided_by} finds concerns {concern_id} and {duplicate_of} to be of separate incidents after all"
    )

    duplicate_of: UUID


class WithdrawalDecided(IntakeDecision):
    """A concern was recorded in error: it stays on record, and counts no more."""

    type: ClassVar[str] = "safeguarding.concern.withdrawal-decided.v1"
    sentence: ClassVar[str] = "{decided_by} withdraws concern {concern_id}: {reason}"

    reason: Code


class WithdrawalTakenBack(IntakeDecision):
    """Withdrawing the concern was the error: it counts again, from when it was received."""

    type: ClassVar[str] = "safeguarding.concern.withdrawal-taken-back.v1"
    sentence: ClassVar[str] = "{decided_by} takes back the withdrawal of concern {concern_id}: {reason}"

    reason: Code


class AdultsFoundOne(Event):
    """A person finds that two adult records are of one person.

    `merge_id` is the deciding system's own id for the finding, by which it can be taken back.
    """

    type: ClassVar[str] = "safeguarding.adult.found-one.v1"
    topic: ClassVar[str] = "intake-decisions"
    key_field: ClassVar[str] = "merge_id"
    subject_field: ClassVar[str] = "merge_id"
    sentence: ClassVar[str] = (
        "{decided_by} finds adults {adult_id} and {other_adult_id} to be one person: {grounds} (merge {merge_id})"
    )

    merge_id: UUID
    adult_id: UUID
    other_adult_id: UUID
    grounds: Code
    decided_by: Code
    decided_at: Instant


class AdultsFoundDifferent(Event):
    """A person takes back that two adult records are of one person; or finds that a possible match is none."""

    type: ClassVar[str] = "safeguarding.adult.found-different.v1"
    topic: ClassVar[str] = "intake-decisions"
    key_field: ClassVar[str] = "merge_id"
    subject_field: ClassVar[str] = "merge_id"
    sentence: ClassVar[str] = "{decided_by} takes back merge {merge_id}, the adults being two people: {grounds}"

    merge_id: UUID
    grounds: Code
    decided_by: Code
    decided_at: Instant


class DutyAnswer(StrEnum):
    """What came of a report that stood before the duty team."""

    READ = "read"
    CORRECTED = "corrected"
    RECORDED_BY_HAND = "recorded_by_hand"
    CHILDRENS_SERVICES = "childrens_services"
    ANOTHER_AUTHORITY = "another_authority"
    NO_CONCERN = "no_concern"


class DutyDealtWith(Event):
    """A person has dealt with a report that was refused, set aside or could not be read.

    `case_id` is where it stands and `item_id` which it is, as the duty list names them.
    """

    type: ClassVar[str] = "safeguarding.duty.dealt-with.v1"
    topic: ClassVar[str] = "intake-decisions"
    key_field: ClassVar[str] = "case_id"
    subject_field: ClassVar[str] = "item_id"
    sentence: ClassVar[str] = "{decided_by} has dealt with {item_id} on the duty list: {how}"

    case_id: UUID
    item_id: UUID
    how: DutyAnswer
    decided_by: Code
    decided_at: Instant

"""What intake states: receipts for senders, and concerns."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.doors import ConcernReported, DutyAnswer
from shared.contracts.refusal import PlaceRefusal, Refusal
from shared.kernel.decision import Reason
from shared.kernel.event import Event
from shared.kernel.fields import Code, Instant


class ReportAccepted(Event):
    """The sender's receipt: its report is this concern. `again` says it had been received before.

    `remarks` say what was noticed and did not stand in the way, such as an NHS number with a wrong check digit.
    `accepted_source` and `accepted_id` are what the sender called the event that is answered.
    """

    type: ClassVar[str] = "safeguarding.concern.report-accepted.v1"
    topic: ClassVar[str] = "receipts"
    key_field: ClassVar[str] = "concern_id"
    subject_field: ClassVar[str] = "concern_id"
    is_answer: ClassVar[bool] = True
    reader: ClassVar[str] = "senders"
    sentence: ClassVar[str] = "report {reference} of {sender} is accepted as concern {concern_id}"

    concern_id: UUID
    sender: str
    reference: str
    received_at: Instant
    again: bool = False
    remarks: tuple[Reason, ...] = ()
    accepted_source: str | None = None
    accepted_id: str | None = None


class ReportRefused(Refusal):
    """The sender's report, or a decision about a record, is not accepted.

    Of a report `sender` and `reference` say which, where they could be read; it is about the concern that it would be,
    so that all receipts of one report have one key.
    """

    type: ClassVar[str] = "safeguarding.concern.report-refused.v1"
    topic: ClassVar[str] = "receipts"
    key_field: ClassVar[str] = "about"
    subject_field: ClassVar[str] = "about"
    reader: ClassVar[str] = "senders"

    sender: str | None = None
    reference: str | None = None


class ReportUnreadable(PlaceRefusal):
    """A record at the front door, or among the decisions about records, says not even which event it is.

    Of what may have been meant as a report `sender` and `reference` say which, where they could be read.
    """

    type: ClassVar[str] = "safeguarding.concern.report-unreadable.v1"
    topic: ClassVar[str] = "receipts"
    key_field: ClassVar[str] = "place"
    subject_field: ClassVar[str] = "place"
    reader: ClassVar[str] = "senders"

    sender: str | None = None
    reference: str | None = None


class DutySettled(Event):
    """A report that stood before the duty team, refused, set aside or not read, has been dealt with by a person."""

    type: ClassVar[str] = "safeguarding.duty.settled.v1"
    topic: ClassVar[str] = "receipts"
    key_field: ClassVar[str] = "case_id"
    subject_field: ClassVar[str] = "item_id"
    reader: ClassVar[str] = "senders"
    sentence: ClassVar[str] = "{item_id} of the duty list is dealt with: {how}"

    case_id: UUID
    item_id: UUID
    how: DutyAnswer
    decided_by: Code
    decided_at: Instant


class ConcernReceived(Event):
    """A safeguarding concern about one adult has been received by the council; the clock of the law starts here.

    `provider_id` and `source_ids` are the identities intake gave to the provider and to the sources of risk that the
    report names, in the order of its risks, so that what keeps happening there can be found. What `possibly_under_18`
    says is that the person may be a child: somebody has to look at once.
    """

    type: ClassVar[str] = "safeguarding.concern.received.v1"
    topic: ClassVar[str] = "concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"
    sentence: ClassVar[str] = "concern {concern_id} about adult {adult_id} was received at {received_at}"

    concern_id: UUID
    adult_id: UUID
    received_at: Instant
    report: ConcernReported
    provider_id: UUID | None = None
    source_ids: tuple[UUID, ...] = ()
    possibly_under_18: bool = False


class FurtherInformationReceived(Event):
    """More was reported of a concern under its own reference, or something other: nothing of the first is overwritten.

    Whether it is about the same incident, and the same adult, a person has to say: it stands on the duty list. It is of
    the adult whom the first report was about.
    """

    type: ClassVar[str] = "safeguarding.concern.further-information.v1"
    topic: ClassVar[str] = "concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"
    sentence: ClassVar[str] = "more was reported of concern {concern_id} at {received_at}: somebody has to look"

    concern_id: UUID
    adult_id: UUID
    received_at: Instant
    report: ConcernReported
    possibly_under_18: bool = False


class ConcernLinkedAsDuplicate(Event):
    """A concern reports the same incident as another: both stay, and they count once."""

    type: ClassVar[str] = "safeguarding.concern.linked-as-duplicate.v1"
    topic: ClassVar[str] = "concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"
    sentence: ClassVar[str] = "concern {concern_id} reports the same incident as concern {duplicate_of}"

    concern_id: UUID
    duplicate_of: UUID
    adult_id: UUID
    decided_by: Code
    decided_at: Instant


class AdultPossiblyDuplicated(Event):
    """A report's identifiers point at two adults, or at one whose name or birth date it contradicts.

    A person must say whether they are one. Nothing was joined; both concerns go on.
    """

    type: ClassVar[str] = "safeguarding.adult.possibly-duplicated.v1"
    topic: ClassVar[str] = "concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "adult_id"
    sentence: ClassVar[str] = (
        "adults {adult_id} and {other_adult_id} may be one person: somebody must say (concern {concern_id})"
    )

    adult_id: UUID
    other_adult_id: UUID
    concern_id: UUID


class ConcernUnlinked(Event):
    """Two concerns that were linked as one incident are separate after all, and count as two again."""

    type: ClassVar[str] = "safeguarding.concern.unlinked.v1"
    topic: ClassVar[str] = "concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"
    sentence: ClassVar[str] = "concerns {concern_id} and {duplicate_of} are of separate incidents after all"

    concern_id: UUID
    duplicate_of: UUID
    adult_id: UUID
    decided_by: Code
    decided_at: Instant


class ConcernWithdrawn(Event):
    """The concern was recorded in error: it stays on record, and counts no more."""

    type: ClassVar[str] = "safeguarding.concern.withdrawn.v1"
    topic: ClassVar[str] = "concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"
    sentence: ClassVar[str] = "concern {concern_id} is withdrawn and counts no more: {reason}"

    concern_id: UUID
    adult_id: UUID
    reason: Code
    decided_by: Code
    decided_at: Instant


class ConcernReinstated(Event):
    """Withdrawing the concern was the error: it counts again, from when it was received."""

    type: ClassVar[str] = "safeguarding.concern.reinstated.v1"
    topic: ClassVar[str] = "concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"
    sentence: ClassVar[str] = "the withdrawal of concern {concern_id} is taken back, it counts again: {reason}"

    concern_id: UUID
    adult_id: UUID
    reason: Code
    decided_by: Code
    decided_at: Instant


class AdultsMerged(Event):
    """Two adult records are of one person. Nothing moves: each concern keeps the adult it was received for.

    What is counted of an adult is from now on counted of both together (delivery rule 6).
    """

    type: ClassVar[str] = "safeguarding.adult.merged.v1"
    topic: ClassVar[str] = "concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "merge_id"
    sentence: ClassVar[str] = "adults {adult_id} and {other_adult_id} are one person (merge {merge_id})"

    merge_id: UUID
    adult_id: UUID
    other_adult_id: UUID
    decided_by: Code
    decided_at: Instant


class AdultsUnmerged(Event):
    """A merge is taken back: everything counts as if it had never been."""

    type: ClassVar[str] = "safeguarding.adult.unmerged.v1"
    topic: ClassVar[str] = "concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "merge_id"
    sentence: ClassVar[str] = (
        "adults {adult_id} and {other_adult_id} are two people after all (merge {merge_id} taken back)"
    )

    merge_id: UUID
    adult_id: UUID
    other_adult_id: UUID
    decided_by: Code
    decided_at: Instant

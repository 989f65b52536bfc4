"""What intake states: receipts for senders, and concerns."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.doors import ConcernReported
from shared.contracts.refusal import Refusal
from shared.kernel.decision import Reason
from shared.kernel.event import Event
from shared.kernel.fields import Code, Instant


class ReportAccepted(Event):
    """The sender's receipt: its report is this concern. `again` says it had been received before.

    `remarks` say what was noticed and did not stand in the way, such as an NHS number with a wrong check digit.
    """

    type: ClassVar[str] = "safeguarding.concern.report-accepted.v1"
    topic: ClassVar[str] = "receipts"
    key_field: ClassVar[str] = "concern_id"
    subject_field: ClassVar[str] = "concern_id"

    concern_id: UUID
    sender: str
    reference: str
    received_at: Instant
    again: bool = False
    remarks: tuple[Reason, ...] = ()


class ReportRefused(Refusal):
    """The sender's report, or a decision about a record, is not accepted."""

    type: ClassVar[str] = "safeguarding.concern.report-refused.v1"
    topic: ClassVar[str] = "receipts"
    key_field: ClassVar[str] = "about"
    subject_field: ClassVar[str] = "about"


class ConcernReceived(Event):
    """A safeguarding concern about one adult has been received by the council; the clock of the law starts here."""

    type: ClassVar[str] = "safeguarding.concern.received.v1"
    topic: ClassVar[str] = "concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"

    concern_id: UUID
    adult_id: UUID
    received_at: Instant
    report: ConcernReported


class ConcernLinkedAsDuplicate(Event):
    """A concern reports the same incident as another: both stay, and they count once."""

    type: ClassVar[str] = "safeguarding.concern.linked-as-duplicate.v1"
    topic: ClassVar[str] = "concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "concern_id"

    concern_id: UUID
    duplicate_of: UUID
    adult_id: UUID
    decided_by: Code
    decided_at: Instant


class AdultPossiblyDuplicated(Event):
    """A report's identifiers point at two adults: a person must say whether they are one. Nothing was chosen."""

    type: ClassVar[str] = "safeguarding.adult.possibly-duplicated.v1"
    topic: ClassVar[str] = "concerns"
    key_field: ClassVar[str] = "adult_id"
    subject_field: ClassVar[str] = "adult_id"

    adult_id: UUID
    other_adult_id: UUID
    concern_id: UUID

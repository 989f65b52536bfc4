"""How an enquiry ends, and begins again: proposed, approved or returned by somebody else, reopened."""

from typing import ClassVar
from uuid import UUID

from shared.contracts.doors.enquiry_record import EnquiryRecord
from shared.kernel.fields import Code, Instant


class ClosureProposed(EnquiryRecord):
    """The lead enquiry officer proposes to close the enquiry; a later proposal names the one it supersedes."""

    type: ClassVar[str] = "safeguarding.enquiry.closure-proposed.v1"
    sentence: ClassVar[str] = "{proposed_by} proposes to close enquiry {enquiry_id}: {reason}"

    closure_id: UUID
    reason: Code
    supersedes: UUID | None = None
    proposed_by: Code
    proposed_at: Instant


class ClosureApproved(EnquiryRecord):
    """A manager, who is not the proposer, approves the closure (seed 003:2943)."""

    type: ClassVar[str] = "safeguarding.enquiry.closure-approved.v1"
    sentence: ClassVar[str] = "{approved_by} approves closing enquiry {enquiry_id}"

    closure_id: UUID
    approved_by: Code
    role: Code
    approved_at: Instant


class ClosureReturned(EnquiryRecord):
    """A manager, who is not the proposer, returns the proposal: the enquiry goes on, with the reason why."""

    type: ClassVar[str] = "safeguarding.enquiry.closure-returned.v1"
    sentence: ClassVar[str] = "{returned_by} returns the proposal to close enquiry {enquiry_id}: {reason}"

    closure_id: UUID
    reason: Code
    returned_by: Code
    role: Code
    returned_at: Instant


class ReopeningDecided(EnquiryRecord):
    """A manager reopens a concluded enquiry; it keeps the day it started."""

    type: ClassVar[str] = "safeguarding.enquiry.reopening-decided.v1"
    sentence: ClassVar[str] = "{decided_by} reopens enquiry {enquiry_id}: {reason}"

    reopening_id: UUID
    closure_id: UUID
    reason: Code
    decided_by: Code
    role: Code
    decided_at: Instant

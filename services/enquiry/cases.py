"""What enquiry remembers: an enquiry, and of an adult the repeat reviews a practitioner should see.

Nothing here says who anybody is: the adult's own words pass through to `msp-outcomes` and are not kept.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from services.enquiry.course_cases import Course
from services.enquiry.findings_cases import Findings
from shared.contracts.doors import Achievement, MspAnswer
from shared.contracts.enquiry import EnquiryKind


class Asking(msgspec.Struct, frozen=True, omit_defaults=True):
    """One asking of what the adult wants: the answer, and the ids of the outcomes they expressed.

    `identity` is the event's. It settles which of two askings of one instant stands, whichever came first.
    """

    at: datetime
    identity: str
    answer: MspAnswer
    outcomes: tuple[str, ...] = ()


class Assessment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One assessment of how far what the adult wanted was achieved: overall, and of which outcomes."""

    at: datetime
    identity: str
    overall: Achievement
    outcomes: tuple[str, ...]


class Proposal(msgspec.Struct, frozen=True, omit_defaults=True):
    """A proposal to close the enquiry."""

    closure_id: UUID
    reason: str
    proposed_by: str
    proposed_at: datetime
    supersedes: UUID | None = None


class Conclusion(msgspec.Struct, frozen=True, omit_defaults=True):
    """The approval that concluded the enquiry, and what stood then of what the adult wanted."""

    closure_id: UUID
    approved_by: str
    concluded_at: datetime
    asked: MspAnswer | None = None
    achieved: Achievement | None = None


class Return(msgspec.Struct, frozen=True, omit_defaults=True):
    """A manager's return of a proposal to close."""

    closure_id: UUID
    returned_by: str
    reason: str
    returned_at: datetime


class Reopening(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reopening, and the conclusion it undid."""

    reopening_id: UUID
    decided_by: str
    reason: str
    reopened_at: datetime
    undone: Conclusion


class Enquiry(msgspec.Struct, frozen=True, omit_defaults=True, tag="enquiry"):
    """An enquiry, a record of its own beside its concern (design section 4, rule 4).

    `asked` and `assessed` are those that stand. Of `proposals`, each superseding the one before it, the last
    stands, unless it is among `returned` or its conclusion was undone: by a reopening, or `set_aside` because the
    decision that started the enquiry was corrected. `course` says how it went, `findings` what was found.
    """

    enquiry_id: UUID
    concern_id: UUID
    adult_id: UUID
    started_at: datetime
    asked: Asking | None = None
    assessed: Assessment | None = None
    proposals: tuple[Proposal, ...] = ()
    concluded: Conclusion | None = None
    kind: EnquiryKind = EnquiryKind.SECTION_42
    large_scale: UUID | None = None
    decision_id: UUID | None = None
    withdrawn_at: datetime | None = None
    returned: tuple[Return, ...] = ()
    reopenings: tuple[Reopening, ...] = ()
    set_aside: tuple[Conclusion, ...] = ()
    course: Course = Course()
    findings: Findings = Findings()

    @property
    def undone(self) -> tuple[Conclusion, ...]:
        """The conclusions that no longer count."""
        return (*self.set_aside, *(reopening.undone for reopening in self.reopenings))


class EarlyWork(msgspec.Struct, frozen=True, omit_defaults=True, tag="early_work"):
    """Work recorded for an enquiry that has not been opened (design section 4, rule 12).

    Not kept as an enquiry: what was recorded waits, and this remembers since when, so that a timer can tell.
    """

    enquiry_id: UUID
    first_recorded_at: datetime
    concern_id: UUID | None = None
    stated_at: datetime | None = None


class RepeatReviews(msgspec.Struct, frozen=True, omit_defaults=True, tag="repeat_reviews"):
    """Of an adult: the repeat reviews that are open, and the last one's safety planning (seed 003:3695)."""

    adult_id: UUID
    open: tuple[UUID, ...] = ()
    safety_planning: str | None = None
    reviewed_at: datetime | None = None


Case = Enquiry | EarlyWork | RepeatReviews


def enquiry_in(cases: Mapping[UUID, Case], enquiry_id: UUID) -> Enquiry | None:
    """The enquiry, if it was ever opened."""
    case = cases.get(enquiry_id)
    return case if isinstance(case, Enquiry) else None

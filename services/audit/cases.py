"""What audit remembers of an adult: their concerns, which are one incident, the reviews, and what is open.

Everything is kept in an order of its own, never that of arrival, so that whichever way events overtake each
other the case ends the same, byte for byte.
"""

from collections.abc import Mapping
from datetime import date, datetime
from operator import attrgetter
from uuid import UUID

import msgspec

from services.audit.causes import EndedBy
from services.audit.lookup import ById, Lookup
from services.audit.work_cases import Opened, Work
from shared.contracts.audit import AdvocacyGap, OpenKind
from shared.contracts.doors import (
    AbuseType,
    Achievement,
    Capacity,
    Channel,
    Location,
    MspAnswer,
    RiskAssessment,
    RiskOutcome,
    Source,
    SourceOfRisk,
    Support,
    TriageDecision,
)
from shared.contracts.enquiry import EnquiryKind


class Concern(msgspec.Struct, frozen=True, array_like=True):
    """A concern the council has received, whatever is decided on it.

    `decision` is the approved one that stands, with when its decider decided and the team it was decided in.
    """

    concern_id: UUID
    received_at: datetime
    source: Source = Source.NOT_KNOWN
    channel: Channel = Channel.SYSTEM
    abuse_types: tuple[AbuseType, ...] = ()
    withdrawn: bool = False
    decision: TriageDecision | None = None
    decided_at: datetime | None = None
    team: str | None = None


BY_RECEIPT = attrgetter("received_at", "concern_id")
CONCERNS: Lookup[Concern, ById[Concern]] = Lookup(attrgetter("concern_id"), BY_RECEIPT, ById)


class SameIncident(msgspec.Struct, frozen=True, array_like=True):
    """Two concerns that report one incident. Either may not have been received, or be about another adult."""

    concern_id: UUID
    duplicate_of: UUID


class Reviewed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A repeat review that was done, and what it was about: a concern for each incident that met the rule.

    It is kept with every adult who was one person then, so that it stands wherever they go after an unmerge.
    """

    review_id: UUID
    covers: tuple[UUID, ...]
    safety_planning: str
    reviewed_by: str
    reviewed_at: datetime


class KeptReview(msgspec.Struct, frozen=True, array_like=True):
    """The open review of a person with several records: what the one that keeps it cannot tell alone.

    `since` is the receipt of the first concern it is about.
    """

    review_id: UUID
    since: datetime


class Look(msgspec.Struct, frozen=True, omit_defaults=True):
    """The coordinator's last look at something open, and the day of the next."""

    legitimate: bool
    reason_open: str
    next_look: date
    reviewed_by: str
    reviewed_at: datetime


class Open(msgspec.Struct, frozen=True, omit_defaults=True):
    """An undecided concern or an enquiry not concluded.

    `next_flag` is when it next comes to the coordinator; None while it is with them. `flagged_at` is when it
    last did, and `look` how often so far. `ended` is set where the end was known before the start was, with what
    ended it (`ended_by`). `target` is when a concern passes the local target for a decision, None once that was told;
    `overdue_at` when it was.
    """

    open_id: UUID
    kind: OpenKind
    started_at: datetime
    next_flag: datetime | None
    look: int = 0
    flagged_at: datetime | None = None
    last_look: Look | None = None
    ended: datetime | None = None
    target: datetime | None = None
    overdue_at: datetime | None = None
    again_at: datetime | None = None
    ended_by: EndedBy | None = None

    @property
    def turn(self) -> str:
        """What tells its timers from those of the time before, where it has begun again."""
        return "" if self.again_at is None else self.again_at.isoformat()


class Ended(msgspec.Struct, frozen=True, array_like=True):
    """What was decided or concluded before we learned that it had started, when that was recorded, and by which event.

    Of a concern it keeps the decision that stands, until the concern is here to have it.
    """

    open_id: UUID
    recorded: datetime
    decision: TriageDecision | None = None
    decided_at: datetime | None = None
    team: str | None = None
    by: EndedBy | None = None


class Merge(msgspec.Struct, frozen=True, array_like=True):
    """A person's finding that this adult and another are one."""

    merge_id: UUID
    other: UUID


class CapacityKept(msgspec.Struct, frozen=True, array_like=True):
    """What was last found of the adult's capacity in one matter."""

    matter: str
    capacity: Capacity
    assessed_at: datetime
    identity: str


class Concluded(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an enquiry ended: what a year's figures are counted from. None is "not recorded" throughout."""

    concluded_at: datetime
    asked: MspAnswer | None = None
    achieved: Achievement | None = None
    risk_assessment: RiskAssessment | None = None
    risk_outcome: RiskOutcome | None = None
    abuse_types: tuple[AbuseType, ...] = ()
    locations: tuple[Location, ...] = ()
    sources: tuple[SourceOfRisk, ...] = ()
    capacity: Capacity | None = None
    support: tuple[Support, ...] = ()


class Enquiry(msgspec.Struct, frozen=True, omit_defaults=True):
    """An enquiry of this adult. `gap_due` is when a missing advocate is to be told, None once it was or need not be.

    `support` is who supports the adult by the last record of it, of the instant `supported_at` and the event
    `supported_by`. `gap` is what was told, `gap_since` from when it ran, `gap_told_at` as of when it was told.
    """

    enquiry_id: UUID
    concern_id: UUID
    started_at: datetime
    kind: EnquiryKind = EnquiryKind.SECTION_42
    withdrawn: bool = False
    concluded: Concluded | None = None
    capacity: tuple[CapacityKept, ...] = ()
    support: tuple[Support, ...] = ()
    supported_at: datetime | None = None
    gap_due: datetime | None = None
    again_at: datetime | None = None
    gap: AdvocacyGap | None = None
    gap_since: datetime | None = None
    supported_by: str | None = None
    gap_told_at: datetime | None = None


class Flag(msgspec.Struct, frozen=True, array_like=True):
    """A flag of data quality, and what it is about.

    One that is put `aside` is not told, and would be again: what it is about is withdrawn; or the two adults that
    may be one were found to be one, or to be two.
    """

    flag: str
    about: UUID
    aside: bool = False


class Adult(msgspec.Struct, frozen=True, omit_defaults=True, tag="adult"):
    """An adult, by an opaque id.

    `linked` are the duplicates a person found at intake, `triaged` those a triage decision names.
    `review_ends` are the concerns the open repeat review is about; none where no review is open, or another of the
    adults who are one person with this one, the least of them, keeps it; `kept_review` goes with them where this is the
    least of several. `born_by` is the first 31 March on or after
    the birth date: enough to tell the age on any later 31 March, and no more. `unmerged` are merges that were taken
    back: a person has said that the two are two.
    """

    adult_id: UUID
    concerns: tuple[Concern, ...] = ()
    linked: tuple[SameIncident, ...] = ()
    triaged: tuple[SameIncident, ...] = ()
    reviewed: tuple[Reviewed, ...] = ()
    review_ends: tuple[UUID, ...] = ()
    open: tuple[Open, ...] = ()
    ended: tuple[Ended, ...] = ()
    merges: tuple[Merge, ...] = ()
    enquiries: tuple[Enquiry, ...] = ()
    flags: tuple[Flag, ...] = ()
    born_by: int | None = None
    born_by_told_at: datetime | None = None
    died_on: date | None = None
    age_at_death: int | None = None
    death_told_at: datetime | None = None
    unmerged: tuple[Merge, ...] = ()
    kept_review: KeptReview | None = None

    def concern(self, concern_id: UUID) -> Concern | None:
        """The concern, where it has been received about this adult."""
        return CONCERNS.find(self.concerns, concern_id)

    def enquiry(self, enquiry_id: UUID) -> Enquiry | None:
        """The enquiry, where it has been opened for this adult."""
        return next((enquiry for enquiry in self.enquiries if enquiry.enquiry_id == enquiry_id), None)


Case = Adult | Work | Opened


def adult_in(cases: Mapping[UUID, Case], adult_id: UUID) -> Adult:
    """The adult as they are known, or of whom nothing is known yet."""
    case = cases.get(adult_id)
    return case if isinstance(case, Adult) else Adult(adult_id)

"""An adult's history as the audits know it: concerns and whether they count, enquiries, reviews, what is open.

Records that a person found to be one are shown together, by whichever of their ids is asked for. The window is the
repeat rule's, as it stands on the day of asking (design section 4, rule 9).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from services.audit.cases import BY_RECEIPT, Adult, Case, Enquiry, Open
from services.audit.incidents import incidents_among
from services.audit.people import person_of
from services.audit.policy import POLICY
from services.audit.windows import counting
from shared.chassis.views import Entry, ReadModel, happened, in_order
from shared.contracts.audit import AdvocacyGap, CountedAs, OpenKind
from shared.contracts.doors import (
    AbuseType,
    Achievement,
    Channel,
    MspAnswer,
    RiskAssessment,
    RiskOutcome,
    Source,
    TriageDecision,
)
from shared.contracts.enquiry import EnquiryKind
from shared.kernel.civil import add_months, london_day


class ConcernShown(ReadModel):
    """A concern, and whether it counts today in the repeat rule's twelve months; `same_as` is the one that does."""

    concern_id: UUID
    adult_id: UUID
    received_at: datetime
    source: Source
    channel: Channel
    abuse_types: tuple[AbuseType, ...]
    decision: TriageDecision | None
    decided_at: datetime | None
    team: str | None
    counted: CountedAs
    same_as: UUID | None


class EnquiryShown(ReadModel):
    """An enquiry, how it ended, and whether an advocate is missing."""

    enquiry_id: UUID
    concern_id: UUID
    adult_id: UUID
    kind: EnquiryKind
    started_at: datetime
    withdrawn: bool
    concluded_at: datetime | None
    asked: MspAnswer | None
    achieved: Achievement | None
    risk_assessment: RiskAssessment | None
    risk_outcome: RiskOutcome | None
    gap: AdvocacyGap | None
    gap_since: datetime | None


class ReviewShown(ReadModel):
    """A repeat review that was done, and the concerns it was about."""

    review_id: UUID
    covers: tuple[UUID, ...]
    safety_planning: str
    reviewed_by: str
    reviewed_at: datetime


class OpenShown(ReadModel):
    """Something open, and when it came, or next comes, to the coordinator."""

    open_id: UUID
    kind: OpenKind
    started_at: datetime
    flagged_at: datetime | None
    look: int
    next_flag: datetime | None
    legitimate: bool | None
    reason_open: str | None
    next_look: date | None
    decision_overdue_at: datetime | None


class FlagShown(ReadModel):
    """A flag of data quality that stands."""

    flag: str
    about: UUID


class AdultShown(ReadModel):
    """Everything the audits know of an adult; `adults` are the records that are one person, this one among them."""

    adult_id: UUID
    adults: tuple[UUID, ...]
    concerns: tuple[ConcernShown, ...]
    enquiries: tuple[EnquiryShown, ...]
    repeat_review_open: bool
    review_about: tuple[UUID, ...]
    reviews: tuple[ReviewShown, ...]
    open: tuple[OpenShown, ...]
    flags: tuple[FlagShown, ...]
    timeline: tuple[Entry, ...]


def show_adult(cases: Mapping[UUID, Case], adult_id: UUID, now: datetime) -> AdultShown | None:
    """The adult, if that is what has this id."""
    if not isinstance(cases[adult_id], Adult):
        return None
    person = tuple(person_of(cases, adult_id).values())
    reviews = {review.review_id: review for one in person for review in one.reviewed}
    about = tuple(concern_id for one in person for concern_id in one.review_ends)
    return AdultShown(
        adult_id=adult_id,
        adults=tuple(one.adult_id for one in person),
        concerns=tuple(_concerns(person, london_day(now))),
        enquiries=tuple(_enquiry(one.adult_id, enquiry) for one in person for enquiry in one.enquiries),
        repeat_review_open=bool(about),
        review_about=about,
        reviews=tuple(
            ReviewShown(
                review_id=review.review_id,
                covers=review.covers,
                safety_planning=review.safety_planning,
                reviewed_by=review.reviewed_by,
                reviewed_at=review.reviewed_at,
            )
            for review in sorted(reviews.values(), key=lambda review: (review.reviewed_at, review.review_id))
        ),
        open=tuple(_open(each) for one in person for each in one.open),
        flags=tuple(
            FlagShown(flag=flag.flag, about=flag.about) for one in person for flag in one.flags if not flag.aside
        ),
        timeline=in_order(entry for one in person for entry in _entries(one)),
    )


def _concerns(person: Sequence[Adult], today: date) -> Iterable[ConcernShown]:
    """Every concern in order of receipt, and why it counts today or does not."""
    known = sorted(
        ((concern, one.adult_id) for one in person for concern in one.concerns),
        key=lambda each: BY_RECEIPT(each[0]),
    )
    incidents = incidents_among(person)
    first = {concern_id: incident.first.concern_id for incident in incidents for concern_id in incident.concerns}
    after = add_months(today, -POLICY.repeat_months)
    inside = {incident.first.concern_id for incident in incidents if after < incident.day <= today}
    for concern, adult_id in known:
        its_first = first.get(concern.concern_id)
        counted, same_as = counting(concern.concern_id, its_first, inside=its_first in inside)
        yield ConcernShown(
            concern_id=concern.concern_id,
            adult_id=adult_id,
            received_at=concern.received_at,
            source=concern.source,
            channel=concern.channel,
            abuse_types=concern.abuse_types,
            decision=concern.decision,
            decided_at=concern.decided_at,
            team=concern.team,
            counted=counted,
            same_as=same_as,
        )


def _enquiry(adult_id: UUID, enquiry: Enquiry) -> EnquiryShown:
    ended = enquiry.concluded
    return EnquiryShown(
        enquiry_id=enquiry.enquiry_id,
        concern_id=enquiry.concern_id,
        adult_id=adult_id,
        kind=enquiry.kind,
        started_at=enquiry.started_at,
        withdrawn=enquiry.withdrawn,
        concluded_at=None if ended is None else ended.concluded_at,
        asked=None if ended is None else ended.asked,
        achieved=None if ended is None else ended.achieved,
        risk_assessment=None if ended is None else ended.risk_assessment,
        risk_outcome=None if ended is None else ended.risk_outcome,
        gap=enquiry.gap,
        gap_since=enquiry.gap_since,
    )


def _open(one: Open) -> OpenShown:
    look = one.last_look
    return OpenShown(
        open_id=one.open_id,
        kind=one.kind,
        started_at=one.started_at,
        flagged_at=one.flagged_at,
        look=one.look,
        next_flag=one.next_flag,
        legitimate=None if look is None else look.legitimate,
        reason_open=None if look is None else look.reason_open,
        next_look=None if look is None else look.next_look,
        decision_overdue_at=one.overdue_at,
    )


def _entries(adult: Adult) -> Iterable[Entry | None]:
    """What has happened to one record, an entry a line."""
    for one in adult.concerns:
        yield happened(one.received_at, "concern_received", concern_id=one.concern_id, source=one.source.value)
        decision = None if one.decision is None else one.decision.value
        yield happened(one.decided_at, "concern_decided", concern_id=one.concern_id, decision=decision, team=one.team)
    for enquiry in adult.enquiries:
        known = enquiry.enquiry_id
        ended = None if enquiry.concluded is None else enquiry.concluded.concluded_at
        yield happened(enquiry.started_at, "enquiry_started", enquiry_id=known, kind=enquiry.kind.value)
        yield happened(ended, "enquiry_concluded", enquiry_id=known)
        gap = None if enquiry.gap is None else enquiry.gap.value
        yield happened(enquiry.gap_since, "advocate_missing", enquiry_id=known, gap=gap)
    for review in adult.reviewed:
        planning = review.safety_planning
        by = review.reviewed_by
        yield happened(review.reviewed_at, "repeats_reviewed", by=by, review_id=review.review_id, planning=planning)
    for still in adult.open:
        yield happened(still.flagged_at, "drift_flagged", open_id=still.open_id, look=still.look)
        yield happened(still.overdue_at, "decision_overdue", concern_id=still.open_id)
        if (look := still.last_look) is not None:
            reason = look.reason_open
            yield happened(
                look.reviewed_at, "drift_looked_at", by=look.reviewed_by, open_id=still.open_id, reason=reason
            )

"""What triage remembers: of a concern, what people decided and recorded; of an adult, their repeat reviews.

Identifiers and codes only: nothing here describes a person. Records are kept in the order of their own times, never
in that of arrival.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from shared.contracts.doors import (
    AdultTold,
    AdultView,
    Answer,
    Disposal,
    OverrideGround,
    SharingConsent,
    TriageDecision,
)

AnsweredLimb = tuple[Answer, tuple[str, ...]]
Consented = tuple[Answer, SharingConsent, Answer]
"""To the report, to sharing information, to an enquiry: three consents, which are not one (domain 1.6)."""


class Awaiting(StrEnum):
    """What has to come next for a concern, as the figures name it."""

    DECISION = "awaiting_decision"
    APPROVAL = "awaiting_approval"
    CORRECTION = "awaiting_correction"
    AUTHORITY = "awaiting_authority"
    NOTHING = "nothing"


class Overridden(msgspec.Struct, frozen=True, array_like=True):
    """On what grounds the council goes on against the adult's wish, who decided that, and whether the adult knows."""

    grounds: tuple[OverrideGround, ...]
    decided_by: str
    adult_told: AdultTold


class Approval(msgspec.Struct, frozen=True, array_like=True):
    """A manager's approval of a decision."""

    approved_by: str
    role: str
    approved_at: datetime


class Decided(msgspec.Struct, frozen=True, omit_defaults=True):
    """A practitioner's decision, the version of the local policy it was made under, and its approval if it has one."""

    decision_id: UUID
    decision: TriageDecision
    limbs: tuple[AnsweredLimb, AnsweredLimb, AnsweredLimb]
    decided_by: str
    decided_at: datetime
    disposals: tuple[Disposal, ...] = ()
    authority: str | None = None
    duplicate_of: UUID | None = None
    supersedes: UUID | None = None
    adult_view: AdultView | None = None
    consents: Consented | None = None
    override: Overridden | None = None
    large_scale: UUID | None = None
    lead_authority: str | None = None
    policy: str = ""
    approval: Approval | None = None

    def as_sent(self) -> "Decided":
        """The decision as its sender told it; two that are equal are one decision sent twice."""
        return replace(self, policy="", approval=None)


class Reroute(msgspec.Struct, frozen=True, array_like=True):
    """A concern handed from one team to another."""

    from_team: str
    team: str
    reason: str
    decided_by: str
    decided_at: datetime


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something recorded about a concern, of which there may be several: by when it was, then by its identity."""

    at: datetime
    identity: str

    def as_sent(self) -> "Record":
        """The record as its sender told it; two that are equal are one sent twice."""
        return replace(self, identity="")


class Screening(Record, frozen=True, omit_defaults=True):
    """A first look at the concern; the latest stands. `emergency_duty` where it was urgent and the office closed."""

    urgent: bool
    safe_now: Answer
    screened_by: str
    emergency_duty: bool
    risk_level: str | None = None

    def as_sent(self) -> "Screening":
        return replace(self, identity="", emergency_duty=False)


class AuthorityAnswer(Record, frozen=True, omit_defaults=True):
    """Another authority says whether it takes the concern; the latest word on a decision stands."""

    decision_id: UUID
    accepted: bool
    recorded_by: str
    reference: str | None = None


class Feedback(Record, frozen=True, omit_defaults=True):
    """The referrer was told, or why not."""

    told: bool
    given_by: str
    reason_not_told: str | None = None


class Withdrawal(msgspec.Struct, frozen=True, array_like=True):
    """The last word of intake on whether the concern was recorded in error."""

    decided_at: datetime
    identity: str
    withdrawn: bool


class Concern(msgspec.Struct, frozen=True, omit_defaults=True, tag="concern"):
    """A concern with the team that has it now. Of its decisions each superseded the one before.

    `awaiting` and `outcome` say in one word what follows from the rest (`services.triage.awaiting`), so that a figure
    need not work it out for every concern there ever was. `set_aside` names the fields of the report of which something
    could not be read, and stands with it for a person; the person may be a child where `possibly_under_18` says so.
    `further` is when more was reported of it, and `urgent_since` when that was last urgent with the office closed.
    """

    adult_id: UUID
    received_at: datetime
    team: str
    emergency_duty: bool = False
    decisions: tuple[Decided, ...] = ()
    screenings: tuple[Screening, ...] = ()
    reroutes: tuple[Reroute, ...] = ()
    answers: tuple[AuthorityAnswer, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    withdrawal: Withdrawal | None = None
    awaiting: Awaiting = Awaiting.DECISION
    outcome: TriageDecision | None = None
    set_aside: tuple[str, ...] = ()
    possibly_under_18: bool = False
    further: tuple[datetime, ...] = ()
    urgent_since: datetime | None = None

    @property
    def standing(self) -> Decided | None:
        """The decision that nothing superseded, approved or not yet."""
        return self.decisions[-1] if self.decisions else None

    @property
    def in_force(self) -> Decided | None:
        """The decision others act on: the last that was approved, until a correction of it is."""
        for decided in reversed(self.decisions):
            if decided.approval is not None:
                return decided
        return None

    @property
    def withdrawn(self) -> bool:
        """Whether intake says that the concern was recorded in error."""
        return self.withdrawal is not None and self.withdrawal.withdrawn

    @property
    def with_emergency_duty(self) -> bool:
        """Whether the emergency duty team has it: by the latest screening, or else by what was reported, and when."""
        if not self.screenings:
            return self.emergency_duty or self.urgent_since is not None
        last = self.screenings[-1]
        return last.emergency_duty or (self.urgent_since is not None and self.urgent_since > last.at)

    def decision(self, decision_id: UUID) -> Decided | None:
        """A decision that was accepted on this concern, standing or superseded."""
        return next((decided for decided in self.decisions if decided.decision_id == decision_id), None)

    def answer_to(self, decision_id: UUID) -> AuthorityAnswer | None:
        """The latest word of the authority that a decision sent the concern to."""
        return next((answer for answer in reversed(self.answers) if answer.decision_id == decision_id), None)


class Adult(msgspec.Struct, frozen=True, omit_defaults=True, tag="adult"):
    """What a practitioner who opens a concern should see of the adult's repeat reviews (design section 2).

    `open_reviews` are under way; `ended_reviews` are done, remembered so that an opening told late opens nothing.
    The safety planning is that of the review done last. `kept_reviews` are the open ones that are kept with this
    record, and not with another of the same person.
    """

    open_reviews: tuple[UUID, ...] = ()
    ended_reviews: tuple[UUID, ...] = ()
    safety_planning: str | None = None
    reviewed_at: datetime | None = None
    kept_reviews: tuple[UUID, ...] = ()


Case = Concern | Adult
R = TypeVar("R", bound=Record)


def concern_in(cases: Mapping[UUID, Case], concern_id: UUID) -> Concern | None:
    """The concern, if it has been received."""
    case = cases.get(concern_id)
    return case if isinstance(case, Concern) else None


def adult_in(cases: Mapping[UUID, Case], adult_id: UUID) -> Adult:
    """What is noticed of an adult: nothing, when no review has been heard of."""
    case = cases.get(adult_id)
    return case if isinstance(case, Adult) else Adult()


def with_record(kept: tuple[R, ...], new: R) -> tuple[R, ...] | None:
    """The records with one more, in the order of their own times; None where it was sent before."""
    sent = new.as_sent()
    if any(record.as_sent() == sent for record in kept):
        return None
    return tuple(sorted((*kept, new), key=lambda record: (record.at, record.identity)))

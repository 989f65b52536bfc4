"""What enquiry remembers of an enquiry's course: who leads it, who else enquires, what it waits for, where it went."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

import msgspec

from shared.contracts.doors import Answer, EnquiringBody, ReferralAnswer, ReferredTo
from shared.kernel.civil import start_of_day

_ONE_DAY = timedelta(days=1)


class Assignment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A lead enquiry officer, in a team."""

    at: datetime
    officer: str
    team: str
    by: str


class CauseStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """What followed on a cause: a chase, where `satisfactory` is None, or an answer; and the day set then, if any."""

    at: datetime
    by: str
    due_on: date | None = None
    satisfactory: bool | None = None
    reason: str | None = None


class Caused(msgspec.Struct, frozen=True, omit_defaults=True):
    """Enquiries another body was caused to make, with all that followed, by when it happened.

    `told_on` is the last day of which was told that it passed without an answer.
    """

    cause_id: UUID
    body: EnquiringBody
    first_due_on: date
    caused_at: datetime
    caused_by: str
    organisation: str | None = None
    scope: tuple[str, ...] = ()
    under_suspicion: Answer = Answer.NOT_KNOWN
    conflict_decided_by: str | None = None
    steps: tuple[CauseStep, ...] = ()
    told_on: date | None = None

    @property
    def answered(self) -> bool:
        """Whether the last answer satisfied the council."""
        answers = [step.satisfactory for step in self.steps if step.satisfactory is not None]
        return bool(answers) and answers[-1]

    @property
    def due_on(self) -> date:
        """The day that was set last."""
        return next((step.due_on for step in reversed(self.steps) if step.due_on is not None), self.first_due_on)

    @property
    def overdue_at(self) -> datetime | None:
        """When somebody has to be told that the day has passed; None where nothing is due, or it was told."""
        if self.answered or (self.told_on is not None and self.due_on <= self.told_on):
            return None
        return start_of_day(self.due_on + _ONE_DAY)


class Suspension(msgspec.Struct, frozen=True, omit_defaults=True):
    """A time in which work waited; stage targets stand still in it, the age of the enquiry does not."""

    suspension_id: UUID
    reason: str
    suspended_by: str
    suspended_at: datetime
    resumed_by: str | None = None
    resumed_at: datetime | None = None


class Referral(msgspec.Struct, frozen=True, omit_defaults=True):
    """A matter referred elsewhere; `goes_first` where the police enquire.

    `answer` is whether it was taken up, and `ended_at` when what was taken up was over.
    """

    referral_id: UUID
    to: ReferredTo
    referred_by: str
    referred_at: datetime
    goes_first: bool = False
    reference: str | None = None
    answer: ReferralAnswer | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None


class Death(msgspec.Struct, frozen=True, omit_defaults=True):
    """The adult's death as recorded once, and whether a Safeguarding Adults Review was considered then."""

    at: datetime
    died_on: date
    review_considered: Answer
    age_at_death: int | None = None


class Course(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that happened on the way, each kept in an order of its own, never that of arrival."""

    assignments: tuple[Assignment, ...] = ()
    caused: tuple[Caused, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    referrals: tuple[Referral, ...] = ()
    deaths: tuple[Death, ...] = ()

    @property
    def team(self) -> str | None:
        """The team of the lead enquiry officer who was assigned last."""
        return self.assignments[-1].team if self.assignments else None

    @property
    def suspended(self) -> bool:
        """Whether work on the enquiry waits."""
        return any(suspension.resumed_at is None for suspension in self.suspensions)


R = TypeVar("R", Assignment, CauseStep, Death)


def in_order(records: Iterable[R]) -> tuple[R, ...]:
    """Records by when they happened; two of one instant by what they say, whichever of them came first."""
    return tuple(sorted(records, key=lambda one: (one.at, str(msgspec.structs.astuple(one)))))

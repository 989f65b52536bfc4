"""What enquiry remembers of an enquiry's course: who leads it, who else enquires, what it waits for, where it went."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from shared.contracts.doors import EnquiringBody, ReferralAnswer, ReferredTo


class Assignment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A lead enquiry officer, in a team. `identity` is the event's, and settles two of one instant."""

    at: datetime
    identity: str
    officer: str
    team: str


class Caused(msgspec.Struct, frozen=True, omit_defaults=True):
    """Enquiries another body was caused to make, and whether they have been answered to the council's satisfaction.

    `due_at` is when they are overdue next; None once that was told, or nothing more is due.
    """

    cause_id: UUID
    body: EnquiringBody
    due_on: date
    caused_at: datetime
    due_at: datetime | None = None
    organisation: str | None = None
    chased: tuple[datetime, ...] = ()
    returned_at: datetime | None = None
    satisfactory: bool = False


class Suspension(msgspec.Struct, frozen=True, omit_defaults=True):
    """A time in which work waited; stage targets stand still in it, the age of the enquiry does not."""

    suspension_id: UUID
    reason: str
    suspended_at: datetime
    resumed_at: datetime | None = None


class Referral(msgspec.Struct, frozen=True, omit_defaults=True):
    """A matter referred elsewhere; `goes_first` where the police enquire."""

    referral_id: UUID
    to: ReferredTo
    referred_at: datetime
    goes_first: bool = False
    answer: ReferralAnswer | None = None
    answered_at: datetime | None = None


class Course(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that happened on the way, each kept in an order of its own, never that of arrival."""

    assignments: tuple[Assignment, ...] = ()
    caused: tuple[Caused, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    referrals: tuple[Referral, ...] = ()
    died_on: date | None = None
    age_at_death: int | None = None

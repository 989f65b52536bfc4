"""What enquiry remembers of what was found and planned; codes and times, never anybody's words.

A `fingerprint` is that of the record that said it: it tells the same record from another of its time or id.
"""

from datetime import date, datetime
from uuid import UUID

import msgspec

from shared.contracts.doors import Capacity, RiskAssessment, RiskOutcome, Support, TakeUp


class Planning(msgspec.Struct, frozen=True, omit_defaults=True):
    """A planning meeting or discussion (form_sg3)."""

    planning_id: UUID
    held_at: datetime
    meeting: bool
    fingerprint: UUID


class Action(msgspec.Struct, frozen=True, omit_defaults=True):
    """An action of a plan; open until it is done or no longer needed. `ending` is that record's fingerprint."""

    action_id: str
    owner: str
    due_on: date
    ended_at: datetime | None = None
    done: bool = False
    ending: UUID | None = None


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    """A safeguarding plan (form_sg2), with its approval by somebody other than its author."""

    plan_id: UUID
    made_by: str
    made_at: datetime
    actions: tuple[Action, ...]
    fingerprint: UUID
    supersedes: UUID | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None


class CapacityFound(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an assessment found about one decision at one time; of those about one matter the latest stands."""

    capacity_id: UUID
    matter: str
    capacity: Capacity
    assessed_by: str
    assessed_at: datetime


class Advocacy(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who supported the adult, as recorded at one time; `duty` is whether s68 asks for an advocate, if known."""

    at: datetime
    fingerprint: UUID
    take_up: TakeUp
    support: tuple[Support, ...] = ()
    duty: bool | None = None


class RiskFound(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an assessment of risk found; `risks` are triples of kind, place and source, with identities known."""

    at: datetime
    fingerprint: UUID
    assessment: RiskAssessment
    risks: tuple[tuple[str, str, str, UUID | None, UUID | None], ...] = ()


class RiskEnded(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of an identified risk."""

    at: datetime
    fingerprint: UUID
    outcome: RiskOutcome
    adults_choice: bool = False


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """The lead enquiry officer's report (form_sg4)."""

    report_id: UUID
    reported_at: datetime
    reported_by: str
    fingerprint: UUID


class Findings(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything found and planned, each kept in an order of its own, never that of arrival.

    By time, all but `plans`: of those each supersedes the one before it. What stands of advocacy is the last
    record, of risk the last assessment, and of what became of it what `risk.outcome_now` says.
    """

    planning: tuple[Planning, ...] = ()
    plans: tuple[Plan, ...] = ()
    capacity: tuple[CapacityFound, ...] = ()
    advocacy: tuple[Advocacy, ...] = ()
    risk: tuple[RiskFound, ...] = ()
    risk_outcomes: tuple[RiskEnded, ...] = ()
    reports: tuple[Report, ...] = ()

"""A concern's decisions: when somebody decides after something happened, and when somebody else approves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from deploy.demo.history.concerns import Concern
from deploy.demo.history.distributions import HOURS_TO_APPROVAL
from deploy.demo.history.draw import in_office, span


@dataclass(slots=True)
class Decided:
    """A decision; one that was superseded before anybody approved it has no approval."""

    kind: str
    at: datetime
    approved: datetime | None
    duplicate_of: Concern | None = None
    answered: datetime | None = None


@dataclass(slots=True, eq=False)
class Case:
    """What becomes of a concern before any enquiry. `linked` and `unlinked` are intake's, apart from decisions."""

    concern: Concern
    decisions: list[Decided] = field(default_factory=list)
    withdrawn: datetime | None = None
    reinstated: datetime | None = None
    linked: tuple[datetime, Concern] | None = None
    unlinked: datetime | None = None
    large_scale: str | None = None

    @property
    def standing(self) -> Decided | None:
        """The decision that stands in the end."""
        return self.decisions[-1] if self.decisions else None

    @property
    def started(self) -> datetime | None:
        """When the section 42 enquiry that stands in the end started: with the first of the unbroken run."""
        start = None
        for decided in self.decisions:
            if decided.approved is not None:
                start = (start or decided.at) if decided.kind == "s42_met" else None
        return start


def seven_days(concern: Concern) -> bool:
    """Whether the team that decides works at weekends: the hospital team does (seed 003:3534)."""
    return concern.sender.code in {"ambulance", "hospital"}


def decided_after(rng: Random, concern: Concern, kind: str, after: datetime, days: float) -> Decided:
    """A decision some days after something, in the hours of the team that decides."""
    at = in_office(rng, after + timedelta(days=days), seven_days=seven_days(concern))
    return Decided(kind, at, approved_after(rng, concern, at))


def approved_after(rng: Random, concern: Concern, at: datetime) -> datetime:
    """When a manager approves what was decided."""
    return in_office(rng, at + timedelta(hours=span(rng, HOURS_TO_APPROVAL)), seven_days=seven_days(concern))

"""How an enquiry is closed in the lines: proposed, returned, approved by somebody else, and now and then reopened."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from deploy.demo.history.courses import Enquiry
from deploy.demo.history.distributions import CLOSING_REASONS
from deploy.demo.history.draw import one as drawn
from deploy.demo.history.lines import Book, manager, said
from deploy.demo.history.pace import Pace
from shared.contracts.doors import ClosureApproved, ClosureProposed, ClosureReturned, OutcomesAsked, ReopeningDecided

_MINUTES = timedelta(minutes=1)


class Closing:
    """The proposals of one enquiry, each naming the one before it."""

    def __init__(self, book: Book, one: Enquiry, officer: str, team: str) -> None:
        """Nothing is proposed yet."""
        self._book, self._one, self._officer, self._team = book, one, officer, team
        self._before: str | None = None
        self._count = 0

    def close(self, pace: Pace) -> None:
        """Every way to the approval that concludes the enquiry."""
        one, book = self._one, self._book
        if one.concluded is None:
            return
        if pace.reopened:
            self._for_a_time(pace)
        elif book.happens(0.045):
            at = pace.raw(0.88)
            self._propose(at)
            self._return(at + 50 * _MINUTES)
        closure = self._proposal(pace.proposed)
        if book.happens(0.008):
            self._approve(closure["closure_id"], one.concluded)
            book.add(one.concluded + 30 * _MINUTES, ClosureProposed, closure)
            return
        book.add(pace.proposed + 3 * _MINUTES, ClosureProposed, closure)
        early = one.concluded - 20 * _MINUTES
        if book.happens(0.015):
            self._approve(closure["closure_id"], early, approved_by=self._officer)
        elif book.happens(0.006):
            self._approve(closure["closure_id"], early, role="social_worker")
        self._approve(closure["closure_id"], one.concluded)
        if book.happens(0.008):
            self._too_late(one.concluded + timedelta(days=book.rng.randint(2, 20)))

    def _for_a_time(self, pace: Pace) -> None:
        """Concluded once, and reopened by a manager."""
        at, reopened = pace.raw(0.58), pace.raw(0.68)
        closure = self._propose(at)
        self._approve(closure, at + 40 * _MINUTES)
        code, role = manager(self._book.rng, self._team)
        data = self._about() | {
            "reopening_id": self._book.new_id("reopening"),
            "closure_id": closure,
            "reason": self._book.rng.choice(("new_information", "adult_asked", "closed_too_soon")),
            "decided_by": code,
            "role": role,
            "decided_at": said(reopened),
        }
        self._book.add(reopened + 10 * _MINUTES, ReopeningDecided, data)

    def _about(self) -> dict[str, Any]:
        return {"enquiry_id": self._one.enquiry_id}

    def _proposal(self, at: datetime) -> dict[str, Any]:
        self._count += 1
        closure = self._book.new_id("closure", str(self._count))
        data = self._about() | {"closure_id": closure, "reason": drawn(self._book.rng, CLOSING_REASONS)}
        if self._before is not None:
            data["supersedes"] = self._before
        self._before = closure
        return data | {"proposed_by": self._officer, "proposed_at": said(at)}

    def _propose(self, at: datetime) -> str:
        data = self._proposal(at)
        self._book.add(at + 3 * _MINUTES, ClosureProposed, data)
        return str(data["closure_id"])

    def _return(self, at: datetime) -> None:
        code, role = manager(self._book.rng, self._team)
        data = self._about() | {
            "closure_id": self._before,
            "reason": self._book.rng.choice(("plan_missing", "adult_not_asked_again", "provider_not_heard")),
            "returned_by": code,
            "role": role,
            "returned_at": said(at),
        }
        self._book.add(at + 5 * _MINUTES, ClosureReturned, data)

    def _approve(self, closure: str, at: datetime, approved_by: str | None = None, role: str | None = None) -> None:
        code, by = manager(self._book.rng, self._team)
        data = self._about() | {
            "closure_id": closure,
            "approved_by": approved_by or code,
            "role": role or by,
            "approved_at": said(at),
        }
        self._book.add(at + 4 * _MINUTES, ClosureApproved, data)

    def _too_late(self, at: datetime) -> None:
        """Something that was remembered when the enquiry was over, and is refused."""
        data = self._about() | {"answer": "none_expressed", "asked_of": "adult", "asked_at": said(at)}
        self._book.add(at + _MINUTES, OutcomesAsked, data | {"recorded_by": self._officer})

"""What is recorded about an enquiry, from what the adult wants to its end, and sometimes beyond."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from deploy.recount.identities import derived
from tests.faults.people import WORKERS
from tests.faults.telling import Teller, Told, say


class EnquiryStories(Teller):
    """Tells what enquiry is told."""

    def enquiry(self, enquiry: str, at: datetime) -> list[Told]:
        """Everything that is recorded about an enquiry."""
        told: list[Told] = []
        outcomes = [f"o{n}" for n in range(self._dice.randint(1, 3))]
        if self._chance(0.85):
            at = self._later(at)
            told.append(self._asked(enquiry, at, outcomes))
        if self._chance(0.5):
            told += self._support(enquiry, at)
        if self._chance(0.15):
            told += self._caused(enquiry, at)
        if self._chance(0.6):
            at = self._later(at)
            if self._chance(0.1):
                outcomes = outcomes[1:] or ["o9"]
            achieved = [{"outcome_id": o, "achieved": self._dice.choice(("fully", "not"))} for o in outcomes]
            data = {
                "enquiry_id": enquiry, "achieved": achieved, "asked_of": "adult", "assessed_at": say(at),
                "recorded_by": "worker-4",
            }  # fmt: skip
            told.append(Told(at, "safeguarding.enquiry.outcomes-assessed.v1", data))
        if self._chance(0.85):
            told += self._closure(enquiry, self._later(at, 0.15))
        return told

    def _asked(self, enquiry: str, at: datetime, outcomes: list[str]) -> Told:
        answer = self._dice.choice(("expressed", "expressed", "expressed", "none_expressed", "not_asked"))
        data: dict[str, Any] = {
            "enquiry_id": enquiry, "answer": answer, "asked_at": say(at), "recorded_by": "worker-4",
        }  # fmt: skip
        if answer == "not_asked":
            data["reason_not_asked"] = "lacked-capacity"
        else:
            data["asked_of"] = "adult"
        if answer == "expressed":
            data["outcomes"] = [{"outcome_id": one, "words": "To be safe."} for one in outcomes]
        if self._chance(0.03):
            data["reason_not_asked"] = "forgotten"
        return Told(at, "safeguarding.enquiry.outcomes-asked.v1", data)

    def _support(self, enquiry: str, at: datetime) -> Iterator[Told]:
        """Whether the adult can decide, once or twice, and who supports them, at once, late or never."""
        for number in range(self._dice.randint(1, 2)):
            at = self._later(at)
            data: dict[str, Any] = {
                "enquiry_id": enquiry, "capacity_id": derived(enquiry, "capacity", str(number)),
                "matter": self._dice.choice(("residence", "money")), "assessed_by": "worker-4",
                "capacity": self._dice.choice(("lacks", "lacks", "lacks", "has", "not_known")), "assessed_at": say(at),
            }  # fmt: skip
            yield Told(at, "safeguarding.enquiry.capacity-assessed.v1", data)
        for _ in range(self._dice.randint(0, 2)):
            at = self._later(self._later(at))
            support = self._dice.choice(([], ["family"], ["care_act_advocate"], ["friend", "mental_capacity_advocate"]))
            advocate = bool(set(support) - {"family"}) != self._chance(0.05)
            data = {
                "enquiry_id": enquiry, "take_up": "accepted" if advocate else "declined", "support": support,
                "recorded_by": "worker-5", "recorded_at": say(at),
            }  # fmt: skip
            yield Told(at, "safeguarding.enquiry.advocacy-recorded.v1", data)

    def _caused(self, enquiry: str, at: datetime) -> Iterator[Told]:
        """Another body is caused to make enquiries by a day, and answers in time, late, badly or never."""
        at = self._later(at)
        which = {"enquiry_id": enquiry, "cause_id": derived(enquiry, "cause")}
        data = which | {
            "body": "care_home", "due_on": _day(at + timedelta(days=self._dice.choice((2, 5, 12, 40)))),
            "caused_by": "worker-4", "caused_at": say(at),
        }  # fmt: skip
        if self._chance(0.1):
            data["under_suspicion"] = "yes"
        yield Told(at, "safeguarding.enquiry.caused.v1", data)
        if self._chance(0.3):
            at = self._later(at, 0.1)
            more = {"due_on": _day(at + timedelta(days=6))} if self._chance(0.6) else {}
            chased = which | more | {"chased_by": "worker-4", "chased_at": say(at)}
            yield Told(at, "safeguarding.enquiry.caused-chased.v1", chased)
        for share, satisfactory in ((0.3, False), (0.8, True)):
            at = self._later(at, 0.1)
            if self._chance(share):
                answer = which | {"satisfactory": satisfactory, "recorded_by": "worker-4", "returned_at": say(at)}
                if not satisfactory:
                    answer["reason"] = "nobody-was-asked"
                yield Told(at, "safeguarding.enquiry.caused-returned.v1", answer)

    def _closure(self, enquiry: str, at: datetime) -> Iterator[Told]:
        first = {
            "enquiry_id": enquiry, "closure_id": derived(enquiry, "1"), "reason": "risk-removed",
            "proposed_by": self._dice.choice(WORKERS), "proposed_at": say(at),
        }  # fmt: skip
        yield Told(at, "safeguarding.enquiry.closure-proposed.v1", first)
        standing = first
        returned = self._chance(0.12)
        if returned:
            at = self._later(at)
            yield self._returned(first, at, by="manager-5" if self._chance(0.9) else first["proposed_by"])
        if self._chance(0.8 if returned else 0.12):
            at = self._later(at)
            standing = first | {"closure_id": derived(enquiry, "2"), "proposed_at": say(at)}
            if self._chance(0.7):
                standing["supersedes"] = first["closure_id"]
            yield Told(at, "safeguarding.enquiry.closure-proposed.v1", standing)
        at = self._later(at)
        yield from self._approvals(standing, at)
        if self._chance(0.15):
            yield from self._reopened(standing, self._later(at))

    def _approvals(self, standing: dict[str, Any], at: datetime) -> Iterator[Told]:
        for by, role, share in (
            (standing["proposed_by"], "team_manager", 0.05),
            ("x-1", "clerk", 0.03),
            ("m-1", "manager", 0.9),
        ):
            if self._chance(share):
                data = {
                    "enquiry_id": standing["enquiry_id"], "closure_id": standing["closure_id"], "approved_by": by,
                    "role": role, "approved_at": say(at),
                }  # fmt: skip
                yield Told(at, "safeguarding.enquiry.closure-approved.v1", data)

    def _returned(self, proposal: dict[str, Any], at: datetime, by: str) -> Told:
        data = {
            "enquiry_id": proposal["enquiry_id"], "closure_id": proposal["closure_id"], "reason": "not-yet-safe",
            "returned_by": by, "role": "team_manager", "returned_at": say(at),
        }  # fmt: skip
        return Told(at, "safeguarding.enquiry.closure-returned.v1", data)

    def _reopened(self, standing: dict[str, Any], at: datetime) -> Iterator[Told]:
        """It goes on, and perhaps is closed once more."""
        enquiry = standing["enquiry_id"]
        data = {
            "enquiry_id": enquiry, "reopening_id": derived(enquiry, "reopening"), "reason": "new-information",
            "closure_id": standing["closure_id"], "decided_by": "manager-6", "role": "manager", "decided_at": say(at),
        }  # fmt: skip
        yield Told(at, "safeguarding.enquiry.reopening-decided.v1", data)
        if self._chance(0.2):
            yield Told(at, "safeguarding.enquiry.reopening-decided.v1", data | {"decided_by": "manager-7"})
        if self._chance(0.7):
            at = self._later(at, 0.1)
            more = {"closure_id": derived(enquiry, "3"), "supersedes": standing["closure_id"]}
            again = standing | more | {"proposed_at": say(at)}
            yield Told(at, "safeguarding.enquiry.closure-proposed.v1", again)
            yield from self._approvals(again, self._later(at))


def _day(at: datetime) -> str:
    return at.date().isoformat()

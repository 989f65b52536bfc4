"""Lines for the recount, written by hand: what somebody sent, at a time, of one concern and its enquiry."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from typing import Any

from deploy.recount.civil import Year
from deploy.recount.doors import from_lines
from deploy.recount.identities import derived, of_concern, of_enquiry
from deploy.recount.measures import figures
from deploy.recount.pass_through import Told
from tests.support import lawful

Line = dict[str, Any]
_NUMBERS = itertools.count()


def an_id(*parts: str) -> str:
    """An id that somebody's system gave: the same parts, the same id."""
    return derived("of a test", *parts)


def line(type_: str, at: str, data: Line, **attributes: str) -> Line:
    """An event of a type, without what all types begin and end with."""
    known = {"specversion": "1.0", "id": f"n{next(_NUMBERS)}", "source": "/test", "time": instant(at)}
    return {**known, "type": f"safeguarding.{type_}.v1", **attributes, "data": data}


def instant(at: str) -> str:
    """A time of day in UTC, or noon of a day."""
    return f"{at}T12:00:00+00:00" if len(at) == len("2023-04-01") else f"{at}+00:00"


class About:
    """Everything that is sent about one concern, by its reference; and about its Section 42 enquiry."""

    def __init__(self, reference: str, sender: str = "somebody") -> None:
        """Nothing yet."""
        self.sender, self.reference = sender, reference
        self.concern_id = of_concern(sender, reference)
        self.adult_id = derived("adult", self.concern_id)
        self.enquiry_id = of_enquiry(self.concern_id)

    def reported(self, at: str, **more: Any) -> Line:
        """The report."""
        known = {"sender": self.sender, "reference": self.reference, "narrative": "seen"}
        return line("concern.reported", at, known | more)

    def decision(self, name: str) -> str:
        """The id of a decision of that name."""
        return an_id(self.reference, name)

    def decided(self, at: str, decision: str = "s42_met", *, name: str = "first", **more: Any) -> Line:
        """A decision, entered when it was made; `after` names the one it supersedes."""
        if "after" in more:
            more["supersedes"] = self.decision(more.pop("after"))
        data = lawful.decision(self.concern_id, self.decision(name), instant(at), decision, decided_by="worker")
        return line("triage.decided", at, data | more)

    def approved(self, at: str, *, name: str = "first", **more: Any) -> Line:
        """A manager's approval of a decision."""
        data = {"concern_id": self.concern_id, "decision_id": self.decision(name)}
        return line("triage.approved", at, lawful.approval(data, instant(at)) | more)

    def on_concern(self, type_: str, at: str, when: str, **more: Any) -> Line:
        """Anything else about the concern; `when` is the field that says when it was."""
        return line(type_, at, {"concern_id": self.concern_id, when: instant(at)} | more)

    def record(self, kind: str, at: str, when: str, **more: Any) -> Line:
        """A record of the enquiry, of something that was then."""
        return line(f"enquiry.{kind}", at, {"enquiry_id": self.enquiry_id, when: instant(at)} | more)

    def proposed(self, at: str, *, name: str = "end", **more: Any) -> Line:
        """A proposal to close the enquiry; `after` names the one it supersedes."""
        if "after" in more:
            more["supersedes"] = an_id(self.reference, more.pop("after"))
        said = {"closure_id": an_id(self.reference, name), "reason": "done", "proposed_by": "worker"}
        return self.record("closure-proposed", at, "proposed_at", **(said | more))

    def closed(self, at: str, *, name: str = "end", **more: Any) -> Line:
        """A manager's approval of a proposal."""
        said = {"closure_id": an_id(self.reference, name), "approved_by": "chief", "role": "manager"}
        return self.record("closure-approved", at, "approved_at", **(said | more))

    def returned(self, at: str, *, name: str = "end", **more: Any) -> Line:
        """A manager's return of a proposal."""
        said = {"closure_id": an_id(self.reference, name), "returned_by": "chief", "role": "manager", "reason": "no"}
        return self.record("closure-returned", at, "returned_at", **(said | more))

    def reopened(self, at: str, *, name: str = "end", **more: Any) -> Line:
        """A manager's reopening of what a proposal concluded."""
        said = {"closure_id": an_id(self.reference, name), "reopening_id": an_id(self.reference, name, "reopened")}
        manager = {"decided_by": "chief", "role": "manager", "reason": "more"}
        return self.record("reopening-decided", at, "decided_at", **(said | manager | more))

    def asked(self, at: str, answer: str = "expressed", *wishes: str, **more: Any) -> Line:
        """What the adult wants, by the ids of their wishes."""
        outcomes = [{"outcome_id": wish, "words": "words"} for wish in wishes]
        who = {"asked_of": "adult"} if answer in ("expressed", "none_expressed") else {}
        said = {"answer": answer, "outcomes": outcomes, "recorded_by": "x"}
        return self.record("outcomes-asked", at, "asked_at", **(said | who | more))

    def achieved(self, at: str, **degrees: str) -> Line:
        """How far each wish was achieved."""
        each = [{"outcome_id": wish, "achieved": degree} for wish, degree in degrees.items()]
        return self.record("outcomes-assessed", at, "assessed_at", achieved=each, asked_of="adult", recorded_by="x")

    def capacity(self, at: str, found: str, matter: str = "contact", name: str | None = None) -> Line:
        """Capacity in one matter."""
        said = {"capacity_id": an_id(name or at + matter), "matter": matter, "capacity": found, "assessed_by": "x"}
        return self.record("capacity-assessed", at, "assessed_at", **said)

    def support(self, at: str, take_up: str, *who: str) -> Line:
        """Who supports the adult."""
        said = {"take_up": take_up, "support": list(who), "recorded_by": "x"}
        return self.record("advocacy-recorded", at, "recorded_at", **said)

    def risk(self, at: str, found: str = "identified_action", **more: Any) -> Line:
        """Whether there is a risk, and which."""
        risks = [{"abuse_type": "neglect", "location": "own_home", "source_of_risk": "self"}]
        said = {"assessment": found, "risks": risks, "assessed_by": "x"}
        return self.record("risk-assessed", at, "assessed_at", **(said | more))

    def outcome(self, at: str, became: str = "reduced", **more: Any) -> Line:
        """What became of a risk."""
        return self.record("risk-outcome-recorded", at, "recorded_at", outcome=became, recorded_by="x", **more)

    def started(self, day: str, **more: Any) -> list[Line]:
        """Reported, decided and approved on one day, so that an enquiry starts on it."""
        return [
            self.reported(f"{day}T09:00:00", **more),
            self.decided(f"{day}T10:00:00"),
            self.approved(f"{day}T11:00:00"),
        ]

    def concluded(self, day: str) -> list[Line]:
        """Proposed and approved to close on one day."""
        return [self.proposed(f"{day}T15:00:00"), self.closed(f"{day}T16:00:00")]


def told(lines: Iterable[Line]) -> Told:
    """What stands after these lines, each posted at its time."""
    return Told(from_lines(json.dumps(each).encode() for each in lines), test_numbers=True)


def counted(lines: Iterable[Line], year: str = "2023-24") -> dict[str, tuple[int, int | None]]:
    """Each measure of a year with its count and its base."""
    return {row.measure: (row.count, row.base) for row in figures(told(lines), Year(year))}

"""What a history intends, counted from its lines alone, by simple rules that share no code with what made it.

Every line is taken in the order of the file: what the services would refuse is passed over by the same plain rules.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from shared.contracts import CATALOGUE
from shared.contracts.doors import concern_id_of, enquiry_id_of
from shared.kernel.identity import derived

REPORTED = "safeguarding.concern.reported.v1"
LONDON = ZoneInfo("Europe/London")
MANAGERS = {"team_manager", "assistant_team_manager", "team_leader", "service_manager"}
Event = dict[str, Any]


@dataclass
class Enquiry:
    concern: str
    started: datetime
    concluded: datetime | None = None
    asked: list[tuple[datetime, int, str]] = field(default_factory=list)
    achieved: str | None = None
    outcome: str | None = None
    proposed_by: dict[str, str] = field(default_factory=dict)
    approvals: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))


class Recount:
    """A history as it stands at its end."""

    def __init__(self, events: list[Event]) -> None:
        self.received: dict[str, datetime] = {}
        self.adult: dict[str, str] = {}
        self._identifiers: dict[tuple[str, str], str] = {}
        self._withdrawn: set[str] = set()
        self._links: set[tuple[str, str]] = set()
        self._merges: dict[str, tuple[str, str]] = {}
        self._decisions: dict[str, Event] = {}
        self._approved: dict[str, list[Event]] = defaultdict(list)
        self._records: dict[str, list[Event]] = defaultdict(list)
        self.unread = 0
        self.types: set[str] = set()
        for event in self._once(events):
            self._take(event)
        self.enquiries = {str(enquiry_id_of(UUID(one))): self._enquiry(one) for one in self._converted()}

    def _once(self, events: list[Event]) -> list[Event]:
        seen: dict[tuple[str, str], Event] = {}
        for event in events:
            known = seen.setdefault((event["source"], event["id"]), event)
            assert known == event, "one identity, two events"
        return list(seen.values())

    def _take(self, event: Event) -> None:  # noqa: C901  one line a type
        kind, data = event["type"].removeprefix("safeguarding.").removesuffix(".v1"), event["data"]
        if not readable(event):
            self.unread += 1
            return
        self.types.add(kind)
        match kind:
            case "concern.reported":
                self._report(data, datetime.fromisoformat(event["time"]))
            case "concern.withdrawal-decided":
                self._withdrawn.add(data["concern_id"])
            case "concern.withdrawal-taken-back":
                self._withdrawn.discard(data["concern_id"])
            case "concern.duplicate-found":
                self._links.add((data["concern_id"], data["duplicate_of"]))
            case "concern.duplicate-taken-back":
                self._links.discard((data["concern_id"], data["duplicate_of"]))
            case "adult.found-one":
                self._merges[data["merge_id"]] = data["adult_id"], data["other_adult_id"]
            case "adult.found-different":
                del self._merges[data["merge_id"]]
            case "triage.decided":
                self._decisions.setdefault(data["decision_id"], data)
            case "triage.approved":
                self._approved[data["concern_id"]].append(data)
            case _ if kind.startswith("enquiry."):
                self._records[data["enquiry_id"]].append({"kind": kind, **data})
            case _:
                pass  # a look, a step on the way, a review: nothing that a total is made of

    def _report(self, data: Event, at: datetime) -> None:
        concern = str(concern_id_of(data["sender"], data["reference"]))
        adult = data.get("adult") or {}
        day = at.astimezone(LONDON).date()
        born = adult.get("birth_date")
        young = born is not None and months_on(day_of(born), 18 * 12) > day
        nobody = not adult and not data.get("place") and not data.get("narrative")
        if concern in self.received or young or nobody:
            return
        self.received[concern] = at
        named = []
        if valid_number(adult.get("nhs_number", "")):
            named.append(("nhs", adult["nhs_number"]))
        if adult.get("person_reference", "unknown") not in {"unknown", "n/a", "not known"}:
            named.append((data["sender"], adult["person_reference"]))
        known = [self._identifiers[one] for one in named if one in self._identifiers]
        self.adult[concern] = known[0] if known else str(derived("adult", concern))
        for one in named:
            self._identifiers.setdefault(one, self.adult[concern])

    def _standing(self, concern: str) -> list[Event]:
        """The approved decisions that stood one after the other, refused ones left out."""
        found: list[Event] = []
        last: Event | None = None
        for approval in sorted(self._approved[concern], key=lambda one: one["approved_at"]):
            decision = self._decisions[approval["decision_id"]]
            proper = approval["role"] in MANAGERS and approval["approved_by"] != decision["decided_by"]
            if proper and (last is None or decision.get("supersedes") == last["decision_id"]):
                found.append(decision)
                last = decision
        return found

    def _converted(self) -> list[str]:
        return [one for one in self.received if (run := self._standing(one)) and run[-1]["decision"] == "s42_met"]

    def _enquiry(self, concern: str) -> Enquiry:
        start = None
        for decision in self._standing(concern):
            start = (start or decision["decided_at"]) if decision["decision"] == "s42_met" else None
        assert start is not None
        found = Enquiry(concern, datetime.fromisoformat(start))
        undone: set[str] = set()
        for number, one in enumerate(self._records[str(enquiry_id_of(UUID(concern)))]):
            match one["kind"]:
                case "enquiry.outcomes-asked":
                    answer = one["answer"]
                    proper = answer != "not_asked" or one.get("reason_not_asked")
                    over = found.concluded is not None and datetime.fromisoformat(one["asked_at"]) > found.concluded
                    if proper and not over:
                        found.asked.append((datetime.fromisoformat(one["asked_at"]), number, answer))
                case "enquiry.outcomes-assessed":
                    far = {each["achieved"] for each in one["achieved"]}
                    found.achieved = far.pop() if len(far) == 1 else "partially"
                case "enquiry.risk-outcome-recorded":
                    found.outcome = one["outcome"]
                case "enquiry.closure-proposed":
                    found.proposed_by[one["closure_id"]] = one["proposed_by"]
                case "enquiry.closure-approved":
                    found.approvals[one["closure_id"]].append(one)
                case "enquiry.reopening-decided":
                    undone.add(one["closure_id"])
                    found.concluded = None
                case _:
                    pass
            self._conclude(found, undone)
        return found

    def _conclude(self, found: Enquiry, undone: set[str]) -> None:
        for closure, by in found.proposed_by.items():
            for approval in found.approvals[closure]:
                if closure not in undone and approval["role"] in MANAGERS and approval["approved_by"] != by:
                    found.concluded = datetime.fromisoformat(approval["approved_at"])

    def person(self, concern: str) -> str:
        """The least of the adult records that are one person with this concern's."""
        together = {self.adult[concern]}
        while more := {one for pair in self._merges.values() if together & set(pair) for one in pair} - together:
            together |= more
        return min(together)

    def incidents(self) -> dict[str, datetime]:
        """Each separate incident's first concern, and when it was received."""
        counted = {one: at for one, at in self.received.items() if one not in self._withdrawn}
        same: dict[str, set[str]] = defaultdict(set)
        pairs = set(self._links)
        for concern in counted:
            run = self._standing(concern)
            if run and run[-1]["decision"] == "duplicate":
                pairs.add((concern, run[-1]["duplicate_of"]))
        for one, other in pairs:
            if one in counted and other in counted:
                assert self.person(one) == self.person(other)
                same[one].add(other)
                same[other].add(one)
        firsts: dict[str, datetime] = {}
        done: set[str] = set()
        for concern, at in sorted(counted.items(), key=lambda each: (each[1], each[0])):
            if concern in done:
                continue
            firsts[concern] = at
            ahead = [concern]
            while ahead:
                here = ahead.pop()
                done.add(here)
                ahead += same[here] - done
        return firsts


def answered(one: Enquiry) -> str | None:
    """The answer that stands: the latest asking's."""
    return max(one.asked)[2] if one.asked else None


def band(one: Enquiry) -> str:
    """0-3, 3-6 or over 6 calendar months, three and six included in the earlier."""
    assert one.concluded is not None
    start, end = one.started.astimezone(LONDON).date(), one.concluded.astimezone(LONDON).date()
    if end <= months_on(start, 3):
        return "0-3"
    return "3-6" if end <= months_on(start, 6) else "over-6"


def readable(event: Event) -> bool:
    """Whether it is in form; or a report, which need not be."""
    data = event["data"]
    if event["type"] == REPORTED and isinstance(data, dict) and {"sender", "reference"} <= data.keys():
        return True
    try:
        CATALOGUE[event["type"]].model_validate_json(json.dumps(data))
    except ValidationError:
        return False
    return True


def day_of(written: str) -> date:
    """A birth date of the history, in either of its writings."""
    if written[:4].isdigit():
        return date.fromisoformat(written)
    return datetime.strptime(written, "%d %B %Y").date()  # noqa: DTZ007  a day alone


def months_on(day: date, months: int) -> date:
    """The same day some months later, or the last before it that there is."""
    year, month = day.year + (day.month + months - 1) // 12, (day.month + months - 1) % 12 + 1
    for shorter in range(4):
        try:
            return date(year, month, day.day - shorter)
        except ValueError:
            continue
    raise AssertionError


def valid_number(number: str) -> bool:
    """Whether an NHS number's last digit is what the nine before it ask for."""
    if len(number) != 10:
        return False
    check = 11 - sum((10 - place) * int(digit) for place, digit in enumerate(number[:9])) % 11
    return (0 if check == 11 else check) == int(number[9])

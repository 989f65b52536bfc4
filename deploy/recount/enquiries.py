"""The enquiries that decisions started, with what was recorded of each, and how it stood when it was concluded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from deploy.recount import closing, findings, open_ends, plans
from deploy.recount.answers import A_MOMENT, LATER, NOTHING, TAKEN, Answer, refused, wrong
from deploy.recount.civil import day
from deploy.recount.doors import Sent
from deploy.recount.identities import of_content, of_enquiry, of_other_enquiry

Said = dict[str, Any]
_WITHOUT_CONSEQUENCE = {"planning-held", "lead-officer-assigned", "lead-officer-reported"}
"""Kinds of record that no figure depends on, and no other record waits for."""
_IDS = {
    "capacity-assessed": "capacity_id", "caused": "cause_id", "closure-proposed": "closure_id",
    "closure-returned": "closure_id", "plan-made": "plan_id", "referral-made": "referral_id",
    "reopening-decided": "reopening_id", "suspended": "suspension_id",
}  # fmt: skip
"""What is recorded once under an id."""
_EACH_COUNTS = {"outcomes-asked", "outcomes-assessed"}


class Death(NamedTuple):
    """A death as it was recorded."""

    recorded_at: datetime
    concern_id: str
    died_on: date
    age: int | None


@dataclass
class Enquiry:
    """One enquiry. It counts unless the decision that started it was corrected, and not decided again since.

    `taken` are the records that were accepted, by their kinds. `stood` is what was known when it was concluded.
    """

    enquiry_id: str
    concern_id: str
    section_42: bool
    started_at: datetime
    withdrawn: bool = False
    findings: findings.Findings = field(default_factory=findings.Findings)
    plans: plans.Plans = field(default_factory=plans.Plans)
    ends: open_ends.OpenEnds = field(default_factory=open_ends.OpenEnds)
    closing: closing.Closing = field(default_factory=closing.Closing)
    deaths: list[Death] = field(default_factory=list)
    taken: dict[str, list[Said]] = field(default_factory=lambda: defaultdict(list))
    stood: Said = field(default_factory=dict)

    @property
    def concluded_at(self) -> datetime | None:
        """When the approval that stands concluded it."""
        return self.closing.concluded_at

    def withdraw(self) -> None:
        """It counts as never started, until it is started again."""
        self.withdrawn = True
        self.closing.undo()

    def start_again(self, at: datetime) -> None:
        """Another decision has started it."""
        self.withdrawn, self.started_at = False, at


class Enquiries:
    """What decisions and the door of enquiry have said so far."""

    def __init__(self) -> None:
        """None yet."""
        self.of: dict[str, Enquiry] = {}

    def follow(self, concern_id: str, decision: Said) -> None:
        """The enquiry that an approved decision asks for goes on or starts; one that it leads away from ends."""
        for section_42, kind, enquiry_id in (
            (True, "s42_met", of_enquiry(concern_id)),
            (False, "other_enquiry", of_other_enquiry(concern_id)),
        ):
            enquiry = self.of.get(enquiry_id)
            if decision["decision"] != kind:
                if enquiry is not None:
                    enquiry.withdraw()
            elif enquiry is None:
                self.of[enquiry_id] = Enquiry(enquiry_id, concern_id, section_42, decision["decided_at"])
            elif enquiry.withdrawn:
                enquiry.start_again(decision["decided_at"])

    def record(self, sent: Sent) -> Answer:
        """One record about an enquiry."""
        return record(self.of, sent)


def record(enquiries: Mapping[str, Enquiry], sent: Sent) -> Answer:
    """One record about one of these enquiries, as its kind asks; what is wrong with it by itself comes first."""
    kind, said = sent.name.removeprefix("enquiry."), sent.said
    if kind in _WITHOUT_CONSEQUENCE:
        return NOTHING
    if why := _against(kind, sent):
        return refused(*why)
    enquiry = enquiries.get(said["enquiry_id"])
    if enquiry is None:
        return LATER
    if enquiry.withdrawn:
        return refused("enquiry_withdrawn")
    answer = _said_before(enquiry, kind, said) or _closed_to(enquiry, kind, said) or _apply(enquiry, kind, sent)
    if answer is TAKEN:
        enquiry.taken[kind].append(said)
    return answer


def _said_before(enquiry: Enquiry, kind: str, said: Said) -> Answer | None:
    """The same again is nothing new, and something else under its id is refused."""
    before = [] if kind in _EACH_COUNTS else enquiry.taken.get(kind, [])
    if any(_bare(one) == _bare(said) for one in before):
        return NOTHING
    if kind in _IDS and any(one[_IDS[kind]] == said[_IDS[kind]] for one in before):
        return refused("already_returned" if kind == "closure-returned" else f"{_IDS[kind]}_used")
    return None


def _bare(said: Said) -> Said:
    """A record without what may be said one way or the other of one thing."""
    return {name: value for name, value in said.items() if name not in ("concern_id", "role")}


def _closed_to(enquiry: Enquiry, kind: str, said: Said) -> Answer | None:
    """One that is concluded takes no more, unless it is reopened, or hears what became of a referral."""
    if enquiry.concluded_at is None or kind == "reopening-decided":
        return None
    if kind == "referral-answered" and said["referral_id"] in enquiry.ends.referrals:
        return None
    return refused("enquiry_concluded")


def _against(kind: str, sent: Sent) -> set[str]:
    """Where a record contradicts itself, or the concern it names, or the clock."""
    said, concern_id = sent.said, sent.said["concern_id"]
    of = concern_id is None or said["enquiry_id"] in (of_enquiry(concern_id), of_other_enquiry(concern_id))
    ahead = {
        f"{name}_in_the_future" for name, at in said.items() if isinstance(at, datetime) and at > sent.at + A_MOMENT
    }
    died_later = kind == "death-recorded" and said["died_on"] > day(said["recorded_at"])
    found = ahead | wrong(concern_of_another_enquiry=not of, died_on_too_late=died_later)
    return found.union(*(part.against(kind, said) for part in (findings, plans, open_ends, closing)))


def _apply(enquiry: Enquiry, kind: str, sent: Sent) -> Answer:  # noqa: C901, PLR0911, PLR0912  one line for each kind of record
    said, started_at, found, ends = sent.said, enquiry.started_at, enquiry.findings, enquiry.ends
    match kind:
        case "outcomes-asked":
            return found.ask(said, sent.identity)
        case "outcomes-assessed":
            return found.assess(said, sent.identity)
        case "capacity-assessed":
            return found.find_capacity(said)
        case "advocacy-recorded":
            return found.record_support(said, _content(sent))
        case "risk-assessed":
            return found.assess_risk(said, _content(sent))
        case "risk-outcome-recorded":
            return found.end_risk(said, _content(sent))
        case "plan-made":
            return enquiry.plans.make(said)
        case "plan-approved":
            return enquiry.plans.approve(said)
        case "plan-action-ended":
            return enquiry.plans.end_action(said)
        case "caused":
            return ends.cause(said, started_at)
        case "caused-chased":
            return ends.chase(said)
        case "caused-returned":
            return ends.answer_cause(said)
        case "suspended":
            return ends.suspend(said, started_at)
        case "resumed":
            return ends.resume(said)
        case "referral-made":
            return ends.refer(said)
        case "referral-answered":
            return ends.answer_referral(said)
        case "death-recorded":
            return _die(enquiry, said)
        case "closure-proposed":
            return enquiry.closing.propose(said, started_at)
        case "closure-approved":
            return _conclude(enquiry, said)
        case "closure-returned":
            return enquiry.closing.send_back(said)
        case "reopening-decided":
            return enquiry.closing.reopen(said)
        case other:
            raise NotImplementedError(f"the recount does not know records of the kind {other}")


def _content(sent: Sent) -> str:
    return of_content(f"safeguarding.{sent.name}.v1", sent.said)


def _die(enquiry: Enquiry, said: Said) -> Answer:
    """The adult has died: on one day, at one age, so far as that is known."""
    ages = {death.age for death in enquiry.deaths} | {said["age_at_death"]}
    days = {death.died_on for death in enquiry.deaths} | {said["died_on"]}
    if len(days) > 1 or len(ages - {None}) > 1:
        return refused("death_recorded_otherwise")
    death = Death(said["recorded_at"], enquiry.concern_id, said["died_on"], said["age_at_death"])
    enquiry.deaths.append(death)
    return TAKEN


def _conclude(enquiry: Enquiry, said: Said) -> Answer:
    unfinished = enquiry.plans.unfinished() | enquiry.ends.unfinished()
    answer = enquiry.closing.approve(said, enquiry.started_at, unfinished)
    if answer is TAKEN:
        enquiry.stood = enquiry.findings.as_it_stands()
    return answer

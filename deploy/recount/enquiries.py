"""The enquiries that decisions started, with what was recorded of each, and how it stood when it was concluded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from deploy.recount import closing, findings, open_ends, plans
from deploy.recount.answers import A_MOMENT, LATER, NOTHING, TAKEN, Answer
from deploy.recount.civil import day
from deploy.recount.doors import Sent
from deploy.recount.identities import of_content, of_enquiry, of_other_enquiry

Said = dict[str, Any]
_WITHOUT_CONSEQUENCE = {
    "enquiry.planning-held", "enquiry.lead-officer-assigned", "enquiry.lead-officer-reported", "enquiry.caused-chased",
}  # fmt: skip
"""Records that no figure depends on, and no other record waits for."""


class Death(NamedTuple):
    """A death as it was recorded."""

    recorded_at: datetime
    concern_id: str
    died_on: date
    age: int | None


@dataclass
class Enquiry:
    """One enquiry. It counts unless the decision that started it was corrected, and not decided again since.

    `stood` is what was known when it was concluded.
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
    stood: Said = field(default_factory=dict)

    @property
    def concluded_at(self) -> datetime | None:
        """When the approval that stands concluded it."""
        return self.closing.concluded_at


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
                    enquiry.withdrawn = True
                    enquiry.closing.undo()
            elif enquiry is None:
                self.of[enquiry_id] = Enquiry(enquiry_id, concern_id, section_42, decision["decided_at"])
            elif enquiry.withdrawn:
                enquiry.withdrawn, enquiry.started_at = False, decision["decided_at"]

    def record(self, sent: Sent) -> Answer:
        """One record about an enquiry that is open."""
        name, said = sent.name, sent.said
        if not _coherent(sent) or name in _WITHOUT_CONSEQUENCE:
            return NOTHING
        enquiry = self.of.get(said["enquiry_id"])
        if enquiry is None:
            return LATER
        return _apply(enquiry, sent) if _takes(enquiry, name, said) else NOTHING


def _takes(enquiry: Enquiry, name: str, said: Said) -> bool:
    """Whether an enquiry takes a record still: one that ended is reopened, or hears what became of a referral."""
    if enquiry.withdrawn or enquiry.concluded_at is None:
        return not enquiry.withdrawn
    if name == "enquiry.referral-answered":
        return said["referral_id"] in enquiry.ends.referrals
    return name == "enquiry.reopening-decided"


def _coherent(sent: Sent) -> bool:
    """Whether a record contradicts neither itself, nor the concern it names, nor the clock."""
    name, said, concern_id = sent.name, sent.said, sent.said["concern_id"]
    if any(at > sent.at + A_MOMENT for at in said.values() if isinstance(at, datetime)):
        return False
    if concern_id is not None and said["enquiry_id"] not in (of_enquiry(concern_id), of_other_enquiry(concern_id)):
        return False
    if name == "enquiry.death-recorded":
        return bool(said["died_on"] <= day(said["recorded_at"]))
    return all(part.coherent(name, said) for part in (findings, plans, open_ends, closing))


def _apply(enquiry: Enquiry, sent: Sent) -> Answer:  # noqa: C901, PLR0911, PLR0912  one line for each kind of record
    said, started_at, found, ends = sent.said, enquiry.started_at, enquiry.findings, enquiry.ends
    match sent.name.removeprefix("enquiry."):
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
        return NOTHING
    death = Death(said["recorded_at"], enquiry.concern_id, said["died_on"], said["age_at_death"])
    enquiry.deaths.append(death)
    return TAKEN


def _conclude(enquiry: Enquiry, said: Said) -> Answer:
    ready = not enquiry.plans.any_open() and not enquiry.ends.any_open()
    answer = enquiry.closing.approve(said, enquiry.started_at, ready=ready)
    if answer is TAKEN:
        enquiry.stood = enquiry.findings.as_it_stands()
    return answer

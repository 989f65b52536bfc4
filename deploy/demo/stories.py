"""A few of the stories, told line by line from what the services published about one adult."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from deploy.demo.facts import Facts
from shared.contracts import audit, enquiry, intake, triage
from shared.contracts.doors import concern_id_of
from shared.kernel.civil import LONDON


class Story(NamedTuple):
    """A story: the report it begins with, and whether to tell the triage of each concern."""

    title: str
    sender: str
    reference: str
    triage: bool = True


STORIES = (
    Story("Three senders report one incident: five reports, three separate concerns", "ambulance", "AMB-24-002"),
    Story("A fourth separate concern within twelve months: a review", "police", "POL-24-005", triage=False),
    Story("An enquiry open for more than six months", "housing-association", "HOU-24-001"),
    Story("A decision that contradicts itself, and a closure by one person alone", "brook-home-care", "BRK-24-003"),
)


def tell(console: Console, facts: Facts) -> None:
    """Print every story whose report was accepted."""
    for story in STORIES:
        lines = _lines(story, facts)
        if lines:
            console.print(f"\n[bold]{story.title}[/bold]")
            table = Table.grid(padding=(0, 2, 0, 0))
            table.add_column(no_wrap=True)
            table.add_column()
            for at, says in lines:
                table.add_row(f"{at.astimezone(LONDON):%d %b %Y %H:%M}", says)
            console.print(table)


def _lines(story: Story, facts: Facts) -> list[tuple[datetime, str]]:
    first = str(concern_id_of(story.sender, story.reference))
    received = list(facts.of(intake.ConcernReceived))
    adult = next((fact["adult_id"] for fact in received if fact["concern_id"] == first), None)
    if adult is None:
        return []
    names = {fact["concern_id"]: fact["report"]["reference"] for fact in received if fact["adult_id"] == adult}
    enquiries = {fact["enquiry_id"] for fact in facts.of(enquiry.EnquiryOpened) if fact["adult_id"] == adult}
    about = {adult, *names, *enquiries}
    told = [
        fact
        for fact in facts.facts
        if (fact.data.get("adult_id") == adult or fact.data.get("about") in about)
        and fact.type in (_TELLERS if story.triage else _BRIEFLY)
    ]
    told.sort(key=lambda fact: (fact.at, _ORDER[fact.type]))
    return [(fact.at, _TELLERS[fact.type](_Named(fact.data, names))) for fact in told]


class _Named(dict[str, Any]):
    """What a fact says, and the references of the adult's concerns for their ids."""

    def __init__(self, data: dict[str, Any], names: dict[str, str]) -> None:
        super().__init__(data)
        self._names = names

    def concern(self, field: str = "concern_id") -> str:
        return self._names.get(self[field], "another concern")


def _words(code: str) -> str:
    return code.replace("_", " ")


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%d %b %Y}"


def _received(fact: _Named) -> str:
    return f"{fact['report']['sender']} reports {fact.concern()}"


def _routed(fact: _Named) -> str:
    hours = ", out of hours" * fact["out_of_hours"] + ", urgent: the emergency duty team" * fact["emergency_duty"]
    return f"{fact.concern()} goes to the {_words(fact['team'])} team{hours}"


def _triaged(fact: _Named) -> str:
    return f"{fact.concern()} is decided: {_words(fact['decision'])} ({fact['decided_by']}, {fact['approved_by']})"


def _refused(fact: _Named) -> str:
    return f"refused: {fact['reasons'][0]['says'].partition('. ')[0].rstrip('.')}"


def _asked(fact: _Named) -> str:
    words = "; ".join(f"“{outcome['words']}”" for outcome in fact.get("outcomes", ()))
    return f"asked what they want: {words or _words(fact['answer'])}"


def _concluded(fact: _Named) -> str:
    return f"the enquiry is concluded: {_words(fact['reason'])} ({fact['proposed_by']}, {fact['approved_by']})"


def _looked_at(fact: _Named) -> str:
    right = "legitimate" if fact["legitimate"] else "not legitimate"
    return f"the coordinator looks: {right}, {_words(fact['reason_open'])}; next look {_day(fact['next_look'])}"


Teller = Callable[[_Named], str]
_TELLERS: dict[str, Teller] = {
    intake.ConcernReceived.type: _received,
    intake.ConcernLinkedAsDuplicate.type: lambda fact: (
        f"a person finds that {fact.concern()} reports the same incident as {fact.concern('duplicate_of')}"
    ),
    triage.ConcernRouted.type: _routed,
    triage.DecisionRefused.type: _refused,
    triage.ConcernTriaged.type: _triaged,
    enquiry.EnquiryOpened.type: lambda _: "a Section 42 enquiry is opened",
    enquiry.EnquiryRecordRefused.type: _refused,
    enquiry.MspAsked.type: _asked,
    enquiry.MspAchieved.type: lambda fact: f"what they want is achieved: {_words(fact['overall'])}",
    enquiry.EnquiryConcluded.type: _concluded,
    audit.RepeatReviewOpened.type: lambda fact: (
        f"a repeat review opens: {len(fact['counted'])} separate concerns after {_day(fact['window_after'])}"
    ),
    audit.RepeatConcernJoined.type: lambda fact: f"{fact.concern()} joins the open review",
    audit.RepeatReviewWithdrawn.type: lambda _: "the repeat review is withdrawn: the concerns were not separate",
    audit.RepeatReviewDone.type: lambda fact: f"the review is done; safety planning: {_words(fact['safety_planning'])}",
    audit.DriftFlagged.type: lambda fact: (
        f"the {fact['kind']} comes to the coordinator, look {fact['look']}: open since {_day(fact['started_at'][:10])}"
    ),
    audit.DriftLookedAt.type: _looked_at,
    audit.DriftEnded.type: lambda _: "the flag is lifted",
}
"""A line for each type of fact, in the order in which facts of one instant are told."""

_ORDER = {type_: number for number, type_ in enumerate(_TELLERS)}
_BRIEFLY = {
    type_ for type_ in _TELLERS if type_.startswith("safeguarding.audit.") or type_ == intake.ConcernReceived.type
}
"""What a story tells that follows the adult and not each concern."""

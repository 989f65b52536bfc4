"""What intake must make of reports: receipts, concerns, adults and links, worked out from the log alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from deploy.recount.answers import A_MOMENT, wrong
from deploy.recount.identities import derived, identifiers, of_concern
from deploy.recount.records import Concern, against
from tests.faults.doors import Knock, new
from tests.faults.facts import Book, Expected, place_refusal, refusal
from tests.faults.log import Message

ACCEPTED, RECEIVED = "safeguarding.concern.report-accepted.v1", "safeguarding.concern.received.v1"
REFUSED = "safeguarding.concern.report-refused.v1"
UNREADABLE = "safeguarding.concern.report-unreadable.v1"
TWO = "safeguarding.adult.possibly-duplicated.v1"
Name = tuple[str, ...]


@dataclass
class Intake:
    """What must have come of everything intake read.

    Of each concern that must have been accepted: what reported it, where it is stated, and what names its adult. Whose
    it is, is what is stated, since nobody can tell which of two reports was read first; what that has to fulfil is
    held against all of them.
    """

    concerns: dict[str, Concern] = field(default_factory=dict)
    reports: dict[str, Message] = field(default_factory=dict)
    facts: dict[str, Message] = field(default_factory=dict)
    named: dict[str, list[Name]] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)

    @property
    def stated(self) -> dict[str, Concern]:
        """The concerns that others can know of."""
        return {concern_id: self.concerns[concern_id] for concern_id in self.facts}


def intake(found: list[Knock], book: Book, *, driven: bool) -> Intake:
    """Go through the doors in their logs' order and account for every fact."""
    result = Intake()
    for knock in new(found, "concern.reported"):
        _report(knock, book, result, driven=driven)
    for knock in found:
        if knock.fate in ("conflicting", "unreadable") and knock.message is not None:
            codes = {"conflicting_body"} if knock.fate == "conflicting" else None
            book.check(refusal("receipts", REFUSED, knock, knock.about, codes))
        elif knock.message is None:
            book.check(place_refusal("receipts", UNREADABLE, knock))
    _adults(result, book)
    return result


def _report(knock: Knock, book: Book, result: Intake, *, driven: bool) -> None:
    message, said = knock.message, knock.sent.said
    assert message is not None
    concern_id = of_concern(said["sender"], said["reference"])
    names = identifiers(said["sender"], said["adult"]) if said["adult"] else []
    first = result.concerns.get(concern_id)
    codes = against(knock.sent) if first is None else set()
    if codes:
        book.check(refusal("receipts", REFUSED, knock, knock.about, codes))
        return
    concern = first or Concern(concern_id, "", knock.recorded, said)
    differs = concern.report != said
    recorded = knock.recorded if driven else None
    receipt = {
        "concern_id": concern_id, "sender": said["sender"], "reference": said["reference"],
        "accepted_source": message.source, "accepted_id": message.id, "received_at": concern.received_at,
        "again": first is not None,
    }  # fmt: skip
    fact = book.find(Expected("receipts", ACCEPTED, concern_id, message, concern_id, receipt))
    remarks = {"differs_from_first"} if differs else _remarks(said, names)
    ahead = wrong(time_in_the_future=message.time is not None and message.time > knock.recorded + A_MOMENT)
    receipt["remarks"] = _said(fact, remarks | knock.faults | ahead, book)
    book.check(Expected("receipts", ACCEPTED, concern_id, message, concern_id, receipt, recorded))
    if first is not None:
        return
    result.concerns[concern_id], result.reports[concern_id], result.named[concern_id] = concern, message, names
    received = book.find(Expected("concerns", RECEIVED, concern_id, message, "", {}))
    concern.adult_id = received.data["adult_id"] if received is not None else ""
    stated: dict[str, Any] = {
        "concern_id": concern_id, "adult_id": concern.adult_id, "received_at": knock.recorded, "report": said,
        "source_ids": [],
    }  # fmt: skip
    received = book.check(Expected("concerns", RECEIVED, concern_id, message, concern.adult_id, stated, recorded))
    if received is not None:
        result.facts[concern_id] = received


def _said(fact: Message | None, codes: set[str], book: Book) -> Any:
    """The remarks of a receipt, whose words are the service's own, once their codes are right."""
    remarks = fact.data.get("remarks", []) if fact is not None else []
    if fact is not None and sorted(remark["code"] for remark in remarks) != sorted(codes):
        book.differences.append(f"different: receipt {fact.record.place} remarks {remarks} and not {codes}")
    return remarks


def _remarks(said: dict[str, Any], names: list[Name]) -> set[str]:
    adult, kinds = said["adult"] or {}, {kind for kind, *_ in names}
    return wrong(
        nhs_number_not_valid=adult.get("nhs_number") is not None and "nhs" not in kinds,
        person_reference_names_nobody=adult.get("person_reference") is not None and "reference" not in kinds,
    )


def _adults(result: Intake, book: Book) -> None:
    """Whoever was first founded the adult; whose every identifier is, must hold over all reports, in any order."""
    named: dict[Name, list[Concern]] = defaultdict(list)
    members: dict[str, list[Concern]] = defaultdict(list)
    for concern_id, concern in result.stated.items():
        members[concern.adult_id].append(concern)
        for name in result.named[concern_id]:
            named[name].append(concern)
    first = {concern_id: names[0] for concern_id, names in result.named.items() if names}
    for adult_id, concerns in members.items():
        founders = [c for c in concerns if derived("adult", c.concern_id) == adult_id]
        if len(founders) != 1:
            book.differences.append(f"adult {adult_id} was founded by {len(founders)} of its {len(concerns)} concerns")
        if len(concerns) > 1 and any(c.concern_id not in first for c in concerns):
            book.differences.append(f"adult {adult_id} has a concern that names nobody, and others")
    leading = {name: {c.adult_id for c in concerns if first[c.concern_id] == name} for name, concerns in named.items()}
    for name, adults in leading.items():
        if len(adults) > 1:
            book.differences.append(f"{' '.join(name)} is {len(adults)} adults: {sorted(adults)}")
    for concern in result.stated.values():
        for other in _others(concern, result, leading):
            body = {"adult_id": concern.adult_id, "other_adult_id": other, "concern_id": concern.concern_id}
            cause = result.reports[concern.concern_id]
            book.check(Expected("concerns", TWO, concern.adult_id, cause, concern.adult_id, body))


def _others(concern: Concern, result: Intake, leading: dict[Name, set[str]]) -> set[str]:
    """Where a report's two identifiers are two adults, a person must be told of the other; else of nobody."""
    _, *second = result.named[concern.concern_id] or [()]
    return {adult for name in second for adult in leading[name]} - {concern.adult_id}

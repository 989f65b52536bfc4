"""What intake must make of reports: receipts, concerns, adults and links, worked out from the log alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from deploy.recount.answers import A_MOMENT, wrong
from deploy.recount.identities import Name, derived, identifiers, nhs_number, of_concern
from deploy.recount.records import Concern
from deploy.recount.taking import against, as_taken
from deploy.recount.texts import Policy, plain, policy_at
from tests.faults.doors import Knock, new
from tests.faults.facts import Book, Expected, place_refusal, refusal
from tests.faults.log import Message
from tests.faults.whose_rules import Report, unexplained

ACCEPTED, RECEIVED = "safeguarding.concern.report-accepted.v1", "safeguarding.concern.received.v1"
FURTHER = "safeguarding.concern.further-information.v1"
REFUSED = "safeguarding.concern.report-refused.v1"
UNREADABLE = "safeguarding.concern.report-unreadable.v1"
TWO = "safeguarding.adult.possibly-duplicated.v1"
_KNOWN_AGAIN = 50
EXCHANGED = "birth_date_exchanged"


@dataclass
class Intake:
    """What must have come of everything intake read.

    Of each concern that must have been accepted: what reported it, where it is stated, what names its adult under which
    policy, and whether its receipt says that a birth date is known the other way round. Whose it is, is what is stated,
    since nobody can tell which of two reports was read first; what that has to fulfil is held against all of them.
    """

    concerns: dict[str, Concern] = field(default_factory=dict)
    reports: dict[str, Message] = field(default_factory=dict)
    facts: dict[str, Message] = field(default_factory=dict)
    named: dict[str, list[Name]] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    exchanged: set[str] = field(default_factory=set)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What was first said under each of their references, before what cannot be so was set aside."""
    further: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """What else was said under each, in its order, as far as it is known again."""
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
    policy = policy_at(knock.recorded)
    names = identifiers(said["sender"], said["adult"], policy, test_numbers=True) if said["adult"] else []
    first = result.concerns.get(concern_id)
    differs = result.sent.get(concern_id, said) != said
    taken = as_taken(said, knock.recorded if first is None or differs else first.received_at)
    codes = against(knock.sent, taken) if first is None else set()
    if codes:
        ahead = _ahead(knock, message)
        told = replace(knock, about=concern_id, report={"sender": said["sender"], "reference": called(said)})
        book.check(refusal("receipts", REFUSED, told, concern_id, codes | knock.faults | taken.codes | ahead))
        return
    concern = first or Concern(concern_id, "", knock.recorded, taken.said)
    result.sent.setdefault(concern_id, said)
    recorded = knock.recorded if driven else None
    receipt = {
        "concern_id": concern_id, "sender": said["sender"], "reference": called(said),
        "accepted_source": message.source, "accepted_id": message.id, "received_at": concern.received_at,
        "again": first is not None,
    }  # fmt: skip
    fact = book.find(Expected("receipts", ACCEPTED, concern_id, message, concern_id, receipt))
    remarks = ({"differs_from_first"} if differs else _remarks(taken.said, names, policy)) | taken.codes
    receipt["remarks"] = _said(fact, remarks | knock.faults | _ahead(knock, message), book)
    book.check(Expected("receipts", ACCEPTED, concern_id, message, concern_id, receipt, recorded))
    if first is not None:
        if differs and said not in result.further[concern_id]:
            result.further[concern_id] = [*result.further[concern_id], said][-_KNOWN_AGAIN:]
            more: dict[str, Any] = {
                "concern_id": concern_id, "adult_id": first.adult_id, "received_at": knock.recorded,
                "report": taken.said, "possibly_under_18": taken.child or "under_18" in against(knock.sent, taken),
            }  # fmt: skip
            book.check(Expected("concerns", FURTHER, concern_id, message, first.adult_id, more, recorded))
        return
    result.concerns[concern_id], result.reports[concern_id], result.named[concern_id] = concern, message, names
    result.policies[concern_id] = policy
    if any(remark["code"] == EXCHANGED for remark in receipt["remarks"]):
        result.exchanged.add(concern_id)
    received = book.find(Expected("concerns", RECEIVED, concern_id, message, "", {}))
    concern.adult_id = received.data["adult_id"] if received is not None else ""
    stated: dict[str, Any] = {
        "concern_id": concern_id, "adult_id": concern.adult_id, "received_at": knock.recorded,
        "report": taken.said, "source_ids": [], "possibly_under_18": taken.child,
        "provider_id": _provider(said, policy),
    }  # fmt: skip
    received = book.check(Expected("concerns", RECEIVED, concern_id, message, concern.adult_id, stated, recorded))
    if received is not None:
        result.facts[concern_id] = received


def _provider(said: dict[str, Any], policy: Policy) -> str | None:
    """The identity of a provider that a report names by its name alone."""
    name = (said["provider"] or {}).get("name")
    if name is None or policy.filler(name):
        return None
    return derived("provider", f"name:{said['sender']}", plain(name).casefold())


def called(said: dict[str, Any]) -> str:
    """The reference of a report as its sender knows it."""
    return str(said["reference_as_sent"] or said["reference"])


def _ahead(knock: Knock, message: Message) -> set[str]:
    return wrong(time_in_the_future=message.time is not None and message.time > knock.recorded + A_MOMENT)


def _said(fact: Message | None, codes: set[str], book: Book) -> Any:
    """The remarks of a receipt, whose words are the service's own, once their codes are right.

    Whether a birth date was known the other way round hangs on which report was read first: see `whose_rules`.
    """
    remarks = fact.data.get("remarks", []) if fact is not None else []
    told = {remark["code"] for remark in remarks} - {EXCHANGED}
    if fact is not None and (
        told != codes or len(remarks) != len({(remark["code"], remark.get("where")) for remark in remarks})
    ):
        book.differences.append(f"different: receipt {fact.record.place} remarks {remarks} and not {codes}")
    return remarks


def _remarks(said: dict[str, Any], names: list[Name], policy: Policy) -> set[str]:
    adult, kinds = said["adult"] or {}, {kind for kind, *_ in names}
    number, reference = adult.get("nhs_number"), adult.get("person_reference")
    valid = number is not None and nhs_number(number) is not None
    return wrong(
        nhs_number_not_valid=number is not None and not valid,
        nhs_number_not_issued=valid and "nhs" not in kinds,
        person_reference_names_nobody=reference is not None and "reference" not in kinds,
        person_reference_in_doubt="reference" in kinds and policy.doubtful(str(reference)),
    )


def _adults(result: Intake, book: Book) -> None:
    """Some order of the reports explains whose they are; and a person is asked what that order says."""
    asked: dict[str, list[Message]] = defaultdict(list)
    for (type_, _, because), messages in book.facts.items():
        if type_ == TWO:
            asked[because] += messages[:1]
    reports = []
    for concern_id, concern in result.stated.items():
        mine, cause, adult = [], result.reports[concern_id], concern.adult_id
        for fact in asked[cause.known_as]:
            one, two = fact.data["adult_id"], fact.data["other_adult_id"]
            mine.append(two if one == adult else one)
            body = {"adult_id": one, "other_adult_id": two, "concern_id": concern_id}
            book.check(Expected("concerns", TWO, one, cause, one, body))
            if adult not in (one, two):
                book.differences.append(f"different: {fact.record.place} asks about others than its concern's adult")
        names = tuple(result.named[concern_id])
        told = Report(
            concern_id, names, concern.report["adult"], result.policies[concern_id], adult, frozenset(mine),
            concern_id in result.exchanged,
        )  # fmt: skip
        reports.append(told)
    book.differences += unexplained(reports)

"""What intake must make of reports: receipts, concerns, adults and links, worked out from the log alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tests.faults.civil import day_of
from tests.faults.doors import Knock, new
from tests.faults.facts import Book, Expected, place_refusal, refusal
from tests.faults.identity import concern_of, derived
from tests.faults.log import Message

REPORTED = "safeguarding.concern.reported.v1"
ACCEPTED, RECEIVED = "safeguarding.concern.report-accepted.v1", "safeguarding.concern.received.v1"
REFUSED = "safeguarding.concern.report-refused.v1"
UNREADABLE = "safeguarding.concern.report-unreadable.v1"
TWO = "safeguarding.adult.possibly-duplicated.v1"
_DEFAULTS: dict[str, Any] = {
    "source": "not_known", "channel": "system", "basis": "stated", "urgent": False,
    "known_to_mental_health_team": "not_known", "abuse_types": [],
    "risks": [],
}  # fmt: skip


@dataclass
class Concern:
    """A concern that must have been accepted. `fact` is where that is stated, and whose it was found to be."""

    concern_id: str
    report: dict[str, Any]
    received_at: datetime
    sender: str
    identifiers: tuple[str, ...]
    message: Message
    adult_id: str = ""
    fact: Message | None = None


@dataclass
class Intake:
    """What must have come of everything intake read."""

    concerns: dict[str, Concern] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)


def intake(found: list[Knock], book: Book, *, driven: bool) -> Intake:
    """Go through the doors in their logs' order and account for every fact."""
    result = Intake()
    for knock in new(found, REPORTED):
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
    message = knock.message
    assert message is not None
    data = message.data
    concern_id = str(concern_of(data["sender"], data["reference"]))
    recorded = knock.recorded if driven else None
    receipt = {
        "concern_id": concern_id, "sender": data["sender"], "reference": data["reference"],
        "accepted_source": message.source, "accepted_id": message.id,
    }  # fmt: skip
    remarks = _remarks(data)
    first = result.concerns.get(concern_id)
    if first is not None:
        differs = first.report != data
        body = receipt | {"received_at": first.received_at, "again": True}
        fact = book.find(Expected("receipts", ACCEPTED, concern_id, message, concern_id, body))
        body["remarks"] = _said(fact, ["differs_from_first"] if differs else remarks, book)
        book.check(Expected("receipts", ACCEPTED, concern_id, message, concern_id, body, recorded))
        return
    codes = _against(data, day_of(knock.recorded))
    if codes:
        result.refused.add(message.identity)
        book.check(refusal("receipts", REFUSED, knock, knock.about, codes))
        return
    concern = Concern(concern_id, data, knock.recorded, data["sender"], tuple(_identifiers(data)), message)
    result.concerns[concern_id] = concern
    body = receipt | {"received_at": knock.recorded, "again": False}
    fact = book.find(Expected("receipts", ACCEPTED, concern_id, message, concern_id, body))
    body["remarks"] = _said(fact, remarks, book)
    book.check(Expected("receipts", ACCEPTED, concern_id, message, concern_id, body, recorded))
    received = book.find(Expected("concerns", RECEIVED, concern_id, message, "", {}))
    concern.adult_id = received.data["adult_id"] if received is not None else ""
    stated: dict[str, Any] = {
        "concern_id": concern_id, "adult_id": concern.adult_id, "received_at": knock.recorded,
        "report": _DEFAULTS | data, "source_ids": [],
    }  # fmt: skip
    concern.fact = book.check(Expected("concerns", RECEIVED, concern_id, message, concern.adult_id, stated, recorded))


def _said(fact: Message | None, codes: list[str], book: Book) -> Any:
    """The remarks of a receipt, whose words are the service's own, once their codes are right."""
    remarks = fact.data.get("remarks", []) if fact is not None else []
    if fact is not None and [remark["code"] for remark in remarks] != codes:
        book.differences.append(f"different: receipt {fact.record.place} remarks {remarks} and not {codes}")
    return remarks


def _against(data: dict[str, Any], today: date) -> set[str]:
    adult = data.get("adult") or {}
    codes = set()
    if (
        not any(str(v).strip() for v in adult.values())
        and not data.get("place")
        and not data.get("narrative", "").strip()
    ):
        codes.add("nobody_described")
    if "birth_date" in adult:
        born = date.fromisoformat(adult["birth_date"])
        if (today.year - born.year, today.month, today.day) < (18, born.month, born.day):
            codes.add("under_18")
    return codes


def _identifiers(data: dict[str, Any]) -> Iterable[str]:
    """What a report knows its adult by, an NHS number before the sender's own reference."""
    adult = data.get("adult") or {}
    number = adult.get("nhs_number", "").replace(" ", "").replace("-", "")
    if _checks(number):
        yield f"nhs {number}"
    if adult.get("person_reference", "").strip():
        yield f"{data['sender']} {adult['person_reference'].strip()}"


def _checks(number: str) -> bool:
    if len(number) != 10 or not number.isdigit() or number == number[0] * 10:
        return False
    return sum(int(digit) * (10 - place) for place, digit in enumerate(number)) % 11 == 0


def _remarks(data: dict[str, Any]) -> list[str]:
    number = (data.get("adult") or {}).get("nhs_number")
    return ["nhs_number_not_valid"] if number and not _checks(number.replace(" ", "")) else []


def _adults(result: Intake, book: Book) -> None:
    """Whoever was first founded the adult; whose every identifier is, must hold over all reports, in any order."""
    named: dict[str, list[Concern]] = defaultdict(list)
    members: dict[str, list[Concern]] = defaultdict(list)
    for concern in result.concerns.values():
        if concern.fact is None:
            continue
        members[concern.adult_id].append(concern)
        for identifier in concern.identifiers:
            named[identifier].append(concern)
    for adult_id, concerns in members.items():
        founders = [c for c in concerns if str(derived("adult", c.concern_id)) == adult_id]
        if len(founders) != 1:
            book.differences.append(f"adult {adult_id} was founded by {len(founders)} of its {len(concerns)} concerns")
        if len(concerns) > 1 and any(not c.identifiers for c in concerns):
            book.differences.append(f"adult {adult_id} has a concern that names nobody, and others")
    for identifier, concerns in named.items():
        leading = {c.adult_id for c in concerns if c.identifiers[0] == identifier}
        if len(leading) > 1:
            book.differences.append(f"{identifier} is {len(leading)} adults: {sorted(leading)}")
    for concern in result.concerns.values():
        _possibly_two(concern, named, book)


def _possibly_two(concern: Concern, named: dict[str, list[Concern]], book: Book) -> None:
    """Where a report's two identifiers are two adults, a person must be told; else nobody."""
    if concern.fact is None or len(concern.identifiers) < 2:
        return
    second = named[concern.identifiers[1]]
    alone = {c.adult_id for c in second if c.identifiers[0] == concern.identifiers[1]}
    for other in alone - {concern.adult_id}:
        body = {"adult_id": concern.adult_id, "other_adult_id": other, "concern_id": concern.concern_id}
        book.check(Expected("concerns", TWO, concern.adult_id, concern.message, concern.adult_id, body))

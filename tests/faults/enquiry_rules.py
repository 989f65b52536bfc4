"""What enquiry must make of conversions, those taken back, and of what is recorded about enquiries.

A conversion and the records about its enquiry come by different topics. Where a conversion is taken back, a record is
accepted or refused by which of the two was read first; so every enquiry is explained by an order, as audit is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tests.faults.doors import Knock
from tests.faults.enquiry_model import CONCLUDED, REFUSED, Enquiry
from tests.faults.facts import Book, place_refusal, refusal
from tests.faults.log import Log, Message
from tests.faults.orders import Clock, Told, explain


@dataclass
class Enquiries:
    """What must have come of everything enquiry read. `concluded` are the ids of enquiries that ever were."""

    concluded: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)


def enquiries(
    log: Log, found: list[Knock], conversions: dict[str, list[Message]], book: Book, clock: Clock
) -> Enquiries:
    """Explain each enquiry, whether or not it was ever opened."""
    result = Enquiries()
    told: dict[str, Told] = defaultdict(Told)
    for enquiry_id, facts in conversions.items():
        told[enquiry_id].logs["section-42-conversions"] = list(facts)
    for knock in found:
        if knock.fate in ("conflicting", "unreadable") and knock.message is not None:
            codes = {"conflicting_body"} if knock.fate == "conflicting" else None
            book.check(refusal("enquiries", REFUSED, knock, knock.about, codes))
        elif knock.message is None:
            book.check(place_refusal("enquiries", "safeguarding.enquiry.record-unreadable.v1", knock))
        if knock.fate == "new":
            told[knock.sent.said["enquiry_id"]].logs["enquiry-records"].append(knock)
    _stated(log, told, book)
    for enquiry_id, of in told.items():
        _explain(enquiry_id, of, clock, book, result)
    return result


def _stated(log: Log, told: dict[str, Told], book: Book) -> None:
    for message in log.facts("enquiries", "msp-outcomes"):
        if message.id not in book.accounted:
            about = "enquiry_id" if "enquiry_id" in message.data else "about"
            told[message.data[about]].state(message)


def _explain(enquiry_id: str, told: Told, clock: Clock, book: Book, result: Enquiries) -> None:
    explained = explain(Enquiry(enquiry_id), told, clock)
    if isinstance(explained, str):
        book.differences.append(f"enquiry {enquiry_id}: no order of what was heard explains it; {explained}")
        return
    book.account(told.stated)
    if any(expected.type == CONCLUDED for expected in explained[0]):
        result.concluded.add(enquiry_id)
    result.held |= {knock.sent.identity for knock in explained[1].waiting}

"""Audit held against its models: each concern, enquiry, person and finding of records by itself, with what was heard.

What audit states of one thing hangs on what it heard of that thing alone, so each is explained apart. The order in
which it states things about two of them is its own affair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from tests.faults.audit_concern import QUALITY, Concern
from tests.faults.audit_enquiry import ADVOCACY, Enquiry
from tests.faults.audit_open import DRIFT, DRIFT_REFUSED, OVERDUE
from tests.faults.audit_person import REPEAT_REFUSED, REPEATS, People
from tests.faults.audit_records import MayBeOne, Work
from tests.faults.doors import Knock, new
from tests.faults.facts import Book, place_refusal, refusal
from tests.faults.log import Log, Message
from tests.faults.orders import Case, Clock, Told, explain, kinds

REPEAT_REVIEWED, DRIFT_REVIEWED = "safeguarding.audit.repeat-reviewed.v1", "safeguarding.audit.drift-reviewed.v1"
_REFUSED = {REPEAT_REVIEWED: (REPEATS, REPEAT_REFUSED), DRIFT_REVIEWED: (DRIFT, DRIFT_REFUSED)}
_MERGES = ("safeguarding.adult.merged.v1", "safeguarding.adult.unmerged.v1")
Thing = tuple[str, ...]


@dataclass
class _Heard:
    """Everything audit heard and stated, thing by thing."""

    people: dict[str, tuple[str, ...]]
    things: dict[Thing, Told] = field(default_factory=dict)
    cases: dict[Thing, Callable[[], Case]] = field(default_factory=dict)

    def of(self, case: Callable[..., Case], *about: str) -> Told:
        """What there is about a thing."""
        thing = (case.__name__, *about)
        self.cases.setdefault(thing, partial(case, *about))
        return self.things.setdefault(thing, Told())

    def person(self, adult_id: str) -> Told:
        """What there is about an adult, and whoever was ever found to be one with them."""
        adults = self.people.get(adult_id, (adult_id,))
        self.cases.setdefault(("People", adults[0]), partial(People, adults))
        return self.things.setdefault(("People", adults[0]), Told())


def audit(log: Log, found: list[Knock], book: Book, clock: Clock) -> int:
    """Hold everything against the models; how many adults there are."""
    _answers(found, book)
    heard = _Heard(_people(log))
    looks = {knock.sent.identity: knock for knock in new(found)}
    _concerns(log, heard)
    _enquiries(log, heard)
    for knock in looks.values():
        told, name = _about(knock, heard)
        told.logs[name].append(knock)
    _stated(log, heard, looks, book)
    for thing, told in heard.things.items():
        explained = explain(heard.cases[thing](), told, clock)
        if isinstance(explained, str):
            said = dict(Counter(kinds(message for of in told.stated.values() for message in of)))
            book.differences.append(
                f"audit, {' '.join(thing)}: no order of what was heard explains {said}; {explained}"
            )
            continue
        book.account(told.stated)
    return len({message.data["adult_id"] for message in log.facts("concerns")})


def _people(log: Log) -> dict[str, tuple[str, ...]]:
    """Of each adult who was ever merged with another, all whom merges ever connected, directly or not."""
    groups: dict[str, set[str]] = {}
    for message in log.facts("concerns"):
        if message.type == _MERGES[0]:
            pair = (message.data["adult_id"], message.data["other_adult_id"])
            joined = set().union(*(groups.get(one, {one}) for one in pair))
            groups |= dict.fromkeys(joined, joined)
    return {one: tuple(sorted(group)) for one, group in groups.items()}


def _concerns(log: Log, heard: _Heard) -> None:
    marked: set[str] = set()
    for message in log.facts("concerns"):
        data, name = message.data, message.type.split(".", 1)[1].removesuffix(".v1")
        adult_id = data["adult_id"]
        if name == "concern.further-information":  # it counts nothing until a person says so
            continue
        if name in ("concern.received", "concern.withdrawn", "concern.reinstated"):
            heard.of(Concern, data["concern_id"]).logs["concerns"].append(message)
        if name != "adult.possibly-duplicated":
            heard.person(adult_id).logs["concerns", adult_id].append(message)
            continue
        pair = tuple(sorted((adult_id, data["other_adult_id"])))
        heard.of(MayBeOne, *pair).logs[adult_id].append(message)
    for message in log.facts("triage"):
        if message.type != "safeguarding.concern.triaged.v1":
            continue
        concern_id, adult_id = message.data["concern_id"], message.data["adult_id"]
        heard.of(Concern, concern_id).logs["triage"].append(message)
        if message.data["decision"] == "duplicate" or concern_id in marked:  # else it is no matter of repeats
            marked.add(concern_id)
            heard.person(adult_id).logs["triage", adult_id].append(message)
    _merges(log, heard)


def _merges(log: Log, heard: _Heard) -> None:
    """Whoever is found to be one, or not, answers the question whether two are; each log is put in its own order."""
    merges = [message for message in log.facts("concerns") if message.type in _MERGES]
    for thing, told in heard.things.items():
        if thing[0] != MayBeOne.__name__:
            continue
        group = {other for one in thing[1:] for other in heard.people.get(one, (one,))}
        for message in merges:
            if message.data["adult_id"] in group:
                told.logs[message.data["adult_id"]].append(message)
        for log_ in told.logs.values():
            log_.sort(key=lambda one: (one.record.partition, one.record.offset))


def _enquiries(log: Log, heard: _Heard) -> None:
    for message in log.facts("enquiries"):
        data, name = message.data, message.type.removeprefix("safeguarding.enquiry.").removesuffix(".v1")
        if name == "work-without-enquiry":
            heard.of(Work, data["enquiry_id"]).logs["work"].append(message)
        if name in ("opened", "concluded", "reopened", "withdrawn", "capacity-noted", "advocacy-noted"):
            heard.of(Enquiry, data["enquiry_id"]).logs["enquiries"].append(message)
        if name == "opened":
            heard.of(Work, data["enquiry_id"]).logs["opened"].append(message)
        if name in ("opened", "withdrawn"):
            heard.of(Concern, data["concern_id"]).logs["enquiries"].append(message)


def _about(knock: Knock, heard: _Heard) -> tuple[Told, Thing]:
    """What a review is about, and the log it is in."""
    data = knock.sent.said
    if knock.sent.name == "audit.repeat-reviewed":
        return heard.person(data["adult_id"]), ("audit-reviews", data["adult_id"])
    return heard.of(_open(data["open_id"], heard), data["open_id"]), ("audit-reviews",)


def _open(open_id: str, heard: _Heard) -> Callable[..., Case]:
    return Enquiry if (Enquiry.__name__, open_id) in heard.things else Concern


def _stated(log: Log, heard: _Heard, looks: dict[str, Knock], book: Book) -> None:
    """Every fact of audit to the thing it is about; what is about nothing is left over, and so is extra."""
    by_event = {(k.message.source, k.message.id): k for k in looks.values() if k.message is not None}
    for message in log.facts(REPEATS, DRIFT, OVERDUE, ADVOCACY, QUALITY):
        if message.id in book.accounted:
            continue
        data, topic = message.data, message.record.topic
        if "refused_id" in data:
            knock = by_event.get((data["refused_source"], data["refused_id"]))
            if knock is not None:
                _about(knock, heard)[0].state(message)
        elif topic == REPEATS:
            heard.person(data["adult_id"]).state(message)
        else:
            _told_of(message, heard).state(message)


def _told_of(message: Message, heard: _Heard) -> Told:
    data = message.data
    if data.get("flag") == "possibly_duplicated_adult":
        return heard.of(MayBeOne, data["adult_id"], data["about"])
    if "enquiry-work-at-concern-stage" in message.type:
        return heard.of(Work, data["enquiry_id"])
    about = data.get("open_id") or data.get("enquiry_id") or data.get("concern_id") or data["about"]
    return heard.of(_open(about, heard), about)


def _answers(found: Iterable[Knock], book: Book) -> None:
    """What could not be read, or was another event under a known id."""
    for knock in found:
        if knock.fate in ("conflicting", "unreadable") and knock.message is not None:
            topic, type_ = _REFUSED.get(knock.message.type, _REFUSED[REPEAT_REVIEWED])
            codes = {"conflicting_body"} if knock.fate == "conflicting" else None
            book.check(refusal(topic, type_, knock, knock.about, codes))
        elif knock.message is None:
            book.check(place_refusal(DRIFT, "safeguarding.audit.review-unreadable.v1", knock))

"""Facts as they must be and as they are: matched by type, subject and cause, and compared field by field."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import blake2b, sha256
from typing import Any

from deploy.recount.doors import REPORTS
from deploy.recount.identities import derived
from tests.faults.civil import instant
from tests.faults.doors import Knock
from tests.faults.identity import timed
from tests.faults.log import Message

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Expected:
    """A fact that must be stated, once. `recorded` is None where only its writer could know when that was.

    `placed` is what its cause is known as that is a record without so much as an id: an identity of its place.
    """

    topic: str
    type: str
    subject: str
    cause: Message
    key: str
    body: Mapping[str, Any]
    recorded: datetime | None = None
    codes: frozenset[str] | None = None
    placed: str = ""

    @property
    def match(self) -> Key:
        """What it is known by."""
        return self.type, self.subject, self.placed or self.cause.known_as


@dataclass
class Book:
    """What is on the topics, by type, subject and cause, and what has been accounted for."""

    facts: dict[Key, list[Message]]
    accounted: set[str] = field(default_factory=set)
    differences: list[str] = field(default_factory=list)
    allowed: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, messages: Iterable[Message]) -> Book:
        """Every fact, each once by its id."""
        facts: dict[Key, list[Message]] = defaultdict(list)
        for message in messages:
            a = message.attributes
            facts[message.type, a.get("subject", ""), a.get("causationid", "")].append(message)
        return cls(facts)

    def find(self, expected: Expected) -> Message | None:
        """The fact that is this one, whatever it says: the first, if the ids of two derive from this very cause."""
        found = [m for m in self.facts.get(expected.match, ()) if born_of(m, expected)]
        return found[0] if found else None

    def check(self, expected: Expected) -> Message | None:
        """Account for a fact that must be there; note what is missing, double or different."""
        found = [m for m in self.facts.get(expected.match, ()) if born_of(m, expected)]
        name = f"{expected.type} about {expected.subject} because of {expected.cause.id}"
        if not found:
            others = len(self.facts.get(expected.match, ()))
            self.differences.append(f"lost: {name}" + (f" ({others} under ids that do not derive)" if others else ""))
            return None
        if len(found) > 1:
            self.differences.append(f"twice: {name}, under {[message.id for message in found]}")
        self.accounted |= {message.id for message in found}
        self.differences += [f"different: {name}: {what}" for what in compare(expected, found[0])]
        return found[0]

    def account(self, explained: Mapping[Any, Iterable[Message]]) -> None:
        """All of these are what they must be: an order has been found that explains every one of them."""
        self.accounted |= {message.id for messages in explained.values() for message in messages}

    def extra(self, allowed: Iterable[str] = ()) -> Iterable[str]:
        """Facts that nothing accounts for, of the types that are looked at."""
        for (type_, subject, cause), messages in self.facts.items():
            for message in messages:
                if message.id not in self.accounted and type_ not in allowed:
                    yield f"extra: {type_} about {subject} because of {cause} at {message.record.place}"


def refusal(topic: str, type_: str, knock: Knock, about: str, codes: Iterable[str] | None) -> Expected:
    """The answer to what a door could not accept."""
    message = knock.message
    assert message is not None
    about = about or message.identity
    if knock.fate in ("conflicting", "unreadable"):  # not in the inbox: told from others by what its record says
        said = blake2b(knock.record.value or b"", digest_size=16).hexdigest()
        record = knock.record
        identity = derived("answer", message.identity, said, record.topic, str(record.partition), str(record.offset))
        message = replace(message, attributes=message.attributes | {"identity": identity})
    body = {
        "refused_source": message.source, "refused_id": message.id, "refused_type": message.type, "about": about,
    } | knock.report  # fmt: skip
    wanted = None if codes is None else frozenset(codes)
    return Expected(topic, type_, about, message, about, body, codes=wanted)


def place_refusal(topic: str, type_: str, knock: Knock) -> Expected:
    """The answer to a record that says not even which event it is."""
    record = knock.record
    place = f"{record.topic}/{record.partition}/{record.offset}"
    identity = derived("place", place)
    cause = Message(record, place, "", "", None, {}, {"identity": identity})
    body: dict[str, Any] = {
        "place": place, "door": record.topic, "partition": record.partition, "offset": record.offset,
        "about": knock.about,
    } | knock.report  # fmt: skip
    if record.value is not None and not knock.packed:
        body |= {"size": len(record.value), "sha256": sha256(record.value).hexdigest()}
    # What is wrong with what a report says is told in words that are not known here.
    codes = knock.faults if record.topic != REPORTS or not knock.opened else None
    return Expected(topic, type_, place, cause, place, body, codes=codes, placed=identity)


def born_of(message: Message, expected: Expected) -> bool:
    cause = expected.cause
    identity = cause.attributes.get("identity") or cause.identity
    assert message.time is not None
    return message.id == timed(message.time, identity, message.type, expected.subject)


def compare(expected: Expected, message: Message) -> Iterable[str]:
    said = {name: value for name, value in message.data.items() if value is not None}
    if expected.codes is not None:
        codes = {reason["code"] for reason in said.get("reasons", ())}
        if codes != expected.codes:
            yield f"reasons are {sorted(codes)} and not {sorted(expected.codes)}"
    if "refused_id" in expected.body or "place" in expected.body:
        said.pop("reasons", None)
    for name in sorted(said.keys() | expected.body.keys()):
        is_, must = said.get(name), expected.body.get(name)
        if not same(is_, must):
            yield f"{name} is {is_!r} and not {must!r}"
    if message.record.topic != expected.topic:
        yield f"it is on {message.record.topic} and not on {expected.topic}"
    if (message.record.key or b"").decode() != expected.key:
        yield f"its key is {message.record.key!r} and not {expected.key}"
    correlation = expected.placed or expected.cause.correlation
    if message.attributes.get("correlationid") != correlation:
        yield f"its correlation is {message.attributes.get('correlationid')} and not {correlation}"
    if expected.recorded is not None and message.time != expected.recorded:
        yield f"it was recorded {message.time} and not {expected.recorded}"


def same(one: Any, other: Any) -> bool:
    """Whether a fact says what it must: days and instants in whatever writing, numbers and lists as they are."""
    if one == other:
        return True
    if isinstance(other, date) and not isinstance(other, datetime):
        return bool(one == other.isoformat())
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same(one.get(name), other.get(name)) for name in one.keys() | other.keys())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    try:
        return _at(one) == _at(other)
    except (ValueError, TypeError, AttributeError):
        return False


def _at(value: Any) -> datetime:
    return value if isinstance(value, datetime) else instant(value)

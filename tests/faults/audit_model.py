"""What audit knows of one adult and states about them, worked out anew after every step, the slow and plain way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from tests.faults.civil import day_of, instant, midnight, months_on, over_six_months
from tests.faults.facts import Expected
from tests.faults.identity import derived, timed
from tests.faults.log import Message

_PREFIX = "safeguarding.audit."
REPEATS, DRIFT = "audit.repeat-concerns", "audit.drift"


@dataclass(frozen=True)
class Open:
    """A concern not decided, or an enquiry not concluded."""

    kind: str
    start: datetime
    next_flag: datetime | None
    look: int = 0
    flagged_at: datetime | None = None
    last_look: tuple[Any, ...] | None = None
    ended: datetime | None = None


@dataclass(frozen=True)
class Adult:
    """All of it; two that are equal will say the same ever after."""

    adult_id: str
    concerns: dict[str, datetime] = field(default_factory=dict)
    linked: frozenset[frozenset[str]] = frozenset()
    triaged: dict[str, str] = field(default_factory=dict)
    reviewed: tuple[tuple[Any, ...], ...] = ()
    ends: tuple[str, ...] = ()
    open: dict[str, Open] = field(default_factory=dict)
    ended: dict[str, datetime] = field(default_factory=dict)

    @property
    def next_due(self) -> datetime | None:
        """When something comes to the coordinator next."""
        return min((one.next_flag for one in self.open.values() if one.next_flag is not None), default=None)

    def review(self, ordinal: int) -> str:
        """The id of the first, second, … repeat review."""
        return str(derived("repeat-review", self.adult_id, str(ordinal)))


Step = tuple[Adult, list[Expected]]


def hear(adult: Adult, message: Message) -> Step:
    """What another service states."""
    data, name = message.data, message.type.split(".", 1)[1].removesuffix(".v1")
    assert message.time is not None
    if name == "concern.received":
        at = instant(data["received_at"])
        known = replace(adult, concerns=adult.concerns | {data["concern_id"]: at})
        return _settle(_started(known, "concern", data["concern_id"], at), message)
    if name == "concern.linked-as-duplicate":
        pair = frozenset((data["concern_id"], data["duplicate_of"]))
        if pair in adult.linked:
            return adult, []
        return _settle(replace(adult, linked=adult.linked | {pair}), message)
    if name == "concern.triaged":
        left, endings = _ended(adult, data["concern_id"], message, known=data["concern_id"] in adult.concerns)
        triaged = {one: of for one, of in left.triaged.items() if one != data["concern_id"]}
        if data["decision"] == "duplicate":
            triaged[data["concern_id"]] = data["duplicate_of"]
        settled, facts = _settle(replace(left, triaged=triaged), message)
        return settled, endings + facts
    if name == "enquiry.opened":
        return _started(adult, "enquiry", data["enquiry_id"], instant(data["started_at"])), []
    return _ended(adult, data["enquiry_id"], message, known=False)


def fall_due(adult: Adult, due: datetime) -> Step:
    """The clock has reached the next instant that something was set for."""
    identity = str(timed(due, "audit", "drift", adult.adult_id))
    attributes = {"identity": identity, "correlationid": adult.adult_id}
    cause = Message(None, identity, "", "", due, {}, attributes)  # type: ignore[arg-type]
    still, facts = dict(adult.open), []
    for open_id, one in sorted(adult.open.items(), key=lambda item: (item[1].start, item[0])):
        if one.next_flag != due:
            continue
        body: dict[str, Any] = {"open_id": open_id, "kind": one.kind, "adult_id": adult.adult_id}
        more = {"started_at": one.start, "due_at": due, "look": one.look + 1}
        facts.append(_fact(DRIFT, "drift-flagged", open_id, cause, body | more))
        still[open_id] = replace(one, next_flag=None, look=one.look + 1, flagged_at=due)
        if one.ended is not None:
            facts.append(_fact(DRIFT, "drift-ended", open_id, cause, body | {"ending": "ended"}))
            del still[open_id]
    return replace(adult, open=still), facts


def review_repeats(adult: Adult, message: Message) -> tuple[Adult, list[Expected] | str]:
    """A repeat review was carried out; a word where that is refused."""
    data = message.data
    said = data["safety_planning"], data["reviewed_by"], instant(data["reviewed_at"])
    for ordinal, earlier in enumerate(adult.reviewed, 1):
        if data["review_id"] == adult.review(ordinal):
            return adult, [] if earlier[1:] == said else "review_done"
    if not adult.ends or data["review_id"] != adult.review(len(adult.reviewed) + 1):
        return adult, "review_not_open"
    names = ("review_id", "adult_id", "safety_planning", "reviewed_by", "reviewed_at")
    fact = _fact(REPEATS, "repeat-review-done", data["review_id"], message, {name: data[name] for name in names})
    return replace(adult, reviewed=(*adult.reviewed, (adult.ends, *said)), ends=()), [fact]


def review_drift(adult: Adult, message: Message, recorded: datetime) -> tuple[Adult, list[Expected] | str]:
    """The coordinator has looked; a word where that is refused."""
    data, open_id = message.data, message.data["open_id"]
    at, next_look = instant(data["reviewed_at"]), date.fromisoformat(data["next_look"])
    if not day_of(at) < next_look <= months_on(day_of(at), 6):
        return adult, "next_look_out_of_range"
    one = adult.open.get(open_id)
    if one is None:
        return adult, "not_open"
    look = (data["legitimate"], data["reason_open"], next_look, data["reviewed_by"], at)
    if look == one.last_look:
        return adult, []
    if one.flagged_at is None or one.next_flag is not None or recorded < one.flagged_at:
        return adult, "not_flagged"
    if at < one.flagged_at:
        return adult, "reviewed_before_flagged"
    names = ("open_id", "adult_id", "legitimate", "reason_open", "next_look", "reviewed_by", "reviewed_at")
    body = {name: data[name] for name in names} | {"kind": one.kind, "themes": data.get("themes", [])}
    looked = replace(one, last_look=look, next_flag=midnight(next_look))
    fact = _fact(DRIFT, "drift-looked-at", open_id, message, body)
    return replace(adult, open=adult.open | {open_id: looked}), [fact]


def _settle(adult: Adult, message: Message) -> Step:
    """The repeat review that the rule asks for, and what that changes."""
    incidents = _incidents(adult)
    covered = {concern for review in adult.reviewed for concern in review[0]}
    ends = []
    for day, first, members in incidents:
        window = [one for one in incidents if months_on(day, -12) < one[0] <= day]
        if len(window) > 3 and not covered & set(members):
            ends.append((day, first, members, [one[1] for one in window]))
    firsts = tuple(first for _, first, _, _ in ends)
    if firsts == adult.ends:
        return adult, []
    review = adult.review(len(adult.reviewed) + 1)
    said: dict[str, Any] = {"review_id": review, "adult_id": adult.adult_id}
    settled, before = replace(adult, ends=firsts), set(adult.ends)
    if not ends:
        return settled, [_fact(REPEATS, "repeat-review-withdrawn", review, message, said)]
    facts = []
    if not before:
        day, first, _, counted = [end for end in ends if end[0] == ends[0][0]][-1]
        window_of = {"window_after": months_on(day, -12).isoformat(), "window_to": day.isoformat()}
        body = said | {"concern_id": first, "counted": counted} | window_of
        facts = [_fact(REPEATS, "repeat-review-opened", review, message, body)]
        new = [end for end in ends if end[0] > day]
    else:
        new = [end for end in ends if not before & set(end[2])]
    for _, first, _, _ in new:
        facts.append(_fact(REPEATS, "repeat-concern-joined", first, message, said | {"concern_id": first}))
    return settled, facts


def _incidents(adult: Adult) -> list[tuple[date, str, list[str]]]:
    """Concerns that report one incident together, each at its earliest, in the order of receipt."""
    pairs = [set(pair) for pair in adult.linked] + [{one, of} for one, of in adult.triaged.items()]
    groups = [{concern} for concern in adult.concerns]
    for pair in pairs:
        if pair <= adult.concerns.keys():
            joined = set().union(*(group for group in groups if group & pair))
            groups = [group for group in groups if not group & pair] + [joined]
    ordered = [sorted(group, key=lambda c: (adult.concerns[c], c)) for group in groups]
    ordered.sort(key=lambda group: (adult.concerns[group[0]], group[0]))
    return [(day_of(adult.concerns[group[0]]), group[0], group) for group in ordered]


def _started(adult: Adult, kind: str, open_id: str, start: datetime) -> Adult:
    over = over_six_months(start)
    ended = adult.ended.get(open_id)
    left = {one: at for one, at in adult.ended.items() if one != open_id}
    if open_id in adult.open:
        return adult
    if ended is not None and ended < over:
        return replace(adult, ended=left)
    return replace(adult, ended=left, open=adult.open | {open_id: Open(kind, start, over, ended=ended)})


def _ended(adult: Adult, open_id: str, message: Message, *, known: bool) -> Step:
    at = message.time
    assert at is not None
    one = adult.open.get(open_id)
    if one is None:
        early = adult.ended | {open_id: min(at, adult.ended.get(open_id, at))}
        return (adult if known else replace(adult, ended=early)), []
    left = replace(adult, open={other: of for other, of in adult.open.items() if other != open_id})
    if one.flagged_at is None:
        return left, []
    body = {
        "open_id": open_id, "kind": one.kind, "adult_id": adult.adult_id,
        "ending": "ended" if at >= one.flagged_at else "withdrawn",
    }  # fmt: skip
    return left, [_fact(DRIFT, "drift-ended", open_id, message, body)]


def _fact(topic: str, name: str, subject: str, cause: Message, body: dict[str, Any]) -> Expected:
    return Expected(topic, f"{_PREFIX}{name}.v1", subject, cause, str(body["adult_id"]), body)


def timers_until(adult: Adult, until: datetime) -> tuple[Adult, list[Expected]]:
    """Everything that fell due by then, in order."""
    facts: list[Expected] = []
    while (due := adult.next_due) is not None and due <= until:
        adult, more = fall_due(adult, due)
        facts += more
    return adult, facts


def kinds(messages: Iterable[Message]) -> list[str]:
    """The last words of their types, to speak of them."""
    return [message.type.rpartition(".v")[0].rpartition(".")[2] for message in messages]

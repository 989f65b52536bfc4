"""Audit held against its model: is there any order of what it read, each log in its own order, that explains it?

Four logs tell audit of an adult, and nothing says how they interleave; a driven clock may strike in between. So
orders are tried until one is found whose facts are the facts that are there, in the order in which they are there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from tests.faults.audit_model import (
    DRIFT,
    REPEATS,
    Adult,
    fall_due,
    hear,
    kinds,
    review_drift,
    review_repeats,
    timers_until,
)
from tests.faults.doors import Knock, new
from tests.faults.facts import Book, Expected, born_of, compare, refusal
from tests.faults.log import Log, Message

REPEAT_REVIEWED, DRIFT_REVIEWED = "safeguarding.audit.repeat-reviewed.v1", "safeguarding.audit.drift-reviewed.v1"
_REFUSED = {
    REPEAT_REVIEWED: (REPEATS, "safeguarding.audit.repeat-review-refused.v1"),
    DRIFT_REVIEWED: (DRIFT, "safeguarding.audit.drift-review-refused.v1"),
}
_HEARD = {
    "concerns": ("safeguarding.concern.received.v1", "safeguarding.concern.linked-as-duplicate.v1"),
    "triage": ("safeguarding.concern.triaged.v1",),
    "enquiries": ("safeguarding.enquiry.opened.v1", "safeguarding.enquiry.concluded.v1"),
}
_TRIES = 200_000
Heard = Message | Knock


@dataclass
class _Adult:
    """What audit heard of an adult, log by log, and what it stated, topic by topic."""

    adult_id: str
    logs: dict[str, list[Heard]] = field(default_factory=lambda: defaultdict(list))
    stated: dict[str, list[Message]] = field(default_factory=lambda: {REPEATS: [], DRIFT: []})


def audit(log: Log, found: list[Knock], book: Book, horizon: datetime | None) -> int:
    """Hold every adult against the model; how many there are. `horizon` is how far a driven clock came."""
    _answers(found, book)
    adults: dict[str, _Adult] = {}
    for topic, types in _HEARD.items():
        for message in log.facts(topic):
            if message.type in types:
                adult_id = message.data["adult_id"]
                adults.setdefault(adult_id, _Adult(adult_id)).logs[topic].append(message)
    for knock in new(found, *_REFUSED):
        assert knock.message is not None
        adult_id = knock.message.data["adult_id"]
        adults.setdefault(adult_id, _Adult(adult_id)).logs["audit-reviews"].append(knock)
    for topic in (REPEATS, DRIFT):
        for message in log.facts(topic):
            adult_id = (message.record.key or b"").decode()
            if message.id not in book.accounted and adult_id in adults:
                adults[adult_id].stated[topic].append(message)
    for adult in adults.values():
        _explain(adult, book, horizon)
    return len(adults)


def _answers(found: Iterable[Knock], book: Book) -> None:
    """What could not be read, or was another event under a known id."""
    for knock in found:
        if knock.fate in ("conflicting", "unreadable") and knock.message is not None:
            topic, type_ = _REFUSED.get(knock.message.type, _REFUSED[REPEAT_REVIEWED])
            codes = {"conflicting_body"} if knock.fate == "conflicting" else None
            book.check(refusal(topic, type_, knock, knock.about, codes))


def _explain(adult: _Adult, book: Book, horizon: datetime | None) -> None:
    search = _Search(adult, horizon)
    explained = search.run()
    if explained is None:
        said = {topic: kinds(messages) for topic, messages in adult.stated.items()}
        why = "no order of what was heard explains" if search.tries < _TRIES else "too many orders might explain"
        heard = {topic: len(of) for topic, of in adult.logs.items()}
        book.differences.append(f"audit, adult {adult.adult_id}: {why} {said}; heard {heard}; {search.furthest}")
        return
    for expected in explained:
        book.check(expected)


class _Search:
    """Depth first over the orders, never twice from where it has been."""

    def __init__(self, adult: _Adult, horizon: datetime | None) -> None:
        self._logs = list(adult.logs.values())
        self._stated = adult.stated
        self._adult_id = adult.adult_id
        self._horizon = horizon
        self.tries = 0
        self.furthest = ""
        self._most = -1

    def run(self) -> list[Expected] | None:
        """The facts along the first order that explains everything."""
        start = (Adult(self._adult_id), (0,) * len(self._logs), 0, 0)
        stack: list[tuple[Adult, tuple[int, ...], int, int, tuple[Expected, ...]]] = [(*start, ())]
        seen: set[str] = set()
        while stack and self.tries < _TRIES:
            adult, at, repeats, drifts, facts = stack.pop()
            name = f"{at} {repeats} {drifts} {adult}"
            if name in seen:
                continue
            seen.add(name)
            self.tries += 1
            if self._done(adult, at, repeats, drifts):
                return list(facts)
            for after, next_at, more in self._steps(adult, at):
                matched = self._match(more, repeats, drifts)
                if matched is not None:
                    stack.append((after, next_at, *matched, (*facts, *more)))
        return None

    def _done(self, adult: Adult, at: tuple[int, ...], repeats: int, drifts: int) -> bool:
        over = all(place == len(log) for place, log in zip(at, self._logs, strict=True))
        told = repeats == len(self._stated[REPEATS]) and drifts == len(self._stated[DRIFT])
        due = adult.next_due
        waiting = due is not None and self._horizon is not None and due <= self._horizon
        progress = sum(at) + repeats + drifts
        if progress > self._most:
            self._most = progress
            unsaid = kinds([*self._stated[REPEATS][repeats:], *self._stated[DRIFT][drifts:]])
            self.furthest = f"unexplained {unsaid[:6]} after {sum(at)} heard, due {due if waiting else None}"
        return over and told and not waiting

    def _steps(self, adult: Adult, at: tuple[int, ...]) -> Iterator[tuple[Adult, tuple[int, ...], list[Expected]]]:
        due = adult.next_due
        if due is not None and self._horizon is not None and due <= self._horizon:
            after, facts = fall_due(adult, due)
            yield after, at, facts
        for number, log in enumerate(self._logs):
            if at[number] < len(log):
                next_at = (*at[:number], at[number] + 1, *at[number + 1 :])
                after, facts = _hear(adult, log[at[number]])
                yield after, next_at, facts

    def _match(self, facts: Iterable[Expected], repeats: int, drifts: int) -> tuple[int, int] | None:
        for fact in facts:
            place = repeats if fact.topic == REPEATS else drifts
            stated = self._stated[fact.topic]
            if place >= len(stated) or not _is(fact, stated[place]):
                return None
            repeats, drifts = repeats + (fact.topic == REPEATS), drifts + (fact.topic == DRIFT)
        return repeats, drifts


def _hear(adult: Adult, heard: Heard) -> tuple[Adult, list[Expected]]:
    """What fell due before this was recorded comes first."""
    if isinstance(heard, Message):
        assert heard.time is not None
        timed, before = timers_until(adult, heard.time)
        after, facts = hear(timed, heard)
        return after, before + facts
    message = heard.message
    assert message is not None
    timed, before = timers_until(adult, heard.recorded)
    if message.type == REPEAT_REVIEWED:
        after, answer = review_repeats(timed, message)
    else:
        after, answer = review_drift(timed, message, heard.recorded)
    if isinstance(answer, str):
        topic, type_ = _REFUSED[message.type]
        return after, [*before, refusal(topic, type_, heard, adult.adult_id, {answer})]
    return after, before + answer


def _is(expected: Expected, message: Message) -> bool:
    cause = message.attributes.get("causationid")
    if (message.type, message.attributes.get("subject"), cause) != expected.match:
        return False
    return born_of(message, expected) and not any(compare(expected, message))

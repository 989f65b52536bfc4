"""What intake must make of decisions about records: links, withdrawals, merges, and each of them taken back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.faults.civil import instant
from tests.faults.doors import Knock, new
from tests.faults.facts import Book, Expected, refusal, same
from tests.faults.intake_rules import REFUSED, Intake
from tests.faults.log import Message
from tests.faults.replay import CHANGED, SAME, WAITS, replay

FOUND, TAKEN_BACK = "safeguarding.concern.duplicate-found.v1", "safeguarding.concern.duplicate-taken-back.v1"
WITHDRAWN, REINSTATED = "safeguarding.concern.withdrawal-decided.v1", "safeguarding.concern.withdrawal-taken-back.v1"
ONE, TWO = "safeguarding.adult.found-one.v1", "safeguarding.adult.found-different.v1"
_STATED = {
    FOUND: "safeguarding.concern.linked-as-duplicate.v1", TAKEN_BACK: "safeguarding.concern.unlinked.v1",
    WITHDRAWN: "safeguarding.concern.withdrawn.v1", REINSTATED: "safeguarding.concern.reinstated.v1",
    ONE: "safeguarding.adult.merged.v1", TWO: "safeguarding.adult.unmerged.v1",
}  # fmt: skip
_SAID = ("reason", "grounds", "decided_by", "decided_at", "adult_id", "other_adult_id")
Answer = str | set[str]


@dataclass
class _File:
    """What was decided about one thing, in order; each with what took it back, if anything did."""

    decided: list[tuple[dict[str, Any], dict[str, Any] | None]] = field(default_factory=list)
    link: tuple[datetime, bool] | None = None


def records(found: list[Knock], book: Book, result: Intake) -> None:
    """Go through the decisions about each pair of concerns, each concern and each merge, in their logs' order."""
    rules = _Rules(book, result)
    said: dict[tuple[str, ...], list[Knock]] = defaultdict(list)
    for knock in new(found, *_STATED):
        assert knock.message is not None
        said[_thing(knock.message)].append(knock)
    # Merges first: whether a link between two adults is accepted hangs on them.
    for thing, knocks in sorted(said.items(), key=lambda item: item[0][0] != "merge"):
        file = _File()
        rule = {"merge": rules.merge, "pair": rules.pair, "concern": rules.withdraw}[thing[0]]

        def tell(knock: Knock, file: _File = file, rule: Any = rule) -> str:
            answer: Answer = rule(file, knock)
            if isinstance(answer, set):
                book.check(refusal("receipts", REFUSED, knock, knock.about, answer))
                return SAME
            return answer

        result.held |= {k.message.identity for k in replay(knocks, tell) if k.message is not None}


def _thing(message: Message) -> tuple[str, ...]:
    data = message.data
    if "merge_id" in data:
        return "merge", data["merge_id"]
    if "duplicate_of" in data:
        return "pair", *sorted((data["concern_id"], data["duplicate_of"]))
    return "concern", data["concern_id"]


class _Rules:
    def __init__(self, book: Book, result: Intake) -> None:
        self._book = book
        self._concerns = result.concerns
        self._connected: dict[str, set[str]] = {}

    def withdraw(self, file: _File, knock: Knock) -> Answer:
        """A concern withdrawn, or that taken back; the two take turns in time."""
        message = _message(knock)
        data, at = message.data, instant(message.data["decided_at"])
        if knock.in_future(at):
            return {"decided_at_in_the_future"}
        concern = self._concerns.get(data["concern_id"])
        if concern is None:
            return WAITS
        if at < concern.received_at:
            return {"decided_before_receipt"}
        answer = _withdrawn(file, data, at) if message.type == WITHDRAWN else _taken_back(file, data, at)
        if answer == CHANGED:
            body = {name: data[name] for name in ("concern_id", "reason", "decided_by", "decided_at")}
            self._state(message, data["concern_id"], concern.adult_id, body | {"adult_id": concern.adult_id})
        return answer

    def merge(self, file: _File, knock: Knock) -> Answer:
        """Two adults found to be one, under an id that is used once; or that taken back, for good."""
        message = _message(knock)
        data, at = message.data, instant(message.data["decided_at"])
        if message.type == ONE and data["adult_id"] == data["other_adult_id"]:
            return {"merged_with_itself"}
        if knock.in_future(at):
            return {"decided_at_in_the_future"}
        known = file.decided[-1] if file.decided else None
        if message.type == ONE and known is not None:
            used = "merge_id_used" if known[1] is None else "merge_taken_back"
            return SAME if _same(_sorted(known[0]), _sorted(data)) else {used}
        answer = _taken_back(file, data, at) if message.type == TWO else CHANGED
        if answer != CHANGED:
            return answer
        if message.type == ONE:
            file.decided.append((data, None))
        one, other = sorted((file.decided[-1][0]["adult_id"], file.decided[-1][0]["other_adult_id"]))
        joined = self._connected.get(one, {one}) | self._connected.get(other, {other})
        self._connected |= dict.fromkeys(joined, joined)
        body = {name: data[name] for name in ("merge_id", "decided_by", "decided_at")}
        self._state(message, data["merge_id"], one, body | {"adult_id": one, "other_adult_id": other})
        return CHANGED

    def pair(self, file: _File, knock: Knock) -> Answer:
        """Two concerns of one adult linked, or separate again: what was decided last stands."""
        message = _message(knock)
        data, at = message.data, instant(message.data["decided_at"])
        itself = data["concern_id"] == data["duplicate_of"]
        if itself or knock.in_future(at):
            return {"duplicate_of_itself" if itself else "decided_at_in_the_future"}
        one, other = self._concerns.get(data["concern_id"]), self._concerns.get(data["duplicate_of"])
        if one is None or other is None:
            return WAITS
        two = one.adult_id != other.adult_id and not self._merged_then(message, one, other)
        if message.type == FOUND and not _linked(file) and two:
            return {"about_different_adults"}
        return self._link(file, message, (one if data["concern_id"] < data["duplicate_of"] else other).adult_id)

    def _link(self, file: _File, message: Message, adult_id: str) -> Answer:
        data, at, linked = message.data, instant(message.data["decided_at"]), _linked(file)
        last = file.link[0] if file.link is not None else None
        if linked == (message.type == FOUND) and last is not None:  # it stands already, perhaps since now
            file.link = max(at, last), not linked
            return CHANGED if last < at else SAME
        if last is None and message.type == TAKEN_BACK:
            return WAITS
        if last is not None and (at < last or (at == last and not linked)):
            return {"later_decision_stands"}
        file.link = at, linked
        body = {name: data[name] for name in ("concern_id", "duplicate_of", "decided_by", "decided_at")}
        self._state(message, data["concern_id"], adult_id, body | {"adult_id": adult_id})
        return CHANGED

    def _merged_then(self, message: Message, one: Any, other: Any) -> bool:
        """Whether two adults were one person when the link was decided on.

        Merges come by another key, and so by another partition: where these two were ever connected, which was
        first is intake's to say, and either answer is allowed.
        """
        if other.adult_id not in self._connected.get(one.adult_id, ()):
            return False
        return (
            self._book.find(Expected("concerns", _STATED[FOUND], message.data["concern_id"], message, "", {}))
            is not None
        )

    def _state(self, message: Message, subject: str, key: str, body: dict[str, Any]) -> None:
        self._book.check(Expected("concerns", _STATED[message.type], subject, message, key, body))


def _linked(file: _File) -> bool:
    return file.link is not None and not file.link[1]


def _withdrawn(file: _File, data: dict[str, Any], at: datetime) -> Answer:
    if any(_same(known, data) for known, _ in file.decided):
        return SAME
    last = file.decided[-1][1] if file.decided else None
    if file.decided and last is None:
        return {"withdrawn_already"}
    if last is not None and at <= instant(last["decided_at"]):
        return {"later_decision_stands"}
    file.decided.append((data, None))
    return CHANGED


def _taken_back(file: _File, data: dict[str, Any], at: datetime) -> Answer:
    if any(back is not None and _same(back, data) for _, back in file.decided):
        return SAME
    if not file.decided:
        return WAITS
    known, back = file.decided[-1]
    if back is not None:
        return {"taken_back_already"}
    if at < instant(known["decided_at"]):
        return {"later_decision_stands"}
    file.decided[-1] = known, data
    return CHANGED


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(same(one.get(name), other.get(name)) for name in _SAID)


def _sorted(data: dict[str, Any]) -> dict[str, Any]:
    """A merge, whichever of the two was named first."""
    one, other = sorted((data["adult_id"], data["other_adult_id"]))
    return data | {"adult_id": one, "other_adult_id": other}


def _message(knock: Knock) -> Message:
    assert knock.message is not None
    return knock.message

"""An enquiry as it is known from the conversions and the records that were heard of so far, in one order."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tests.faults.civil import instant
from tests.faults.doors import Knock
from tests.faults.facts import Expected, refusal
from tests.faults.log import Message
from tests.faults.orders import Heard, timer

ASKED, ASSESSED = "safeguarding.enquiry.outcomes-asked.v1", "safeguarding.enquiry.outcomes-assessed.v1"
PROPOSED, APPROVED = "safeguarding.enquiry.closure-proposed.v1", "safeguarding.enquiry.closure-approved.v1"
RETURNED, REOPENED = "safeguarding.enquiry.closure-returned.v1", "safeguarding.enquiry.reopening-decided.v1"
CAPACITY, SUPPORT = "safeguarding.enquiry.capacity-assessed.v1", "safeguarding.enquiry.advocacy-recorded.v1"
OPENED, CONCLUDED = "safeguarding.enquiry.opened.v1", "safeguarding.enquiry.concluded.v1"
MSP_ASKED, MSP_ACHIEVED = "safeguarding.msp.asked.v1", "safeguarding.msp.achieved.v1"
REFUSED, WORK = "safeguarding.enquiry.record-refused.v1", "safeguarding.enquiry.work-without-enquiry.v1"
AT = {
    ASKED: "asked_at", ASSESSED: "assessed_at", PROPOSED: "proposed_at", APPROVED: "approved_at",
    RETURNED: "returned_at", REOPENED: "decided_at", CAPACITY: "assessed_at", SUPPORT: "recorded_at",
}  # fmt: skip
"""What each record calls the time at which it happened."""
_MANAGERIAL = {
    "assistant_team_manager", "head_of_service", "manager", "principal_social_worker", "service_manager",
    "team_leader", "team_manager",
}  # fmt: skip
_MAY = {APPROVED: "approve", RETURNED: "return", REOPENED: "reopen"}
_GRACE = timedelta(hours=24)
_KINDS = {"converted": "section_42", "other-enquiry-started": "other"}
Stated = list[Expected]
Data = dict[str, Any]
WAITS = "waits"


@dataclass(frozen=True)
class Enquiry:
    """`whose` are its concern and adult, once it was opened. `early` is since when work waits for it, until told.

    `undone` are conclusions that no longer count, `returned` the proposals a manager returned.
    """

    enquiry_id: str
    rules: Mapping[str, Callable[[Enquiry, Message], Any]] = field(repr=False)
    whose: Data | None = None
    start: datetime | None = None
    kind: str = ""
    withdrawn: bool = False
    asked: tuple[datetime, str, Data] | None = None
    assessed: tuple[datetime, str, Data] | None = None
    proposals: tuple[Data, ...] = ()
    returned: tuple[Data, ...] = ()
    reopened: tuple[Data, ...] = ()
    undone: tuple[Data, ...] = ()
    concluded: Data | None = None
    capacity: tuple[Data, ...] = ()
    support: tuple[Data, ...] = ()
    waiting: tuple[Knock, ...] = ()
    early: datetime | None = None
    early_told: bool = False

    @property
    def name(self) -> Hashable:
        """What the places in the logs and the facts do not tell already."""
        return self.early, self.early_told, tuple(knock.record.place for knock in self.waiting)

    @property
    def due(self) -> datetime | None:
        """When work that waits for the enquiry to be opened has to be told of."""
        return self.early + _GRACE if self.early is not None and not self.early_told else None

    def fall_due(self) -> tuple[Enquiry, Stated]:
        """Nobody can say any more that the enquiry is only on its way."""
        due = self.due
        assert due is not None
        body = {"enquiry_id": self.enquiry_id, "first_recorded_at": self.early, "due_at": due}
        cause = timer("enquiry", "work_without_enquiry", self.enquiry_id, due)
        told = Expected("enquiries", WORK, self.enquiry_id, cause, self.enquiry_id, body, due)
        return replace(self, early_told=True), [told]

    def hear(self, heard: Heard) -> tuple[Enquiry, Stated]:
        """A conversion, one taken back, or a record; and whatever waited for that."""
        if isinstance(heard, Knock):
            after, facts, changed = self._record(heard)
        else:
            after, facts, changed = self._started(heard)
        while changed:  # the oldest has its turn again whenever one of those that waited has been accepted
            changed = False
            for knock in after.waiting:
                rest = tuple(other for other in after.waiting if other is not knock)
                became, more, changed = replace(after, waiting=rest)._record(knock)
                if became.waiting == rest:
                    after, facts = became, facts + more
                if changed:
                    break
        return after, facts

    def _started(self, message: Message) -> tuple[Enquiry, Stated, bool]:
        data = message.data
        name = message.type.split(".")[2]
        if name == "conversion-taken-back":
            if self.withdrawn:
                return self, [], False
            body = {"started_at": self.start, "kind": self.kind, "decision_id": data["decision_id"]}
            undone = (*self.undone, self.concluded) if self.concluded is not None else self.undone
            after = replace(self, withdrawn=True, concluded=None, undone=undone)
            return after, [self.fact("withdrawn", message, body)], True
        if self.whose is not None and not self.withdrawn:
            return self, [], False
        whose = {each: data[each] for each in ("enquiry_id", "concern_id", "adult_id")}
        after = replace(
            self, whose=whose, start=instant(data["decided_at"]), kind=_KINDS[name], withdrawn=False, early=None
        )
        return after, [after.fact("opened", message, {"started_at": after.start, "kind": after.kind})], True

    def _record(self, knock: Knock) -> tuple[Enquiry, Stated, bool]:
        message = knock.message
        assert message is not None
        wrong = _form(message.type, message.data)
        at = AT[message.type]
        if knock.in_future(instant(message.data[at])):
            wrong.add(f"{at}_in_the_future")
        answer: Any = wrong
        if not wrong and self.whose is None:
            early = min(knock.recorded, self.early or knock.recorded)
            return replace(self, waiting=(*self.waiting, knock), early=early), [], False
        if not wrong:
            name = message.type.removeprefix("safeguarding.enquiry.").removesuffix(".v1")
            answer = {"enquiry_withdrawn"} if self.withdrawn else self.rules[name](self, message)
        if answer == WAITS:
            return replace(self, waiting=(*self.waiting, knock)), [], False
        if isinstance(answer, set):
            return self, [refusal("enquiries", REFUSED, knock, self.enquiry_id, answer)], False
        return answer if answer is not None else (self, [], False)

    def fact(self, name: str, cause: Message, body: Data) -> Expected:
        """What is stated of the enquiry; recorded with its cause, unless that came through a door."""
        assert self.whose is not None
        recorded = cause.time if cause.record.topic == "section-42-conversions" else None
        type_ = f"safeguarding.enquiry.{name}.v1"
        return Expected("enquiries", type_, self.enquiry_id, cause, self.whose["adult_id"], self.whose | body, recorded)

    def msp(self, type_: str, cause: Message, body: Data) -> Expected:
        """What is stated of what the adult wants."""
        assert self.whose is not None
        whose = {name: self.whose[name] for name in ("enquiry_id", "adult_id")}
        return Expected("msp-outcomes", type_, self.enquiry_id, cause, self.whose["adult_id"], whose | body)


def _form(type_: str, data: Data) -> set[str]:
    """What is wrong with a record by itself."""
    codes = set()
    if type_ == ASKED:
        answer, outcomes = data["answer"], data.get("outcomes") or []
        if answer in ("expressed", "none_expressed") and not data.get("asked_of"):
            codes.add("asked_of_missing")
        if answer == "not_asked" and data.get("asked_of"):
            codes.add("asked_of_nobody")
        if (answer == "not_asked") != bool(data.get("reason_not_asked")):
            codes.add("reason_missing" if answer == "not_asked" else "reason_contradicts")
        if (answer == "expressed") != bool(outcomes):
            codes.add("outcomes_missing" if answer == "expressed" else "outcomes_contradict")
    if type_ == PROPOSED and data.get("supersedes") == data["closure_id"]:
        codes.add("supersedes_itself")
    if type_ in _MAY and data["role"] not in _MANAGERIAL:
        codes.add(f"role_may_not_{_MAY[type_]}")
    if type_ == SUPPORT:
        advocate = bool(set(data.get("support") or ()) - {"family", "friend"})
        if advocate != (data["take_up"] in ("accepted", "already_in_place")):
            codes.add("advocate_contradicts" if advocate else "advocate_missing")
    return codes

"""An enquiry as it is known from the conversions and the records that were heard of so far, in one order.

What becomes of a record is the recount's to say; here is what is stated of it, and what falls due.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from copy import copy
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from deploy.recount.answers import LATER, TAKEN
from deploy.recount.enquiries import Enquiry as Counted
from deploy.recount.enquiries import record
from deploy.recount.findings import overall
from deploy.recount.open_ends import Caused
from tests.faults.civil import instant, midnight
from tests.faults.doors import Knock
from tests.faults.facts import Expected, refusal
from tests.faults.log import Message
from tests.faults.orders import Heard, timer

OPENED, CONCLUDED = "safeguarding.enquiry.opened.v1", "safeguarding.enquiry.concluded.v1"
MSP_ASKED, MSP_ACHIEVED = "safeguarding.msp.asked.v1", "safeguarding.msp.achieved.v1"
REFUSED, WORK = "safeguarding.enquiry.record-refused.v1", "safeguarding.enquiry.work-without-enquiry.v1"
_GRACE = timedelta(hours=24)
_POLICY = "coventry-2024-1"
_NOTED = {
    "capacity-assessed": "capacity-noted", "advocacy-recorded": "advocacy-noted", "caused": "caused-elsewhere",
    "caused-chased": "caused-chase-noted", "caused-returned": "caused-return-noted",
    "closure-proposed": "closure-proposal-noted", "closure-returned": "closure-return-noted",
}  # fmt: skip
"""The facts that say of a record what it says itself."""
_ASKED = ("answer", "asked_of", "reason_not_asked", "asked_at", "outcomes", "moment")
_ACHIEVED = ("achieved", "asked_of", "assessed_at")
Stated = list[Expected]
Data = dict[str, Any]
P = TypeVar("P")


@dataclass(frozen=True)
class Enquiry:
    """`whose` are its concern and adult, once it was opened. `early` is since when work waits for it, until told.

    `told_on` is, of what others were caused to do, the last day of which was told that it had passed.
    """

    enquiry_id: str
    whose: Data | None = None
    of: Counted | None = None
    told_on: tuple[tuple[str, date], ...] = ()
    waiting: tuple[Knock, ...] = ()
    early: datetime | None = None
    early_told: bool = False

    @property
    def name(self) -> Hashable:
        """What the places in the logs and the facts do not tell already."""
        return self.early, self.early_told, self.told_on, tuple(knock.record.place for knock in self.waiting)

    @property
    def due(self) -> datetime | None:
        """When work that waits for the enquiry to be opened has to be told of, or what others owe the council."""
        if self.of is None:
            return self.early + _GRACE if self.early is not None and not self.early_told else None
        if self.of.withdrawn or self.of.concluded_at is not None:
            return None
        return min((at for _, _, at in self._overdue()), default=None)

    def _overdue(self) -> Iterable[tuple[str, Caused, datetime]]:
        """What others owe the council, and when somebody has to be told; not where nothing is due, or it was told."""
        assert self.of is not None
        told_on = dict(self.told_on)
        for cause_id, caused in self.of.ends.caused.items():
            if not caused.answered and caused.due_on > told_on.get(cause_id, date.min):
                yield cause_id, caused, midnight(caused.due_on + timedelta(days=1))

    def fall_due(self) -> tuple[Enquiry, Stated]:
        """Nobody can say any more that the enquiry is only on its way; or a day has passed without an answer."""
        due = self.due
        assert due is not None
        if self.of is None:
            body = {"enquiry_id": self.enquiry_id, "first_recorded_at": self.early, "due_at": due}
            cause = timer("enquiry", "work_without_enquiry", self.enquiry_id, due)
            told = [Expected("enquiries", WORK, self.enquiry_id, cause, self.enquiry_id, body, due)]
            return replace(self, early_told=True), told
        cause = timer("enquiry", "caused_enquiry_overdue", self.enquiry_id, due)
        late = [(cause_id, caused) for cause_id, caused, at in self._overdue() if at <= due]
        facts = [self.fact("caused-overdue", cause, {"cause_id": one, "due_at": due}, one) for one, _ in late]
        told_on = dict(self.told_on) | {cause_id: caused.due_on for cause_id, caused in late}
        return replace(self, told_on=tuple(told_on.items())), facts

    def hear(self, heard: Heard) -> tuple[Enquiry, Stated]:
        """A conversion, one taken back, or a record; and whatever waited for that, each after what was due by then."""
        after, facts, changed = self._record(heard) if isinstance(heard, Knock) else self._started(heard)
        while changed:  # the oldest has its turn again whenever one of those that waited has been accepted
            changed = False
            for knock in after.waiting:
                if after.due is not None and after.due <= knock.recorded:
                    (after, more), changed = after.fall_due(), True
                    facts = facts + more
                    break
                rest = tuple(other for other in after.waiting if other is not knock)
                became, more, changed = replace(after, waiting=rest)._record(knock)
                if became.waiting == rest:
                    after, facts = became, facts + more
                if changed:
                    break
        return after, facts

    def _started(self, message: Message) -> tuple[Enquiry, Stated, bool]:
        data, of = message.data, _apart(self.of)
        if message.type == "safeguarding.concern.conversion-taken-back.v1":
            if of is None or of.withdrawn:
                return self, [], False
            body = {"started_at": of.started_at, "decision_id": data["decision_id"]}
            of.withdraw()
            after = replace(self, of=of)
            return after, [after.fact("withdrawn", message, body | after.kind)], True
        if of is not None and not of.withdrawn:
            return self, [], False
        whose, at = {each: data[each] for each in ("enquiry_id", "concern_id", "adult_id")}, instant(data["decided_at"])
        if of is None:
            section_42 = message.type == "safeguarding.concern.converted.v1"
            of = Counted(self.enquiry_id, data["concern_id"], section_42, at)
        else:
            of.start_again(at)
        after = replace(self, whose=whose, of=of, early=None)
        return after, [after.fact("opened", message, {"started_at": at} | after.kind)], True

    def _record(self, knock: Knock) -> tuple[Enquiry, Stated, bool]:
        sent, of = knock.sent, _apart(self.of)
        answer = record({} if of is None else {self.enquiry_id: of}, sent)
        if answer is LATER:
            early = min(knock.recorded, self.early or knock.recorded) if of is None else self.early
            return replace(self, waiting=(*self.waiting, knock), early=early), [], False
        if answer.why:
            return self, [refusal("enquiries", REFUSED, knock, self.enquiry_id, answer.why)], False
        if answer is not TAKEN:
            return self, [], False
        assert knock.message is not None
        after = replace(self, of=of)
        return after, [after._stated(sent.name.removeprefix("enquiry."), sent.said, knock.message)], True

    @property
    def kind(self) -> Data:
        """Which kind of enquiry it is."""
        assert self.of is not None
        return {"kind": "section_42" if self.of.section_42 else "other"}

    def _stated(self, kind: str, said: Data, cause: Message) -> Expected:
        """The fact that follows from a record that was taken."""
        assert self.of is not None
        if kind in _NOTED:
            return self.fact(_NOTED[kind], cause, {"record": said})
        if kind == "outcomes-asked":
            return self._msp(MSP_ASKED, cause, {name: said[name] for name in _ASKED})
        if kind == "outcomes-assessed":
            return self._msp(MSP_ACHIEVED, cause, {name: said[name] for name in _ACHIEVED} | {"overall": overall(said)})
        body = {"started_at": self.of.started_at, "closure_id": said["closure_id"]} | self.kind
        if kind == "reopening-decided":
            body |= {name: said[name] for name in ("reopening_id", "reason", "decided_by")}
            return self.fact("reopened", cause, body | {"reopened_at": said["decided_at"]})
        proposal, stood = self.of.closing.proposals[said["closure_id"]], self.of.stood
        body |= {name: stood[name] for name in ("asked", "achieved", "capacity", "risks")} | {"policy": _POLICY}
        body |= {"lacked_capacity_for": stood["lacking"], "support": sorted(set(stood["support"]))}
        body |= {"risk_assessment": stood["risk"], "risk_outcome": stood["outcome"]}
        body |= {"reason": proposal["reason"], "proposed_by": proposal["proposed_by"]}
        body |= {"approved_by": said["approved_by"], "concluded_at": said["approved_at"]}
        return self.fact("concluded", cause, body)

    def fact(self, name: str, cause: Message, body: Data, subject: str = "") -> Expected:
        """What is stated of the enquiry; recorded with its cause, unless that came through a door."""
        assert self.whose is not None
        recorded = cause.time if cause.source.startswith("/section42/") else None
        type_, about, key = f"safeguarding.enquiry.{name}.v1", subject or self.enquiry_id, self.whose["adult_id"]
        return Expected("enquiries", type_, about, cause, key, self.whose | body, recorded)

    def _msp(self, type_: str, cause: Message, body: Data) -> Expected:
        """What is stated of what the adult wants."""
        assert self.whose is not None
        whose = {name: self.whose[name] for name in ("enquiry_id", "adult_id")}
        return Expected("msp-outcomes", type_, self.enquiry_id, cause, self.whose["adult_id"], whose | body)


def _apart(part: P) -> P:
    """What the recount knows, to go on with while this stays as it is; what was said itself never changes."""
    if is_dataclass(part) and not isinstance(part, type):
        return replace(part, **{each.name: _apart(getattr(part, each.name)) for each in fields(part)})
    if not isinstance(part, dict | list | set):
        return part
    apart = copy(part)
    if isinstance(apart, dict):
        apart.update({name: _apart(kept) for name, kept in apart.items() if is_dataclass(kept) or type(kept) is list})
    return apart

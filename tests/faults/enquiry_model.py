"""An enquiry as it is known from the conversions and the records that were heard of so far, in one order."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from tests.faults.civil import instant, midnight
from tests.faults.doors import Knock
from tests.faults.enquiry_form import AT, form
from tests.faults.facts import Expected, refusal
from tests.faults.log import Message
from tests.faults.orders import Heard, timer

OPENED, CONCLUDED = "safeguarding.enquiry.opened.v1", "safeguarding.enquiry.concluded.v1"
MSP_ASKED, MSP_ACHIEVED = "safeguarding.msp.asked.v1", "safeguarding.msp.achieved.v1"
REFUSED, WORK = "safeguarding.enquiry.record-refused.v1", "safeguarding.enquiry.work-without-enquiry.v1"
_GRACE = timedelta(hours=24)
_KINDS = {"converted": "section_42", "other-enquiry-started": "other"}
Stated = list[Expected]
Data = dict[str, Any]
WAITS = "waits"


@dataclass(frozen=True)
class Cause:
    """What another body was asked for; `steps` are when, until when, whether that satisfied, by whom, in that order.

    `told_on` is the last day of which was told that it had passed.
    """

    data: Data
    steps: tuple[tuple[Any, ...], ...] = ()
    told_on: date | None = None

    @property
    def due_on(self) -> date:
        """The day that was set last."""
        days = [day for _, day, _, _ in self.steps if day is not None]
        return days[-1] if days else date.fromisoformat(self.data["due_on"])

    @property
    def answered(self) -> bool:
        """Whether the last answer satisfied the council."""
        return bool([answer for *_, answer, _ in self.steps if answer is not None][-1:] == [True])

    @property
    def overdue_at(self) -> datetime | None:
        """When somebody has to be told; None where nothing is due, or it was told."""
        if self.answered or (self.told_on is not None and self.due_on <= self.told_on):
            return None
        return midnight(self.due_on + timedelta(days=1))


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
    caused: tuple[Cause, ...] = ()
    waiting: tuple[Knock, ...] = ()
    early: datetime | None = None
    early_told: bool = False

    @property
    def name(self) -> Hashable:
        """What the places in the logs and the facts do not tell already."""
        told = tuple(one.told_on for one in self.caused)
        return self.early, self.early_told, told, tuple(knock.record.place for knock in self.waiting)

    @property
    def due(self) -> datetime | None:
        """When work that waits for the enquiry to be opened has to be told of, or what others owe the council."""
        if self.whose is None:
            return self.early + _GRACE if self.early is not None and not self.early_told else None
        if self.withdrawn or self.concluded is not None:
            return None
        return min((one.overdue_at for one in self.caused if one.overdue_at is not None), default=None)

    def fall_due(self) -> tuple[Enquiry, Stated]:
        """Nobody can say any more that the enquiry is only on its way; or a day has passed without an answer."""
        due = self.due
        assert due is not None
        if self.whose is not None:
            return self._overdue(due)
        body = {"enquiry_id": self.enquiry_id, "first_recorded_at": self.early, "due_at": due}
        cause = timer("enquiry", "work_without_enquiry", self.enquiry_id, due)
        told = Expected("enquiries", WORK, self.enquiry_id, cause, self.enquiry_id, body, due)
        return replace(self, early_told=True), [told]

    def _overdue(self, due: datetime) -> tuple[Enquiry, Stated]:
        cause, told, caused = timer("enquiry", "caused_enquiry_overdue", self.enquiry_id, due), [], []
        for one in self.caused:
            late = one.overdue_at is not None and one.overdue_at <= due
            caused.append(replace(one, told_on=one.due_on) if late else one)
            if late:
                about = one.data["cause_id"]
                told.append(
                    replace(self.fact("caused-overdue", cause, {"cause_id": about, "due_at": due}), subject=about)
                )
        return replace(self, caused=tuple(caused)), told

    def hear(self, heard: Heard) -> tuple[Enquiry, Stated]:
        """A conversion, one taken back, or a record; and whatever waited for that, each after what was due by then."""
        if isinstance(heard, Knock):
            after, facts, changed = self._record(heard)
        else:
            after, facts, changed = self._started(heard)
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
        wrong = form(message.type, message.data)
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
        recorded = cause.time if cause.source.startswith("/section42/") else None
        type_ = f"safeguarding.enquiry.{name}.v1"
        return Expected("enquiries", type_, self.enquiry_id, cause, self.whose["adult_id"], self.whose | body, recorded)

    def msp(self, type_: str, cause: Message, body: Data) -> Expected:
        """What is stated of what the adult wants."""
        assert self.whose is not None
        whose = {name: self.whose[name] for name in ("enquiry_id", "adult_id")}
        return Expected("msp-outcomes", type_, self.enquiry_id, cause, self.whose["adult_id"], whose | body)

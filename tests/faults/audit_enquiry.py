"""What audit states of one enquiry: open too long, an advocate missing, a conclusion that does not say enough.

Its facts come in one log, the coordinator's looks in another.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from deploy.recount.findings import IDENTIFIED, NO_ADVOCATES
from tests.faults.audit_concern import flags
from tests.faults.audit_open import POLICY, Open, Stated, begin, end, fact, fall_due, look
from tests.faults.civil import instant
from tests.faults.doors import Knock
from tests.faults.log import Message
from tests.faults.orders import Heard, timer

ADVOCACY = "audit.advocacy"
_WITHIN = timedelta(days=7)
Found = tuple[datetime, str, Any]
"""When, by which event, what: of several the greatest stands."""


@dataclass(frozen=True)
class Gap:
    """A missing advocate that was told of, and as of when."""

    kind: str
    told_at: datetime


@dataclass(frozen=True)
class Enquiry:
    """`concluded` are the answers a conclusion gave; `capacity` is what stands of each matter."""

    enquiry_id: str
    adult_id: str = ""
    start: datetime | None = None
    withdrawn: bool = False
    concluded: tuple[tuple[str, Any], ...] | None = None
    open: Open | None = None
    capacity: tuple[tuple[str, Found], ...] = ()
    support: Found | None = None
    again: datetime | None = None
    gap_due: datetime | None = None
    gap: Gap | None = None

    @property
    def name(self) -> Hashable:
        """All of it."""
        return self

    @property
    def due(self) -> datetime | None:
        """When there is something to tell next."""
        both = (self.gap_due, self.open.due if self.open is not None else None)
        return min((at for at in both if at is not None), default=None)

    def fall_due(self) -> tuple[Enquiry, Stated]:
        """The clock has come that far."""
        if self.gap_due is not None and self.gap_due == self.due:
            return self._tell(self.gap_due, timer("audit", "advocacy", self.adult_id, self.gap_due, self._turn()))
        assert self.open is not None
        still, facts = fall_due(self.open)
        return replace(self, open=still), facts

    def _turn(self) -> str:
        """What names the timer: when it began again, whose support is known, by which finding capacity is lacking."""
        again = self.again.isoformat() if self.again is not None else ""
        lacking = sorted(found[:2] for _, found in self.capacity if found[2] == "lacks")
        by = lacking[0][1] if lacking else ""
        return f"{again}/{self.support[1] if self.support is not None else ''}/{by}"

    def hear(self, heard: Heard) -> tuple[Enquiry, Stated]:
        """One more thing about it."""
        if isinstance(heard, Knock):
            still, facts = look(self.open, heard)
            return replace(self, open=still), facts
        told = {
            "opened": self._opened, "concluded": self._concluded, "reopened": self._reopened,
            "withdrawn": self._withdrawn, "capacity-noted": self._assessed, "advocacy-noted": self._supported,
        }[heard.type.removeprefix("safeguarding.enquiry.").removesuffix(".v1")]  # fmt: skip
        before = self._flags()
        learned, facts = told(heard)
        if learned is self:
            return self, facts
        again = heard.time if self.withdrawn and not learned.withdrawn else None
        after, gaps = learned._watch(heard, again)
        return after, facts + gaps + flags(heard, (self.enquiry_id,), before, after._flags())

    def _opened(self, message: Message) -> tuple[Enquiry, Stated]:
        if self.start is not None and not self.withdrawn:
            return self, []
        adult_id, start = message.data["adult_id"], instant(message.data["started_at"])
        again = message.time if self.withdrawn else None
        opened = begin("enquiry", self.enquiry_id, adult_id, start, again=again)
        anew = replace(self, adult_id=adult_id, start=start, withdrawn=False, concluded=None, open=opened)
        return replace(anew, again=again or self.again), []

    def _concluded(self, message: Message) -> tuple[Enquiry, Stated]:
        names = ("asked", "achieved", "capacity", "risk_assessment", "risk_outcome")
        said = tuple((name, message.data.get(name)) for name in names)
        said = (*said, ("risks", bool(message.data.get("risks"))))
        return replace(self, concluded=said, open=None), end(self.open, message)

    def _reopened(self, message: Message) -> tuple[Enquiry, Stated]:
        assert self.start is not None
        opened = self.open or begin("enquiry", self.enquiry_id, self.adult_id, self.start, again=message.time)
        return replace(self, concluded=None, open=opened), []

    def _withdrawn(self, message: Message) -> tuple[Enquiry, Stated]:
        return replace(self, withdrawn=True, open=None), end(self.open, message)

    def _assessed(self, message: Message) -> tuple[Enquiry, Stated]:
        record, known = message.data["record"], dict(self.capacity)
        found = (instant(record["assessed_at"]), message.identity, record["capacity"])
        if record["matter"] in known and known[record["matter"]][:2] >= found[:2]:
            return self, []
        return replace(self, capacity=tuple(sorted((known | {record["matter"]: found}).items()))), []

    def _supported(self, message: Message) -> tuple[Enquiry, Stated]:
        record = message.data["record"]
        found = instant(record["recorded_at"]), message.identity, frozenset(record.get("support") or ())
        if self.support is not None and self.support[:2] >= found[:2]:
            return self, []
        return replace(self, support=found), []

    def _flags(self) -> set[str]:
        if self.concluded is None or self.withdrawn:
            return set()
        said = dict(self.concluded)
        risk = said["risk_assessment"] in IDENTIFIED
        wrong = {
            "capacity_not_known": said["capacity"] in (None, "not_known"), "msp_not_recorded": said["asked"] is None,
            "achievement_not_recorded": said["asked"] == "expressed" and said["achieved"] is None,
            "risk_not_recorded": said["risk_assessment"] is None,
            "risk_outcome_not_recorded": risk and said["risk_outcome"] is None,
            "kind_of_risk_not_recorded": risk and not said["risks"],
        }  # fmt: skip
        return {name for name, is_so in wrong.items() if is_so}

    def _missing(self) -> tuple[str, datetime] | None:
        """Who is missing, and since when the adult is known to lack capacity."""
        since = min((at for _, (at, _, found) in self.capacity if found == "lacks"), default=None)
        support: set[str] = set(self.support[2]) if self.support is not None else set()
        if since is None or self.withdrawn or support - NO_ADVOCATES:
            return None
        return "family_or_friend_alone" if support else "nobody", since

    def _watch(self, cause: Message, again: datetime | None) -> tuple[Enquiry, Stated]:
        """A missing advocate is told of after a week, or when the enquiry is concluded without; an end at once."""
        missing, recorded = self._missing(), cause.time
        assert recorded is not None
        if missing is None:
            cleared = replace(self, gap=None, gap_due=None)
            return cleared, [] if self.gap is None else [self._over(cause, recorded < self.gap.told_at)]
        kind, since = missing
        due = max(since + _WITHIN, again or since + _WITHIN)
        if self.gap is not None:
            told_at = self.gap.told_at
            if recorded >= told_at:
                told_at = min(due, told_at)
            else:
                told_at = due if self.concluded is None else min(due, recorded)
            after = replace(self, gap=Gap(kind, told_at))
            return after, [] if kind == self.gap.kind else [after._found(cause)]
        if self.concluded is not None:
            return self._tell(min(due, recorded), cause)
        return replace(self, gap_due=due), []

    def _tell(self, at: datetime, cause: Message) -> tuple[Enquiry, Stated]:
        missing = self._missing()
        if missing is None:
            return replace(self, gap_due=None), []
        after = replace(self, gap_due=None, gap=Gap(missing[0], at))
        return after, [after._found(cause)]

    def _found(self, cause: Message) -> Any:
        missing = self._missing()
        assert missing is not None
        body = {"enquiry_id": self.enquiry_id, "adult_id": self.adult_id, "gap": missing[0], "since": missing[1]}
        return fact(ADVOCACY, "advocacy-gap-found", self.enquiry_id, cause, body | {"policy": POLICY})

    def _over(self, cause: Message, taken_back: bool) -> Any:  # noqa: FBT001  whether it was told only because late
        ending = "withdrawn" if taken_back else "ended"
        body = {"enquiry_id": self.enquiry_id, "adult_id": self.adult_id, "ending": ending}
        return fact(ADVOCACY, "advocacy-gap-ended", self.enquiry_id, cause, body)

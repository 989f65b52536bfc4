"""What audit states of one concern: undecided too long, and a decision that lacks something or contradicts the record.

Four logs tell of it: `concerns`, `triage`, `enquiries` for the enquiries it led to, and the coordinator's looks.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime

from deploy.recount.identities import derived
from deploy.recount.lawful import ENQUIRES
from tests.faults.audit_open import POLICY, Open, Stated, begin, end, fact, fall_due, look
from tests.faults.civil import instant
from tests.faults.doors import Knock
from tests.faults.facts import Expected
from tests.faults.log import Message
from tests.faults.orders import Heard

QUALITY = "audit.data-quality"


@dataclass(frozen=True)
class Concern:
    """`decided_early` is when a decision was recorded that was heard of before the concern; `decided_by` says which."""

    concern_id: str
    received_at: datetime | None = None
    adult_id: str = ""
    withdrawn: bool = False
    decided: bool = False
    decided_early: datetime | None = None
    open: Open | None = None
    lacks: tuple[str, ...] = ()
    enquiries: tuple[str, ...] = ()
    decided_by: Message | None = field(default=None, compare=False)

    @property
    def name(self) -> Hashable:
        """All of it."""
        return self

    @property
    def due(self) -> datetime | None:
        """When there is something to tell next."""
        return self.open.due if self.open is not None else None

    def fall_due(self) -> tuple[Concern, Stated]:
        """The clock has come that far."""
        assert self.open is not None
        still, facts = fall_due(self.open)
        return replace(self, open=still), facts

    def hear(self, heard: Heard) -> tuple[Concern, Stated]:
        """One more thing about it."""
        if isinstance(heard, Knock):
            still, facts = look(self.open, heard)
            return replace(self, open=still), facts
        told = {
            "concern.received": self._received, "concern.triaged": self._triaged,
            "concern.withdrawn": self._withdrawn, "concern.reinstated": self._reinstated,
            "enquiry.opened": self._enquiry, "enquiry.withdrawn": self._enquiry,
        }[heard.type.split(".", 1)[1].removesuffix(".v1")]  # fmt: skip
        after, facts = told(heard)
        return after, facts + flags(heard, (self.concern_id,), self._flags(), after._flags())

    def _received(self, message: Message) -> tuple[Concern, Stated]:
        adult_id, at = message.data["adult_id"], instant(message.data["received_at"])
        opened = begin("concern", self.concern_id, adult_id, at, ended_by=self.decided_by)
        return replace(self, received_at=at, adult_id=adult_id, open=opened), []

    def _triaged(self, message: Message) -> tuple[Concern, Stated]:
        data = message.data
        lacks = ("adult_view", "consents") if data["decision"] in ENQUIRES else ()
        missing = tuple(name for name in lacks if data.get(name) is None)
        after, assured = replace(self, decided=True, lacks=missing), message.time
        assert assured is not None
        if self.received_at is None:
            if self.decided_early is not None and self.decided_early <= assured:
                return after, []
            return replace(after, decided_early=assured, decided_by=message), []
        return replace(after, open=None), end(self.open, message)

    def _withdrawn(self, message: Message) -> tuple[Concern, Stated]:
        if self.withdrawn:
            return self, []
        return replace(self, withdrawn=True, open=None), end(self.open, message)

    def _reinstated(self, message: Message) -> tuple[Concern, Stated]:
        if not self.withdrawn:
            return self, []
        assert self.received_at is not None
        opened = None
        if not self.decided:
            opened = begin("concern", self.concern_id, self.adult_id, self.received_at, again=message.time)
        return replace(self, withdrawn=False, open=opened), []

    def _enquiry(self, message: Message) -> tuple[Concern, Stated]:
        others = {one for one in self.enquiries if one != message.data["enquiry_id"]}
        stands = {message.data["enquiry_id"]} if message.type.endswith(".opened.v1") else set()
        return replace(self, enquiries=tuple(sorted(others | stands))), []

    def _flags(self) -> set[str]:
        if self.withdrawn:
            return {"withdrawn_with_enquiry"} if self.enquiries else set()
        named = {"adult_view": "adult_view_not_recorded", "consents": "consent_not_recorded"}
        return {named[lack] for lack in self.lacks}


def flags(cause: Message, about: tuple[str, ...], before: set[str], after: set[str]) -> list[Expected]:
    """What is to be put right about a record now and was not before, and the other way round."""
    facts = []
    for flag in sorted(before ^ after):
        finding = derived("data-quality", flag, *about)
        body = {"finding_id": finding, "adult_id": cause.data["adult_id"], "about": about[-1], "flag": flag}
        name, more = ("flagged", {"policy": POLICY}) if flag in after else ("cleared", {})
        facts.append(fact(QUALITY, f"data-quality-{name}", finding, cause, body | more))
    return facts

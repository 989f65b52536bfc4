"""What audit states of records: two adults who may be one, and enquiry work where no enquiry is."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime

from deploy.recount.people import together
from tests.faults.audit_concern import flags
from tests.faults.audit_open import OVERDUE, Stated, fact
from tests.faults.civil import instant
from tests.faults.facts import Expected
from tests.faults.log import Message
from tests.faults.orders import Heard

_FLAG = "possibly_duplicated_adult"


@dataclass(frozen=True)
class MayBeOne:
    """Two adults whom a report's identifiers both name: flagged until a person says whether they are one."""

    one: str
    other: str
    suspected: bool = False
    merges: frozenset[tuple[str, str, str]] = frozenset()
    unmerged: frozenset[tuple[str, str, str]] = frozenset()
    due: datetime | None = None

    @property
    def name(self) -> Hashable:
        """All of it."""
        return self

    def fall_due(self) -> tuple[MayBeOne, Stated]:
        """Nothing here waits for the clock."""
        raise AssertionError(self.one)

    def hear(self, heard: Heard) -> tuple[MayBeOne, Stated]:
        """They may be one; or somebody has found that some two are one, or has taken that back."""
        assert isinstance(heard, Message)
        data, after = heard.data, replace(self, suspected=True)
        if not heard.type.endswith("possibly-duplicated.v1"):
            found = {(data["merge_id"], data["adult_id"], data["other_adult_id"])}
            gone = self.unmerged | (found if heard.type.endswith(".unmerged.v1") else set())
            after = replace(self, merges=(self.merges | found) - gone, unmerged=gone)
        stood, stands = ({_FLAG} if state._stands() else set[str]() for state in (self, after))
        facts = flags(heard, (self.one, self.other), stood, stands)
        return after, [replace(one, key=self.one, body={**one.body, "adult_id": self.one}) for one in facts]

    def _stands(self) -> bool:
        """Whether nobody has said so or otherwise."""
        person = together((a, b) for _, a, b in self.merges)
        one_person = person.get(self.one, self.one) == person.get(self.other, self.other)
        said = any({self.one, self.other} == {a, b} for _, a, b in self.unmerged)
        return self.suspected and not said and not one_person


@dataclass(frozen=True)
class Work:
    """Enquiry work, and the enquiry it should have: told of until that is opened, whichever was heard of first."""

    enquiry_id: str
    work: Message | None = None
    opened: Message | None = None
    due: datetime | None = None

    @property
    def name(self) -> Hashable:
        """The places in the logs tell all of it."""
        return self.enquiry_id

    def fall_due(self) -> tuple[Work, Stated]:
        """Nothing here waits for the clock."""
        raise AssertionError(self.enquiry_id)

    def hear(self, heard: Heard) -> tuple[Work, Stated]:
        """Work without an enquiry; or the enquiry."""
        assert isinstance(heard, Message)
        if heard.type.endswith(".opened.v1"):
            if self.opened is not None:
                return self, []
            return replace(self, opened=heard), [] if self.work is None else [_over(self.work, heard)]
        names = ("enquiry_id", "concern_id", "first_recorded_at", "due_at")
        body = {name: heard.data[name] for name in names if name in heard.data}
        told = [_of("enquiry-work-at-concern-stage", self.enquiry_id, heard, body)]
        return replace(self, work=heard), told if self.opened is None else [*told, _over(heard, self.opened)]


def _over(work: Message, opened: Message) -> Expected:
    """The enquiry is opened; or had been in time, and we learned it late. Either way it follows from the opening."""
    assert opened.time is not None
    ending = "ended" if opened.time >= instant(work.data["due_at"]) else "withdrawn"
    enquiry_id = work.data["enquiry_id"]
    body = {"enquiry_id": enquiry_id, "ending": ending}
    return _of("enquiry-work-at-concern-stage-ended", enquiry_id, opened, body)


def _of(name: str, enquiry_id: str, cause: Message, body: dict[str, object]) -> Expected:
    told = fact(OVERDUE, name, enquiry_id, cause, {"adult_id": ""} | body)
    return replace(told, key=enquiry_id, body=body)

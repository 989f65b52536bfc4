"""What a history is about: reports, the incidents they report, and records found to be one person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from deploy.demo.history import senders
from deploy.demo.history.identities import Known, Record
from deploy.demo.history.senders import HOMES, Sender


@dataclass(slots=True, eq=False)
class Concern:
    """One report that intake accepts. `identifiers` are what it names the person by; `how` says if by nothing."""

    number: int
    at: datetime
    sender: Sender
    reference: str
    concern_id: str
    record: Record
    identifiers: list[str]
    incident: Incident
    how: str = "named"
    home: Sender | None = None

    @property
    def known(self) -> Known:
        """The person, and what others know of them."""
        return self.record.known


@dataclass(slots=True, eq=False)
class Incident:
    """Something that happened to somebody, reported once or more: it counts once, as the first report."""

    year: int
    concerns: list[Concern] = field(default_factory=list)
    withdrawn: bool = False
    reinstated: bool = False

    @property
    def first(self) -> Concern:
        """The report that counts."""
        return self.concerns[0]


class Merge(NamedTuple):
    """Two records found to be one person; `back` is when that was taken back."""

    merge_id: str
    at: datetime
    one: Record
    other: Record
    back: datetime | None = None


@dataclass(slots=True)
class Happened:
    """Everything that happened, in order of time."""

    incidents: list[Incident] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    people: int = 0


def home_of(concern: Concern) -> Sender:
    """The care home a person lives in, if they live in one."""
    own = [code for code in concern.known.senders if senders.BY_CODE[code] in HOMES]
    return senders.BY_CODE[own[0]] if own else HOMES[concern.known.person.home % len(HOMES)]

"""Whose record a report falls on: what intake will find, worked out from the same rules (delivery rule 5).

An identifier points to the adult it was first seen with: an NHS number, or a sender's own reference for the person.
In a replay the order of reports within one step is nobody's promise, so a report names somebody known only by what was
bound in an earlier week, and nothing that is being bound in its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from deploy.demo.history.people import Person

NHS = "nhs"
"""The key of the NHS number among a person's identifiers; the others are senders' codes."""


@dataclass(slots=True, eq=False)
class Record:
    """An adult record as intake will keep it: the same id for life, whoever it turns out to be one with."""

    adult_id: str
    known: Known
    minted: int
    leads_to: Record | None = None

    @property
    def group(self) -> Record:
        """One record that stands for all that are one person by merges that stand in the end."""
        at = self
        while at.leads_to is not None:
            at = at.leads_to
        return at

    def join(self, other: Record) -> None:
        """The two are one person, and nobody takes that back."""
        one, two = self.group, other.group
        if one is not two:
            two.leads_to = one


@dataclass(slots=True, eq=False)
class Known:
    """A person as the senders know them: which identifier points to which record, since which week.

    `last` is the last concern about them.
    """

    person: Person
    bound: dict[str, tuple[Record, int]] = field(default_factory=dict)
    senders: list[str] = field(default_factory=list)
    since: int = 0
    last: object = None

    def points_to(self, identifier: str, week: int) -> Record | None:
        """The record an identifier points to, if that was settled before the week."""
        record, since = self.bound.get(identifier, (None, week))
        return record if since < week else None

    def carried(self, identifiers: list[str], week: int) -> list[str]:
        """Those that a report of this week may carry: settled before it, or new."""
        return [one for one in identifiers if one not in self.bound or self.bound[one][1] < week]

    def resolve(self, identifiers: list[str], week: int) -> Record | None:
        """The record that a report with these identifiers falls on, the NHS number counting first."""
        found = (self.points_to(one, week) for one in sorted(identifiers, key=lambda one: one != NHS))
        return next((record for record in found if record is not None), None)

    def bind(self, identifiers: list[str], record: Record, week: int) -> None:
        """What was new points to the record from now on."""
        for one in identifiers:
            self.bound.setdefault(one, (record, week))

"""What is told about one concern, from the report to the enquiry's end: mostly as it should be, sometimes not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from deploy.recount.identities import of_concern
from tests.faults.decision_stories import DecisionStories
from tests.faults.enquiry_stories import EnquiryStories
from tests.faults.people import SENDERS, People, Person
from tests.faults.telling import Pace, Teller, Told, say

_SOURCES = ("ambulance", "police", "hospital_staff", "mental_health_staff", "care_home", "family_or_friend")
_NOT_IN_FORM: tuple[dict[str, Any], ...] = (
    {"source": "Care-Home"}, {"source": "a neighbour"}, {"urgent": "P1"}, {"urgent": "no"}, {"urgent": None},
    {"happened_on": "20240301"}, {"happened_on": "2199-01-01"}, {"happened_on": "29/02/2020"},
    {"adult": {"name": "Somebody", "birth_date": "01/02/2015"}}, {"adult": {"birth_date": "25/12/2015"}},
    {"adult": "The man in room 4", "abuse_types": "neglect, Physical"}, {"narrative": "Page one.\fPage two."},
    {"Narrative": "He fell.", "narrative": ""}, {"risks": {"abuse_type": "bruising"}},
    {"provider": {"name": "A home"}, "narrative": None, "adult": None}, {"practitioner_team": "Team 7"},
)  # fmt: skip
"""What some systems write: each is read as meant or set aside, or refused with everything that is wrong with it."""


class Stories(Teller):
    """Tells one concern after another, by the dice."""

    def __init__(self, dice: random.Random, pace: Pace) -> None:
        super().__init__(dice, pace)
        self._people = People(dice)
        self._decisions = DecisionStories(dice, pace)
        self._enquiries = EnquiryStories(dice, pace)
        self._number = 0

    def next(self, now: datetime) -> list[Told]:
        """All that will be told about the next concern, in the order in which it happens."""
        dice, pace = self._dice, self._pace
        self._number += 1
        person, sender = self._people.somebody(), dice.choice(SENDERS)
        reference = f"R{self._number}"
        concern = of_concern(sender, reference)
        told = [Told(now, "safeguarding.concern.reported.v1", self._report(person, sender, reference))]
        at = now + (timedelta(seconds=100) if not pace.driven else timedelta(hours=6))
        told += self._links(person, concern, at)
        person.concerns.append(concern)
        if self._chance(0.07):
            told += self._withdrawal(concern, at)
        if self._chance(0.92):
            triaged, begun = self._decisions.triage(person, concern, at)
            told += triaged
            for enquiry, since in begun.items():
                told += self._enquiries.enquiry(enquiry, since)
        told.sort(key=lambda one: one.at)
        if self._chance(0.1):
            dice.shuffle(told)
        elif self._chance(0.3):
            one = dice.randrange(len(told))
            told.insert(dice.randrange(len(told)), told.pop(one))
        return told

    def _report(self, person: Person, sender: str, reference: str) -> dict[str, Any]:
        dice = self._dice
        data: dict[str, Any] = {"sender": sender, "reference": reference, "source": dice.choice(_SOURCES)}
        if self._chance(0.85):
            data["adult"] = person.known_as(sender, dice)
        if self._chance(0.03):
            data["adult"] = {"name": "A child", "birth_date": "2016-05-05"}
        elif self._chance(0.5):
            data["narrative"] = "The man in room 4 has bruises. " + "He says he fell. " * dice.randint(0, 20)
        if self._chance(0.1):
            data["channel"] = dice.choice(("practitioner", "hospital_team"))
        if self._chance(0.1):
            data["practitioner_team"] = "team-7"
        if self._chance(0.1):
            data["urgent"] = True
        if self._chance(0.1):
            data["known_to_mental_health_team"] = "yes"
        if self._chance(0.08):
            data |= dice.choice(_NOT_IN_FORM)
        return data

    def _links(self, person: Person, concern: str, at: datetime) -> Iterator[Told]:
        """That it reports what another reported; and, now and then, that it does not after all, or does again."""
        of = None
        if person.concerns and self._chance(0.12):
            of = self._dice.choice(person.concerns)
        elif self._chance(0.01):
            of = concern if self._chance(0.3) else of_concern("wmas", f"R{max(self._number - 9, 1)}")
        if of is None:
            return
        pair = (concern, of) if self._chance(0.7) else (of, concern)
        late = at + timedelta(days=2000) if self._chance(0.05) else at
        data = {"concern_id": pair[0], "duplicate_of": pair[1], "decided_by": "worker-9", "decided_at": say(late)}
        yield Told(at, "safeguarding.concern.duplicate-found.v1", data)
        if not self._chance(0.4):
            return
        at = self._later(at, 0.1)
        yield Told(at, "safeguarding.concern.duplicate-taken-back.v1", data | {"decided_at": say(at)})
        if self._chance(0.3):
            at = self._later(at) if self._chance(0.7) else at
            yield Told(at, "safeguarding.concern.duplicate-found.v1", data | {"decided_at": say(at)})

    def _withdrawal(self, concern: str, at: datetime) -> Iterator[Told]:
        """That it was recorded in error; and, half the time, that this was the error."""
        data = {"concern_id": concern, "reason": "recorded-in-error", "decided_by": "worker-8"}
        at = self._later(at, 0.2)
        yield Told(at, "safeguarding.concern.withdrawal-decided.v1", data | {"decided_at": say(at)})
        if self._chance(0.1):
            other = data | {"decided_by": "worker-7", "decided_at": say(at)}
            yield Told(at, "safeguarding.concern.withdrawal-decided.v1", other)
        if self._chance(0.5):
            at = self._later(at, 0.2)
            back = data | {"reason": "was-right", "decided_at": say(at)}
            yield Told(at, "safeguarding.concern.withdrawal-taken-back.v1", back)
            if self._chance(0.2):
                at = self._later(at)
                yield Told(at, "safeguarding.concern.withdrawal-decided.v1", data | {"decided_at": say(at)})

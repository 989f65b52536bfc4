"""Concerns as a council receives them, made up: most say little about the adult, some adults come again.

The same number and seed make the same reports, byte for byte. One in five is decided to meet section 42(1).
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any, NamedTuple
from zlib import crc32

from shared.contracts.doors import ConcernReported, TriageApproved, TriageDecided, concern_id_of
from shared.contracts.topics import PARTITIONS
from shared.kernel.identity import derived
from tests.support import lawful

ONE_IN = 5
_TEST_NUMBERS = 330_000
NOW = b"<now>"
"""Stands in a record for the instant of its posting."""

_SENDERS = ("wmas", "police-wm", "uhcw-trust", "careline", "front-door", "housing-21")
_SOURCES = ("ambulance", "police", "hospital_staff", "care_home", "family_or_friend", "housing", "not_known")
_ABUSE = ("neglect", "physical", "financial", "psychological", "self_neglect", "domestic", "organisational")
_FIRST = ("Averil", "Bertram", "Clemency", "Dunstan", "Elspeth", "Fergus", "Goodwin", "Hermia")
_LAST = ("Quillfeather", "Ostlethwaite", "Brackenbury", "Thimblethorpe", "Wexcombe", "Yarborough")
_STREETS = ("Cinder Lane", "Marl Pit Close", "Weaver's Row", "Ribbon Street", "Sky Blue Way")
_SENTENCES = (
    "Bruises on both forearms, said to be from a fall two days before.",
    "The adult says money has gone from the kitchen drawer again.",
    "No food in the house, the heating off, medication not taken since the weekend.",
    "The carer would not leave the room while we spoke.",
    "A pressure sore, grade three, not in the notes that came with her.",
    "He asked us not to tell his son that we had been.",
)
_COMES_AGAIN = ((1, 800), (2, 120), (3, 50), (4, 15), (5, 10), (7, 5))
"""How many concerns a known adult has, and how often of a thousand."""


class Record(NamedTuple):
    """One inbound event, ready to be sent."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class Decided(NamedTuple):
    """The decision on one concern and its approval; where their instants belong, they say NOW."""

    decision: Record
    approval: Record


@dataclass(frozen=True)
class Work:
    """Reports in the order of their posting, the decision for each by its concern's id, and what must come of them."""

    reports: list[Record]
    decisions: dict[bytes, Decided]
    converted: int
    reviews_opened: int
    reviews_joined: int

    @property
    def concerns(self) -> int:
        """How many concerns there are."""
        return len(self.reports)


def work(concerns: int, *, name: str = "b", again: bool = True, adults: int = 0) -> Work:
    """So many concerns with their decisions; `name` tells their references from another lot's.

    `again` says whether there are adults who come more than once; with `adults` all concerns are about so many, each
    in turn, and as often as the others.
    """
    dice = random.Random(name)
    people, counts = _people(concerns, dice, name, _COMES_AGAIN if again else ((1, 1),))
    if adults:
        known = [
            _Person(_SENDERS[0], {"nhs_number": _nhs_number(number)}, f"{_FIRST[number % 8]} {_LAST[0]}", "1940-02-01")
            for number in range(adults)
        ]
        people, counts = known * (concerns // adults), [concerns // adults] * adults
    reports: list[Record] = []
    decisions: dict[bytes, Decided] = {}
    for number in range(concerns):
        sender = people[number].sender
        reference = f"{name}-{number:07d}"
        data = _report(people[number], reference, dice)
        reports.append(_record(ConcernReported, f"{sender}/{reference}", data, sender, dice))
        concern_id = str(concern_id_of(sender, reference))
        decisions[concern_id.encode()] = _decided(concern_id, dice, met=number % ONE_IN == 0)
    repeated = [count for count in counts if count > 3]
    return Work(reports, decisions, -(-concerns // ONE_IN), len(repeated), sum(count - 4 for count in repeated))


class _Person(NamedTuple):
    """Who a concern is about, and who tells of them; whoever comes again is called the same, and born then too."""

    sender: str
    identifiers: dict[str, str]
    name: str
    born: str


def _people(
    concerns: int, dice: random.Random, name: str, comes: tuple[tuple[int, int], ...]
) -> tuple[list[_Person], list[int]]:
    """Whom each concern is about: two in five nobody can be told from another, the rest come once or again."""
    found: list[_Person] = []
    counts: list[int] = []
    while len(found) < concerns:
        sender = dice.choice(_SENDERS)
        called = f"{dice.choice(_FIRST)} {dice.choice(_LAST)}"
        born = f"{dice.randrange(1925, 2000)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}"
        if dice.random() < 0.4:
            found.append(_Person(sender, {}, called, born))
            continue
        times = min(dice.choices(*zip(*comes, strict=True))[0], concerns - len(found))
        identifiers = {}
        kind = dice.random()
        if kind < 0.7:
            identifiers["person_reference"] = f"P-{name}-{len(counts):07d}"
        if kind > 0.4:
            identifiers["nhs_number"] = _nhs_number(len(counts))
        counts.append(times)
        found += [_Person(sender, identifiers, called, born)] * times
    dice.shuffle(found)
    return found, counts


def _nhs_number(index: int) -> str:
    """The index-th valid NHS number: of the range 999 that is given to nobody, and when that is used up, of 6 and 7.

    Many people's are needed for a benchmark, and there are fewer than a million numbers for tests.
    """
    number = 999_000_000 + index * 3 if index < _TEST_NUMBERS else 600_000_000 + (index - _TEST_NUMBERS) * 3
    while True:
        digits = str(number)
        check = -sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check < 10:
            return f"{digits}{check}"
        number += 1


def _report(about: _Person, reference: str, dice: random.Random) -> dict[str, Any]:
    chance, sender = dice.random, about.sender
    adult: dict[str, str] = dict(about.identifiers)
    last = dice.choice(_LAST)
    if chance() < 0.8:
        adult["name"] = about.name
    if chance() < 0.6:
        adult["birth_date"] = about.born
    if chance() < 0.6:
        adult["address"] = f"{dice.randrange(1, 200)} {dice.choice(_STREETS)}, Coventry CV9 {dice.randrange(1, 10)}ZZ"
    data: dict[str, Any] = {
        "sender": sender,
        "reference": reference,
        "source": dice.choice(_SOURCES),
        "basis": dice.choice(("stated", "indicated", "implied")),
        "urgent": chance() < 0.1,
        "abuse_types": dice.sample(_ABUSE, dice.randrange(1, 3)),
        "narrative": " ".join(dice.sample(_SENTENCES, dice.randrange(2, 7))),
    }
    if adult:
        data["adult"] = adult
    if chance() < 0.3:
        data["place"] = {"name": f"{last} House", "address": f"{dice.choice(_STREETS)}, Coventry"}
    if chance() < 0.7:
        data["referrer"] = {"name": f"{dice.choice(_FIRST)} {dice.choice(_LAST)}", "organisation": sender}
    if chance() < 0.7:
        data["happened_on"] = f"2024-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}"
    return data


def _decided(concern_id: str, dice: random.Random, *, met: bool) -> Decided:
    decision_id = str(derived("bench-decision", concern_id))
    third = "yes" if met else dice.choice(("no", "not_known"))
    reasons = [dice.choice(("seen-by-worker", "told-by-referrer", "in-the-record")) for _ in lawful.LIMBS]
    decided = lawful.decision(
        concern_id,
        decision_id,
        NOW.decode(),
        "s42_met" if met else "not_met",
        limbs=lawful.limbs("yes", "yes", third, reasons=reasons),
        disposals=[] if met else [dice.choice(("no_action", "advice_and_guidance", "signposted"))],
        decided_by=f"worker-{dice.randrange(60)}",
    )
    approved = lawful.approval(decided, NOW.decode(), approved_by=f"manager-{dice.randrange(12)}")
    return Decided(
        _record(TriageDecided, concern_id, decided, "case-management", dice),
        _record(TriageApproved, concern_id, approved, "case-management", dice),
    )


def _record(event: Any, key: str, data: dict[str, Any], sender: str, dice: random.Random) -> Record:
    """A CloudEvent in binary mode, under a random id such as most systems give."""
    bits = f"{dice.getrandbits(128):032x}"
    event_id = f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", f"/{sender}".encode()),
        ("ce_type", event.type.encode()),
        ("content-type", b"application/json"),
    ]
    encoded = key.encode()
    value = json.dumps(data, separators=(",", ":")).encode()
    return Record(event.topic, crc32(encoded) % PARTITIONS, encoded, value, headers)

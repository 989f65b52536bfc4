"""What a report says: much or little, by name or as "the man in room 4", once or again."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from deploy.demo.history.concerns import Concern, home_of
from deploy.demo.history.distributions import (
    ABUSE_TYPES,
    HOW_MANY_ABUSE_TYPES,
    LOCATIONS,
    SOURCES_OF_RISK,
)
from deploy.demo.history.draw import one, some
from deploy.demo.history.identities import NHS
from deploy.demo.history.lines import Book
from deploy.demo.history.people import Person, nhs_number, wrong_nhs_number
from shared.contracts.doors import ConcernReported

_HAPPENED = {
    "neglect": "Care that was due was not given, and nobody had noticed.",
    "physical": "Bruises that nobody could explain, and two accounts of how they came about.",
    "psychological": "Shouted at and threatened, said to be afraid of being alone with somebody.",
    "financial": "Money is missing and the bank card is with somebody else.",
    "self_neglect": "Not eating, not washing, and the rooms can hardly be entered.",
    "domestic": "A quarrel at home in which a neighbour called for help.",
    "organisational": "Call bells are switched off at night and nobody is got up before noon.",
    "sexual": "Something was said that should be asked about by somebody trained to ask.",
    "discriminatory": "Called names for a long time, and left out of what the others do.",
    "sexual_exploitation": "Visited by people who bring presents and ask for something in return.",
    "modern_slavery": "Works every day without pay, and somebody else keeps the passport.",
}
_UNNAMED = ("The man in room 4", "A woman of about eighty in the corner bed", "The gentleman from the second floor",
    "A lady who is always at the bus stop", "The resident nobody would name")  # fmt: skip
_WRITTEN_OTHERWISE = 0.02
"""How many reports are not quite in the form that the contract asks for: invented."""
_OTHERS = ("neighbouring-council-a", "neighbouring-council-b", "neighbouring-council-c")


def report(book: Book, concern: Concern) -> dict[str, Any]:
    """The data of a report; what a sender does not know is left out."""
    rng, sender, person = book.rng, concern.sender, concern.known.person
    source = one(rng, sender.sources)
    data: dict[str, Any] = {
        "sender": sender.code,
        "reference": concern.reference,
        "source": source,
        "channel": sender.channel,
    }
    if book.happens(0.28):
        data["basis"] = rng.choice(("indicated", "indicated", "implied"))
    if book.happens(0.07 if not sender.round_the_clock else 0.15):
        data["urgent"] = True
    if sender.code == "casework":
        data["practitioner_team"] = rng.choice(("older_people", "all_age_disabilities", "local_integrated"))
    if person.mental_health and book.happens(0.8):
        data["known_to_mental_health_team"] = "yes"
    elif book.happens(0.3):
        data["known_to_mental_health_team"] = "no"
    if concern.how != "whole_home":
        data["adult"] = _adult(book, concern)
    _what(book, concern, data)
    _from_whom(book, concern, data, source)
    return data


def _adult(book: Book, concern: Concern) -> dict[str, Any]:
    rng, person = book.rng, concern.known.person
    if concern.how == "unnamed":
        return {"description": rng.choice(_UNNAMED)}
    adult: dict[str, Any] = {"name": person.name}
    if book.happens(0.93):
        adult["birth_date"] = person.born.isoformat()
    if book.happens(0.85):
        adult["address"] = person.address
    if NHS in concern.identifiers:
        adult["nhs_number"] = nhs_number(person.number)
    elif book.happens(0.02):
        adult["nhs_number"] = wrong_nhs_number(person.number)
    if concern.sender.code in concern.identifiers:
        adult["person_reference"] = f"{concern.sender.prefix}-P-{person.number:05d}"
    elif book.happens(0.03):
        adult["person_reference"] = rng.choice(("unknown", "n/a", "not known"))
    return adult | _described(book, person)


def _described(book: Book, person: Person) -> dict[str, Any]:
    """What the return asks to know of the adult, as far as the sender says it."""
    adult: dict[str, Any] = {}
    if book.happens(0.8):
        adult["gender"] = person.gender
    if book.happens(0.7):
        adult["ethnicity"] = person.ethnicity
    if book.happens(0.6):
        adult["support_reason"] = person.support_reason
    if book.happens(0.6) or person.language != "en":
        adult["preferred_language"] = person.language
    if person.language != "en" and book.happens(0.7):
        adult["interpreter_needed"] = book.rng.choice(("yes", "yes", "no", "not_known"))
    return adult


def _what(book: Book, concern: Concern, data: dict[str, Any]) -> None:
    """What is said to have happened, where, and from whom the risk is said to come."""
    rng = book.rng
    kinds = ["organisational"] if concern.how == "whole_home" else []
    if not kinds and book.happens(0.97):
        kinds = some(rng, ABUSE_TYPES, int(one(rng, HOW_MANY_ABUSE_TYPES)))
    if book.happens(0.7):
        data["happened_on"] = (concern.at.date() - timedelta(days=int(min(rng.expovariate(1 / 3), 300)))).isoformat()
    if kinds:
        data["abuse_types"] = kinds
    if kinds and book.happens(0.45):
        data["risks"] = [_risk(book, concern, kind) for kind in kinds]
    said = " ".join(_HAPPENED[kind] for kind in kinds) or "Not well in a way that the caller could not name."
    if book.happens(0.9) or concern.how == "whole_home":
        data["narrative"] = f"{said} Reported {rng.choice(('by telephone', 'in writing', 'on a visit', 'in passing'))}."


def _risk(book: Book, concern: Concern, kind: str) -> dict[str, Any]:
    source = "self" if kind == "self_neglect" else one(book.rng, SOURCES_OF_RISK)
    risk: dict[str, Any] = {"abuse_type": kind, "location": one(book.rng, LOCATIONS), "source_of_risk": source}
    if source in {"relative_or_carer", "other_known"} and book.happens(0.35):
        number = concern.known.person.number
        risk["alleged_source"] = {"reference": f"{concern.sender.prefix}-S-{number:05d}", "also_an_adult_at_risk": "no"}
    return risk


def _from_whom(book: Book, concern: Concern, data: dict[str, Any], source: str) -> None:
    """Who tells it, about which home or provider, and which councils it touches."""
    rng, sender = book.rng, concern.sender
    if source in {"family_or_friend", "member_of_public"}:
        if book.happens(0.78):
            data["referrer"] = {"name": "A caller who gave a name", "contact": "by telephone"}
    elif book.happens(0.8):
        data["referrer"] = {"organisation": sender.provider or sender.code}
    home = concern.home or (sender if sender.provider and "care_home" in sender.sources else None)
    if concern.how in {"unnamed", "whole_home"}:
        home = home or home_of(concern)
    if home is not None:
        data["place"] = {"name": home.provider, "address": f"{home.provider}, the city"}
    provider = home or (sender if sender.provider else None)
    if provider is not None and book.happens(0.7):
        commissioned = rng.choice(("yes", "yes", "yes", "no", "not_known"))
        data["provider"] = {
            "reference": f"REG-{provider.prefix}",
            "name": provider.provider,
            "commissioned": commissioned,
        }
    if book.happens(0.03):
        data["authorities"] = {rng.choice(("home", "placing", "host")): rng.choice(_OTHERS)}
    if book.happens(0.6):
        data["consents_to_report"] = rng.choice(("yes", "yes", "yes", "no", "not_known"))
    if book.happens(0.5):
        data["aware_of_report"] = rng.choice(("yes", "yes", "no", "not_known"))


def tell(book: Book, concern: Concern) -> dict[str, Any]:
    """The report posted; now and then first in a form that is not accepted, or twice, or again after weeks."""
    data, rng, source = report(book, concern), book.rng, concern.sender.event_source
    if book.happens(0.012):
        _in_vain(book, concern, data)
    written = _as_systems_write(concern, data)
    book.add(concern.at, ConcernReported, written, source)
    if book.happens(0.01):
        book.again()
    if book.happens(0.012):
        later = concern.at + timedelta(days=min(rng.expovariate(1 / 6), 60), minutes=20)
        book.add(later, ConcernReported, written, source)
    elif book.happens(0.003):
        later = concern.at + timedelta(days=1 + min(rng.expovariate(1 / 6), 60))
        book.add(later, ConcernReported, written | {"narrative": "A correction of what was sent before."}, source)
    return data


def _as_systems_write(concern: Concern, data: dict[str, Any]) -> dict[str, Any]:
    """The same report as some systems would have it: each of these is read as meant, or set aside, with a remark."""
    rng = Random(f"writing/{concern.sender.code}/{concern.reference}")
    if rng.random() >= _WRITTEN_OTHERWISE:
        return data
    odd: dict[str, Any] = {
        "source": str(data.get("source", "not_known")).replace("_", "-").title(),
        "urgent": "true" if data.get("urgent") else "no",
        "happened_on": rng.choice(("03/04/21", "last week", "20210403")),
        "narrative": f"{data.get('narrative', 'As told on the telephone.')}\f",
        "known_to_mental_health_team": data.get("known_to_mental_health_team") == "yes",
    }
    name = rng.choice(sorted(odd))
    if name == "known_to_mental_health_team" and data.get(name) not in ("yes", "no"):
        return data
    return data | {name: odd[name]}


def _in_vain(book: Book, concern: Concern, data: dict[str, Any]) -> None:
    """A first attempt under the same reference that is answered with a reason; its correction follows."""
    before = concern.at - timedelta(minutes=book.rng.randint(5, 50))
    without = {name: data[name] for name in ("sender", "reference", "source", "channel")}
    wrong: list[dict[str, Any]] = [
        without,
        without | {"happened_on": (concern.at.date() + timedelta(days=book.rng.choice((30, 365)))).isoformat()},
        without | {"abuse_types": "unkindness"},
        without | {"urgent": "very", "referrer": {"name": "The night desk"}},
    ]
    book.add(before, ConcernReported, book.rng.choice(wrong), concern.sender.event_source)

"""A report that is not in the form that the contract asks for, read all the same: nothing optional loses a concern.

Empty and null are unset. What can only mean one thing is read so; what cannot be read is set aside for a person. Each
is remarked on, in the words of `wordings`, by the names of the contract's fields.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from services.intake.values import NAME, PROSE, Read, code, day, is_unset, letters, text, urgency, word, words
from services.intake.wordings import Notes, printable
from shared.contracts.doors import (
    AbuseType,
    Answer,
    Basis,
    Channel,
    ConcernReported,
    Ethnicity,
    Gender,
    Location,
    SetAside,
    Source,
    SourceOfRisk,
    SupportReason,
    reference_form,
    sender_form,
)
from shared.kernel.decision import Reason
from shared.kernel.event import Value
from shared.kernel.identity import derived

Fields = Mapping[str, Read]
_ALSO_CALLED = {"birth_date": {"dob", "dateofbirth"}, "nhs_number": {"nhsno"}}
"""Names of a field that are no other spelling of ours, and can mean nothing else."""
_NOBODY = "not_known"
_RISKS_MOST = 20
_MAKES_A_REPORT = ("sender", "reference", "adult", "place", "referrer", "provider", "narrative")
"""What says nothing under any of these names is no report."""
_name, _prose, _answer = text(NAME), text(PROSE), word(Answer)


def read_with_care(said: Mapping[str, Any], source: str, unique: str) -> tuple[ConcernReported, tuple[Reason, ...]]:
    """A report, and what its sender should know of how it was read.

    `source` is the event's own; `unique` is what tells it from every other, for a report that has no reference.
    Raises pydantic's ValidationError where it is none all the same.
    """
    notes = Notes()
    said = _by_our_names(said, _KNOWN, "", notes)
    taken: dict[str, Any] = {name: value for name, value in said.items() if name not in _KNOWN}
    if all(is_unset(said.get(name)) for name in _MAKES_A_REPORT):
        return ConcernReported.model_validate_json(json.dumps(taken)), ()
    taken["sender"] = _sender(said.get("sender"), source, notes)
    taken |= _reference(said.get("reference"), unique, notes)
    taken |= _fields(said, _REPORT, "", notes)
    taken["set_aside"] = [*_kept(said.get("set_aside"), notes), *(one.model_dump() for one in notes.set_aside)]
    return ConcernReported.model_validate_json(json.dumps(taken)), notes.remarks


def says_all(report: ConcernReported) -> bool:
    """Whether a report that is in form says nothing under a name that can only mean a field of ours."""
    if any(map(_strays, (report, report.adult, report.place, report.referrer, report.provider, report.authorities))):
        return False
    return not any(_strays(risk) or _strays(risk.alleged_source) for risk in report.risks)


def _strays(part: Value | None) -> bool:
    """Whether a part has a field that no contract knows, of a name that is like one of ours."""
    if part is None or not part.__pydantic_extra__:
        return False
    return any(letters(name) in _ALIKE for name in part.__pydantic_extra__)


def _by_our_names(said: Mapping[str, Any], fields: Iterable[str], where: str, notes: Notes) -> Mapping[str, Any]:
    """What was said, under the names that the contract has for it, where one can only mean that."""
    strange = [name for name in said if name not in fields]
    meant: dict[str, str] = {}
    for field in fields:
        alike = {letters(field), *_ALSO_CALLED.get(field, ())}
        found = [name for name in strange if letters(name) in alike and not is_unset(said[name])]
        if len(found) == 1 and is_unset(said.get(field)):
            meant[found[0]] = field
            notes.say("field_name", where + field)
    if not meant:
        return said
    return {name: value for name, value in said.items() if name not in meant.values() and name not in meant} | {
        field: said[name] for name, field in meant.items()
    }


def _fields(said: Mapping[str, Any], fields: Fields, where: str, notes: Notes) -> dict[str, Any]:
    """What can be taken of the fields of a part."""
    taken = {}
    for name, read in fields.items():
        if not is_unset(one := said.get(name)) and (value := read(one, where + name, notes)) not in (None, [], {}):
            taken[name] = value
    return taken


def _part(fields: Fields, plain: str = "") -> Read:
    """A part with fields of its own; a text in its place is what its field `plain` holds."""

    def read(said: Any, where: str, notes: Notes) -> dict[str, Any] | None:
        if isinstance(said, list) and len(said) == 1:
            notes.say("read_as", where)
            (said,) = said
        if plain and isinstance(said, str):
            notes.say("read_as", where)
            said = {plain: said}
        if not isinstance(said, dict):
            notes.aside("wrong_kind", where, said)
            return None
        said = _by_our_names(said, fields, f"{where}.", notes)
        unknown = {name: value for name, value in said.items() if name not in fields}
        return unknown | _fields(said, fields, f"{where}.", notes)

    return read


def _risks(said: Any, where: str, notes: Notes) -> list[dict[str, Any]]:
    """The risks of which it is known what they are of; the others are set aside together."""
    several = [said] if isinstance(said, dict | str) else said
    if not isinstance(several, list):
        notes.aside("wrong_kind", where, said)
        return []
    if several is not said:
        notes.say("read_as", where)
    taken: list[dict[str, Any]] = []
    strange = []
    for number, one in enumerate(several):
        if is_unset(one):
            continue
        own, at = Notes(), f"{where}.{number}"
        read = _RISK(one, at, own) or {}
        if "abuse_type" not in read:
            strange.append(one)
            notes.say("field_missing", f"{where}.abuse_type")
        elif len(taken) == _RISKS_MOST:
            strange.append(one)
            notes.say("too_many", where)
        else:
            taken.append(read)
            notes.adopt(own)
    if strange:
        notes.keep(where, strange)
    return taken


def _sender(said: Any, source: str, notes: Notes) -> str:
    written = json.dumps(said) if isinstance(said, int) and not isinstance(said, bool) else said
    if not isinstance(written, str) or not (form := sender_form(printable(written))):
        notes.say("sender_missing", "sender")
        if not is_unset(said):
            notes.keep("sender", said)
        return sender_form(source.strip("/")) or _NOBODY
    if form == said:
        return form
    if form == written.strip():
        notes.say("read_as", "sender")
    else:
        notes.say("sender_form", "sender")
        notes.keep("sender", said)
    return form


def _reference(said: Any, unique: str, notes: Notes) -> dict[str, str]:
    """The reference in its form, and as it was sent where that is another."""
    number = isinstance(said, int | float) and not isinstance(said, bool)
    written = json.dumps(said) if number else said
    if not isinstance(written, str) or not (form := reference_form(written)):
        notes.say("reference_missing", "reference")
        if not is_unset(said):
            notes.keep("reference", said)
        return {"reference": str(derived("reference", unique))}
    if number:
        notes.say("read_as", "reference")
    if form == written:
        return {"reference": form}
    as_sent = printable(written)
    if len(as_sent) > NAME:
        notes.keep("reference", as_sent)
    return {"reference": form, "reference_as_sent": as_sent[:NAME]}


def _kept(said: Any, notes: Notes) -> list[Any]:
    """What its sender set aside itself, for want of a field."""
    if is_unset(said):
        return []
    several = said if isinstance(said, list) else [said]
    try:
        return [SetAside.model_validate(one).model_dump() for one in several]
    except ValidationError:
        notes.aside("wrong_kind", "set_aside", said)
        return []


_ADULT: Fields = {
    "person_reference": _name,
    "nhs_number": _name,
    "name": _name,
    "birth_date": day,
    "address": _name,
    "description": _prose,
    "gender": word(Gender),
    "ethnicity": word(Ethnicity),
    "support_reason": word(SupportReason),
    "preferred_language": code,
    "interpreter_needed": _answer,
}
_PLACE: Fields = {"name": _name, "address": _name}
_REFERRER: Fields = {"name": _name, "organisation": _name, "contact": _name}
_SOURCE: Fields = {"reference": _name, "name": _name, "also_an_adult_at_risk": _answer}
_ONE_RISK: Fields = {
    "abuse_type": word(AbuseType),
    "location": word(Location),
    "source_of_risk": word(SourceOfRisk),
    "alleged_source": _part(_SOURCE, "name"),
}
_RISK = _part(_ONE_RISK, "abuse_type")
_PROVIDER: Fields = {"reference": _name, "name": _name, "commissioned": _answer}
_AUTHORITIES: Fields = {"home": code, "placing": code, "host": code}
_REPORT: Fields = {
    "source": word(Source),
    "channel": word(Channel),
    "basis": word(Basis),
    "urgent": urgency,
    "known_to_mental_health_team": _answer,
    "practitioner_team": code,
    "adult": _part(_ADULT, "description"),
    "place": _part(_PLACE, "name"),
    "referrer": _part(_REFERRER, "name"),
    "happened_on": day,
    "abuse_types": words(AbuseType),
    "risks": _risks,
    "provider": _part(_PROVIDER, "name"),
    "authorities": _part(_AUTHORITIES),
    "consents_to_report": _answer,
    "aware_of_report": _answer,
    "narrative": _prose,
}
_KNOWN = {"sender", "reference", *_REPORT, "reference_as_sent", "set_aside"}
_OF_PARTS = (_ADULT, _PLACE, _REFERRER, _SOURCE, _ONE_RISK, _PROVIDER, _AUTHORITIES, SetAside.model_fields)
_ALIKE = {letters(name) for of in (_KNOWN, *_OF_PARTS) for name in of}.union(*_ALSO_CALLED.values())

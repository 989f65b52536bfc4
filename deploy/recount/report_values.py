"""One value of a report by the published schema of its field: the one thing it can mean, or set aside for a person."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from deploy.recount.forms import SCHEMAS
from deploy.recount.identities import derived, reference_in_form, sender_in_form
from deploy.recount.written_days import meant

Said = dict[str, Any]
REPORTED = "safeguarding.concern.reported.v1"
SCHEMA = json.loads((SCHEMAS / f"{REPORTED}.json").read_text(encoding="utf-8"))
NAMED = SCHEMA["$defs"]
OTHER_NAMES = {"birth_date": ["dob", "dateofbirth"], "nhs_number": ["nhsno"]}
_TEXT_STANDS_FOR = {
    "adult": "description", "place": "name", "provider": "name", "referrer": "name", "alleged_source": "name",
    "risks": "abuse_type",
}  # fmt: skip
_YES, _NO, _DUNNO = {"true", "yes", "y", "1"}, {"false", "no", "n", "0"}, {"notknown", "unknown", "dontknow", "nk"}
CONTROL = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]")
_RISKS = 20


def schema_of(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a schema asks for, if not null."""
    while True:
        if "anyOf" in schema:
            schema = next(one for one in schema["anyOf"] if one.get("type") != "null")
        elif "$ref" in schema:
            schema = NAMED[schema["$ref"].rpartition("/")[2]]
        else:
            return schema


def word(said: Any) -> str:
    """The letters and digits of a word, in small."""
    if isinstance(said, bool | int | float):
        said = re.sub(r"\.0$", "", json.dumps(said))
    return "".join(one for one in said.casefold() if one.isalnum()) if isinstance(said, str) else ""


def unset(said: Any) -> bool:
    """Whether it says nothing."""
    return said is None or (isinstance(said, str | list | dict) and (not said or _blank(said)))


def _blank(said: Any) -> bool:
    return isinstance(said, str) and not CONTROL.sub(" ", said).strip()


def _number(said: Any) -> bool:
    return type(said) in (int, float)


class Reading:
    """Reads, and keeps what is to be said of it and what is set aside."""

    def __init__(self) -> None:
        self.codes: set[str] = set()
        self.aside: list[Said] = []

    def keep(self, where: str, said: Any, code: str = "") -> Any:
        """Set aside what was said in a field, which takes nothing."""
        self.codes |= {code} - {""}
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        self.aside.append({"where": where, "said": CONTROL.sub(" ", text)})
        return None

    def renamed(self, data: Said, fields: Iterable[str]) -> Said:
        """The same, each field under our name for it where one other name can only be that."""
        found = dict(data)
        for name in fields:
            alike = {word(name), *OTHER_NAMES.get(name, [])}
            strays = [n for n in data if n not in fields and word(n) in alike and not unset(data[n])]
            if len(strays) == 1 and unset(data.get(name)):
                found[name] = found.pop(strays[0])
                self.codes.add("field_name")
        return found

    def fields(self, data: Said, fields: Mapping[str, Any], where: str) -> Said:
        """What is taken of the fields of a part."""
        found = {}
        for name, schema in fields.items():
            if not unset(data.get(name)):
                value = self._value(data[name], schema_of(schema), where + name, name)
                if value is not None and value not in ([], {}):
                    found[name] = value
        return found

    def _value(self, said: Any, schema: Mapping[str, Any], where: str, name: str) -> Any:
        kind = "enum" if "enum" in schema else "day" if schema.get("format") == "date" else str(schema["type"])
        kind = "code" if kind == "string" and "A-Za-z0-9" in schema["pattern"] else kind
        reader: Callable[[Any, Mapping[str, Any], str, str], Any] = getattr(self, f"_{kind}")
        return reader(said, schema, where, name)

    def _string(self, said: Any, schema: Mapping[str, Any], where: str, _name: str) -> Any:
        longest = schema["maxLength"]
        if _number(said):
            self.codes.add("read_as")
            return json.dumps(said)[:longest]
        if not isinstance(said, str):
            return self.keep(where, said, "wrong_kind")
        shown = CONTROL.sub(" ", said)
        self.codes |= {"control_characters"} if shown != said else set()
        if len(shown) > longest:
            self.keep(where, shown)
        return shown[:longest]

    def _code(self, said: Any, schema: Mapping[str, Any], where: str, _name: str) -> Any:
        text = str(said) if type(said) is int else said
        if not isinstance(text, str):
            return self.keep(where, said, "wrong_kind")
        text = text.strip()
        if len(text) > schema["maxLength"] or not re.fullmatch(schema["pattern"], text):
            return self.keep(where, said, "characters_not_allowed")
        self.codes |= {"read_as"} if text != said else set()
        return text

    def _enum(self, said: Any, schema: Mapping[str, Any], where: str, _name: str) -> Any:
        values = schema["enum"]
        if said in values:
            return str(said)
        spelt = word(said)
        found = next((value for value in values if spelt == word(value)), None)
        if found is None and values == ["yes", "no", "not_known"]:
            found = "yes" if spelt in _YES else "no" if spelt in _NO else None
        if found is None and "not_known" in values and spelt in _DUNNO:
            found = "not_known"
        if found is None or isinstance(said, list | dict):
            return self.keep(where, said, "value_of_no_list" if isinstance(said, str) else "wrong_kind")
        self.codes.add("read_as")
        return str(found)

    def _day(self, said: Any, _schema: Mapping[str, Any], where: str, _name: str) -> Any:
        days = list(meant(said)) if isinstance(said, str) else []
        if len(days) != 1:
            return self.keep(where, said, "not_a_day")
        self.codes |= {"read_as"} if str(days[0]) != said else set()
        return str(days[0])

    def _boolean(self, said: Any, _schema: Mapping[str, Any], where: str, _name: str) -> bool:
        if isinstance(said, bool):
            return said
        spelt = word(said)
        if spelt in _NO | {"noturgent", "nonurgent"} or spelt in _YES | {"urgent"}:
            self.codes.add("read_as")
            return spelt in _YES | {"urgent"}
        self.keep(where, said, "urgent_in_doubt")
        return True

    def _object(self, said: Any, schema: Mapping[str, Any], where: str, name: str) -> Any:
        if isinstance(said, list) and len(said) == 1:
            self.codes.add("read_as")
            said = said[0]
        if isinstance(said, str) and name in _TEXT_STANDS_FOR:
            self.codes.add("read_as")
            said = {_TEXT_STANDS_FOR[name]: said}
        if not isinstance(said, dict):
            return self.keep(where, said, "wrong_kind")
        fields = schema["properties"]
        said = self.renamed(said, fields)
        return {n: v for n, v in said.items() if n not in fields} | self.fields(said, fields, f"{where}.")

    def _array(self, said: Any, schema: Mapping[str, Any], where: str, name: str) -> list[Any]:
        of = schema_of(schema["items"])
        if "enum" in of:
            return self._words(said, of, where)
        if isinstance(said, dict | str):
            self.codes.add("read_as")
            said = [said]
        if not isinstance(said, list):
            self.keep(where, said, "wrong_kind")
            return []
        taken: list[Said] = []
        others = []
        for n, one in enumerate(said):
            if unset(one):
                continue
            trial = Reading()
            risk = trial._object(one, of, f"{where}.{n}", name) or {}
            if "abuse_type" not in risk or len(taken) >= _RISKS:
                others.append(one)
                self.codes.add("too_many" if "abuse_type" in risk else "field_missing")
                continue
            taken.append(risk)
            self.codes |= trial.codes
            self.aside += trial.aside
        if others:
            self.keep(where, others)
        return taken

    def _words(self, said: Any, of: Mapping[str, Any], where: str) -> list[str]:
        if isinstance(said, str):
            self.codes.add("read_as")
            said = said.replace(";", ",").split(",")
        if not isinstance(said, list):
            self.keep(where, said, "wrong_kind")
            return []
        taken, others = [], []
        for one in said:
            if unset(one):
                continue
            trial = Reading()
            value = trial._enum(one, of, where, "")
            if value is None:
                others.append(one)
            else:
                taken.append(value)
                self.codes |= trial.codes
        if others:
            self.keep(where, others, "value_of_no_list")
        return taken if len(taken) <= len(of["enum"]) else list(dict.fromkeys(taken))

    def sender(self, said: Any, source: str) -> str:
        """A sender in the form of a code; its event's source where there is none."""
        text = str(said) if type(said) is int else said
        form = sender_in_form(CONTROL.sub(" ", text)) if isinstance(text, str) else ""
        if not form:
            self.codes.add("sender_missing")
            if not unset(said):
                self.keep("sender", said)
            return sender_in_form(source.strip("/")) or "not_known"
        if form == text.strip():
            self.codes |= {"read_as"} if form != said else set()
        else:
            self.keep("sender", said, "sender_form")
        return form

    def reference(self, said: Any, unique: str) -> Said:
        """A reference in its form, and as it was sent; one of our making where there is none."""
        text = json.dumps(said) if _number(said) else said
        form = reference_in_form(text) if isinstance(text, str) else ""
        if not form:
            self.codes.add("reference_missing")
            if not unset(said):
                self.keep("reference", said)
            return {"reference": derived("reference", unique)}
        self.codes |= {"read_as"} if _number(said) else set()
        if form == text:
            return {"reference": form}
        longest = schema_of(SCHEMA["properties"]["reference_as_sent"])["maxLength"]
        shown = CONTROL.sub(" ", text)
        if len(shown) > longest:
            self.keep("reference", shown)
        return {"reference": form, "reference_as_sent": shown[:longest]}

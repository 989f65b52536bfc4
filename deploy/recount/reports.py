"""What a report says that is not in the published form: the one thing it can mean, and what is set aside of it.

The published schema says what each field takes. What is here is what the contracts' documentation says of the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.recount.forms import Contract, WrongForm
from deploy.recount.report_values import CONTROL, NAMED, OTHER_NAMES, SCHEMA, Reading, schema_of, unset, word

Said = dict[str, Any]
_NEEDS_ONE_OF = {"sender", "reference", "adult", "place", "referrer", "provider", "narrative"}
_OF_ITS_OWN = {"sender", "reference", "reference_as_sent", "set_aside"}


@dataclass
class Report:
    """A report as it is taken: its fields at their defaults where they are unset, and the words of its remarks.

    `open` are its fields as they are taken, those that the contract does not know among them.
    """

    said: Said
    open: Said
    codes: set[str] = field(default_factory=set)


def read(contract: Contract, data: Any, source: str, unique: str) -> Report:
    """A report, in form or not. Raises WrongForm where it is none."""
    try:
        said = contract.read(data)
    except WrongForm:
        pass
    else:
        if not _strays(data, SCHEMA):
            return Report(said, data)
    if not isinstance(data, dict):
        raise WrongForm
    reading = Reading()
    data = reading.renamed(data, SCHEMA["properties"])
    if all(unset(data.get(name)) for name in _NEEDS_ONE_OF):
        raise WrongForm
    taken = {name: value for name, value in data.items() if name not in SCHEMA["properties"]}
    taken["sender"] = reading.sender(data.get("sender"), source)
    taken |= reading.reference(data.get("reference"), unique)
    taken |= reading.fields(data, {n: s for n, s in SCHEMA["properties"].items() if n not in _OF_ITS_OWN}, "")
    taken["set_aside"] = _own(data.get("set_aside"), reading) + reading.aside
    return Report(contract.read(taken), taken, reading.codes)


def _own(said: Any, reading: Reading) -> list[Said]:
    """What its sender set aside itself, where all of that is in form."""
    if unset(said):
        return []
    several = said if isinstance(said, list) else [said]
    where = schema_of(schema_of(schema_of(SCHEMA["properties"]["set_aside"])["items"])["properties"]["where"])
    for one in several:
        texts = isinstance(one, dict) and all(isinstance(one.get(n), str) and one[n] for n in ("where", "said"))
        in_form = texts and len(one["where"]) <= where["maxLength"] and re.fullmatch(where["pattern"], one["where"])
        if not in_form or CONTROL.search(one["said"]):
            reading.keep("set_aside", said, "wrong_kind")
            return []
    return [dict(one) for one in several]


_KNOWN = {word(name) for of in (SCHEMA, *NAMED.values()) for name in of.get("properties", ())}
_KNOWN |= {name for names in OTHER_NAMES.values() for name in names}


def _strays(data: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    """Whether a field of no name of ours has one that is like ours, anywhere but in what a sender set aside."""
    fields = schema["properties"]
    for name, value in data.items():
        if name not in fields:
            if word(name) in _KNOWN:
                return True
            continue
        of = schema_of(fields[name])
        of = schema_of(of["items"]) if "items" in of else of
        parts = value if isinstance(value, list) else [value]
        if name != "set_aside" and any(
            isinstance(one, dict) and _strays(one, of) for one in parts if of.get("properties")
        ):
            return True
    return False

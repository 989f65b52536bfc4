"""What enquiry must make of what the adult wants, whether they can decide, and who supports them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tests.faults.civil import instant
from tests.faults.enquiry_model import MSP_ACHIEVED, MSP_ASKED, WAITS, Data, Enquiry
from tests.faults.facts import same
from tests.faults.log import Message

Answer = Any
"""The enquiry with its facts and whether it changed; None where nothing does; codes of a refusal; or WAITS."""


def ask(enquiry: Enquiry, message: Message) -> Answer:
    """What the adult wants; of several askings the latest stands, of one instant that of the greater identity."""
    data = message.data
    if enquiry.concluded is not None:
        return {"enquiry_concluded"}
    body = {name: data[name] for name in ("answer", "asked_of", "reason_not_asked", "asked_at") if data.get(name)}
    fact = enquiry.msp(MSP_ASKED, message, body | {"outcomes": data.get("outcomes", [])})
    asked = instant(data["asked_at"]), message.identity, data
    if enquiry.asked is not None and asked[:2] <= enquiry.asked[:2]:
        asked = enquiry.asked
    return replace(enquiry, asked=asked), [fact], True


def assess(enquiry: Enquiry, message: Message) -> Answer:
    """How far each outcome that was last expressed was achieved."""
    data = message.data
    if enquiry.concluded is not None:
        return {"enquiry_concluded"}
    if enquiry.asked is None:
        return WAITS
    if enquiry.asked[2]["answer"] != "expressed":
        return {"achieved_without_expressed"}
    wanted, there = _ids(enquiry.asked[2]["outcomes"]), _ids(data["achieved"])
    wrong = ({"outcome_unknown"} if there - wanted else set()) | ({"outcome_not_assessed"} if wanted - there else set())
    if wrong:
        return wrong
    body = {name: data[name] for name in ("achieved", "asked_of", "assessed_at")} | {"overall": _overall(data)}
    assessed = instant(data["assessed_at"]), message.identity, data
    if enquiry.assessed is not None and assessed[:2] <= enquiry.assessed[:2]:
        assessed = enquiry.assessed
    return replace(enquiry, assessed=assessed), [enquiry.msp(MSP_ACHIEVED, message, body)], True


def capacity(enquiry: Enquiry, message: Message) -> Answer:
    """Whether the adult can make one decision, at one time."""
    names = ("matter", "capacity", "assessed_by", "assessed_at")
    for known in enquiry.capacity:
        if known["capacity_id"] == message.data["capacity_id"]:
            return None if all(same(known[n], message.data[n]) for n in names) else {"capacity_id_used"}
    after = replace(enquiry, capacity=(*enquiry.capacity, message.data))
    return _noted(after, message, "capacity", message.data)


def support(enquiry: Enquiry, message: Message) -> Answer:
    """Who supports the adult; the same record again is no other."""
    record = {"appropriate_person": "not_known", "support": []} | message.data
    if any(same(known, record) for known in enquiry.support):
        return None
    after = replace(enquiry, support=(*enquiry.support, record))
    return _noted(after, message, "advocacy", record)


def _noted(after: Enquiry, message: Message, name: str, record: Data) -> Answer:
    if after.concluded is not None:
        return {"enquiry_concluded"}
    return after, [after.fact(f"{name}-noted", message, {"record": record})], True


def findings(enquiry: Enquiry) -> Data:
    """What a conclusion says of all this, as it stands."""
    body: Data = {"lacked_capacity_for": [], "support": [], "risks": []}
    if enquiry.asked is not None:
        body["asked"] = enquiry.asked[2]["answer"]
        if enquiry.assessed is not None and body["asked"] == "expressed":
            assessed = enquiry.assessed[2]
            if _ids(enquiry.asked[2]["outcomes"]) <= _ids(assessed["achieved"]):
                body["achieved"] = _overall(assessed)
    stands = {one["matter"]: one["capacity"] for one in _latest(enquiry.capacity, "assessed_at", "capacity_id")}
    body["capacity"] = next((c for c in ("lacks", "has", "not_determined", "not_known") if c in stands.values()), None)
    body["lacked_capacity_for"] = sorted(matter for matter, found in stands.items() if found == "lacks")
    if enquiry.support:
        # No two records of support are of one instant here: which would stand then hangs on how they are written down.
        body["support"] = sorted(set(list(_latest(enquiry.support, "recorded_at", "recorded_by"))[-1]["support"]))
    return body


def _latest(records: Iterable[Data], at: str, then: str) -> list[Data]:
    return sorted(records, key=lambda one: (instant(one[at]), one[then]))


def _ids(outcomes: Iterable[Data]) -> set[str]:
    return {one["outcome_id"] for one in outcomes}


def _overall(data: Data) -> str:
    each = {one["achieved"] for one in data["achieved"]}
    return str(next(iter(each))) if len(each) == 1 else "partially"

"""What enquiry must make of enquiries that others are caused to make: asked for by a day, chased, answered, overdue."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from tests.faults.civil import day_of, instant
from tests.faults.enquiry_model import WAITS, Cause, Data, Enquiry
from tests.faults.enquiry_records import Answer
from tests.faults.facts import same
from tests.faults.log import Message

_DEFAULTS: Data = {"scope": [], "under_suspicion": "not_known"}
_DUE_AGAIN = timedelta(days=7)
_NAMES = ("body", "due_on", "caused_by", "caused_at")


def cause(enquiry: Enquiry, message: Message) -> Answer:
    """Another body is to make enquiries by a day."""
    data = message.data
    known = _known(enquiry, data)
    if known is not None:
        return None if all(same(known.data[name], data[name]) for name in _NAMES) else {"cause_id_used"}
    if enquiry.concluded is not None:
        return {"enquiry_concluded"}
    assert enquiry.start is not None
    if instant(data["caused_at"]) < enquiry.start:
        return {"caused_at_too_early"}
    after = replace(enquiry, caused=(*enquiry.caused, Cause(data)))
    return after, [enquiry.fact("caused-elsewhere", message, {"record": _DEFAULTS | data})], True


def chase(enquiry: Enquiry, message: Message) -> Answer:
    """The council asks where it is, and may set another day."""
    data = message.data
    due_on = date.fromisoformat(data["due_on"]) if data.get("due_on") else None
    step = instant(data["chased_at"]), due_on, None, data["chased_by"]
    return _follow(enquiry, message, step, "chased_at", "caused-chase-noted")


def answer(enquiry: Enquiry, message: Message) -> Answer:
    """The other body has answered; what does not satisfy is due again, in a week where nobody says when."""
    data = message.data
    at = instant(data["returned_at"])
    due_on = date.fromisoformat(data["due_on"]) if data.get("due_on") else None
    if not data["satisfactory"] and due_on is None:
        due_on = day_of(at) + _DUE_AGAIN
    step = at, due_on, data["satisfactory"], data["recorded_by"]
    return _follow(enquiry, message, step, "returned_at", "caused-return-noted")


def _follow(enquiry: Enquiry, message: Message, step: tuple[object, ...], where: str, name: str) -> Answer:
    known = _known(enquiry, message.data)
    if known is not None and step in known.steps:
        return None
    if enquiry.concluded is not None:
        return {"enquiry_concluded"}
    if known is None:
        return WAITS
    if instant(message.data[where]) < instant(known.data["caused_at"]):
        return {f"{where}_too_early"}
    followed = replace(known, steps=tuple(sorted((*known.steps, step), key=lambda one: one[0])))
    caused = tuple(followed if one is known else one for one in enquiry.caused)
    return replace(enquiry, caused=caused), [enquiry.fact(name, message, {"record": message.data})], True


def _known(enquiry: Enquiry, data: Data) -> Cause | None:
    return next((one for one in enquiry.caused if one.data["cause_id"] == data["cause_id"]), None)

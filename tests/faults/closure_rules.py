"""What enquiry must make of closures: proposed by one, approved or returned by another, and undone by a reopening."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.faults.civil import instant
from tests.faults.enquiry_model import WAITS, Data, Enquiry
from tests.faults.enquiry_records import Answer, findings
from tests.faults.facts import same
from tests.faults.log import Message

_POLICY = "coventry-2024-1"


def propose(enquiry: Enquiry, message: Message) -> Answer:
    """The first proposal, or one that names the last before it."""
    data = message.data
    for known in enquiry.proposals:
        if known["closure_id"] == data["closure_id"]:
            return None if _same(known, data, "reason", "proposed_by", "proposed_at", "supersedes") else _USED
    if enquiry.concluded is not None:
        return {"enquiry_concluded"}
    assert enquiry.start is not None
    if instant(data["proposed_at"]) < enquiry.start:
        return {"proposed_at_too_early"}
    ids = [known["closure_id"] for known in enquiry.proposals]
    before = data.get("supersedes")
    if before != (ids[-1] if ids else None):
        return {"contradicts_a_proposal"} if before is None or before in ids else WAITS
    after = replace(enquiry, proposals=(*enquiry.proposals, data))
    return after, [enquiry.fact("closure-proposal-noted", message, {"record": data})], True


def approve(enquiry: Enquiry, message: Message) -> Answer:
    """The enquiry concluded, with what stands of it then."""
    data = message.data
    every = [*enquiry.undone, *([enquiry.concluded] if enquiry.concluded is not None else [])]
    if any(_same(known, data, "closure_id", "approved_by", "approved_at") for known in every):
        return None
    if enquiry.concluded is not None:
        return {"enquiry_concluded"}
    if data["closure_id"] not in _ids(enquiry.proposals):
        return WAITS
    last = enquiry.proposals[-1]
    wrong = _against(enquiry, last, data)
    if not all(one.answered for one in enquiry.caused):
        wrong.add("caused_enquiry_unanswered")
    if wrong:
        return wrong
    body = findings(enquiry) | {name: data[name] for name in ("closure_id", "approved_by")}
    body |= {"started_at": enquiry.start, "concluded_at": data["approved_at"], "kind": enquiry.kind, "policy": _POLICY}
    body |= {"reason": last["reason"], "proposed_by": last["proposed_by"]}
    return replace(enquiry, concluded=data), [enquiry.fact("concluded", message, body)], True


def _against(enquiry: Enquiry, last: Data, data: Data) -> set[str]:
    if last["closure_id"] != data["closure_id"]:
        return {"proposal_superseded"}
    assert enquiry.start is not None
    wrong = {"proposal_returned"} if data["closure_id"] in _ids(enquiry.returned) else set()
    wrong |= {"closure_undone"} if data["closure_id"] in _ids(enquiry.undone) else set()
    wrong |= {"same_person"} if data["approved_by"].lower() == last["proposed_by"].lower() else set()
    if instant(data["approved_at"]) < max(instant(last["proposed_at"]), enquiry.start):
        wrong.add("approved_at_too_early")
    return wrong


def send_back(enquiry: Enquiry, message: Message) -> Answer:
    """A proposal returned by a manager who did not make it; it is never approved."""
    data = message.data
    for known in enquiry.returned:
        if known["closure_id"] == data["closure_id"]:
            return None if _same(known, data, "returned_by", "reason", "returned_at") else {"already_returned"}
    if enquiry.concluded is not None:
        return {"enquiry_concluded"}
    if data["closure_id"] in _ids(enquiry.undone):
        return {"proposal_approved"}
    proposal = next((one for one in enquiry.proposals if one["closure_id"] == data["closure_id"]), None)
    if proposal is None:
        return WAITS
    wrong = {"same_person"} if data["returned_by"].lower() == proposal["proposed_by"].lower() else set()
    if instant(data["returned_at"]) < instant(proposal["proposed_at"]):
        wrong.add("returned_at_too_early")
    after = replace(enquiry, returned=(*enquiry.returned, data))
    return wrong or (after, [enquiry.fact("closure-return-noted", message, {"record": data})], True)


def reopen(enquiry: Enquiry, message: Message) -> Answer:
    """A concluded enquiry goes on, as old as it is."""
    data = message.data
    for known in enquiry.reopened:
        if known["reopening_id"] == data["reopening_id"]:
            equal = _same(known, data, "closure_id", "reason", "decided_by", "decided_at")
            return None if equal else {"reopening_id_used"}
    undone = enquiry.concluded
    if undone is None or undone["closure_id"] != data["closure_id"]:
        return _concluded_by_another(enquiry, data["closure_id"])
    if instant(data["decided_at"]) < instant(undone["approved_at"]):
        return {"decided_at_too_early"}
    body: Data = {name: data[name] for name in ("reopening_id", "closure_id", "reason", "decided_by")}
    body |= {"started_at": enquiry.start, "kind": enquiry.kind, "reopened_at": data["decided_at"]}
    after = replace(enquiry, concluded=None, undone=(*enquiry.undone, undone), reopened=(*enquiry.reopened, data))
    return after, [enquiry.fact("reopened", message, body)], True


def _concluded_by_another(enquiry: Enquiry, closure_id: str) -> Answer:
    if closure_id in _ids(enquiry.undone):
        return {"already_reopened"}
    over = _ids(enquiry.proposals[:-1]) | _ids(enquiry.returned)
    return {"closure_concluded_nothing"} if enquiry.concluded is not None or closure_id in over else WAITS


_USED = {"closure_id_used"}


def _ids(records: Any) -> set[str]:
    return {one["closure_id"] for one in records}


def _same(one: Data, other: Data, *names: str) -> bool:
    return all(same(one.get(name), other.get(name)) for name in names)

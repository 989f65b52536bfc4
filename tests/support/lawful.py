"""A lawful decision and its approval as other systems send them: the one place where tests know what one needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

Data = dict[str, Any]
LIMBS = ("needs_care_and_support", "abuse_or_neglect", "unable_to_protect")
ANOTHER = "00000000-0000-4000-8000-000000000001"
"""A concern that is another than whichever is decided on."""
_NEEDS: dict[str, Data] = {
    "not_met": {"disposals": ["no_action"]},
    "sent_to_other_authority": {"authority": "solihull"},
    "duplicate": {"duplicate_of": ANOTHER},
}


def limbs(*answers: str, reasons: Sequence[str] = ("seen",) * len(LIMBS)) -> Data:
    """The answers to the three limbs of section 42(1), each with a reason; those that are not given are yes."""
    every = (*answers, *("yes",) * (len(LIMBS) - len(answers)))
    return {
        limb: {"answer": answer, "reasons": [reason]}
        for limb, answer, reason in zip(LIMBS, every, reasons, strict=True)
    }


NOT_ALL_MET = limbs("yes", "yes", "no")


def decision(concern_id: object, decision_id: object, at: datetime | str, kind: str = "s42_met", **more: Any) -> Data:
    """A decision of a kind, with what that needs; and whatever else is said, or said otherwise."""
    return {
        "concern_id": str(concern_id), "decision_id": str(decision_id), "decision": kind,
        "limbs": limbs() if kind == "s42_met" else NOT_ALL_MET, "decided_by": "worker-1", "decided_at": _written(at),
        **_NEEDS.get(kind, {}), **more,
    }  # fmt: skip


def approval(of: Data, at: datetime | str, **more: Any) -> Data:
    """A manager's approval of a decision."""
    return {
        "concern_id": of["concern_id"], "decision_id": of["decision_id"], "approved_by": "manager-1",
        "role": "team_manager", "approved_at": _written(at), **more,
    }  # fmt: skip


def _written(at: datetime | str) -> str:
    return at if isinstance(at, str) else at.isoformat()

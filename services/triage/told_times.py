"""Whether a time that was sent can be true: not before what it is about."""

from datetime import datetime

from shared.kernel.decision import Reason


def before_receipt(where: str, at: datetime, received_at: datetime) -> Reason | None:
    """Why a time cannot stand that lies before the council received the concern."""
    if at >= received_at:
        return None
    return Reason(
        code=f"{_said(where)}_before_receipt",
        says=f"`{where}` lies before the council received the concern. It is accepted when it is the time at which "
        "that was done, with its offset from UTC.",
        where=where,
    )


def before_decision(where: str, at: datetime, decided_at: datetime) -> Reason | None:
    """Why a time cannot stand that lies before the decision it is about."""
    if at >= decided_at:
        return None
    return Reason(
        code=f"{_said(where)}_before_decided",
        says=f"`{where}` lies before the decision it is about. It is accepted when it is the time at which that was "
        "done, with its offset from UTC.",
        where=where,
    )


def _said(where: str) -> str:
    return where.removesuffix("_at")

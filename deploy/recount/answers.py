"""What becomes of something that was sent, and what is the same for all of it."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

A_MOMENT = timedelta(minutes=5)
"""How far a sender's clock may be ahead before what it tells lies in the future."""

MANAGERS = {
    "assistant_team_manager", "head_of_service", "manager", "principal_social_worker", "service_manager",
    "team_leader", "team_manager",
}  # fmt: skip
"""The roles that approve, return and reopen."""


class Answer(Enum):
    """Whether something changed what stands, changes nothing (it is refused, or was said before), or is too early."""

    TAKEN = "taken"
    NOTHING = "nothing"
    LATER = "later"


TAKEN, NOTHING, LATER = Answer.TAKEN, Answer.NOTHING, Answer.LATER


def one_person(one: str, other: str) -> bool:
    """Whether two codes are of one member of staff: capitals do not make another."""
    return one.casefold() == other.casefold()

"""What becomes of something that was sent, and what is the same for all of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

A_MOMENT = timedelta(minutes=5)
"""How far a sender's clock may be ahead before what it tells lies in the future."""

MANAGERS = {
    "assistant_team_manager", "head_of_service", "manager", "principal_social_worker", "service_manager",
    "team_leader", "team_manager",
}  # fmt: skip
"""The roles that approve, return and reopen."""


@dataclass(frozen=True)
class Answer:
    """What becomes of something; where it is refused, `why` holds the codes of everything that is against it."""

    became: str
    why: frozenset[str] = frozenset()


TAKEN = Answer("taken")
"""It changed what stands."""
NOTHING = Answer("nothing")
"""It changes nothing and nobody is told: it was said before, or no figure depends on it."""
LATER = Answer("later")
"""It is too early, and waits."""


def refused(*why: str) -> Answer:
    """It changes nothing, for these reasons."""
    return Answer("refused", frozenset(why))


def wrong(**what: bool) -> set[str]:
    """The codes of what is so."""
    return {code for code, is_so in what.items() if is_so}


def one_person(one: str, other: str) -> bool:
    """Whether two codes are of one member of staff: capitals do not make another."""
    return one.casefold() == other.casefold()

"""A timer that has fallen due: what its decision sees, in which order it fires, and what it must not do."""

from datetime import datetime
from uuid import UUID

from shared.contracts import source_of
from shared.kernel.event import Due, Metadata
from shared.kernel.identity import timed


class BrokenTimerError(Exception):
    """A decision left a fired timer pending: it would fire for ever."""


class StrayDecisionError(Exception):
    """A decision changed a case that was not locked for it."""


def timer_metadata(service: str, timer: Due) -> Metadata:
    """A timer's metadata: its identity is (timer, due, turn), and its decision sees *due*, never the instant it ran."""
    turn = (timer.turn,) if timer.turn else ()
    identity = timed(timer.at, service, timer.name, str(timer.subject), *turn)
    at = timer.at
    return Metadata(identity, identity, source_of(service), "timer", at, at, at, str(timer.subject))


def in_order(timer: Due) -> tuple[datetime, str, UUID, str]:
    """The order in which timers fire: by when they fell due."""
    return timer.at, timer.name, timer.subject, timer.turn

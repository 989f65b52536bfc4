"""A service that breaks wherever it is told to, and otherwise counts: what one record may do to all others.

Run it with `python -m tests.support.breaking`, in the environment of any other service. The reference of a concern
says what is to break over it.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from shared.chassis.app import run
from shared.chassis.service import Service
from shared.contracts.audit import RepeatReviewDone, RepeatReviewRefused, ReviewUnreadable
from shared.contracts.doors import RepeatReviewed
from shared.contracts.intake import ConcernReceived
from shared.kernel.decision import Decision, Refused
from shared.kernel.event import Due, Event, Metadata

NAMES = (
    *("keys", "keys-none", "keys-words", "keys-exit", "keys-loop", "keys-memory"),
    *("decide", "decide-exit", "decide-nothing", "decide-loop", "decide-deaf", "decide-recursion", "decide-memory"),
    *("fact", "fact-foreign", "fact-twice", "timers", "timers-naive", "follows"),
    *("load", "save", "save-words", "reasons"),
)
"""What a reference may ask for."""


class Count(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many concerns an adult has had, and what of them is still to break."""

    adult_id: UUID
    concerns: int
    breaks: str = ""
    other: Any = None

    def __post_init__(self) -> None:
        """Break where it is read from the database, and not where it is made."""
        if self.breaks == "load" and self.other == "written":
            raise ZeroDivisionError


def _asked(event: ConcernReceived | RepeatReviewed) -> str:
    said = event.report.reference if isinstance(event, ConcernReceived) else event.safety_planning
    return said.partition("/")[0]


def _break(what: str, where: str) -> None:
    """Do to this function what is asked for."""
    if what == where:
        raise ZeroDivisionError
    if what == f"{where}-exit":
        sys.exit("a service has no business here")
    if what == f"{where}-memory":
        raise MemoryError
    while what == f"{where}-loop":
        pass
    while what == f"{where}-deaf":
        with suppress(Exception):
            _break(f"{where}-loop", where)
    if what == f"{where}-recursion":
        _break(what, where)


def keys(event: ConcernReceived | RepeatReviewed) -> Any:
    """A count is a matter of one adult, where it is anybody's."""
    what = _asked(event)
    _break(what, "keys")
    if what == "keys-none":
        return ()
    return ("nobody",) if what == "keys-words" else (event.adult_id,)


def decide(cases: Mapping[UUID, Count], event: Any, meta: Metadata) -> Any:
    """One more, or what is asked for."""
    if isinstance(event, Due):
        return Decision({event.subject: msgspec.structs.replace(cases[event.subject], breaks="")})
    what = _asked(event)
    _break(what, "decide")
    if what == "decide-nothing":
        return None
    if what == "reasons":
        return Refused(("because",))  # type: ignore[arg-type]
    if what.startswith("fact"):
        done = _done(event, meta)
        said = {"fact": (done.model_copy(update={"review_id": object()}),), "fact-foreign": (event,)}
        return Decision({}, said.get(what, (done, done)))
    known = cases.get(event.adult_id, Count(event.adult_id, 0))
    other: Any = {"save": object(), "load": "written", "save-words": "\ud800"}.get(what)
    breaks = what if what in {"timers", "timers-naive", "follows", "load"} else ""
    state = Count(event.adult_id, known.concerns + 1)
    return Decision({event.adult_id: _set(state, breaks, other)}, (_done(event, meta),))


def _set(state: Count, breaks: str, other: Any) -> Count:
    """The state as it is to be written down, without looking at it again."""
    for name, value in (("breaks", breaks), ("other", other)):
        msgspec.structs.force_setattr(state, name, value)
    return state


def _done(event: ConcernReceived | RepeatReviewed, meta: Metadata) -> Event:
    return RepeatReviewDone(
        review_id=event.concern_id if isinstance(event, ConcernReceived) else event.review_id,
        adult_id=event.adult_id, safety_planning=_asked(event), reviewed_by="nobody", reviewed_at=meta.recorded,
    )  # fmt: skip


def timers(count: Count) -> Sequence[Due]:
    """None, unless it breaks."""
    _break(count.breaks, "timers")
    naive = datetime(2024, 1, 1)  # noqa: DTZ001  that is what is wrong with it
    return [Due("odd", count.adult_id, naive)] if count.breaks == "timers-naive" else ()


def follows(count: Count) -> Iterable[UUID]:
    """Nobody, unless it breaks."""
    _break(count.breaks, "follows")
    return ()


service: Service[Count] = Service(
    name="audit",
    reads=(ConcernReceived, RepeatReviewed),
    writes=(RepeatReviewDone, RepeatReviewRefused, ReviewUnreadable),
    state=Count,
    keys=keys,
    decide=decide,
    timers=timers,
    follows=follows,
    refusals={RepeatReviewed: RepeatReviewRefused},
)

if __name__ == "__main__":
    run(service)

"""The practice figures of triage, made of what its cases count as.

A concern is undecided until a decision on it is approved, and again where the authority it was sent to declined; what
it waits for is as in `services.triage.awaiting`. One that was withdrawn as recorded in error is in no figure.
"""

from collections.abc import Iterable
from uuid import UUID

from services.triage.cases import Awaiting, Case, Concern
from services.triage.views import WORKLIST
from shared.chassis.figures import Gauge, by_age, each, longest, mark, number
from shared.contracts.doors import TriageDecision
from shared.kernel.civil import london_day

_STAGES = tuple(stage for stage in Awaiting if stage is not Awaiting.NOTHING)
DECIDED, WITHDRAWN = "decided", "withdrawn"
_OPEN, _REVIEW = "open", "review"
OF_A_CONCERN = frozenset({_OPEN, DECIDED, WITHDRAWN})
"""A concern counts as one of these at least."""


def marks(_: UUID, case: Case) -> Iterable[str]:
    """What a concern counts as, and an adult; a review of several records counts with the one it is kept with."""
    if not isinstance(case, Concern):
        yield from (mark(_REVIEW) for _review in case.kept_reviews)
        return
    if case.awaiting is not Awaiting.NOTHING:
        yield mark(_OPEN, case.awaiting, london_day(case.received_at))
    if case.outcome is not None:
        yield mark(DECIDED, case.outcome)
    if case.withdrawn:
        yield mark(WITHDRAWN)


GAUGES = (
    Gauge(
        name="safeguarding_open_concerns",
        says="Concerns that wait for somebody, by what they wait for and by age in calendar months.",
        labels=("stage", "band"),
        of=by_age(_OPEN, _STAGES),
    ),
    Gauge(
        name="safeguarding_oldest_open_concern_seconds",
        says="How long the longest undecided concern has been without an approved decision; 0 when none is undecided.",
        labels=(),
        of=longest(WORKLIST),
    ),
    Gauge(
        name="safeguarding_concerns_decided",
        says="Concerns whose decision is approved, by the decision in force: together the base of the conversions.",
        labels=("decision",),
        of=each(DECIDED, TriageDecision),
    ),
    Gauge(
        name="safeguarding_conversions",
        says="Concerns converted to a Section 42 enquiry: a numerator, whose base is the concerns decided.",
        labels=(),
        of=number(DECIDED, TriageDecision.S42_MET),
    ),
    Gauge(
        name="safeguarding_repeat_reviews_noticed",
        says="Repeat reviews that practitioners who open a concern are told are under way.",
        labels=(),
        of=number(_REVIEW),
    ),
)

"""Audit's practice figures, made of what its cases count as.

What is over six months is counted from the start of each thing, not from the flags, so that a flag that was never
raised shows as a difference between two figures.
"""

from collections.abc import Iterable
from uuid import UUID

from services.audit.cases import Adult, Case, Open
from services.audit.policy import Lack
from services.audit.work_cases import Work
from shared.chassis.figures import Gauge, each, mark, number, over_six_months
from shared.contracts.audit import AdvocacyGap, OpenKind
from shared.kernel.civil import london_day

_OPEN, _FLAGGED, _AWAITING, _OVERDUE = "open", "drift_flagged", "awaiting_look", "decision_overdue"
_REVIEW_OPEN, _REVIEW_DONE, _GAP, _FLAG, _WORK = "review_open", "review_done", "advocacy_gap", "flag", "early_work"


def marks(_: UUID, case: Case) -> Iterable[str]:
    """What an adult counts as, and enquiry work that no enquiry was opened for."""
    if isinstance(case, Work):
        yield mark(_WORK)
    if isinstance(case, Adult):
        yield from _of_reviews(case)
        for item in case.open:
            yield from _of_open(item)
        yield from (mark(_GAP, enquiry.gap) for enquiry in case.enquiries if enquiry.gap is not None)
        yield from (mark(_FLAG, flag.flag) for flag in case.flags if not flag.aside)


def _of_reviews(adult: Adult) -> Iterable[str]:
    """Every record of a person keeps a review that is done: it counts with the one that has its first concern."""
    if adult.review_ends:
        yield mark(_REVIEW_OPEN)
    for review in adult.reviewed:
        if adult.concern(review.covers[0]) is not None:
            yield mark(_REVIEW_DONE)


def _of_open(item: Open) -> Iterable[str]:
    if item.ended is not None:
        return
    yield mark(_OPEN, item.kind, london_day(item.started_at))
    if item.flagged_at is not None:
        yield mark(_FLAGGED, item.kind)
    if item.next_flag is None:
        yield mark(_AWAITING, item.kind)
    if item.overdue_at is not None:
        yield mark(_OVERDUE)


GAUGES = (
    Gauge(
        name="safeguarding_repeat_reviews_open",
        says="Adults with more than three separate concerns within twelve months whose review is not done.",
        labels=(),
        of=number(_REVIEW_OPEN),
    ),
    Gauge(
        name="safeguarding_repeat_reviews_done",
        says="Repeat reviews that were done, each for safety planning (seed 003:3695).",
        labels=(),
        of=number(_REVIEW_DONE),
    ),
    Gauge(
        name="safeguarding_open_over_six_months",
        says="Undecided concerns and enquiries open for more than six calendar months (seed 003:3464).",
        labels=("kind",),
        of=over_six_months(_OPEN, OpenKind),
    ),
    Gauge(
        name="safeguarding_drift_flagged",
        says="What is open and has come to the Safeguarding Adults Coordinator, looked at or not.",
        labels=("kind",),
        of=each(_FLAGGED, OpenKind),
    ),
    Gauge(
        name="safeguarding_drift_awaiting_look",
        says="What is with the Safeguarding Adults Coordinator now, for a first or a further look.",
        labels=("kind",),
        of=each(_AWAITING, OpenKind),
    ),
    Gauge(
        name="safeguarding_decisions_overdue",
        says="Concerns past the local target for a decision, and not decided on.",
        labels=(),
        of=number(_OVERDUE),
    ),
    Gauge(
        name="safeguarding_work_at_concern_stage",
        says="Enquiries that are worked on and have not been opened (seed 003:3697).",
        labels=(),
        of=number(_WORK),
    ),
    Gauge(
        name="safeguarding_advocacy_gaps",
        says="Enquiries with an adult who lacks capacity, and nobody or family and friends alone beside them.",
        labels=("gap",),
        of=each(_GAP, AdvocacyGap),
    ),
    Gauge(
        name="safeguarding_data_quality_flags",
        says="Records that lack something or contradict another, by what is the matter (seed 003:3699).",
        labels=("flag",),
        of=each(_FLAG, Lack),
    ),
)

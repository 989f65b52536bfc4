"""Enquiry's practice figures, made of what its cases count as.

What the council publishes of enquiries is about those of section 42: other safeguarding enquiries are counted apart
(seed 003:882-910; domain 1.3). A withdrawn enquiry counts as never started. A ratio is two figures, its numerator and
its base. Ages are counted in civil months in London (`shared.kernel.civil.months_band`).
"""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from services.enquiry.cases import Case, Conclusion, EarlyWork, Enquiry
from services.enquiry.clocks import Stage, proposal_stands, stage_of
from services.enquiry.views import WORKLIST
from shared.chassis.figures import Counted, Gauge, Numbers, by_age, each, longest, mark, number, over_six_months
from shared.contracts.doors import Achievement, MspAnswer
from shared.contracts.enquiry import EnquiryKind
from shared.kernel.civil import BANDS, london_day, months_band

_OPEN, _OTHER, _TOOK, _ASKED, _ACHIEVED, _EARLY = "open", "other", "concluded", "asked", "achieved", "early_work"
_NOT_RECORDED = "not_recorded"


class _Shown(StrEnum):
    """How far an open enquiry is, as the figures tell it: whether it stands still, and whether the adult was asked."""

    OPENED = Stage.OPENED
    ASSIGNED = Stage.ASSIGNED
    PLANNED = Stage.PLANNED
    PLAN_MADE = Stage.PLAN_MADE
    ASKED = "asked"
    CLOSURE_PROPOSED = Stage.CLOSURE_PROPOSED
    SUSPENDED = "suspended"


def marks(_: UUID, case: Case) -> Iterable[str]:
    """What an enquiry counts as, and work that was told of because no enquiry was opened for it."""
    if isinstance(case, EarlyWork) and case.stated_at is not None:
        yield mark(_EARLY)
    if not isinstance(case, Enquiry) or case.withdrawn_at is not None:
        return
    section_42 = case.kind is EnquiryKind.SECTION_42
    if case.concluded is None:
        started = london_day(case.started_at)
        yield mark(_OPEN, _shown(case), started) if section_42 else mark(_OTHER, started)
    elif section_42:
        yield mark(_TOOK, months_band(case.started_at, case.concluded.concluded_at))
        yield from _personal_outcomes(case.concluded)


def _shown(enquiry: Enquiry) -> _Shown:
    if enquiry.course.suspended:
        return _Shown.SUSPENDED
    if proposal_stands(enquiry):
        return _Shown.CLOSURE_PROPOSED
    return _Shown.ASKED if enquiry.asked is not None else _Shown(stage_of(enquiry))


def _personal_outcomes(concluded: Conclusion) -> Iterable[str]:
    if concluded.asked is not None:
        yield mark(_ASKED, concluded.asked)
    if concluded.asked is MspAnswer.EXPRESSED:
        yield mark(_ACHIEVED, concluded.achieved or _NOT_RECORDED)


def _was_asked(counted: Counted, _: object) -> Numbers:
    """Whether or not they said."""
    kept = counted.cases.get(_ASKED, {})
    return {(): sum(kept.get((answer,), 0) for answer in (MspAnswer.EXPRESSED, MspAnswer.NONE_EXPRESSED))}


GAUGES = (
    Gauge(
        name="safeguarding_open_enquiries",
        says="Section 42 enquiries not concluded, by how far they are and by age in calendar months.",
        labels=("stage", "band"),
        of=by_age(_OPEN, _Shown),
    ),
    Gauge(
        name="safeguarding_oldest_open_enquiry_seconds",
        says="How long the longest open enquiry has been open; 0 when none is.",
        labels=(),
        of=longest(WORKLIST),
    ),
    Gauge(
        name="safeguarding_open_enquiries_over_six_months",
        says="Enquiries open for more than six calendar months (seed 003:3464).",
        labels=(),
        of=lambda counted, now: {(): sum(over_six_months(_OPEN, _Shown)(counted, now).values())},
    ),
    Gauge(
        name="safeguarding_open_other_enquiries",
        says="Other safeguarding enquiries not concluded, by age in calendar months.",
        labels=("band",),
        of=by_age(_OTHER),
    ),
    Gauge(
        name="safeguarding_work_without_enquiry",
        says="Enquiries for which work has been recorded for a day and more, and none has been opened (seed 003:3697).",
        labels=(),
        of=number(_EARLY),
    ),
    Gauge(
        name="safeguarding_concluded_enquiries",
        says="Enquiries concluded, by the calendar months they were open (seed 003:900).",
        labels=("band",),
        of=each(_TOOK, BANDS),
    ),
    Gauge(
        name="safeguarding_msp_asked",
        says="Concluded enquiries whose adult was asked what they want, whether or not they said (seed 003:904).",
        labels=(),
        of=_was_asked,
    ),
    Gauge(
        name="safeguarding_msp_asked_base",
        says="Concluded enquiries: the base of those whose adult was asked.",
        labels=(),
        of=number(_TOOK),
    ),
    Gauge(
        name="safeguarding_msp_achieved",
        says="Concluded enquiries whose adult said what they want, by how far it was achieved (seed 003:910).",
        labels=("achieved",),
        of=each(_ACHIEVED, (*Achievement, _NOT_RECORDED)),
    ),
    Gauge(
        name="safeguarding_msp_achieved_base",
        says="Concluded enquiries whose adult said what they want: the base of those achieved.",
        labels=(),
        of=number(_ACHIEVED),
    ),
)

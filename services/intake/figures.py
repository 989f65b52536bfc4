"""What intake's cases count as: the accounts hold it against what triage counts (`services.command.accounts`)."""

from collections.abc import Iterable
from uuid import UUID

from services.intake.cases import Case, Concern, NoConcern
from services.intake.views import DUTY
from shared.chassis.figures import Gauge, longest, mark, number

ACCEPTED, WITHDRAWN = "accepted", "withdrawn"
_DUTY, _CHILD = "duty", "child"


def marks(_: UUID, case: Case) -> Iterable[str]:
    """A concern counts as accepted from its sender, and as withdrawn while it is."""
    if isinstance(case, Concern):
        yield mark(ACCEPTED, case.sender)
        if case.withdrawn:
            yield mark(WITHDRAWN)
    if isinstance(case, Concern | NoConcern):
        standing = [item for item in case.duty if item.dealt is None]
        if standing:
            yield mark(_DUTY)
        if any(item.child for item in standing):
            yield mark(_CHILD)


GAUGES = (
    Gauge(
        name="safeguarding_duty_reports",
        says="Reports that were refused, set aside or not read and that nobody has dealt with, by what they stand at.",
        labels=(),
        of=number(_DUTY),
    ),
    Gauge(
        name="safeguarding_duty_children",
        says="Of those the ones about somebody who is, or may be, under 18.",
        labels=(),
        of=number(_CHILD),
    ),
    Gauge(
        name="safeguarding_oldest_duty_report_seconds",
        says="How long the oldest on the duty list has stood there without anybody dealing with it; 0 with none.",
        labels=(),
        of=longest(DUTY),
    ),
)

"""What intake's cases count as: the accounts hold it against what triage counts (`services.command.accounts`)."""

from collections.abc import Iterable
from uuid import UUID

from services.intake.cases import Case, Concern
from shared.chassis.figures import mark

ACCEPTED, WITHDRAWN = "accepted", "withdrawn"


def marks(_: UUID, case: Case) -> Iterable[str]:
    """A concern counts as accepted from its sender, and as withdrawn while it is."""
    if isinstance(case, Concern):
        yield mark(ACCEPTED, case.sender)
        if case.withdrawn:
            yield mark(WITHDRAWN)

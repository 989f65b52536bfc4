"""Intake as a later version might be: it decides as before, but for one remark more on every receipt.

Run it with `python -m tests.support.changed_intake`, in the environment of intake itself.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.intake.service import service as intake
from shared.chassis.app import run
from shared.contracts.intake import ReportAccepted
from shared.kernel.decision import Decision, Reason
from shared.kernel.event import Due, Event, Metadata

REMARK = Reason(code="seen_by_another_version", says="Accepted by a version that remarks on everything.")


def decide(cases: Mapping[UUID, Any], event: Event | Due, meta: Metadata) -> Any:
    """What intake decides, and a remark."""
    answer = intake.decide(cases, event, meta)
    if not isinstance(answer, Decision):
        return answer
    facts = tuple(
        fact.model_copy(update={"remarks": (*fact.remarks, REMARK)}) if isinstance(fact, ReportAccepted) else fact
        for fact in answer.facts
    )
    return answer._replace(facts=facts)


service = replace(intake, decide=decide)

if __name__ == "__main__":
    run(service)

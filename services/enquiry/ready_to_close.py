"""What must be finished before an enquiry is closed, and what its conclusion says was found.

Missing is a value: an enquiry of which nothing was recorded may be closed, and the audit of data quality tells.
What was begun and is not finished is another matter. An outcome of risk that no longer stands is no obstacle,
because nobody can take it back; the conclusion leaves it out (design section 4, rule 7).
"""

from collections.abc import Iterable
from typing import Any

from services.enquiry.advocacy import support_now
from services.enquiry.capacity import capacity_for_the_return, lacked_capacity_for
from services.enquiry.cases import Enquiry
from services.enquiry.plans import open_actions, plan_awaiting_approval
from services.enquiry.risk import assessment_now, outcome_now, risks_of
from shared.kernel.decision import Reason


def objections(enquiry: Enquiry) -> Iterable[Reason]:
    """Why the enquiry cannot be closed yet."""
    if open_actions(enquiry.findings):
        yield Reason(
            code="actions_open",
            says="The plan in force has open actions. Closing is accepted once each is recorded as done, or as no "
            "longer needed, or a plan without them was approved.",
        )
    if plan_awaiting_approval(enquiry.findings) is not None:
        yield Reason(
            code="plan_awaits_approval",
            says="A safeguarding plan awaits approval. Closing is accepted once a manager approved it, or each of its "
            "actions is recorded as no longer needed.",
        )


def findings_now(enquiry: Enquiry) -> dict[str, Any]:
    """What stands of risk, capacity and support, as `EnquiryConcluded` says it; None is "not recorded"."""
    findings = enquiry.findings
    assessed, ended = assessment_now(findings), outcome_now(findings)
    return {
        "risk_assessment": assessed.assessment if assessed is not None else None,
        "risks": risks_of(assessed) if assessed is not None else (),
        "risk_outcome": ended.outcome if ended is not None else None,
        "capacity": capacity_for_the_return(findings.capacity),
        "lacked_capacity_for": lacked_capacity_for(findings.capacity),
        "support": support_now(findings.advocacy),
    }

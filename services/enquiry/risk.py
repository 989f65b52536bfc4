"""What an enquiry found of risk, and what became of a risk that it identified.

The national return's tables SG2a to SG2c and SG2e; domain section 2.2; design section 4, rule 7. `risks` describe
what is or was alleged, by kind, place and source, so they fit every one of the seven outcomes: the return counts
them for every enquiry that is concluded. Where a risk was identified they cannot be left out.
Self-neglect has the adult as its source (known, self); another source beside it is taken as it is recorded.
"""

from bisect import bisect_right
from collections.abc import Iterable
from uuid import UUID

from services.enquiry.cases import Enquiry
from services.enquiry.findings_cases import Findings, RiskEnded, RiskFound
from services.enquiry.findings_noted import by_time, fingerprint, known
from services.enquiry.records import Answer, Taken, found
from shared.contracts.doors import (
    AbuseType,
    IdentifiedRisk,
    Location,
    RiskAssessed,
    RiskAssessment,
    RiskOutcome,
    RiskOutcomeRecorded,
    SourceOfRisk,
)
from shared.kernel.decision import Reason, Refused, Wait, refused

IDENTIFIED = frozenset({RiskAssessment.IDENTIFIED_ACTION, RiskAssessment.IDENTIFIED_NO_ACTION})
"""The two of the seven with which the return counts remained, reduced or removed (domain 2.6, V8)."""

NO_RISK_IDENTIFIED: Refused = refused(
    "no_risk_identified",
    "No risk was identified when this was recorded, so none can have remained, been reduced or been removed. It is "
    "accepted after an assessment that identified one.",
    "outcome",
)


def assess_risk(enquiry: Enquiry, record: RiskAssessed, _: Taken) -> Answer:
    """One of the seven outcomes of assessment, and of what risks; of several assessments the latest stands."""
    assessed = RiskFound(
        at=record.assessed_at,
        fingerprint=fingerprint(record),
        assessment=record.assessment,
        risks=tuple(_kept(risk) for risk in record.risks),
    )
    return found(enquiry, risk=by_time(enquiry.findings.risk, assessed))


def assessed_before(enquiry: Enquiry, record: RiskAssessed) -> bool:
    """Whether the same was recorded before."""
    return known(record, enquiry.findings.risk)


def record_outcome(enquiry: Enquiry, record: RiskOutcomeRecorded, _: Taken) -> Answer:
    """Whether the risk remained, was reduced or removed: of a risk that the assessment it speaks of identified."""
    ended = RiskEnded(
        at=record.recorded_at,
        fingerprint=fingerprint(record),
        outcome=record.outcome,
        adults_choice=record.adults_choice,
    )
    if not _speaks_of_a_risk(enquiry.findings, ended):
        return NO_RISK_IDENTIFIED if enquiry.findings.risk else Wait("an assessment of the risk")
    return found(enquiry, risk_outcomes=by_time(enquiry.findings.risk_outcomes, ended))


def outcome_recorded_before(enquiry: Enquiry, record: RiskOutcomeRecorded) -> bool:
    """Whether the same was recorded before."""
    return known(record, enquiry.findings.risk_outcomes)


def assessment_now(findings: Findings) -> RiskFound | None:
    """The assessment of risk that stands: the latest."""
    return findings.risk[-1] if findings.risk else None


def outcome_now(findings: Findings) -> RiskEnded | None:
    """What became of the risk, as it stands: the latest record, as long as a risk has stood identified ever since.

    Where a later assessment identifies none, the outcome no longer stands; where one identifies a risk anew, what
    became of that has yet to be recorded.
    """
    if not findings.risk_outcomes:
        return None
    last = findings.risk_outcomes[-1]
    return last if all(found.assessment in IDENTIFIED for found in _since(findings, last)) else None


def risks_of(assessed: RiskFound) -> tuple[IdentifiedRisk, ...]:
    """The risks an assessment described, as they were recorded."""
    return tuple(
        IdentifiedRisk(
            abuse_type=AbuseType(abuse_type),
            location=Location(location),
            source_of_risk=SourceOfRisk(source),
            provider_id=provider_id,
            source_id=source_id,
        )
        for abuse_type, location, source, provider_id, source_id in assessed.risks
    )


def _speaks_of_a_risk(findings: Findings, ended: RiskEnded) -> bool:
    return any(found.assessment in IDENTIFIED for found in _since(findings, ended)[:1])


def _since(findings: Findings, ended: RiskEnded) -> tuple[RiskFound, ...]:
    """The assessment an outcome speaks of, and those after it.

    It is the one that stood when the outcome was recorded; or the first, of forms that were filled in the other
    way round.
    """
    made_by_then = bisect_right(findings.risk, ended.at, key=lambda found: found.at)
    return findings.risk[max(made_by_then - 1, 0) :]


def _kept(risk: IdentifiedRisk) -> tuple[str, str, str, UUID | None, UUID | None]:
    return (risk.abuse_type.value, risk.location.value, risk.source_of_risk.value, risk.provider_id, risk.source_id)


def undescribed(record: RiskAssessed) -> Iterable[Reason]:
    """Of a risk that was identified is said what it is."""
    if record.assessment in IDENTIFIED and not record.risks:
        yield Reason(
            code="risks_missing",
            says="A risk was identified, so `risks` holds at least one: of what, where, and from whom.",
            where="risks",
        )


def not_a_choice(record: RiskOutcomeRecorded) -> Iterable[Reason]:
    """The right to take risks: that a risk was kept by choice is no failure, and no removal (seed 003:2479-2481)."""
    if record.adults_choice and record.outcome is RiskOutcome.REMOVED:
        yield Reason(
            code="choice_contradicts",
            says="The risk was removed, so the adult did not choose to keep it; `adults_choice` is accepted with "
            "`remained` or `reduced`.",
            where="adults_choice",
        )

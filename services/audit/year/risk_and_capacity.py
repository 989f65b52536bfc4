"""Risk and capacity of concluded enquiries (tables SG2c, SG2e and SG3a, domain 2.2)."""

from services.audit.year.counted import Counts, PersonsYear
from shared.contracts.doors import Capacity, RiskAssessment

IDENTIFIED = (RiskAssessment.IDENTIFIED_ACTION, RiskAssessment.IDENTIFIED_NO_ACTION)


def risk(of: PersonsYear) -> Counts:
    """Where a risk was identified, and what became of it; an outcome counts nowhere else (design 4, rule 7)."""
    for _, stood, counted in of.concluded:
        if stood.risk_assessment in IDENTIFIED:
            yield "risk_identified", counted
            if stood.risk_outcome is not None:
                yield f"risk_{stood.risk_outcome}", counted


def capacity(of: PersonsYear) -> Counts:
    """Who lacked capacity, and of them who was supported by an advocate, family or friend.

    That is the national return's test, neither the Care Act's (s68) nor the local audit's (design 4, rule 8).
    """
    for _, stood, counted in of.concluded:
        if stood.capacity is Capacity.LACKS:
            yield "lacked_capacity", counted
            if stood.support:
                yield "lacked_capacity_supported", counted

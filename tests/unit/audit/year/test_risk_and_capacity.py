"""Risk outcomes only where a risk was identified (design 4, rule 7); support of those who lacked capacity (SG3a)."""

from shared.contracts.doors import Capacity, RiskAssessment, RiskOutcome, Support
from tests.support.year_builders import an_adult, an_enquiry, counted, row, stood


def test_a_risk_outcome_counts_only_where_a_risk_was_identified() -> None:
    found = [
        (RiskAssessment.IDENTIFIED_ACTION, RiskOutcome.REMOVED),
        (RiskAssessment.IDENTIFIED_ACTION, RiskOutcome.REDUCED),
        (RiskAssessment.IDENTIFIED_NO_ACTION, RiskOutcome.REMAINED),
        (RiskAssessment.IDENTIFIED_ACTION, None),
        (RiskAssessment.INCONCLUSIVE_ACTION, RiskOutcome.REDUCED),
        (RiskAssessment.NOT_IDENTIFIED_ACTION, RiskOutcome.REDUCED),
        (RiskAssessment.CEASED_AT_REQUEST, None),
        (None, RiskOutcome.REDUCED),
    ]
    enquiries = tuple(
        an_enquiry(str(n), stood=stood(risk_assessment=assessed, risk_outcome=outcome))
        for n, (assessed, outcome) in enumerate(found)
    )
    adults = [an_adult(enquiries=enquiries)]

    assert counted(adults, "risk_") == {
        "identified": 4, "remained": 1, "reduced": 1, "removed": 1, "reduced_or_removed": 2,
    }  # fmt: skip
    assert row(adults, "risk_identified") == (4, 8)
    assert row(adults, "risk_remained") == (1, 3)
    assert row(adults, "risk_reduced_or_removed") == (2, 3)


def test_support_is_counted_of_those_who_lacked_capacity_and_unknown_is_not_lacking() -> None:
    found = [
        (Capacity.LACKS, (Support.FAMILY,)),
        (Capacity.LACKS, (Support.FRIEND, Support.MENTAL_CAPACITY_ADVOCATE)),
        (Capacity.LACKS, ()),
        (Capacity.HAS, (Support.CARE_ACT_ADVOCATE,)),
        (Capacity.NOT_KNOWN, (Support.CARE_ACT_ADVOCATE,)),
        (Capacity.NOT_DETERMINED, ()),
        (None, (Support.FAMILY,)),
    ]
    enquiries = tuple(
        an_enquiry(str(n), stood=stood(capacity=capacity, support=support))
        for n, (capacity, support) in enumerate(found)
    )
    adults = [an_adult(enquiries=enquiries)]

    assert row(adults, "lacked_capacity") == (3, 7)
    assert row(adults, "lacked_capacity_supported") == (2, 3)

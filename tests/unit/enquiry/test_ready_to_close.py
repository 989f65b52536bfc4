"""What must be finished before an enquiry is closed, and what its conclusion says was found."""

from datetime import timedelta

import pytest

from services.enquiry.ready_to_close import findings_now, objections
from shared.contracts.doors import Capacity, RiskAssessment, RiskOutcome, Support
from shared.contracts.enquiry import EnquiryConcluded
from shared.kernel.event import Event
from tests.support.builders import ADA, NOON
from tests.support.enquiry_builders import CONCERN, ENQUIRY, closure_id
from tests.support.findings_builders import (
    DAY,
    ONE_OF_EACH,
    a_capacity,
    a_plan,
    a_plan_approval,
    a_risk,
    a_risk_assessment,
    a_risk_outcome,
    after,
    an_action,
    an_action_ended,
    an_advocacy,
    enquiry_of,
)

NOTHING_FOUND = {
    "risk_assessment": None,
    "risks": (),
    "risk_outcome": None,
    "capacity": None,
    "lacked_capacity_for": (),
    "support": (),
}


def objected(*events: Event) -> list[str]:
    return [reason.code for reason in objections(enquiry_of(after(*events)))]


def test_an_enquiry_of_which_nothing_was_recorded_may_be_closed() -> None:
    assert objected() == []
    assert findings_now(enquiry_of(after())) == NOTHING_FOUND


def test_one_whose_every_record_is_finished_may_be_closed() -> None:
    assert objected(*ONE_OF_EACH) == []


def test_open_actions_of_the_plan_in_force_must_end_first() -> None:
    two = a_plan(actions=(an_action("a1"), an_action("a2")))
    assert objected(two, a_plan_approval()) == ["actions_open"]
    assert objected(two, a_plan_approval(), an_action_ended(action_id="a1")) == ["actions_open"]
    ended = an_action_ended(action_id="a2", done=False, reason="adult-moved")
    assert objected(two, a_plan_approval(), an_action_ended(action_id="a1"), ended) == []


def test_a_plan_that_awaits_approval_must_be_approved_first() -> None:
    assert objected(a_plan()) == ["plan_awaits_approval"]
    assert objected(a_plan(), an_action_ended()) == ["plan_awaits_approval"]
    assert objected(a_plan(), an_action_ended(), a_plan_approval()) == []


def test_a_plan_given_up_before_it_was_approved_stops_nothing() -> None:
    assert objected(a_plan(), an_action_ended(done=False, reason="adult-declined")) == []


def test_a_plan_in_force_and_one_that_awaits_approval_are_two_objections() -> None:
    second = a_plan("B", supersedes="A", made_at=NOON + 6 * DAY)
    assert objected(a_plan(), a_plan_approval(), second) == ["actions_open", "plan_awaits_approval"]


def test_an_outcome_that_no_longer_stands_stops_nothing_and_is_left_out() -> None:
    later = a_risk_assessment(RiskAssessment.INCONCLUSIVE_ACTION, assessed_at=NOON + 30 * DAY)
    told = after(a_risk_assessment(), a_risk_outcome(), later)
    assert list(objections(enquiry_of(told))) == []
    assert findings_now(enquiry_of(told))["risk_outcome"] is None
    assert findings_now(enquiry_of(told))["risk_assessment"] is RiskAssessment.INCONCLUSIVE_ACTION


def test_a_conclusion_says_what_stands() -> None:
    told = after(
        *ONE_OF_EACH,
        a_capacity("B", Capacity.HAS, "where-to-live"),
        a_capacity("C", Capacity.LACKS, "contact-with-family"),
        an_advocacy(Support.FAMILY, Support.MENTAL_CAPACITY_ADVOCATE, Support.FAMILY, recorded_at=NOON + 8 * DAY),
    )
    assert findings_now(enquiry_of(told)) == {
        "risk_assessment": RiskAssessment.IDENTIFIED_ACTION,
        "risks": (a_risk(),),
        "risk_outcome": RiskOutcome.REDUCED,
        "capacity": Capacity.LACKS,
        "lacked_capacity_for": ("contact-with-family", "the-enquiry"),
        "support": (Support.FAMILY, Support.MENTAL_CAPACITY_ADVOCATE),
    }


@pytest.mark.parametrize("events", [(), ONE_OF_EACH])
def test_what_was_found_fits_the_fact_that_states_it(events: tuple[Event, ...]) -> None:
    found = findings_now(enquiry_of(after(*events)))
    fact = EnquiryConcluded(
        enquiry_id=ENQUIRY,
        concern_id=CONCERN,
        adult_id=ADA,
        started_at=NOON,
        concluded_at=NOON + timedelta(days=40),
        closure_id=closure_id("A"),
        reason="enquiry-complete",
        proposed_by="worker-1",
        approved_by="manager-1",
        **found,
    )
    assert EnquiryConcluded.model_validate_json(fact.model_dump_json()) == fact

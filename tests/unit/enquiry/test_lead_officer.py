"""The lead enquiry officer and their team: the latest assignment stands, whichever came first."""

from datetime import timedelta
from itertools import permutations

from services.enquiry.course_cases import Assignment
from shared.contracts.enquiry import EnquiryAssigned, EnquiryConcluded
from tests.support.builders import ADA
from tests.support.course_builders import after, an_assignment, days, enquiry_of, types
from tests.support.enquiry_builders import CONCERN, ENQUIRY, LATER, a_closure_approval, a_proposal

FIRST, SECOND = an_assignment(), an_assignment(officer="worker-2", team="hospital", assigned_at=days(4))
AT_ONCE = an_assignment(officer="worker-3", team="mental_health", assigned_at=days(4))


def test_an_assignment_is_stated_with_the_record_itself() -> None:
    assert after(FIRST).facts[-1] == EnquiryAssigned(enquiry_id=ENQUIRY, concern_id=CONCERN, adult_id=ADA, record=FIRST)


def test_the_latest_assignment_stands_in_whatever_order_they_came() -> None:
    ends = {enquiry_of(after(*order)) for order in permutations((FIRST, SECOND, AT_ONCE, FIRST))}
    assert len(ends) == 1
    (end,) = ends
    assert [one.at for one in end.course.assignments] == [days(0.5), days(4), days(4)]
    assert enquiry_of(after(SECOND, FIRST)).course.team == "hospital"


def test_the_same_assignment_again_changes_nothing() -> None:
    assert types(after(FIRST, FIRST)) == ["opened", "assigned"]
    closed = after(FIRST, a_proposal(), a_closure_approval(), FIRST, SECOND)
    assert closed.refused_codes == ("enquiry_concluded",)


def test_an_enquiry_may_have_a_lead_officer_before_it_starts() -> None:
    named = after(an_assignment(assigned_at=days(-1)))
    assert enquiry_of(named).course.assignments == (Assignment(days(-1), "worker-1", "intake", "manager-1"),)


def test_an_assignment_from_the_future_is_refused() -> None:
    assert after(an_assignment(assigned_at=LATER + timedelta(minutes=6))).refused_codes == (
        "assigned_at_in_the_future",
    )


def test_a_conclusion_names_the_team_that_had_the_enquiry() -> None:
    (concluded,) = (
        fact
        for fact in after(SECOND, FIRST, a_proposal(), a_closure_approval()).facts
        if isinstance(fact, EnquiryConcluded)
    )
    assert concluded.team == "hospital"


def test_what_the_contract_does_not_know_of_goes_no_further_than_the_door() -> None:
    said = an_assignment(note="CANARY-WORDS about a person")
    assert "CANARY" in said.model_dump_json()
    assert "CANARY" not in after(said).facts[-1].model_dump_json()

"""An enquiry's timeline: everything that is remembered of it, in order of time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from services.enquiry.cases import Asking, Assessment, Conclusion, Enquiry, Proposal, Reopening, Return
from services.enquiry.course_cases import Assignment, Caused, CauseStep, Course, Death, Referral, Suspension
from services.enquiry.timeline import timeline
from shared.contracts.doors import Achievement, Answer, EnquiringBody, MspAnswer, ReferralAnswer, ReferredTo

START = datetime(2024, 1, 1, 12, tzinfo=UTC)
ID = UUID(int=1)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def test_everything_that_is_remembered_is_told_in_order_of_time() -> None:
    enquiry = Enquiry(
        ID, ID, ID, START,
        asked=Asking(day(2), "1", MspAnswer.EXPRESSED, ("o1",)),
        assessed=Assessment(day(14), "1", Achievement.FULLY, ("o1",)),
        proposals=(Proposal(UUID(int=2), "done", "sw.1", day(11)), Proposal(UUID(int=3), "done", "sw.1", day(13))),
        returned=(Return(UUID(int=2), "tm.1", "more", day(12)),),
        concluded=Conclusion(UUID(int=3), "tm.1", day(18), MspAnswer.EXPRESSED, Achievement.FULLY),
        set_aside=(Conclusion(UUID(int=3), "tm.1", day(15)),),
        reopenings=(Reopening(ID, "tm.1", "more", day(17), Conclusion(UUID(int=3), "tm.1", day(16))),),
        course=Course(
            assignments=(Assignment(day(1), "leo.1", "hospital", "tm.1"),),
            caused=(
                Caused(
                    ID, EnquiringBody.HOSPITAL, date(2024, 1, 5), day(3), "sw.1",
                    steps=(CauseStep(day(4), "sw.1"), CauseStep(day(5), "sw.1", satisfactory=True)),
                ),
            ),
            suspensions=(
                Suspension(ID, "police", suspended_by="sw.1", suspended_at=day(6), resumed_at=day(7), resumed_by="x"),
            ),
            referrals=(
                Referral(
                    ID, ReferredTo.POLICE, referred_by="sw.1", referred_at=day(8), goes_first=True,
                    answer=ReferralAnswer.ACCEPTED, answered_at=day(9),
                ),
            ),
            deaths=(Death(day(10), date(2024, 1, 9), Answer.YES),),
        ),
    )  # fmt: skip

    shown = timeline(enquiry)

    assert [(entry.what, (entry.at - START).days) for entry in shown] == [
        ("started", 0), ("assigned", 1), ("asked_what_the_adult_wants", 2), ("enquiry_caused", 3),
        ("caused_enquiry_chased", 4), ("caused_enquiry_returned", 5), ("suspended", 6), ("resumed", 7),
        ("referred", 8), ("referral_answered", 9), ("death_recorded", 10), ("closure_proposed", 11),
        ("closure_returned", 12), ("closure_proposed", 13), ("outcomes_assessed", 14), ("concluded", 15),
        ("concluded", 16), ("reopened", 17), ("concluded", 18),
    ]  # fmt: skip
    assert shown[3].details == {
        "cause_id": ID, "body": "hospital", "due_on": "2024-01-05",
    }  # fmt: skip

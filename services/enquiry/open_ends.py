"""What has to be over before an enquiry is closed: a suspension, others' enquiries, the police's going first.

The council keeps the responsibility for what it caused others to do (domain 1.8), so an enquiry is not closed over
an answer that has not come, or did not satisfy.
"""

from collections.abc import Iterable

from services.enquiry.cases import Enquiry
from services.enquiry.course_cases import Referral
from shared.contracts.doors import ReferralAnswer
from shared.kernel.decision import Reason


def objections(enquiry: Enquiry) -> Iterable[Reason]:
    """Every reason of the enquiry's course why it cannot be closed now."""
    if enquiry.course.suspended:
        yield Reason(
            code="enquiry_suspended",
            says="Work on the enquiry is suspended: closing it is accepted after it was resumed.",
        )
    if not all(caused.answered for caused in enquiry.course.caused):
        yield Reason(
            code="caused_enquiry_unanswered",
            says="Another body was caused to make enquiries and has not answered to the council's satisfaction: "
            "closing is accepted after it has.",
        )
    if any(map(taken_up_first, enquiry.course.referrals)):
        yield Reason(
            code="police_enquiry_goes_first",
            says="A police enquiry goes first and has not ended: closing is accepted after it has.",
        )


def taken_up_first(referral: Referral) -> bool:
    """Whether the police have taken the matter up, and theirs goes first and is not over."""
    return referral.goes_first and referral.answer is ReferralAnswer.ACCEPTED and referral.ended_at is None

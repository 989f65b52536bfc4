"""A matter may go elsewhere from an enquiry; where the police enquire, theirs goes first (domain 1.8).

What is referred goes on after the enquiry is concluded, a Safeguarding Adults Review above all: so an answer is
still taken down then.
"""

from datetime import UTC
from uuid import UUID

from msgspec.structs import replace

from services.enquiry.cases import Case, Enquiry
from services.enquiry.course_cases import Referral
from services.enquiry.policy import POLICY, Policy
from services.enquiry.records import (
    CONCLUDED,
    NOT_OPENED,
    about,
    declared,
    from_the_future,
    id_used,
    noted,
    too_early,
)
from shared.contracts.doors import ReferralAnswer, ReferralAnswered, ReferralMade, ReferredTo
from shared.contracts.enquiry import ReferralAnswerNoted, ReferralNoted
from shared.kernel.decision import Decision, Reason, Refused, Wait, refused
from shared.kernel.event import Metadata

_ALREADY_ANSWERED: Refused = refused(
    "referral_answered",
    "The referral was answered otherwise, and what was first recorded of that stands. What was declined is referred "
    "again under an id of its own.",
    "answer",
)


def refer(
    enquiry: Enquiry | None, event: ReferralMade, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """The matter is referred, which may have been before the enquiry started."""
    reasons = (*_first_without_police(event), *from_the_future(event.referred_at, "referred_at", meta, policy))
    if reasons:
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    referral = Referral(
        referral_id=event.referral_id,
        to=event.to,
        referred_by=event.referred_by,
        referred_at=event.referred_at.astimezone(UTC),
        goes_first=event.goes_first,
        reference=event.reference,
    )
    known = _known(enquiry, event.referral_id)
    if known is not None:
        same = replace(known, answer=None, answered_at=None, ended_at=None) == referral
        return Decision({}) if same else id_used("referral_id")
    if enquiry.concluded is not None:
        return CONCLUDED
    fact = ReferralNoted(**about(enquiry), record=declared(event))
    return noted(enquiry, fact, referrals=_with(enquiry, referral))


def take_answer(
    enquiry: Enquiry | None, event: ReferralAnswered, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """Whether it is taken up; or that what was taken up is over, which waits for having been taken up."""
    if reasons := tuple(from_the_future(event.answered_at, "answered_at", meta, policy)):
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    referral = _known(enquiry, event.referral_id)
    if referral is None:
        return CONCLUDED if enquiry.concluded is not None else Wait("the referral to be made")
    decide = _end if event.answer is ReferralAnswer.ENDED else _take_up
    return decide(enquiry, referral, event)


def _take_up(enquiry: Enquiry, referral: Referral, event: ReferralAnswered) -> Decision[Case] | Wait | Refused:
    at = event.answered_at.astimezone(UTC)
    if referral.answer is not None:
        return Decision({}) if (referral.answer, referral.answered_at) == (event.answer, at) else _ALREADY_ANSWERED
    if reasons := tuple(too_early(at, referral.referred_at, "answered_at", "the matter was referred")):
        return Refused(reasons)
    return _answered(enquiry, replace(referral, answer=event.answer, answered_at=at), event)


def _end(enquiry: Enquiry, referral: Referral, event: ReferralAnswered) -> Decision[Case] | Wait | Refused:
    at = event.answered_at.astimezone(UTC)
    if referral.answer is None or referral.answered_at is None:
        return Wait("the referral to be accepted")
    if referral.answer is ReferralAnswer.DECLINED:
        return _ALREADY_ANSWERED
    if referral.ended_at is not None:
        return Decision({}) if referral.ended_at == at else _ALREADY_ANSWERED
    if reasons := tuple(too_early(at, referral.answered_at, "answered_at", "the referral was accepted")):
        return Refused(reasons)
    return _answered(enquiry, replace(referral, ended_at=at), event)


def _answered(enquiry: Enquiry, referral: Referral, event: ReferralAnswered) -> Decision[Case]:
    fact = ReferralAnswerNoted(**about(enquiry), record=declared(event))
    return noted(enquiry, fact, referrals=_with(enquiry, referral))


def _known(enquiry: Enquiry, referral_id: UUID) -> Referral | None:
    return next((one for one in enquiry.course.referrals if one.referral_id == referral_id), None)


def _with(enquiry: Enquiry, referral: Referral) -> tuple[Referral, ...]:
    others = (one for one in enquiry.course.referrals if one.referral_id != referral.referral_id)
    return tuple(sorted((*others, referral), key=lambda one: (one.referred_at, one.referral_id)))


def _first_without_police(event: ReferralMade) -> tuple[Reason, ...]:
    if not event.goes_first or event.to is ReferredTo.POLICE:
        return ()
    return refused(
        "goes_first_without_police",
        "Only a police enquiry goes before the council's: `goes_first` is accepted with a referral to the police.",
        "goes_first",
    ).reasons

"""A matter may go elsewhere from an enquiry; where the police enquire, theirs goes first (domain 1.8).

What is referred goes on after the enquiry is concluded, a Safeguarding Adults Review above all: so an answer is
still taken down then.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from services.enquiry.cases import Enquiry
from services.enquiry.course_cases import Referral
from services.enquiry.records import (
    CONCLUDED,
    NOTHING_NEW,
    Answer,
    Taken,
    gone_on,
    id_used,
    of_id,
    same_as,
    too_early,
)
from shared.contracts.doors import ReferralAnswer, ReferralAnswered, ReferralMade, ReferredTo
from shared.kernel.decision import Reason, Refused, Wait, refused

_ALREADY_ANSWERED: Refused = refused(
    "referral_answered",
    "The referral was answered otherwise, and what was first recorded of that stands. What was declined is referred "
    "again under an id of its own.",
    "answer",
)


def refer(enquiry: Enquiry, record: ReferralMade, _: Taken) -> Answer:
    """The matter is referred, which may have been before the enquiry started."""
    return _with(enquiry, _referral(record))


def referred_before(enquiry: Enquiry, record: ReferralMade) -> bool | Refused:
    """Whether this referral was recorded before, whatever was answered since."""
    known = _referral_of(enquiry, record)
    made = None if known is None else replace(known, answer=None, answered_at=None, ended_at=None)
    return same_as(made, _referral(record), id_used("referral_id"))


def first_without_police(record: ReferralMade) -> Iterable[Reason]:
    """Nobody's enquiry goes before the council's but that of the police."""
    if record.goes_first and record.to is not ReferredTo.POLICE:
        yield Reason(
            code="goes_first_without_police",
            says="Only a police enquiry goes before the council's: `goes_first` is accepted with a referral to the "
            "police.",
            where="goes_first",
        )


def take_answer(enquiry: Enquiry, record: ReferralAnswered, _: Taken) -> Answer:
    """Whether it is taken up; or that what was taken up is over, which waits for having been taken up."""
    referral = _referral_of(enquiry, record)
    if referral is None:
        return CONCLUDED if enquiry.concluded is not None else Wait("the referral to be made")
    return (_end if record.answer is ReferralAnswer.ENDED else _take_up)(enquiry, referral, record)


def _take_up(enquiry: Enquiry, referral: Referral, record: ReferralAnswered) -> Answer:
    at = record.answered_at
    if referral.answer is not None:
        return NOTHING_NEW if (referral.answer, referral.answered_at) == (record.answer, at) else _ALREADY_ANSWERED
    if reasons := tuple(too_early(at, referral.referred_at, "answered_at", "the matter was referred")):
        return Refused(reasons)
    return _with(enquiry, replace(referral, answer=record.answer, answered_at=at))


def _end(enquiry: Enquiry, referral: Referral, record: ReferralAnswered) -> Answer:
    at = record.answered_at
    if referral.answer is None or referral.answered_at is None:
        return Wait("the referral to be accepted")
    if referral.answer is ReferralAnswer.DECLINED:
        return _ALREADY_ANSWERED
    if referral.ended_at is not None:
        return NOTHING_NEW if referral.ended_at == at else _ALREADY_ANSWERED
    if reasons := tuple(too_early(at, referral.answered_at, "answered_at", "the referral was accepted")):
        return Refused(reasons)
    return _with(enquiry, replace(referral, ended_at=at))


def _referral(record: ReferralMade) -> Referral:
    return Referral(
        referral_id=record.referral_id,
        to=record.to,
        referred_by=record.referred_by,
        referred_at=record.referred_at,
        goes_first=record.goes_first,
        reference=record.reference,
    )


def _referral_of(enquiry: Enquiry, record: ReferralMade | ReferralAnswered) -> Referral | None:
    return of_id(enquiry.course.referrals, "referral_id", record.referral_id)


def _with(enquiry: Enquiry, referral: Referral) -> Enquiry:
    others = (one for one in enquiry.course.referrals if one.referral_id != referral.referral_id)
    referrals = sorted((*others, referral), key=lambda one: (one.referred_at, one.referral_id))
    return gone_on(enquiry, referrals=tuple(referrals))

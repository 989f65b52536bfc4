"""Whether a decision is complete and contradicts nothing in itself (Care Act 2014, s42; design 4, rule 3).

The three limbs of section 42(1) are answered separately. When all three are met the duty of section 42(2) has
arisen: it is no discretion, so nothing but an enquiry, another authority that makes it, or another concern
under which it is made can be the answer. Whether the answers are right is for people.
"""

from datetime import datetime

from services.triage import adults_wishes
from shared.contracts.common_rules import in_the_future
from shared.contracts.doors import Answer, Disposal, TriageDecided, TriageDecision
from shared.kernel.decision import Reason

_DUTY_ARISES = frozenset({TriageDecision.S42_MET, TriageDecision.SENT_TO_OTHER_AUTHORITY, TriageDecision.DUPLICATE})


def reasons_against(event: TriageDecided, recorded: datetime) -> tuple[Reason, ...]:
    """Every reason why a decision cannot stand in this form, whatever the concern; none when it can."""
    reasons = (
        _contradicts_the_limbs(event),
        _disposals(event),
        _authority(event),
        _duplicate_of(event),
        _supersedes_itself(event),
        adults_wishes.override(event),
        adults_wishes.large_scale(event),
        adults_wishes.lead_authority(event),
    )
    found = (reason for reason in reasons if reason is not None)
    return (*found, *in_the_future(event.decided_at, "decided_at", recorded))


def all_three_met(event: TriageDecided) -> bool:
    """Whether every limb of section 42(1) is answered yes; "not known" is not yes."""
    limbs = event.limbs
    answers = (
        limbs.needs_care_and_support.answer,
        limbs.abuse_or_neglect.answer,
        limbs.unable_to_protect.answer,
    )
    return all(answer is Answer.YES for answer in answers)


def _contradicts_the_limbs(event: TriageDecided) -> Reason | None:
    if all_three_met(event):
        if event.decision in _DUTY_ARISES:
            return None
        return Reason(
            code="duty_has_arisen",
            says="All three limbs of section 42(1) are answered yes, so the council must make enquiries, or "
            "cause them to be made. Accepted with these answers are s42_met, sent_to_other_authority and "
            "duplicate.",
            where="decision",
        )
    if event.decision is TriageDecision.S42_MET:
        return Reason(
            code="limbs_not_all_met",
            says="Section 42(1) is met only when all three limbs are answered yes. Accepted with other "
            "answers are other_enquiry, not_met, sent_to_other_authority and duplicate.",
            where="limbs",
        )
    return None


def _disposals(event: TriageDecided) -> Reason | None:
    """What happens instead of an enquiry is said where there is none; no action stands alone (domain 1.5)."""
    if event.decision is not TriageDecision.NOT_MET:
        if not event.disposals:
            return None
        return Reason(
            code="disposals_without_not_met",
            says="Disposals say what happens instead of an enquiry: they are accepted with not_met only.",
            where="disposals",
        )
    if not event.disposals:
        return Reason(
            code="disposal_missing",
            says="A decision that section 42(1) is not met says what happens instead: it is accepted with "
            "at least one disposal, which may be no_action.",
            where="disposals",
        )
    if Disposal.NO_ACTION in event.disposals and len(event.disposals) > 1:
        return Reason(
            code="no_action_stands_alone",
            says="no_action contradicts any other disposal: it is accepted as the only one, or left out.",
            where="disposals",
        )
    return None


def _authority(event: TriageDecided) -> Reason | None:
    sent = event.decision is TriageDecision.SENT_TO_OTHER_AUTHORITY
    if sent == (event.authority is not None):
        return None
    if sent:
        return Reason(
            code="authority_missing",
            says="A concern sent to another authority is accepted when `authority` names it.",
            where="authority",
        )
    return Reason(
        code="authority_without_sending",
        says="An authority is named, but the decision is not to send the concern there: `authority` is "
        "accepted with sent_to_other_authority only.",
        where="authority",
    )


def _duplicate_of(event: TriageDecided) -> Reason | None:
    duplicate = event.decision is TriageDecision.DUPLICATE
    if duplicate and event.duplicate_of is None:
        return Reason(
            code="duplicate_of_missing",
            says="A duplicate is accepted when `duplicate_of` names the concern under which the matter is dealt with.",
            where="duplicate_of",
        )
    if event.duplicate_of == event.concern_id:
        return Reason(
            code="duplicate_of_itself",
            says="A concern cannot be its own duplicate: `duplicate_of` is accepted when it names another concern.",
            where="duplicate_of",
        )
    if not duplicate and event.duplicate_of is not None:
        return Reason(
            code="duplicate_of_without_duplicate",
            says="Another concern is named, but the decision is not that this one is its duplicate: "
            "`duplicate_of` is accepted with duplicate only.",
            where="duplicate_of",
        )
    return None


def _supersedes_itself(event: TriageDecided) -> Reason | None:
    if event.supersedes != event.decision_id:
        return None
    return Reason(
        code="supersedes_itself",
        says="A decision cannot supersede itself: `supersedes` is accepted when it names an earlier "
        "decision, and the later one has an id of its own.",
        where="supersedes",
    )

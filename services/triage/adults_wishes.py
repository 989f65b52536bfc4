"""What the adult wants and agrees to, and going on without it (design section 4, rule 3; domain 1.6).

Consent is not a limb of section 42(1): the limbs are answered without it, its lack can never make one of them a no,
and a duty that has arisen arises whatever the adult agrees to (domain 1.1). But a council that enquires although the
adult does not want it says on what grounds, who decided that, and whether the adult was told. What is missing is a
value: older systems send none of it, and nothing is concluded from silence.
"""

from shared.contracts.doors import AdultView, Answer, SharingConsent, TriageDecided, TriageDecision
from shared.kernel.decision import Reason

ENQUIRES = frozenset({TriageDecision.S42_MET, TriageDecision.OTHER_ENQUIRY})
"""The decisions after which the council itself makes an enquiry, or causes it to be made."""


def wants_no_enquiry(event: TriageDecided) -> bool:
    """Whether the adult does not want an enquiry, as far as that is recorded."""
    if event.adult_view is AdultView.WANTS_NO_ACTION:
        return True
    return event.consents is not None and event.consents.to_enquiry is Answer.NO


def refuses_anything(event: TriageDecided) -> bool:
    """Whether the adult refuses any of what was asked: the report, sharing information, an enquiry, any action."""
    if wants_no_enquiry(event):
        return True
    consents = event.consents
    return consents is not None and (consents.to_report is Answer.NO or consents.to_sharing is SharingConsent.NO)


def override(event: TriageDecided) -> Reason | None:
    """An override is said where the council enquires against the adult's wish, and nowhere that nothing was refused."""
    if event.override is None:
        if event.decision not in ENQUIRES or not wants_no_enquiry(event):
            return None
        return Reason(
            code="override_missing",
            says="The adult does not want an enquiry. One is accepted all the same when `override` gives the grounds, "
            "who decided to go on, and whether the adult was told.",
            where="override",
        )
    if refuses_anything(event):
        return None
    return Reason(
        code="override_without_refusal",
        says="Nothing is recorded that the adult refused, so there is nothing to override. `override` is accepted when "
        "`adult_view` is wants_no_action or one of `consents` is no, and is otherwise left out.",
        where="override",
    )


def large_scale(event: TriageDecided) -> Reason | None:
    """A large-scale enquiry has an enquiry for each adult, so there is one here too (design section 4, rule 4)."""
    if event.large_scale is None or event.decision in ENQUIRES:
        return None
    return Reason(
        code="large_scale_without_enquiry",
        says="A large-scale enquiry is named, but the decision is not to enquire: `large_scale` is accepted with "
        "s42_met and other_enquiry only.",
        where="large_scale",
    )


def lead_authority(event: TriageDecided) -> Reason | None:
    """Who leads is said where there is something to lead: an enquiry, or a concern that another authority takes."""
    if event.lead_authority is None or event.decision in ENQUIRES:
        return None
    if event.decision is not TriageDecision.SENT_TO_OTHER_AUTHORITY:
        return Reason(
            code="lead_authority_without_enquiry",
            says="A lead authority is named, but there is no enquiry to lead: `lead_authority` is accepted with "
            "s42_met, other_enquiry and sent_to_other_authority only.",
            where="lead_authority",
        )
    if event.lead_authority == event.authority:
        return None
    return Reason(
        code="lead_authority_differs",
        says="The authority that a concern is sent to leads what follows: with sent_to_other_authority, "
        "`lead_authority` is accepted when it is the same as `authority`, or left out.",
        where="lead_authority",
    )

"""Whether a triage decision contradicts itself: its limbs, its kind, and what the adult wants (design 4, rule 3)."""

from __future__ import annotations

from typing import Any

from deploy.recount.answers import wrong

ENQUIRES = ("s42_met", "other_enquiry")
"""The decisions after which the council enquires."""
_ANSWERS_A_DUTY = ("s42_met", "sent_to_other_authority", "duplicate")
_LIMBS = ("needs_care_and_support", "abuse_or_neglect", "unable_to_protect")


def against(said: dict[str, Any]) -> set[str]:
    """The codes of everything that keeps it from standing in this form, whatever the concern; none if it is lawful."""
    return (
        _against_the_limbs(said)
        | _lacks_what_its_kind_needs(said)
        | _against_the_adult(said)
        | _leads_nothing(said)
        | wrong(supersedes_itself=said["supersedes"] == said["decision_id"])
    )


def _against_the_limbs(said: dict[str, Any]) -> set[str]:
    """Three times yes is a duty, which an enquiry, another authority or another concern answers; else it is none."""
    duty = [said["limbs"][limb]["answer"] for limb in _LIMBS] == ["yes"] * 3
    return wrong(
        duty_has_arisen=duty and said["decision"] not in _ANSWERS_A_DUTY,
        limbs_not_all_met=not duty and said["decision"] == "s42_met",
    )


def _lacks_what_its_kind_needs(said: dict[str, Any]) -> set[str]:
    kind, disposals, other = said["decision"], said["disposals"], said["duplicate_of"]
    itself = other == said["concern_id"]
    return wrong(
        disposal_missing=kind == "not_met" and not disposals,
        disposals_without_not_met=kind != "not_met" and bool(disposals),
        no_action_stands_alone=kind == "not_met" and "no_action" in disposals and len(disposals) > 1,
        authority_missing=kind == "sent_to_other_authority" and said["authority"] is None,
        authority_without_sending=kind != "sent_to_other_authority" and said["authority"] is not None,
        duplicate_of_missing=kind == "duplicate" and other is None,
        duplicate_of_itself=itself,
        duplicate_of_without_duplicate=kind != "duplicate" and other is not None and not itself,
    )


def _against_the_adult(said: dict[str, Any]) -> set[str]:
    """Enquiring against the adult's wish takes an override; an override takes something that was refused."""
    consents = said["consents"] or {}
    unwanted = said["adult_view"] == "wants_no_action" or consents.get("to_enquiry") == "no"
    refuses = unwanted or "no" in (consents.get("to_report"), consents.get("to_sharing"))
    overridden = said["override"] is not None
    return wrong(
        override_missing=unwanted and said["decision"] in ENQUIRES and not overridden,
        override_without_refusal=overridden and not refuses,
    )


def _leads_nothing(said: dict[str, Any]) -> set[str]:
    """A large-scale enquiry and a lead authority are named where there is something to lead."""
    if said["decision"] in ENQUIRES:
        return set()
    sent, leads = said["decision"] == "sent_to_other_authority", said["lead_authority"]
    return wrong(
        large_scale_without_enquiry=said["large_scale"] is not None,
        lead_authority_without_enquiry=leads is not None and not sent,
        lead_authority_differs=sent and leads not in (None, said["authority"]),
    )

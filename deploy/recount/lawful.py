"""Whether a triage decision contradicts itself: its limbs, its kind, and what the adult wants (design 4, rule 3)."""

from __future__ import annotations

from typing import Any

_ENQUIRES = ("s42_met", "other_enquiry")
_LIMBS = ("needs_care_and_support", "abuse_or_neglect", "unable_to_protect")


def lawful(said: dict[str, Any]) -> bool:
    """Whether it can stand in this form, whatever the concern."""
    return (
        _fits_the_limbs(said)
        and _names_what_its_kind_needs(said)
        and _heeds_the_adult(said)
        and _says_who_leads(said)
        and said["supersedes"] != said["decision_id"]
    )


def _fits_the_limbs(said: dict[str, Any]) -> bool:
    """Three times yes is a duty, which an enquiry, another authority or another concern answers; else it is none."""
    if [said["limbs"][limb]["answer"] for limb in _LIMBS] == ["yes"] * 3:
        return said["decision"] in ("s42_met", "sent_to_other_authority", "duplicate")
    return bool(said["decision"] != "s42_met")


def _names_what_its_kind_needs(said: dict[str, Any]) -> bool:
    decision, disposals = said["decision"], said["disposals"]
    return (
        bool(disposals) == (decision == "not_met")
        and ("no_action" not in disposals or len(disposals) == 1)
        and (said["authority"] is not None) == (decision == "sent_to_other_authority")
        and (said["duplicate_of"] is not None) == (decision == "duplicate")
        and said["duplicate_of"] != said["concern_id"]
    )


def _heeds_the_adult(said: dict[str, Any]) -> bool:
    """Enquiring against the adult's wish takes an override; an override takes something that was refused."""
    consents = said["consents"] or {}
    unwanted = said["adult_view"] == "wants_no_action" or consents.get("to_enquiry") == "no"
    refused = unwanted or "no" in (consents.get("to_report"), consents.get("to_sharing"))
    if said["override"] is not None:
        return refused
    return not (unwanted and said["decision"] in _ENQUIRES)


def _says_who_leads(said: dict[str, Any]) -> bool:
    """A large-scale enquiry and a lead authority are named where there is something to lead."""
    if said["decision"] in _ENQUIRES:
        return True
    if said["large_scale"] is not None:
        return False
    if said["decision"] == "sent_to_other_authority":
        return said["lead_authority"] in (None, said["authority"])
    return said["lead_authority"] is None

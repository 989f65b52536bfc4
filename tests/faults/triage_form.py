"""What is wrong with a triage decision by itself, whatever the concern."""

from __future__ import annotations

from typing import Any


def form(data: dict[str, Any]) -> set[str]:
    """What is wrong with a decision by itself."""
    kind = data["decision"]
    met = all(limb["answer"] == "yes" for limb in data["limbs"].values())
    codes = set()
    if met and kind not in ("s42_met", "sent_to_other_authority", "duplicate"):
        codes.add("duty_has_arisen")
    if not met and kind == "s42_met":
        codes.add("limbs_not_all_met")
    disposals = data.get("disposals") or []
    if bool(disposals) != (kind == "not_met"):
        codes.add("disposal_missing" if kind == "not_met" else "disposals_without_not_met")
    elif "no_action" in disposals and len(disposals) > 1:
        codes.add("no_action_stands_alone")
    if (data.get("authority") is not None) != (kind == "sent_to_other_authority"):
        codes.add("authority_missing" if kind == "sent_to_other_authority" else "authority_without_sending")
    if data.get("supersedes") == data["decision_id"]:
        codes.add("supersedes_itself")
    return codes | _another(data) | _against_the_adult(data)


def _another(data: dict[str, Any]) -> set[str]:
    kind, other = data["decision"], data.get("duplicate_of")
    if kind == "duplicate" and other is None:
        return {"duplicate_of_missing"}
    if other == data["concern_id"]:
        return {"duplicate_of_itself"}
    return {"duplicate_of_without_duplicate"} if kind != "duplicate" and other is not None else set()


def _against_the_adult(data: dict[str, Any]) -> set[str]:
    """An enquiry that the adult does not want: no story here says on what grounds there is one all the same."""
    unwanted = data.get("adult_view") == "wants_no_action" or (data.get("consents") or {}).get("to_enquiry") == "no"
    return {"override_missing"} if unwanted and data["decision"] in ("s42_met", "other_enquiry") else set()

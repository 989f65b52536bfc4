"""Which team has a concern: the first rule that fits when it is received, and whoever it is handed to."""

from __future__ import annotations

from typing import Any

TEAMS = {
    "all_age_disabilities", "duty", "emergency_duty", "hospital", "initial_contact", "intake", "local_integrated",
    "mental_health", "occupational_therapy", "older_people", "promoting_independence",
}  # fmt: skip
"""The teams that may be handed a concern; so may any that has had it."""


def first_rule(report: dict[str, Any]) -> str:
    """Mental health, hospital, the practitioner's own team, or intake, in this order (seed 003:3657-3661)."""
    if report["source"] == "mental_health_staff" or report["known_to_mental_health_team"] == "yes":
        return "mental_health"
    if report["source"] in ("hospital_staff", "ambulance") or report["channel"] == "hospital_team":
        return "hospital"
    if report["channel"] == "practitioner" and report["practitioner_team"] is not None:
        return "practitioner"
    return "intake"


def first_team(report: dict[str, Any]) -> str:
    """The team that the rule names, which is called as the rule is, or the practitioner's own."""
    rule = first_rule(report)
    return str(report["practitioner_team"]) if rule == "practitioner" else rule

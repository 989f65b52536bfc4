"""The local policy of the audits. It is data with a version: a change is a new version."""

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from shared.contracts.doors import Support
from shared.contracts.local_policy import COVENTRY_2024_1, Versions


class Lack(StrEnum):
    """What the record of an enquiry, a concern or an adult can lack, or contradict (seed 003:3699; domain 2.6)."""

    CAPACITY_NOT_KNOWN = "capacity_not_known"
    MSP_NOT_RECORDED = "msp_not_recorded"
    ACHIEVEMENT_NOT_RECORDED = "achievement_not_recorded"
    RISK_NOT_RECORDED = "risk_not_recorded"
    RISK_OUTCOME_NOT_RECORDED = "risk_outcome_not_recorded"
    KIND_OF_RISK_NOT_RECORDED = "kind_of_risk_not_recorded"
    CONSENT_NOT_RECORDED = "consent_not_recorded"
    ADULT_VIEW_NOT_RECORDED = "adult_view_not_recorded"
    WITHDRAWN_WITH_ENQUIRY = "withdrawn_with_enquiry"
    POSSIBLY_DUPLICATED_ADULT = "possibly_duplicated_adult"


class Policy(NamedTuple):
    """When concerns repeat and when something drifts, as the council says; and what it leaves open.

    `repeat_after` and `repeat_months`: more than three separate concerns in the previous twelve months (seed
    003:3695). `drift_months`: open over six months (seed 003:3464). `advocates`: who counts as one; family and
    friends do not (seed 003:3049-3055). The rest are local settings, which the sources do not give: how far off the
    next look may be (`longest_next_look_months`), within what a concern is decided (`decision_target`, that of
    every service), within what an adult who lacks capacity has an advocate (`advocate_within`), and what of all that
    records can lack is flagged (`data_quality`).
    """

    version: str
    repeat_after: int
    repeat_months: int
    drift_months: int
    longest_next_look_months: int
    decision_target: timedelta
    advocate_within: timedelta
    advocates: frozenset[Support]
    data_quality: frozenset[Lack]


POLICY = Policy(
    version="coventry-2024-2",
    repeat_after=3,
    repeat_months=12,
    drift_months=6,
    longest_next_look_months=6,
    decision_target=timedelta(hours=COVENTRY_2024_1.decision_target_hours),
    advocate_within=timedelta(days=7),
    advocates=frozenset(set(Support) - {Support.FAMILY, Support.FRIEND}),
    data_quality=frozenset(Lack),
)
VERSIONS = Versions(POLICY)

"""What the history is drawn from: each table of shares with a sentence on where it comes from.

"Invented" is said where no source gives a number. Sources: `domain` is the reference on adult safeguarding in England,
`seed` the council's published report, by line. Shares need not add up to one: they are weights.
"""

from typing import Final

Shares = dict[str, float]

REPEAT_SHARE: Final = 0.27
"""How many incidents are about somebody already reported within the year before: invented; it gives a tail of adults
with four and more separate concerns in twelve months (seed 003:3695 names the rule and no number)."""

SEVERAL_SENDERS: Final = 0.09
"""How many incidents are reported by more than one sender: invented."""

AGES: Final[Shares] = {"18-64": 0.44, "65-74": 0.10, "75-84": 0.18, "85-94": 0.24, "95-101": 0.04}
"""Domain 7: 85 and over are 17 to 19 times likelier than 18-64, applied to the city's ages (seed 003:1020-1037: 13 %
over 65, 2.4 % over 85); the oldest of the council's survey was 101 (seed 003:2023-2083)."""

GENDERS: Final[Shares] = {"female": 0.58, "male": 0.40, "other": 0.005, "not_known": 0.015}
"""Seed 003:2023-2083: 58 % female, 42 % male among those the council supports; domain 7 has 60 % female nationally."""

ETHNICITIES: Final[Shares] = {
    "white": 0.655, "asian": 0.185, "black": 0.085, "mixed": 0.035, "other": 0.04,
    "refused": 0.02, "not_known": 0.06,
}  # fmt: skip
"""Seed 003:2673-2707: White 65.5 %, Asian 18.5 % of residents. The other shares are invented."""

LANGUAGES: Final[Shares] = {
    "en": 0.825, "pl": 0.023, "pa": 0.023, "ro": 0.021, "ur": 0.013, "ar": 0.010, "ti": 0.006,
    "gu": 0.008, "so": 0.004,
    "bsi": 0.003,
}  # fmt: skip
"""Seed 003:2675: English 82.5 %, Polish and Punjabi 2.3 %, Romanian 2.1 %; with Urdu, Arabic and Tigrinya the six of
seed 003:1812, whose shares are invented. `bsi` is British Sign Language with an interpreter."""

ABUSE_TYPES: Final[Shares] = {
    "neglect": 0.32, "physical": 0.19, "psychological": 0.14, "financial": 0.13, "self_neglect": 0.09,
    "domestic": 0.055, "organisational": 0.03, "sexual": 0.03, "discriminatory": 0.006, "sexual_exploitation": 0.005,
    "modern_slavery": 0.004,
}  # fmt: skip
"""Domain 7: neglect about 32 % of risks, then physical, then psychological; the order of the rest is invented."""

HOW_MANY_ABUSE_TYPES: Final[Shares] = {"1": 0.66, "2": 0.26, "3": 0.08}
"""Invented: most reports name one kind."""

LOCATIONS: Final[Shares] = {
    "own_home": 0.46, "care_home_residential": 0.20, "care_home_nursing": 0.11, "hospital_acute": 0.06,
    "community": 0.05,
    "hospital_mental_health": 0.02, "community_service": 0.03, "hospital_community": 0.01, "other": 0.05,
    "not_known": 0.01,
}  # fmt: skip
"""Domain 7: own home 44 to 48 % of places, then residential care homes; the others are invented."""

SOURCES_OF_RISK: Final[Shares] = {
    "service_provider": 0.33, "relative_or_carer": 0.29, "other_known": 0.14, "health_or_council_staff": 0.06,
    "other_unknown": 0.07, "not_known": 0.11,
}  # fmt: skip
"""Invented, within the lists of the national return (domain 2.2). Self-neglect has the source `self` (domain 2.2)."""

SUPPORT_REASONS: Final[dict[str, Shares]] = {
    "younger": {
        "learning_disability": 0.30, "mental_health": 0.27, "physical": 0.20, "social": 0.09, "sensory": 0.02,
        "none": 0.05, "not_known": 0.07,
    },
    "older": {
        "physical": 0.52, "memory_and_cognition": 0.27, "mental_health": 0.05, "social": 0.04, "sensory": 0.03,
        "none": 0.03, "not_known": 0.06,
    },
}  # fmt: skip
"""Seed 003:2023-2083 has 52 % physical support and 26 % learning difficulties; how age divides them is invented."""

DAYS_TO_DECISION: Final[tuple[tuple[float, float, float], ...]] = (
    (0.68, 0.04, 0.6), (0.17, 0.6, 1.1), (0.09, 2.0, 7.0), (0.04, 7.0, 28.0), (0.0185, 28.0, 120.0),
    (0.0015, 190.0, 260.0),
)  # fmt: skip
"""Share, from, to. Domain 3.3: the council's page says within 48 hours; how many are late, and how late, is invented. A
few are undecided for over six months, for seed 003:3464 speaks of all safeguarding."""

HOURS_TO_APPROVAL: Final[tuple[tuple[float, float, float], ...]] = (
    (0.84, 0.3, 3.0), (0.11, 14.0, 24.0), (0.035, 26.0, 96.0), (0.015, 96.0, 340.0),
)  # fmt: skip
"""Share, from, to. Invented: a manager looks the same or the next working day."""

DAYS_TO_CONCLUSION: Final[tuple[tuple[float, float, float], ...]] = (
    (0.30, 5, 35), (0.47, 35, 88), (0.15, 93, 178), (0.06, 186, 330), (0.02, 330, 560),
)  # fmt: skip
"""Share, from, to: where an enquiry's length is drawn before the quotas of the bands are kept. Seed 003:900-902: 77 %
in 0-3 months; the rest is invented."""

DECISIONS: Final[Shares] = {"not_met": 0.966, "other_enquiry": 0.022, "sent_to_other_authority": 0.012}
"""What is decided where section 42(1) is not found met. Domain 7: other enquiries are about 9 % of those under section
42; that few go to another authority is invented."""

DISPOSALS: Final[Shares] = {
    "advice_and_guidance": 0.30, "existing_case_management": 0.22, "no_action": 0.14, "care_act_assessment": 0.12,
    "signposted": 0.10, "review": 0.07, "other_council_service": 0.04, "other": 0.01,
}  # fmt: skip
"""Invented shares of a published list (domain 1.5)."""

ADULT_VIEWS: Final[Shares] = {
    "wants_action": 0.46, "unsure": 0.12, "not_able_to_say": 0.13, "wants_no_action": 0.12, "not_asked": 0.11,
    "not_known": 0.06,
}  # fmt: skip
"""Invented."""

CAPACITIES: Final[Shares] = {"has": 0.60, "lacks": 0.31, "not_determined": 0.04, "not_known": 0.05}
"""Of those assessed: invented, about what councils publish in table SG3a."""

SUPPORTS: Final[Shares] = {
    "care_act_advocate": 0.34, "family": 0.33, "mental_capacity_advocate": 0.14, "friend": 0.07,
    "mental_health_advocate": 0.05, "domestic_violence_adviser": 0.05, "sexual_violence_adviser": 0.02,
}  # fmt: skip
"""Seed 003:3049-3055 names the kinds; the shares are invented."""

CLOSING_REASONS: Final[Shares] = {
    "risk_addressed": 0.62, "outcomes_met": 0.20, "adult_wishes_to_stop": 0.08, "no_further_action_needed": 0.10,
}  # fmt: skip
"""Invented words of a local list."""

REASONS_OPEN: Final[Shares] = {
    "police_investigation": 0.26, "court_of_protection": 0.20, "provider_response_awaited": 0.18,
    "adult_not_ready": 0.12, "complex_family_matter": 0.12, "capacity_in_hospital": 0.07, "no_reason_recorded": 0.05,
}  # fmt: skip
"""Why an enquiry is open for over six months: seed 003:3577 gives legal process; the rest is invented."""

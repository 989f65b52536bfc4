"""What the measures of a year are called when they are printed, and under which headings they stand."""

from typing import NamedTuple


class Section(NamedTuple):
    """A heading, and the measures under it; `family` where they are the categories of one question.

    A family's label is its category's code as words, unless `says` has better ones.
    """

    heading: str
    says: dict[str, str]
    family: str | None = None


CONVERSIONS = {
    "conversion_s42": "Section 42 enquiries started to concerns received: what the council published.",
    "conversion_all": "Section 42 and other enquiries started to concerns received: the national return's measure.",
    "conversion_cohort": "Of the year's concerns, those that led to a Section 42 enquiry, whenever that started.",
}
"""The three conversions, which differ, under their three names."""

_AGES = {
    "18-64": "18 to 64",
    "65-74": "65 to 74",
    "75-84": "75 to 84",
    "85-94": "85 to 94",
    "95+": "95 and over",
}

_PLACES = {
    "community": "In the community",
    "care_home_nursing": "Care home, nursing",
    "care_home_residential": "Care home, residential",
    "hospital_acute": "Hospital, acute",
    "hospital_mental_health": "Hospital, mental health",
    "hospital_community": "Hospital, community",
}
_ABUSE = {"self_neglect": "Self-neglect"}

MAIN = (
    Section(
        "Concerns and enquiries",
        {
            "concerns": "Concerns received",
            "enquiries_started": "Section 42 enquiries started",
            "other_enquiries_started": "Other enquiries started",
            "enquiries_concluded": "Section 42 enquiries concluded",
        },
    ),
    Section("Conversion", {name: name for name in CONVERSIONS}),
    Section(
        "How long concluded enquiries took",
        {
            "concluded_within_3_months": "Up to 3 months",
            "concluded_3_to_6_months": "Over 3, up to 6 months",
            "concluded_over_6_months": "Over 6 months",
        },
    ),
    Section(
        "Making Safeguarding Personal: asked what they want",
        {
            "msp_expressed": "Asked, outcomes expressed",
            "msp_none_expressed": "Asked, none expressed",
            "msp_not_asked": "Not asked",
            "msp_dont_know": "Don't know",
            "msp_not_recorded": "Not recorded",
            "msp_asked_enquiries": "Asked: enquiries",
            "msp_asked_adults": "Asked: people",
        },
    ),
    Section(
        "Making Safeguarding Personal: outcomes achieved",
        {
            "achieved_fully": "Fully",
            "achieved_partially": "Partially",
            "achieved_not": "Not achieved",
            "achieved_not_recorded": "Not recorded",
            "achieved_fully_or_partially": "Fully or partially",
        },
    ),
    Section(
        "Risk",
        {
            "risk_identified": "Risk identified",
            "risk_remained": "Remained",
            "risk_reduced": "Reduced",
            "risk_removed": "Removed",
            "risk_reduced_or_removed": "Reduced or removed",
        },
    ),
    Section(
        "Capacity",
        {"lacked_capacity": "Lacked capacity", "lacked_capacity_supported": "Of them, supported"},
    ),
    Section("People with concerns, by age", {"": "All"} | _AGES, "adults_in_concerns"),
    Section("People with Section 42 enquiries, by age", {"": "All"} | _AGES, "adults_in_enquiries"),
    Section("Repeats", {"repeat_adults": "More than 3 in 12 months"}),
    Section("People who may be counted twice", {"adults_possibly_one": "Possibly the same as another"}),
    Section(
        "Open and drifting",
        {
            "enquiries_open_at_end": "Open on 31 March",
            "enquiries_over_6_months_at_end": "Of them, over 6 months",
            "enquiries_drifted": "Passed 6 months in the year",
        },
    ),
)
"""The year."""

BREAKDOWNS = (
    Section("Concerns by channel", {}, "channel"),
    Section("Concerns by source", {}, "source"),
    Section("Concerns by type of abuse", _ABUSE, "concern_abuse_type"),
    Section("Concerns by decision", {"s42_met": "Section 42 met", "not_met": "Section 42 not met"}, "decision"),
    Section("Decided concerns by team", {}, "team"),
    Section("Concluded enquiries by type of abuse", _ABUSE, "enquiry_abuse_type"),
    Section("Concluded enquiries by source of risk", {}, "enquiry_source_of_risk"),
    Section("Concluded enquiries by location", _PLACES, "enquiry_location"),
)
"""What the year's concerns and conclusions were about."""


def label(section: Section, measure: str) -> str:
    """What a measure is called under its heading."""
    category = measure if section.family is None else measure.removeprefix(section.family).removeprefix(":")
    words = category.replace("_", " ").replace("-", " ")
    return section.says.get(category, words[:1].upper() + words[1:])


def belongs(section: Section, measure: str) -> bool:
    """Whether a measure stands under a heading."""
    if section.family is None:
        return measure in section.says
    return measure.partition(":")[0] == section.family

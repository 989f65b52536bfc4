"""The rows of the year's figures in the order they are read, what is counted for each, and what it is a share of."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from services.audit.year.adults import BANDS
from services.audit.year.concerns import NOT_KNOWN, UNDECIDED
from services.audit.year.enquiries import TOOK
from services.audit.year.personal_outcomes import ACHIEVED, ANSWERS
from shared.contracts.doors import AbuseType, Channel, Location, Source, SourceOfRisk, TriageDecision

TEAM = "team:"
_CONCERNS = ("concerns",)
_STARTED = ("enquiries_started",)
_STARTED_OF_BOTH_KINDS = ("enquiries_started", "other_enquiries_started")
_CONCLUDED = ("enquiries_concluded",)
_EXPRESSED = ("msp_expressed",)
_RISK_OUTCOMES = ("risk_remained", "risk_reduced", "risk_removed")
_DECIDED = tuple(f"decision:{decision}" for decision in TriageDecision)


class Measure(NamedTuple):
    """A row: the sum of what it counts, and where it is a share, the sum of what that is a share of."""

    name: str
    counts: tuple[str, ...]
    base: tuple[str, ...] = ()


def _each(names: Iterable[str], base: tuple[str, ...] = ()) -> tuple[Measure, ...]:
    """A row for each name, counted under that name."""
    return tuple(Measure(name, (name,), base) for name in names)


def _by(prefix: str, categories: type[StrEnum], base: tuple[str, ...]) -> tuple[Measure, ...]:
    return _each((f"{prefix}:{category}" for category in categories), base)


def _ages(people: str) -> tuple[Measure, ...]:
    return (*_each([people]), *_each((f"{people}:{band}" for band in BANDS), (people,)))


_BEFORE_TEAMS = (
    *_each(("concerns", *_STARTED_OF_BOTH_KINDS, "enquiries_concluded")),
    Measure("conversion_s42", _STARTED, _CONCERNS),
    Measure("conversion_all", _STARTED_OF_BOTH_KINDS, _CONCERNS),
    *_each(["conversion_cohort"], _CONCERNS),
    *_each(TOOK.values(), _CONCLUDED),
    *_each(ANSWERS.values(), _CONCLUDED),
    Measure("msp_asked_enquiries", ("msp_expressed", "msp_none_expressed"), _CONCLUDED),
    *_each(["msp_asked_adults"], ("adults_with_conclusion",)),
    *_each(ACHIEVED.values(), _EXPRESSED),
    Measure("achieved_fully_or_partially", ("achieved_fully", "achieved_partially"), _EXPRESSED),
    *_each(["risk_identified"], _CONCLUDED),
    *_each(_RISK_OUTCOMES, _RISK_OUTCOMES),
    Measure("risk_reduced_or_removed", ("risk_reduced", "risk_removed"), _RISK_OUTCOMES),
    *_each(["lacked_capacity"], _CONCLUDED),
    *_each(["lacked_capacity_supported"], ("lacked_capacity",)),
    *_ages("adults_in_concerns"),
    *_ages("adults_in_enquiries"),
    *_by("channel", Channel, _CONCERNS),
    *_by("source", Source, _CONCERNS),
    *_by("concern_abuse_type", AbuseType, _CONCERNS),
    *_each((*_DECIDED, f"decision:{UNDECIDED}"), _CONCERNS),
)
_AFTER_TEAMS = (
    *_by("enquiry_abuse_type", AbuseType, _CONCLUDED),
    *_by("enquiry_source_of_risk", SourceOfRisk, _CONCLUDED),
    *_by("enquiry_location", Location, _CONCLUDED),
    *_each(["repeat_adults", "adults_possibly_one"], ("adults_in_concerns",)),
    *_each(["enquiries_open_at_end"]),
    *_each(["enquiries_over_6_months_at_end"], ("enquiries_open_at_end",)),
    *_each(["enquiries_drifted"]),
)


def measures(counted: Iterable[str]) -> tuple[Measure, ...]:
    """Every row. The lists of the national return are closed, and zero is said; a team is known by what it decided."""
    teams = sorted(
        {name for name in counted if name.startswith(TEAM)}, key=lambda team: (team == TEAM + NOT_KNOWN, team)
    )
    return (*_BEFORE_TEAMS, *_each(teams, _DECIDED), *_AFTER_TEAMS)

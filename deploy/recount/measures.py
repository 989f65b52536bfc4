"""The year's figures, from what stands: each measure with its count and its base."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from deploy.recount.ages import BANDS, bands
from deploy.recount.civil import Year, band, day, first_day_over
from deploy.recount.enquiries import Enquiry
from deploy.recount.incidents import Incident, incidents, repeating
from deploy.recount.pass_through import Told

_DECISIONS = ("s42_met", "other_enquiry", "not_met", "sent_to_other_authority", "duplicate", "undecided")
_MSP = ("expressed", "none_expressed", "not_asked", "dont_know")


@dataclass(frozen=True)
class Row:
    """One measure."""

    measure: str
    count: int
    base: int | None = None


class _Ended(NamedTuple):
    """An enquiry that counts, by its days; what stood when it was concluded, if it is."""

    enquiry: Enquiry
    person: str
    started: date
    ended: date | None
    stood: dict[str, Any]


def figures(told: Told, year: Year) -> list[Row]:
    """Every measure of a year, as known now; a category that nothing falls under may be left out."""
    every = incidents(told)
    enquiries = [one for one in _enquiries(told) if one.enquiry.section_42]
    others = [one for one in _enquiries(told) if not one.enquiry.section_42]
    counted = [one for one in every if year.holds(one.day)]
    started = [one for one in enquiries if year.holds(one.started)]
    concluded = [one for one in enquiries if one.ended is not None and year.holds(one.ended)]
    converted = {one.enquiry.concern_id for one in enquiries}
    return [
        *_flow(counted, started, [one for one in others if year.holds(one.started)], concluded, converted),
        *_wanted(concluded),
        *_risk(concluded),
        *_adults(told, counted, started, year),
        *_concerns(told, counted),
        *_categories(concluded),
        *_repeats(told, every, counted, year),
        *_open(enquiries, year),
    ]


def _enquiries(told: Told) -> Iterator[_Ended]:
    for enquiry in told.enquiries.of.values():
        if not enquiry.withdrawn:
            person = told.records.people.of(told.records.concerns[enquiry.concern_id].adult_id)
            ended = None if enquiry.concluded_at is None else day(enquiry.concluded_at)
            yield _Ended(enquiry, person, day(enquiry.started_at), ended, enquiry.stood)


def _flow(
    counted: list[Incident],
    started: list[_Ended],
    others: list[_Ended],
    concluded: list[_Ended],
    converted: set[str],
) -> Iterator[Row]:
    concerns, of_them = len(counted), 0
    for incident in counted:
        of_them += any(concern.concern_id in converted for concern in incident.concerns)
    yield Row("concerns", concerns)
    yield Row("enquiries_started", len(started))
    yield Row("other_enquiries_started", len(others))
    yield Row("enquiries_concluded", len(concluded))
    yield Row("conversion_s42", len(started), concerns)
    yield Row("conversion_all", len(started) + len(others), concerns)
    yield Row("conversion_cohort", of_them, concerns)
    took = Counter(band(one.started, one.ended) for one in concluded if one.ended is not None)
    for name in ("within_3_months", "3_to_6_months", "over_6_months"):
        yield Row(f"concluded_{name}", took[name], len(concluded))


def _wanted(concluded: list[_Ended]) -> Iterator[Row]:
    answers = Counter(one.stood["asked"] for one in concluded)
    base = len(concluded)
    for answer in _MSP:
        yield Row(f"msp_{answer}", answers[answer], base)
    yield Row("msp_not_recorded", answers[None], base)
    asked = [one for one in concluded if one.stood["asked"] in ("expressed", "none_expressed")]
    yield Row("msp_asked_enquiries", len(asked), base)
    yield Row("msp_asked_adults", len({one.person for one in asked}), len({one.person for one in concluded}))
    expressed = [one for one in concluded if one.stood["asked"] == "expressed"]
    achieved = Counter(one.stood["achieved"] for one in expressed)
    for degree in ("fully", "partially", "not"):
        yield Row(f"achieved_{degree}", achieved[degree], len(expressed))
    yield Row("achieved_not_recorded", achieved[None], len(expressed))
    yield Row("achieved_fully_or_partially", achieved["fully"] + achieved["partially"], len(expressed))


def _risk(concluded: list[_Ended]) -> Iterator[Row]:
    identified = [one for one in concluded if one.stood["risk"] in ("identified_action", "identified_no_action")]
    outcomes = Counter(one.stood["outcome"] for one in identified if one.stood["outcome"] is not None)
    base = outcomes.total()
    yield Row("risk_identified", len(identified), len(concluded))
    for outcome in ("remained", "reduced", "removed"):
        yield Row(f"risk_{outcome}", outcomes[outcome], base)
    yield Row("risk_reduced_or_removed", outcomes["reduced"] + outcomes["removed"], base)
    lacking = [one for one in concluded if one.stood["capacity"] == "lacks"]
    yield Row("lacked_capacity", len(lacking), len(concluded))
    yield Row("lacked_capacity_supported", sum(bool(one.stood["support"]) for one in lacking), len(lacking))


def _adults(told: Told, counted: list[Incident], started: list[_Ended], year: Year) -> Iterator[Row]:
    ages = bands(told, year)
    for name, persons in (
        ("concerns", {one.person for one in counted}),
        ("enquiries", {one.person for one in started}),
    ):
        yield Row(f"adults_in_{name}", len(persons))
        by_age = Counter(ages.get(person, "not_known") for person in persons)
        for age in BANDS:
            yield Row(f"adults_in_{name}:{age}", by_age[age], len(persons))


def _concerns(told: Told, counted: list[Incident]) -> Iterator[Row]:
    base = len(counted)
    reports = [one.first.report for one in counted]
    yield from _by("channel", (report["channel"] for report in reports), base)
    yield from _by("source", (report["source"] for report in reports), base)
    kinds = ({*report["abuse_types"], *(risk["abuse_type"] for risk in report["risks"])} for report in reports)
    yield from _by("concern_abuse_type", (kind for each in kinds for kind in each), base)
    decisions = [told.triage.of.get(one.first.concern_id) for one in counted]
    decided = [one for one in decisions if one is not None and one.in_force is not None]
    by_kind = Counter(one.in_force["decision"] for one in decided if one.in_force is not None)
    by_kind["undecided"] = base - len(decided)
    for kind in _DECISIONS:
        yield Row(f"decision:{kind}", by_kind[kind], base)
    yield from _by("team", (one.team or "not_known" for one in decided), len(decided))


def _categories(concluded: list[_Ended]) -> Iterator[Row]:
    for measure, name in (
        ("enquiry_abuse_type", "abuse_type"),
        ("enquiry_source_of_risk", "source_of_risk"),
        ("enquiry_location", "location"),
    ):
        each = ({risk[name] for risk in one.stood["risks"]} for one in concluded)
        yield from _by(measure, (value for values in each for value in values), len(concluded))


def _by(measure: str, values: Iterable[str], base: int) -> Iterator[Row]:
    return (Row(f"{measure}:{value}", count, base) for value, count in sorted(Counter(values).items()))


def _repeats(told: Told, every: list[Incident], counted: list[Incident], year: Year) -> Iterator[Row]:
    """Persons with an incident in the year that was one too many in the twelve months up to its day.

    And those with an incident in the year of whom nobody has said whether they are one with somebody of a greater id.
    """
    of: dict[str, list[Incident]] = defaultdict(list)
    for one in every:
        of[one.person].append(one)
    met = {person for person, their in of.items() if any(year.holds(one.day) for one in repeating(their))}
    persons = {one.person for one in counted}
    yield Row("repeat_adults", len(met), len(persons))
    unsettled = {told.records.people.of(min(pair)) for pair in told.records.unsettled()}
    yield Row("adults_possibly_one", len(unsettled & persons), len(persons))


def _open(enquiries: list[_Ended], year: Year) -> Iterator[Row]:
    """What was open when 1 April began; and what passed six months on a day of the year, open as that day began."""
    still = [one for one in enquiries if one.started <= year.ends and (one.ended is None or one.ended > year.ends)]
    yield Row("enquiries_open_at_end", len(still))
    over = [one for one in still if first_day_over(one.started) <= year.ends + timedelta(days=1)]
    yield Row("enquiries_over_6_months_at_end", len(over), len(still))
    drifted = 0
    for one in enquiries:
        over_on = first_day_over(one.started)
        drifted += year.holds(over_on) and (one.ended is None or one.ended >= over_on)
    yield Row("enquiries_drifted", drifted)

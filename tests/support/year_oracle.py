"""A year's figures worked out another way, to hold audit's against: from plain dictionaries, by looking at everything.

Days are whole numbers from `calendar_oracle`; persons and incidents are found by joining sets until nothing joins any
more; each measure is a set of (kind, number, day), so that which cases count is held against as well as how many.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

from services.audit.cases import Adult, Concern, Concluded, Enquiry, Flag, Merge, SameIncident
from shared.contracts.doors import (
    AbuseType,
    Achievement,
    Capacity,
    Channel,
    Location,
    MspAnswer,
    RiskAssessment,
    RiskOutcome,
    Source,
    SourceOfRisk,
    Support,
    TriageDecision,
)
from shared.contracts.enquiry import EnquiryKind
from tests.support import calendar_oracle as calendar

Found = dict[str, set[tuple[str, int, int]]]


def expected(world: dict[str, Any], begins: int) -> Found:
    """The cases of every measure of the year that begins on 1 April of `begins`."""
    year = calendar.day_number(begins, 4, 1), calendar.day_number(begins + 1, 3, 31)
    found: Found = {}

    def add(name: str, kind: str, number: int, day: int) -> None:
        found.setdefault(name, set()).add((kind, number, day))

    for members in _joined([{a["id"]} for a in world["adults"]] + [set(pair) for pair in world["merges"]]):
        adults = sorted((a for a in world["adults"] if a["id"] in members), key=lambda a: a["id"])
        if adults:
            enquiries = [e for e in world["enquiries"] if e["adult"] in members and not e["withdrawn"]]
            section_42 = [e for e in enquiries if e["kind"] == "section_42"]
            who = adults[0]["id"], _age_band(adults, begins + 1)
            if any(a["may_be"] is False for a in adults):
                for _, day, _ in _incidents(world, members):
                    if year[0] <= day <= year[1]:
                        add("days_in_doubt", "adult", who[0], day)
            _concerns(_incidents(world, members), {e["concern"] for e in section_42}, who, year, add)
            _starts(enquiries, who, year, add)
            _conclusions(section_42, adults[0]["id"], year, add)
            _open(section_42, year, add)
    return _once_each(found)


def _incidents(world: Any, adults: set[int]) -> list[tuple[Any, int, set[int]]]:
    """The first concern of each incident, its day, and every concern of it."""
    concerns = {c["id"]: c for c in world["concerns"] if c["adult"] in adults and not c["withdrawn"]}
    pairs = [set(pair) for pair in world["same"] if set(pair) <= concerns.keys()]
    found = []
    for members in _joined([{number} for number in concerns] + pairs):
        first = min((concerns[number] for number in members), key=lambda c: (c["at"], c["id"]))
        found.append((first, calendar.london_day_number(first["at"]), members))
    return found


def _concerns(incidents: Any, converted: set[int], who: tuple[int, str], year: tuple[int, int], add: Any) -> None:
    person, band = who
    for first, day, members in incidents:
        if not year[0] <= day <= year[1]:
            continue
        names = {"concerns", f"channel:{first['channel']}", f"source:{first['source']}"}
        names |= {f"concern_abuse_type:{kind}" for kind in first["abuse"]}
        names |= {f"decision:{first['decision'] or 'undecided'}"}
        names |= {f"team:{first['team'] or 'not_known'}"} if first["decision"] else set()
        names |= {"conversion_cohort"} if members & converted else set()
        for name in names:
            add(name, "concern", first["id"], day)
        add("days_in_concerns", "adult", person, day)
        add(f"days_in_concerns:{band}", "adult", person, day)
        since = calendar.months_on(day, -12)
        if len([1 for _, other, _ in incidents if since < other <= day]) >= 4:
            add("days_of_repeats", "adult", person, day)


def _starts(enquiries: Any, who: tuple[int, str], year: tuple[int, int], add: Any) -> None:
    person, band = who
    for e in enquiries:
        start = calendar.london_day_number(e["at"])
        if not year[0] <= start <= year[1]:
            continue
        add("conversion_all", "enquiry", e["id"], start)
        if e["kind"] == "other":
            add("other_enquiries_started", "enquiry", e["id"], start)
            continue
        for name in ("enquiries_started", "conversion_s42"):
            add(name, "enquiry", e["id"], start)
        add("days_in_enquiries", "adult", person, start)
        add(f"days_in_enquiries:{band}", "adult", person, start)


def _conclusions(section_42: Any, person: int, year: tuple[int, int], add: Any) -> None:
    for e in section_42:
        end = None if e["ended"] is None else calendar.london_day_number(e["ended"])
        if end is None or not year[0] <= end <= year[1]:
            continue
        for name in _of_conclusion(e):
            add(name, "enquiry", e["id"], end)
        add("days_with_conclusion", "adult", person, end)
        if e["asked"] in ("expressed", "none_expressed"):
            add("days_of_asking", "adult", person, end)


def _open(section_42: Any, year: tuple[int, int], add: Any) -> None:
    for e in section_42:
        start = calendar.london_day_number(e["at"])
        end = None if e["ended"] is None else calendar.london_day_number(e["ended"])
        over = calendar.months_on(start, 6) + 1
        if start <= year[1] and (end is None or end > year[1]):
            add("enquiries_open_at_end", "enquiry", e["id"], start)
            if over <= year[1] + 1:
                add("enquiries_over_6_months_at_end", "enquiry", e["id"], over)
        if year[0] <= over <= year[1] and (end is None or end >= over):
            add("enquiries_drifted", "enquiry", e["id"], over)


def _of_conclusion(e: Any) -> set[str]:
    took = {"0-3": "within_3_months", "3-6": "3_to_6_months", "over-6": "over_6_months"}
    names = {"enquiries_concluded", "concluded_" + took[calendar.band(e["at"], e["ended"])]}
    names |= {f"msp_{e['asked'] or 'not_recorded'}"}
    names |= {"msp_asked_enquiries"} if e["asked"] in ("expressed", "none_expressed") else set()
    if e["asked"] == "expressed":
        names |= {f"achieved_{e['achieved'] or 'not_recorded'}"}
        names |= {"achieved_fully_or_partially"} if e["achieved"] in ("fully", "partially") else set()
    if (e["risk"] or "").startswith("identified_"):
        names |= {"risk_identified"} | ({f"risk_{e['outcome']}"} if e["outcome"] else set())
        names |= {"risk_reduced_or_removed"} if e["outcome"] in ("reduced", "removed") else set()
    if e["capacity"] == "lacks":
        names |= {"lacked_capacity"} | ({"lacked_capacity_supported"} if e["support"] else set())
    for family in ("abuse_type", "location", "source_of_risk"):
        names |= {f"enquiry_{family}:{category}" for category in e[family]}
    return names


def _once_each(found: Found) -> Found:
    """The same, with people counted once: on the first day of the year that made them count."""
    people = {
        "days_in_concerns": "adults_in_concerns",
        "days_in_enquiries": "adults_in_enquiries",
        "days_of_repeats": "repeat_adults",
        "days_in_doubt": "adults_possibly_one",
        "days_of_asking": "msp_asked_adults",
        "days_with_conclusion": "adults_with_conclusion",
    }
    named: Found = {}
    for name, cases in found.items():
        days, _, band = name.partition(":")
        if days in people:
            numbers = {number for _, number, _ in cases}
            first = {("adult", who, min(day for _, number, day in cases if number == who)) for who in numbers}
            named[people[days] + (f":{band}" if band else "")] = first
        else:
            named[name] = cases
    return named


def _joined(sets: list[set[int]]) -> list[set[int]]:
    """Sets that have something in common become one, until none have."""
    while True:
        for one, other in combinations(range(len(sets)), 2):
            if sets[one] & sets[other]:
                sets[one] |= sets.pop(other)
                break
        else:
            return sets


def _age_band(adults: Any, year: int) -> str:
    """By every birthday there may have been: where they leave two age groups, it is not known."""
    known = {
        what: next((a[what] for a in adults if a[what] is not None), None)
        for what in ("born_by", "died_on", "age_at_death")
    }
    died = known["died_on"]
    died = died if died is not None and died <= date(year, 3, 31) else None
    if died is not None and known["age_at_death"] is not None:
        return _band(known["age_at_death"])
    if known["born_by"] is None:
        return "not_known"
    first = date(known["born_by"] - 1, 4, 1)
    births = [first + timedelta(days=n) for n in range((date(known["born_by"], 3, 31) - first).days + 1)]
    bands = {_band(_age(birth, died or date(year, 3, 31))) for birth in births}
    return bands.pop() if len(bands) == 1 else "not_known"


def _age(birth: date, on: date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def _band(age: int) -> str:
    groups = {"18-64": range(18, 65), "65-74": range(65, 75), "75-84": range(75, 85), "85-94": range(85, 95)}
    return next((name for name, ages in groups.items() if age in ages), "95+" if age >= 95 else "not_known")


# --- The same world as audit remembers it ---------------------------------------------------------------------

ADULT, CONCERN, ENQUIRY, MERGE = 0x1000, 0x2000, 0x3000, 0x4000
_BASE = {"adult": ADULT, "concern": CONCERN, "enquiry": ENQUIRY}


def adults_of(world: dict[str, Any]) -> list[Adult]:
    """The states of audit that say what the world says."""
    return [_adult(world, a) for a in world["adults"]]


def number_of(kind: str, case_id: UUID) -> int:
    """The number in the world that a case's id stands for."""
    return case_id.int - _BASE[kind]


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _adult(world: Any, a: Any) -> Adult:
    concerns = [c for c in world["concerns"] if c["adult"] == a["id"]]
    own = {c["id"] for c in concerns}
    same = [SameIncident(UUID(int=CONCERN + one), UUID(int=CONCERN + other)) for one, other in world["same"]
            if one in own]  # fmt: skip
    return Adult(
        adult_id=UUID(int=ADULT + a["id"]),
        concerns=tuple(_concern(c) for c in concerns),
        linked=tuple(same[::2]),
        triaged=tuple(same[1::2]),
        merges=tuple(
            Merge(UUID(int=MERGE + place), UUID(int=ADULT + other))
            for place, both in enumerate(world["merges"])
            for one, other in (both, both[::-1])
            if one == a["id"]
        ),
        enquiries=tuple(_enquiry(e) for e in world["enquiries"] if e["adult"] == a["id"]),
        flags=() if a["may_be"] is None else (Flag("possibly_duplicated_adult", UUID(int=ADULT + 99), a["may_be"]),),
        born_by=a["born_by"],
        died_on=a["died_on"],
        age_at_death=a["age_at_death"],
    )


def _concern(c: Any) -> Concern:
    return Concern(
        concern_id=UUID(int=CONCERN + c["id"]),
        received_at=_at(c["at"]),
        source=Source(c["source"]),
        channel=Channel(c["channel"]),
        abuse_types=tuple(map(AbuseType, c["abuse"])),
        withdrawn=c["withdrawn"],
        decision=TriageDecision(c["decision"]) if c["decision"] else None,
        decided_at=_at(c["at"]) if c["decision"] else None,
        team=c["team"],
    )


def _enquiry(e: Any) -> Enquiry:
    concluded = None
    if e["ended"] is not None:
        concluded = Concluded(
            concluded_at=_at(e["ended"]),
            asked=MspAnswer(e["asked"]) if e["asked"] else None,
            achieved=Achievement(e["achieved"]) if e["achieved"] else None,
            risk_assessment=RiskAssessment(e["risk"]) if e["risk"] else None,
            risk_outcome=RiskOutcome(e["outcome"]) if e["outcome"] else None,
            abuse_types=tuple(map(AbuseType, e["abuse_type"])),
            locations=tuple(map(Location, e["location"])),
            sources=tuple(map(SourceOfRisk, e["source_of_risk"])),
            capacity=Capacity(e["capacity"]) if e["capacity"] else None,
            support=tuple(map(Support, e["support"])),
        )
    return Enquiry(
        UUID(int=ENQUIRY + e["id"]),
        UUID(int=CONCERN + e["concern"]),
        _at(e["at"]),
        EnquiryKind(e["kind"]),
        withdrawn=e["withdrawn"],
        concluded=concluded,
    )

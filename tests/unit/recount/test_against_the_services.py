"""Two counts of one history, by two programs that share nothing: the services', and the recount's."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import Any

import pytest

from deploy.demo.history import events
from deploy.recount.civil import Year
from deploy.recount.comparing import differences
from deploy.recount.doors import from_lines
from deploy.recount.identities import of_event
from deploy.recount.measures import figures
from deploy.recount.pass_through import Told
from services.audit.cases import Adult
from services.enquiry.cases import Enquiry
from tests.support.four_services import FourServices
from tests.support.mangled import mangled

YEARS = ("2021-22", "2022-23", "2023-24")
HISTORIES = [("as it is", 42), *(("mangled", seed) for seed in range(3))]
NEVER_COUNTED = (
    "audit.", "duty.", "enquiry.lead-officer-", "enquiry.planning-held", "triage.feedback-given",
    "triage.screening-recorded",
)  # fmt: skip
"""Whatever no figure depends on: the recount looks at none of it twice."""
EVERY_HISTORY = pytest.mark.parametrize(("how", "seed"), HISTORIES)


@cache
def both(how: str, seed: int) -> tuple[FourServices, Told]:
    lines: list[dict[str, Any]] = list(events(seed, 0.02))
    if how == "mangled":
        lines = mangled(lines, seed)
    services = FourServices()
    for line in lines:
        services.post(line)
    return services, Told(from_lines(json.dumps(line).encode() for line in lines), test_numbers=True)


def bare(type_: str) -> str:
    """A type without what all types share."""
    return type_.removeprefix("safeguarding.").removesuffix(".v1")


def text(value: object) -> str | None:
    return None if value is None else str(value)


@EVERY_HISTORY
def test_both_agree_on_every_figure_of_every_year(how: str, seed: int) -> None:
    services, told = both(how, seed)

    for year in YEARS:
        assert differences(figures(told, Year(year)), services.figures(year)) == []


@EVERY_HISTORY
def test_both_agree_on_what_became_of_every_concern(how: str, seed: int) -> None:
    services, told = both(how, seed)
    adults = [case for case in services.cases("audit").values() if isinstance(case, Adult)]
    theirs = {
        str(concern.concern_id): (str(adult.adult_id), concern.withdrawn, text(concern.decision), concern.team)
        for adult in adults
        for concern in adult.concerns
    }
    mine = {}
    for concern_id, concern in told.records.concerns.items():
        of = told.triage.of.get(concern_id)
        decision = of.in_force["decision"] if of is not None and of.in_force is not None else None
        mine[concern_id] = (concern.adult_id, concern.withdrawn, decision, of.team if of is not None else None)

    assert mine == theirs


@EVERY_HISTORY
def test_both_agree_on_how_every_enquiry_ended_and_what_stood_then(how: str, seed: int) -> None:
    services, told = both(how, seed)
    adults = [case for case in services.cases("audit").values() if isinstance(case, Adult)]
    audited = {str(enquiry.enquiry_id): enquiry for adult in adults for enquiry in adult.enquiries}
    theirs: dict[str, Any] = {}
    for key, case in services.cases("enquiry").items():
        if isinstance(case, Enquiry):
            ended = case.concluded.concluded_at if case.concluded is not None else None
            theirs[str(key)] = [case.withdrawn_at is not None, case.started_at, ended]
            if ended is not None and (stood := audited[str(key)].concluded) is not None:
                said = (stood.asked, stood.achieved, stood.risk_assessment, stood.risk_outcome, stood.capacity)
                theirs[str(key)] += [
                    *map(text, said),
                    sorted(map(str, stood.support)),
                    sorted(map(str, stood.locations)),
                ]
    mine: dict[str, Any] = {}
    for enquiry_id, enquiry in told.enquiries.of.items():
        mine[enquiry_id] = [enquiry.withdrawn, enquiry.started_at, enquiry.concluded_at]
        if enquiry.concluded_at is not None:
            known = enquiry.stood
            mine[enquiry_id] += [known[name] for name in ("asked", "achieved", "risk", "outcome", "capacity")]
            mine[enquiry_id] += [sorted(set(known["support"])), sorted({risk["location"] for risk in known["risks"]})]

    assert mine == theirs


@EVERY_HISTORY
def test_both_refuse_the_same_for_the_same_reasons(how: str, seed: int) -> None:
    services, told = both(how, seed)
    theirs = {
        (name, of_event(said["refused_source"], said["refused_id"])): {reason["code"] for reason in said["reasons"]}
        for said in services.refused
        if not (name := bare(said["refused_type"])).startswith(NEVER_COUNTED)
    }

    assert told.refused == theirs


def test_much_goes_wrong_in_the_mangled_histories() -> None:
    """Else they would show nothing that the history as it is does not."""
    services, told = both(*HISTORIES[1])
    refused: Counter[str] = Counter()
    for name, running in services.running.items():
        refused[name] = sum(many for (_, what), many in running.work.counts.outcomes.items() if what == "refused")

    assert len({code for why in told.refused.values() for code in why}) >= 30
    assert min(refused["intake"], refused["triage"], refused["enquiry"]) >= 20
    assert any(enquiry.withdrawn for enquiry in told.enquiries.of.values())
    assert any(enquiry.closing.undone and enquiry.concluded_at for enquiry in told.enquiries.of.values())
    assert told.waiting >= 20

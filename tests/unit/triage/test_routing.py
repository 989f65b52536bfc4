"""Where a concern goes on arrival: design section 4, rule 1; seed 003:3457, 3534, 3657-3661."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from services.triage.cases import Concern
from services.triage.policy import COVENTRY_2024_1
from services.triage.routing import Route, route
from services.triage.service import service
from shared.contracts.doors import Answer, Basis, Channel, ConcernReported, Source
from shared.contracts.triage import ConcernRouted
from tests.support.builders import ADA, BEN, NOON, a_concern, a_report, told
from tests.support.interleave import story


def way(report: ConcernReported) -> Route:
    return route(report, NOON, COVENTRY_2024_1)


@pytest.mark.parametrize(
    ("fields", "team", "rule"),
    [
        ({}, "intake", "intake"),
        ({"source": Source.MENTAL_HEALTH_STAFF}, "mental_health", "mental_health"),
        ({"known_to_mental_health_team": Answer.YES}, "mental_health", "mental_health"),
        ({"known_to_mental_health_team": Answer.NO}, "intake", "intake"),
        ({"source": Source.HOSPITAL_STAFF}, "hospital", "hospital"),
        ({"source": Source.AMBULANCE}, "hospital", "hospital"),
        ({"channel": Channel.HOSPITAL_TEAM}, "hospital", "hospital"),
        (
            {"channel": Channel.PRACTITIONER, "practitioner_team": "older-people"},
            "older-people",
            "practitioner",
        ),
        ({"channel": Channel.PRACTITIONER}, "intake", "intake"),
        ({"practitioner_team": "older-people"}, "intake", "intake"),
        ({"source": Source.POLICE, "channel": Channel.CUSTOMER_SERVICE}, "intake", "intake"),
        ({"channel": Channel.ADULT_SOCIAL_CARE_DIRECT}, "intake", "intake"),
        # Two rules fit: the first one wins.
        (
            {"source": Source.AMBULANCE, "known_to_mental_health_team": Answer.YES},
            "mental_health",
            "mental_health",
        ),
        (
            {
                "source": Source.HOSPITAL_STAFF,
                "channel": Channel.PRACTITIONER,
                "practitioner_team": "older-people",
            },
            "hospital",
            "hospital",
        ),
    ],
)
def test_the_first_rule_that_fits_decides_the_team(fields: dict[str, Any], team: str, rule: str) -> None:
    found = way(a_report(**fields))

    assert (found.team, found.rule) == (team, rule)


def test_every_concern_has_a_team_whoever_sent_it_whichever_way() -> None:
    """An independent reading of the rules, over all that a report can say."""
    for source, channel, known, team in product(Source, Channel, Answer, ("older-people", None)):
        if source is Source.MENTAL_HEALTH_STAFF or known is Answer.YES:
            expected = "mental_health"
        elif source in (Source.HOSPITAL_STAFF, Source.AMBULANCE) or channel is Channel.HOSPITAL_TEAM:
            expected = "hospital"
        elif channel is Channel.PRACTITIONER and team is not None:
            expected = team
        else:
            expected = "intake"
        report = a_report(source=source, channel=channel, known_to_mental_health_team=known, practitioner_team=team)
        assert way(report).team == expected


@pytest.mark.parametrize("basis", Basis)
def test_stated_indicated_and_implied_are_all_fast_tracked(basis: Basis) -> None:
    """Seed 003:3457."""
    assert way(a_report(basis=basis)).fast_track


def test_precedence_and_teams_are_data() -> None:
    ambulance_first = replace(COVENTRY_2024_1, rules=tuple(reversed(COVENTRY_2024_1.rules)))
    report = a_report(source=Source.AMBULANCE, known_to_mental_health_team=Answer.YES)

    assert route(report, NOON, ambulance_first).team == "hospital"


def test_a_concern_is_routed_under_a_named_version_of_the_policy() -> None:
    report = a_report(source=Source.AMBULANCE)

    told_of = story(service, [told(a_concern(report))])

    assert told_of.facts == [
        ConcernRouted(
            concern_id=report.concern_id,
            adult_id=ADA,
            team="hospital",
            rule="hospital",
            fast_track=True,
            out_of_hours=False,
            emergency_duty=False,
            policy="coventry-2024-1",
        )
    ]
    assert told_of.cases == {report.concern_id: Concern(adult_id=ADA, received_at=NOON, team="hospital")}


def test_hearing_of_a_concern_again_moves_it_to_nobody_else() -> None:
    first = [told(a_concern(), "1")]

    told_of = story(service, [*first, told(a_concern(a_report(source=Source.AMBULANCE), BEN), "2")])

    assert told_of.stated == story(service, first).stated
    assert told_of.cases == story(service, first).cases

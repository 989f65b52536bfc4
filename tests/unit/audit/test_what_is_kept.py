"""What audit keeps of concerns, enquiries and adults, from which a year's figures are counted; and no more."""

from datetime import date, timedelta

import msgspec
import pytest

from services.audit.cases import Concern, Concluded
from shared.contracts.doors import TriageDecision
from shared.contracts.enquiry import EnquiryKind
from tests.support.audit_builders import (
    adult_of,
    concluded,
    death,
    decided,
    enquiry_id,
    enquiry_withdrawn,
    happened,
    opened,
    received,
    reopened,
)
from tests.support.builders import NOON
from tests.support.enquiry_builders import concern_id

DAY = timedelta(days=1)


def test_a_concern_keeps_where_it_came_from_and_what_was_reported() -> None:
    risks = [{"abuse_type": "neglect"}, {"abuse_type": "physical"}]
    story = happened(
        (
            NOON,
            received("a", NOON, source="police", channel="system", abuse_types=["physical", "domestic"], risks=risks),
        )
    )
    (concern,) = adult_of(story).concerns
    assert (concern.source, concern.channel) == ("police", "system")
    assert concern.abuse_types == ("domestic", "neglect", "physical")


def test_a_decision_is_kept_with_its_time_and_team_and_the_last_one_stands() -> None:
    story = happened(
        (NOON, received("a", NOON)),
        (NOON, decided("a", team="intake-team", decided_at=NOON)),
        (NOON, decided("a", decision=TriageDecision.S42_MET, team="hospital-team", decided_at=NOON + DAY)),
    )
    (concern,) = adult_of(story).concerns
    assert (concern.decision, concern.decided_at, concern.team) == ("s42_met", NOON + DAY, "hospital-team")


def test_a_concern_stays_small() -> None:
    story = happened(
        (NOON, received("a", NOON, source="mental_health_staff", abuse_types=["organisational", "neglect"])),
        (NOON, decided("a", decision=TriageDecision.SENT_TO_OTHER_AUTHORITY, team="mental-health-team")),
    )
    (concern,) = adult_of(story).concerns
    assert len(msgspec.json.encode(concern)) < 220
    assert len(msgspec.json.encode(Concern(concern_id("a"), NOON))) < 120


@pytest.mark.parametrize(
    ("born", "born_by"),
    [
        (date(1940, 1, 1), 1940),
        (date(1940, 3, 31), 1940),
        (date(1940, 4, 1), 1941),
        (date(1940, 2, 29), 1940),
        (date(1940, 12, 31), 1941),
    ],
)
def test_of_a_birth_date_only_the_first_31_march_is_kept(born: date, born_by: int) -> None:
    """Age on a later 31 March is then that year less this one."""
    story = happened((NOON, received("a", NOON, adult={"birth_date": born})))
    assert adult_of(story).born_by == born_by
    assert str(born) not in msgspec.json.encode(adult_of(story)).decode()
    birthdays = sum(
        1 for year in range(born.year + 1, 2025) if date(year, born.month, min(born.day, 28)) <= date(2024, 3, 31)
    )
    assert 2024 - born_by == birthdays


def test_the_first_known_birth_date_stays() -> None:
    story = happened(
        (NOON, received("a", NOON)),
        (NOON, received("b", NOON, adult={"birth_date": date(1950, 1, 1)})),
        (NOON, received("c", NOON, adult={"birth_date": date(1960, 1, 1)})),
    )
    assert adult_of(story).born_by == 1950


def test_a_death_is_kept_as_it_was_recorded_at_the_latest_time() -> None:
    story = happened((NOON, death("a", NOON, 81)), (NOON, death("b", NOON)))
    assert (adult_of(story).died_on, adult_of(story).age_at_death) == (NOON.date(), 81)
    told = [(NOON, death("a", NOON, 81)), (NOON, death("a", NOON - 40 * DAY, 80))]
    for corrected in (happened(*told), happened(*reversed(told))):
        assert (adult_of(corrected).died_on, adult_of(corrected).age_at_death) == (NOON.date(), 81)


def test_an_enquiry_is_kept_with_how_it_ended() -> None:
    risks = [
        {"abuse_type": "physical", "location": "own_home", "source_of_risk": "self"},
        {"abuse_type": "neglect", "location": "own_home", "source_of_risk": "service_provider"},
    ]
    end = concluded(
        "a",
        NOON,
        NOON + DAY,
        asked="expressed",
        achieved="partially",
        risk_assessment="identified_action",
        risk_outcome="reduced",
        risks=risks,
        capacity="lacks",
        support=["friend", "care_act_advocate"],
    )
    story = happened((NOON, opened("a", NOON, kind=EnquiryKind.OTHER)), (NOON + DAY, end))
    (enquiry,) = adult_of(story).enquiries
    assert (enquiry.enquiry_id, enquiry.concern_id, enquiry.started_at) == (enquiry_id("a"), concern_id("a"), NOON)
    assert enquiry.kind is EnquiryKind.OTHER
    kept = enquiry.concluded
    assert isinstance(kept, Concluded)
    assert msgspec.json.decode(msgspec.json.encode(kept)) == {
        "concluded_at": (NOON + DAY).isoformat().replace("+00:00", "Z"),
        "asked": "expressed",
        "achieved": "partially",
        "risk_assessment": "identified_action",
        "risk_outcome": "reduced",
        "abuse_types": ["neglect", "physical"],
        "locations": ["own_home"],
        "sources": ["self", "service_provider"],
        "capacity": "lacks",
        "support": ["care_act_advocate", "friend"],
    }


def test_a_reopened_enquiry_is_not_concluded_and_a_withdrawn_one_is_marked() -> None:
    events = [(NOON, opened("a", NOON)), (NOON + DAY, concluded("a", NOON, NOON + DAY))]
    again = happened(*events, (NOON + 2 * DAY, reopened("a", NOON, NOON + 2 * DAY)))
    assert adult_of(again).enquiries[0].concluded is None
    gone = happened(*events, (NOON + 2 * DAY, enquiry_withdrawn("a", NOON)))
    assert adult_of(gone).enquiries[0].withdrawn
    anew = happened(*events, (NOON + 2 * DAY, enquiry_withdrawn("a", NOON)), (NOON + 3 * DAY, opened("a", NOON + DAY)))
    (enquiry,) = adult_of(anew).enquiries
    assert (enquiry.withdrawn, enquiry.concluded, enquiry.started_at) == (False, None, NOON + DAY)


def test_enquiries_are_in_the_order_of_their_starts() -> None:
    story = happened((NOON, opened("a", NOON)), (NOON, opened("b", NOON - DAY)))
    assert [one.enquiry_id for one in adult_of(story).enquiries] == [enquiry_id("b"), enquiry_id("a")]

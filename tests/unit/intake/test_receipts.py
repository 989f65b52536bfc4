"""Every report is answered, every time, and becomes one concern: delivery rules 5 and 14."""

from datetime import timedelta

import msgspec
import pytest

from services.intake.service import service
from shared.contracts.doors import Channel, Source
from shared.contracts.intake import ConcernReceived, FurtherInformationReceived, ReportAccepted
from tests.support.builders import NHS_NUMBER, NOON, a_report, a_report_about, told
from tests.support.interleave import story


def test_a_report_is_answered_and_becomes_a_concern_received_when_it_reached_the_council() -> None:
    report = a_report()
    later = NOON + timedelta(minutes=3)

    receipt, concern = story(service, [told(report, occurred=NOON - timedelta(days=1), recorded=later)]).facts

    assert receipt == ReportAccepted(
        concern_id=report.concern_id, sender="ambulance", reference="REF-1", received_at=NOON,
        accepted_source="test", accepted_id="1",
    )  # fmt: skip
    assert isinstance(concern, ConcernReceived)
    assert concern.received_at == NOON
    assert concern.report == report


def test_a_resend_under_a_new_event_id_is_the_same_concern_with_the_first_receipts_time() -> None:
    resent = told(a_report(), "2", at=NOON + timedelta(days=30))

    told_of = story(service, [told(a_report(), "1"), resent])

    assert [type(fact) for fact in told_of.facts] == [ReportAccepted, ConcernReceived, ReportAccepted]
    again = told_of.facts[-1]
    assert isinstance(again, ReportAccepted)
    assert (again.again, again.received_at, again.remarks) == (True, NOON, ())
    assert told_of.cases == story(service, [told(a_report(), "1")]).cases


@pytest.mark.parametrize(("ahead", "told_of"), [(300, ()), (301, ("time_in_the_future",))])
def test_a_senders_clock_may_be_five_minutes_ahead_before_anybody_speaks_of_it(
    ahead: int, told_of: tuple[str, ...]
) -> None:
    early = told(a_report(), occurred=NOON + timedelta(seconds=ahead))

    receipt, concern = story(service, [early]).facts

    assert isinstance(receipt, ReportAccepted)
    assert tuple(remark.code for remark in receipt.remarks) == told_of
    assert isinstance(concern, ConcernReceived)
    assert concern.received_at == NOON


def test_a_resend_that_could_not_be_accepted_any_more_is_still_the_concern_it_was() -> None:
    told_of = story(service, [told(a_report(), "1"), told(a_report(narrative=None), "2")])

    assert told_of.refused == {}
    assert [type(fact) for fact in told_of.facts][2:] == [ReportAccepted, FurtherInformationReceived]


def test_a_resend_that_brings_an_identifier_binds_it_to_nobody() -> None:
    named = told(a_report_about(nhs_number=NHS_NUMBER), "2")

    told_of = story(service, [told(a_report(), "1"), named])

    assert list(told_of.cases) == [a_report().concern_id]


def test_one_reference_of_two_senders_makes_two_concerns() -> None:
    told_of = story(service, [told(a_report(sender="police"), "1"), told(a_report(sender="ambulance"), "2")])

    assert sum(isinstance(fact, ConcernReceived) for fact in told_of.facts) == 2


def test_what_is_remembered_says_who_sent_it_and_how_and_nothing_about_the_person() -> None:
    report = a_report_about(
        person_reference="CANARY-REF", nhs_number=NHS_NUMBER, name="Canary Person", address="1 Canary Street"
    ).model_copy(update={"channel": Channel.HOSPITAL_TEAM, "narrative": "Canary narrative"})

    cases = story(service, [told(report)]).cases

    remembered = msgspec.json.encode(list(cases.values())).decode()
    assert '"sender":"ambulance"' in remembered
    assert '"channel":"hospital_team"' in remembered
    assert "anary" not in remembered.replace("CANARY", "Canary")
    assert NHS_NUMBER not in remembered
    assert all("CANARY" not in str(key) for key in cases)


def test_a_resend_that_spells_out_what_the_first_left_unsaid_is_the_same_report() -> None:
    """A field that the contract learns of later makes no other report of one that was received before it did."""
    spelt_out = a_report(risks=(), provider=None, source=Source.NOT_KNOWN, consents_to_report=None)

    again = story(service, [told(a_report(), "1"), told(spelt_out, "2")]).facts[-1]

    assert isinstance(again, ReportAccepted)
    assert again.remarks == ()

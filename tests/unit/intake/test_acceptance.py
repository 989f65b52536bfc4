"""What is accepted as a concern and what is not: design section 4, rule 2."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.acceptance import attains, considered, reasons_against
from services.intake.service import service
from shared.contracts.doors import Adult, ConcernReported, Place, Provider, Referrer, SetAside
from shared.contracts.intake import ConcernReceived, ReportAccepted
from tests.support.builders import NOON, a_report, a_report_about, told
from tests.support.interleave import story


def codes(report: ConcernReported, at: datetime = NOON, **meta: datetime) -> tuple[str, ...]:
    received = told(report, "1", at, **meta).meta.received
    return tuple(reason.code for reason in reasons_against(considered(report, received).report, received))


def remarked(report: ConcernReported, at: datetime = NOON) -> tuple[str, ...]:
    return tuple(reason.code for reason in considered(report, at).remarks)


@pytest.mark.parametrize(
    "described",
    [
        {"narrative": "The man in room 4 has bruises."},
        {"adult": Adult(description="The man in room 4")},
        {"adult": Adult(name="Canary Person")},
        {"adult": Adult(person_reference="P-1")},
        {"adult": Adult(birth_date=date(1940, 1, 1))},
        {"place": Place(name="Canary House")},
        {"place": Place(address="1 Canary Street")},
        {"adult": Adult.model_validate({"known_as": "a field of a newer sender"})},
    ],
)
def test_a_person_or_a_place_described_in_any_way_is_enough(described: dict[str, Any]) -> None:
    assert codes(a_report(narrative=None).model_copy(update=described)) == ()


@pytest.mark.parametrize(
    "nothing",
    [
        {},
        {"adult": Adult()},
        {"place": Place()},
        {"adult": Adult(name="  "), "place": Place(address=" "), "narrative": " \n\t"},
        {"referrer": Referrer(name="Canary Referrer", organisation="Canary Trust")},
    ],
)
def test_no_person_and_no_place_described_at_all_is_refused(nothing: dict[str, Any]) -> None:
    assert codes(a_report(narrative=None).model_copy(update=nothing)) == ("nobody_described",)


def test_an_anonymous_partial_report_without_consent_or_identifiers_is_accepted() -> None:
    told_of = story(service, [told(a_report())])

    assert [type(fact) for fact in told_of.facts] == [ReportAccepted, ConcernReceived]


@pytest.mark.parametrize(
    ("born", "refused"),
    [
        (date(2006, 3, 5), False),
        (date(2006, 3, 6), False),
        (date(2006, 3, 7), True),
        (date(2024, 3, 6), True),
        (date(1900, 1, 1), False),
    ],
)
def test_under_18_at_receipt_on_a_known_birth_date_is_refused(born: date, *, refused: bool) -> None:
    assert codes(a_report_about(birth_date=born)) == (("under_18",) if refused else ())


def test_the_answer_about_somebody_under_18_points_to_childrens_services() -> None:
    report = a_report_about(birth_date=date(2010, 1, 1))

    (reason,) = reasons_against(report, NOON)

    assert "children's services" in reason.says
    assert reason.where == "adult.birth_date"
    assert "2010" not in reason.says


@pytest.mark.parametrize(
    ("received", "refused"),
    [
        (datetime(2024, 6, 14, 22, 59, 59, tzinfo=UTC), True),  # 23:59:59 in London, summer time
        (datetime(2024, 6, 14, 23, 0, tzinfo=UTC), False),  # 00:00 on the birthday in London
    ],
)
def test_eighteen_is_attained_as_the_anniversary_begins_in_london(received: datetime, *, refused: bool) -> None:
    """Family Law Reform Act 1969, s9; summer time begins the day an hour before UTC does."""
    report = a_report_about(birth_date=date(2006, 6, 15))

    assert codes(report, at=received) == (("under_18",) if refused else ())


@pytest.mark.parametrize(
    ("received", "refused"),
    [
        (datetime(2022, 2, 28, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2022, 3, 1, 0, 0, tzinfo=UTC), False),
    ],
)
def test_who_was_born_on_29_february_attains_eighteen_on_1_march(received: datetime, *, refused: bool) -> None:
    """Family Law Reform Act 1969, s9: in a common year there is no earlier anniversary to begin."""
    report = a_report_about(birth_date=date(2004, 2, 29))

    assert codes(report, at=received) == (("under_18",) if refused else ())


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2080, 12, 31)), st.integers(0, 110))
def test_an_age_is_attained_when_as_many_birthdays_have_begun(born: date, years: int) -> None:
    day = attains(born, years)

    def age(on: date) -> int:
        return on.year - born.year - ((on.month, on.day) < (born.month, born.day))

    assert age(day) == years
    assert age(day - timedelta(days=1)) == years - 1


def test_a_birth_date_after_the_day_of_receipt_is_a_mistake_and_not_a_child() -> None:
    report = a_report_about(birth_date=date(2024, 3, 7))

    assert (codes(report), remarked(report)) == ((), ("birth_date_in_the_future",))
    taken = considered(report, NOON).report
    assert taken.adult is not None
    assert taken.adult.birth_date is None
    assert [(one.where, one.said) for one in taken.set_aside] == [("adult.birth_date", "2024-03-07")]


@pytest.mark.parametrize(("day", "aside"), [(date(2024, 3, 6), False), (date(2024, 3, 7), True)])
def test_what_happened_after_the_day_of_receipt_loses_no_concern(day: date, *, aside: bool) -> None:
    report = a_report(happened_on=day)

    assert (codes(report), remarked(report)) == ((), ("happened_after_receipt",) if aside else ())
    assert considered(report, NOON).report.happened_on == (None if aside else day)


@pytest.mark.parametrize(
    ("said", "child"),
    [
        ("01/02/2015", True), ("06/03/2006", True), ("03/06/06", True), ("2006", True), ("2005", False),
        ("01/02/1944", False), ("19440000", False), ("0", False), ("2190", False), ("in the war", False),
    ],
)  # fmt: skip
def test_who_may_be_a_child_by_any_reading_is_possibly_one(said: str, *, child: bool) -> None:
    """Doubt errs towards urgent, and towards asking a person; nobody is refused on a guess."""
    report = a_report(set_aside=(SetAside(where="adult.birth_date", said=said),))
    taken = considered(report, NOON)

    assert (taken.possibly_under_18, taken.report.urgent) == (child, child)
    assert codes(report) == ()


@pytest.mark.parametrize("provider", [{"name": "Canary Lodge"}, {"reference": "1-101"}])
def test_a_provider_is_a_place(provider: dict[str, str]) -> None:
    assert codes(a_report(narrative=None, provider=Provider.model_validate(provider))) == ()
    assert codes(a_report(narrative=None, provider=Provider())) == ("nobody_described",)


def test_the_day_of_receipt_is_londons() -> None:
    report = a_report(happened_on=date(2024, 6, 15))

    assert codes(report, at=datetime(2024, 6, 14, 23, 30, tzinfo=UTC)) == ()


def test_whatever_time_a_sender_gives_its_concern_is_accepted() -> None:
    """Delivery rule 10: *occurred* is the sender's word and may be wrong."""
    assert codes(a_report(), occurred=NOON + timedelta(days=4000)) == ()


def test_what_occurred_long_ago_is_accepted_late() -> None:
    assert codes(a_report(), occurred=NOON - timedelta(days=4000)) == ()


def test_every_reason_is_given_at_once() -> None:
    report = a_report(narrative=None, happened_on=date(2030, 1, 1))

    told_of = story(service, [told(report, "1", occurred=NOON + timedelta(days=1))])

    assert told_of.refused == {"1": ("nobody_described", "time_in_the_future", "happened_after_receipt")}


def test_a_refused_report_leaves_nothing_so_its_corrected_successor_passes() -> None:
    """Delivery rule 9: doors hold nothing back."""
    wrong, right = a_report(narrative=None), a_report()

    told_of = story(service, [told(wrong, "1"), told(right, "2")])

    assert told_of.refused == {"1": ("nobody_described",)}
    assert [type(fact) for fact in told_of.facts] == [ReportAccepted, ConcernReceived]

"""A concern recorded in error is withdrawn, stays on record and counts no more: design section 4, rules 9 and 14."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.cases import Case, Concern, Finding, Withdrawal
from services.intake.service import service
from shared.contracts.intake import ConcernReceived, ConcernReinstated, ConcernWithdrawn, ReportAccepted
from shared.kernel.event import Event
from tests.support.builders import NOON, a_report, told
from tests.support.intake_builders import a_reinstatement, a_withdrawal, adult_of, at_hour, told_in_time
from tests.support.interleave import Story, Told, story

REPORT = a_report()
RECEIVED = told(REPORT, "report")


def the_concern(told_of: Story[Case]) -> Concern:
    concern = told_of.cases[REPORT.concern_id]
    assert isinstance(concern, Concern)
    return concern


def after(*events: Event) -> Story[Case]:
    return story(service, [RECEIVED, *(told_in_time(event, str(n)) for n, event in enumerate(events))])


def test_a_withdrawn_concern_stays_known_with_who_when_and_why() -> None:
    told_of = after(a_withdrawal(REPORT, decided_at=datetime(2024, 3, 6, 14, 0, tzinfo=timezone(timedelta(hours=1)))))

    assert told_of.facts[-1] == ConcernWithdrawn(
        concern_id=REPORT.concern_id,
        adult_id=adult_of(REPORT),
        reason="recorded-in-error",
        decided_by="worker-1",
        decided_at=at_hour(1),
    )
    assert the_concern(told_of).withdrawn
    assert the_concern(told_of).withdrawals == (
        Withdrawal(Finding("recorded-in-error", "worker-1", datetime(2024, 3, 6, 13, 0, tzinfo=UTC))),
    )


def test_a_reinstated_concern_counts_again_and_its_history_is_kept() -> None:
    told_of = after(a_withdrawal(REPORT), a_reinstatement(REPORT))

    assert told_of.facts[-1] == ConcernReinstated(
        concern_id=REPORT.concern_id,
        adult_id=adult_of(REPORT),
        reason="was-no-error",
        decided_by="worker-2",
        decided_at=at_hour(2),
    )
    assert not the_concern(told_of).withdrawn
    assert the_concern(told_of).withdrawals == (
        Withdrawal(
            Finding("recorded-in-error", "worker-1", at_hour(1)), Finding("was-no-error", "worker-2", at_hour(2))
        ),
    )


def test_a_concern_can_be_withdrawn_again_after_it_was_reinstated() -> None:
    again = a_withdrawal(REPORT, decided_at=at_hour(3), reason="sent-to-the-wrong-council")

    told_of = after(a_withdrawal(REPORT), a_reinstatement(REPORT), again)

    assert the_concern(told_of).withdrawn
    assert [each.found.reason for each in the_concern(told_of).withdrawals] == [
        "recorded-in-error",
        "sent-to-the-wrong-council",
    ]


@pytest.mark.parametrize(
    "events",
    [
        [a_withdrawal(REPORT)],
        [a_withdrawal(REPORT), a_reinstatement(REPORT)],
        [a_withdrawal(REPORT), a_reinstatement(REPORT), a_withdrawal(REPORT, decided_at=at_hour(3))],
    ],
)
def test_the_same_said_again_changes_nothing_however_much_later(events: list[Event]) -> None:
    once, twice = after(*events), after(*events, *events)

    assert twice.cases == once.cases
    assert twice.stated == once.stated
    assert twice.refused == {}
    assert not twice.held


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ([a_withdrawal(REPORT), a_withdrawal(REPORT, reason="test-record")], "withdrawn_already"),
        ([a_withdrawal(REPORT), a_withdrawal(REPORT, decided_by="worker-9")], "withdrawn_already"),
        ([a_withdrawal(REPORT), a_withdrawal(REPORT, decided_at=at_hour(2))], "withdrawn_already"),
        (
            [a_withdrawal(REPORT), a_reinstatement(REPORT), a_withdrawal(REPORT, decided_at=at_hour(2))],
            "later_decision_stands",
        ),
        ([a_withdrawal(REPORT), a_reinstatement(REPORT, decided_at=at_hour(0.9))], "later_decision_stands"),
        (
            [a_withdrawal(REPORT), a_reinstatement(REPORT), a_reinstatement(REPORT, decided_at=at_hour(3))],
            "taken_back_already",
        ),
        ([a_withdrawal(REPORT, decided_at=NOON - timedelta(microseconds=1))], "decided_before_receipt"),
        ([a_reinstatement(REPORT, decided_at=NOON - timedelta(microseconds=1))], "decided_before_receipt"),
    ],
)
def test_what_contradicts_is_refused_and_changes_nothing(events: list[Event], code: str) -> None:
    told_of = after(*events)

    assert told_of.refused == {str(len(events) - 1): (code,)}
    assert told_of.cases == after(*events[:-1]).cases


def test_a_withdrawal_may_be_taken_back_and_decided_at_the_very_moment_of_receipt() -> None:
    told_of = after(a_withdrawal(REPORT, decided_at=NOON), a_reinstatement(REPORT, decided_at=NOON))

    assert told_of.refused == {}
    assert not the_concern(told_of).withdrawn


@pytest.mark.parametrize("event", [a_withdrawal(REPORT), a_reinstatement(REPORT)])
def test_what_lies_in_the_future_is_refused_at_once_before_the_concern_is_known(event: Event) -> None:
    decided_at = NOON + timedelta(minutes=5)

    in_time = story(service, [told(event.model_copy(update={"decided_at": decided_at}))])
    ahead = story(service, [told(event.model_copy(update={"decided_at": decided_at + timedelta(seconds=1)}))])

    assert (in_time.refused_codes, len(in_time.held)) == ((), 1)
    assert (ahead.refused_codes, len(ahead.held)) == (("decided_at_in_the_future",), 0)


def test_taking_back_what_is_not_withdrawn_waits_for_the_withdrawal() -> None:
    told_of = after(a_reinstatement(REPORT))

    assert len(told_of.held) == 1
    assert told_of.refused == {}


def test_a_resend_of_a_withdrawn_report_gets_its_receipt() -> None:
    told_of = after(a_withdrawal(REPORT), REPORT)

    assert isinstance(told_of.facts[-1], ReportAccepted)
    assert told_of.facts[-1].again
    assert the_concern(told_of).withdrawn


def test_a_report_its_withdrawal_and_the_taking_back_end_the_same_in_every_order() -> None:
    events = [RECEIVED, told_in_time(a_withdrawal(REPORT), "2"), told_in_time(a_reinstatement(REPORT), "3")]
    expected = story(service, events)
    assert [type(fact) for fact in expected.facts] == [
        ReportAccepted, ConcernReceived, ConcernWithdrawn, ConcernReinstated,
    ]  # fmt: skip

    for order in permutations(events):
        told_of = story(service, order)
        assert set(told_of.stated) == set(expected.stated)
        assert told_of.cases == expected.cases
        assert not told_of.held


@st.composite
def decisions(draw: st.DrawFn) -> list[Told]:
    kinds = draw(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), max_size=7))
    return [
        told_in_time((a_withdrawal if withdraws else a_reinstatement)(REPORT, decided_at=at_hour(hour)), str(n))
        for n, (withdraws, hour) in enumerate(kinds)
    ]


@settings(deadline=None, max_examples=300)
@given(decisions())
def test_what_stands_is_a_function_of_what_was_accepted_and_the_last_of_it_decides(events: list[Told]) -> None:
    """The oracle sorts the facts by when they were decided, and of one instant the taking back is the later."""
    told_of = story(service, [RECEIVED, *events])

    facts = [fact for fact in told_of.facts if isinstance(fact, ConcernWithdrawn | ConcernReinstated)]
    by_time = sorted(facts, key=lambda fact: (fact.decided_at, isinstance(fact, ConcernReinstated)))
    concern = the_concern(told_of)
    assert facts == by_time
    assert [isinstance(fact, ConcernWithdrawn) for fact in facts] == [n % 2 == 0 for n in range(len(facts))]
    assert concern.withdrawn == (bool(by_time) and isinstance(by_time[-1], ConcernWithdrawn))
    assert [at for each in concern.withdrawals for at in (each.found, each.taken_back) if at is not None] == [
        Finding(fact.reason, fact.decided_by, fact.decided_at) for fact in facts
    ]

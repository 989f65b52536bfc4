"""Work on an enquiry may wait, one suspension at a time."""

from datetime import timedelta

import pytest

from shared.kernel.event import Event
from tests.support.course_builders import (
    a_resumption,
    a_suspension,
    after,
    days,
    enquiry_of,
    suspension_id,
    types,
)
from tests.support.enquiry_builders import LATER, a_closure_approval, a_proposal

AGAIN = a_suspension("B", suspended_at=days(5))


def test_a_suspension_and_a_resumption_are_stated() -> None:
    suspended = after(a_suspension(), a_resumption())
    assert types(suspended) == ["opened", "suspension-noted", "resumption-noted"]
    assert not enquiry_of(suspended).course.suspended
    assert enquiry_of(after(a_suspension())).course.suspended


def test_an_enquiry_may_be_suspended_again_after_it_was_resumed() -> None:
    again = after(a_suspension(), a_resumption(), AGAIN, a_resumption("B", resumed_at=days(6)))
    assert again.refused == {}
    assert [one.suspension_id for one in enquiry_of(again).course.suspensions] == [
        suspension_id("A"),
        suspension_id("B"),
    ]


@pytest.mark.parametrize(
    "events",
    [
        (a_suspension(), AGAIN),
        (AGAIN, a_suspension()),
        (a_suspension(), a_resumption(), a_suspension("B", suspended_at=days(4.9))),
    ],
)
def test_a_second_suspension_while_one_is_open_is_refused(events: tuple[Event, ...]) -> None:
    assert after(*events).refused_codes == ("already_suspended",)


def test_a_resumption_waits_for_its_suspension() -> None:
    assert len(after(a_resumption()).held) == 1
    late, lawful = after(a_resumption(), a_suspension()), after(a_suspension(), a_resumption())
    assert late.held == []
    assert enquiry_of(late) == enquiry_of(lawful)


def test_the_same_again_changes_nothing() -> None:
    both = a_suspension(), a_resumption()
    assert types(after(*both, *both)) == types(after(*both))
    closed = after(*both, a_proposal(), a_closure_approval(), *both)
    assert closed.refused == {}


@pytest.mark.parametrize(
    ("events", "code"),
    [
        ((a_suspension(suspended_at=LATER + timedelta(minutes=6)),), "suspended_at_in_the_future"),
        ((a_suspension(suspended_at=days(-1)),), "suspended_at_too_early"),
        ((a_suspension(), a_suspension(reason="other")), "suspension_id_used"),
        ((a_resumption(resumed_at=LATER + timedelta(minutes=6)),), "resumed_at_in_the_future"),
        ((a_suspension(), a_resumption(resumed_at=days(1))), "resumed_at_too_early"),
        ((a_suspension(), a_resumption(), a_resumption(resumed_at=days(6))), "already_resumed"),
    ],
)
def test_what_cannot_be_is_refused(events: tuple[Event, ...], code: str) -> None:
    assert after(*events).refused_codes == (code,)


def test_nothing_waits_for_ever_at_a_concluded_enquiry() -> None:
    closed = after(a_resumption("X"), a_proposal(), a_closure_approval(), a_suspension())
    assert closed.held == []
    assert closed.refused_codes == ("enquiry_concluded", "enquiry_concluded")


def test_a_suspended_enquiry_is_not_closed_before_it_is_resumed() -> None:
    suspended = after(a_suspension(), a_proposal(), a_closure_approval())
    assert suspended.refused_codes == ("enquiry_suspended",)
    resumed = after(a_suspension(), a_proposal(), a_resumption(), a_closure_approval())
    assert types(resumed)[-1] == "concluded"

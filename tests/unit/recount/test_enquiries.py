"""What is taken of an enquiry's records, what keeps it open, and when it is concluded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.support.recounted import About, Line, an_id, instant, told

A = About("a")
START = A.started("2023-05-01")
END = A.concluded("2023-06-30")


def concluded(*lines: Line) -> datetime | None:
    return told([*START, *lines]).enquiries.of[A.enquiry_id].concluded_at


def is_closed(*lines: Line) -> bool:
    return concluded(*lines, *END) is not None


def test_an_enquiry_is_concluded_when_somebody_else_approved() -> None:
    at = concluded(*END)

    assert at is not None
    assert at.isoformat() == "2023-06-30T16:00:00+00:00"
    assert concluded(A.proposed("2023-06-30")) is None


def test_records_wait_for_their_enquiry_and_for_each_other() -> None:
    early = [A.closed("2023-04-01", approved_at=instant("2023-05-03")) | {"time": instant("2023-05-03")}]
    lines = [*early, A.proposed("2023-05-04", proposed_at=instant("2023-05-02")), *A.started("2023-05-01")]

    assert told(lines).enquiries.of[A.enquiry_id].concluded_at is not None


@pytest.mark.parametrize(
    "more",
    [
        {"approved_by": "Worker"},
        {"role": "social_worker"},
        {"approved_at": instant("2023-06-29")},
        {"approved_at": instant("2023-07-05")},
        {"concern_id": an_id("another")},
    ],
)
def test_an_approval_is_by_another_person_who_may_at_a_time_that_can_be(more: dict[str, Any]) -> None:
    assert concluded(A.proposed("2023-06-30"), A.closed("2023-07-01", **more)) is None


def test_a_proposal_is_not_from_before_the_start() -> None:
    assert concluded(A.proposed("2023-06-30", proposed_at=instant("2023-04-30")), A.closed("2023-07-01")) is None


def test_a_later_proposal_names_the_last_and_takes_its_place() -> None:
    first, second = A.proposed("2023-06-01"), A.proposed("2023-06-02", name="b", after="end")

    assert concluded(first, second, A.closed("2023-06-03")) is None
    assert concluded(first, second, A.closed("2023-06-03", name="b")) is not None
    assert concluded(first, A.proposed("2023-06-02", name="b"), A.closed("2023-06-03", name="b")) is None
    assert concluded(A.proposed("2023-06-01", name="b", after="b"), A.closed("2023-06-03", name="b")) is None
    waiting = A.proposed("2023-05-31", name="b", after="end")
    assert concluded(waiting, first, A.closed("2023-06-03", name="b")) is not None


def test_a_returned_proposal_is_not_approved_and_the_next_one_is() -> None:
    back = A.returned("2023-06-02")
    lines = [A.proposed("2023-06-01"), back]

    assert concluded(*lines, A.closed("2023-06-03")) is None
    assert concluded(*lines, A.proposed("2023-06-03", name="b", after="end"), A.closed("2023-06-04", name="b"))
    assert concluded(A.proposed("2023-06-01"), A.returned("2023-06-02", returned_by="worker"), A.closed("2023-06-03"))
    assert concluded(A.proposed("2023-06-01"), A.returned("2023-06-02", role="worker"), A.closed("2023-06-03"))


def test_a_proposal_that_was_superseded_may_be_returned_all_the_same() -> None:
    lines = [A.proposed("2023-06-01"), A.proposed("2023-06-02", name="b", after="end"), A.returned("2023-06-03")]

    assert concluded(*lines, A.closed("2023-06-04", name="b")) is not None


def test_a_return_waits_for_its_proposal_and_is_one_however_often_it_is_sent() -> None:
    early = A.returned("2023-05-31", returned_at=instant("2023-05-30"))
    proposed = A.proposed("2023-06-01", proposed_at=instant("2023-05-29"))
    again = A.proposed("2023-06-03", name="b", after="end")

    assert concluded(early, proposed, A.closed("2023-06-03")) is None
    assert concluded(proposed, early, A.returned("2023-06-02"), again, A.closed("2023-06-04", name="b")) is not None


def test_a_reopened_enquiry_is_open_until_another_proposal_is_approved() -> None:
    lines = [*END, A.reopened("2023-07-10")]
    again = A.proposed("2023-07-11", name="b", after="end")

    assert concluded(*lines) is None
    assert concluded(*lines, A.closed("2023-07-12")) is None
    at = concluded(*lines, again, A.closed("2023-07-12", name="b"))
    assert at is not None
    assert at.month == 7
    assert concluded(*lines, again, A.closed("2023-07-12", name="b"), A.reopened("2023-07-13")) is not None


@pytest.mark.parametrize(
    "more", [{"role": "worker"}, {"decided_at": instant("2023-06-29")}, {"closure_id": an_id("x")}]
)
def test_only_a_manager_reopens_what_is_concluded(more: dict[str, Any]) -> None:
    assert concluded(*END, A.reopened("2023-07-10", **more)) is not None


def test_a_correction_takes_the_conclusion_with_it() -> None:
    away = [A.decided("2023-07-01", "not_met", name="b", after="first"), A.approved("2023-07-02", name="b")]
    back = [A.decided("2023-07-03", name="c", after="b"), A.approved("2023-07-04", name="c")]
    again = [A.proposed("2023-07-06", name="d", after="end"), A.closed("2023-07-07", name="d")]

    assert concluded(*END, *away) is None
    assert concluded(*END, *away, *back) is None
    assert concluded(*END, *away, *back, A.closed("2023-07-05")) is None
    assert concluded(*END, *away, *back, *again) is not None
    assert concluded(*END, *away, A.proposed("2023-07-02T14:00:00", name="d", after="end"), *back,
                     A.closed("2023-07-07", name="d")) is None  # fmt: skip


def plan(at: str, name: str = "plan", **more: Any) -> Line:
    actions = [{"action_id": each, "what": "w", "owner": "o", "due_on": "2023-08-01"} for each in ("one", "two")]
    known: dict[str, Any] = {"plan_id": an_id(name), "actions": actions, "made_by": "worker"}
    return A.record("plan-made", at, "made_at", **(known | more))


def plan_approved(at: str, name: str = "plan", **more: Any) -> Line:
    known = {"plan_id": an_id(name), "approved_by": "chief", "role": "manager"}
    return A.record("plan-approved", at, "approved_at", **(known | more))


def ended(at: str, action: str, name: str = "plan", *, done: bool = True, **more: Any) -> Line:
    known: dict[str, Any] = {"plan_id": an_id(name), "action_id": action, "done": done, "recorded_by": "x"}
    return A.record("plan-action-ended", at, "ended_at", **(known | more))


NOT_DONE: dict[str, Any] = {"done": False, "reason": "moved_away"}


def test_a_plan_that_waits_for_approval_keeps_an_enquiry_open_unless_it_was_given_up() -> None:
    assert not is_closed(plan("2023-05-10"))
    assert not is_closed(plan("2023-05-10"), plan_approved("2023-05-11", approved_by="WORKER"))
    assert not is_closed(plan("2023-05-10"), plan_approved("2023-05-11", role="worker"))
    assert not is_closed(plan("2023-05-10"), ended("2023-05-11", "one", **NOT_DONE), ended("2023-05-11", "two"))
    given_up = [ended("2023-05-11", "one", **NOT_DONE), ended("2023-05-11", "two", **NOT_DONE)]
    assert is_closed(plan("2023-05-10"), *given_up)


def test_an_open_action_of_the_plan_in_force_keeps_an_enquiry_open() -> None:
    made = [plan("2023-05-10"), plan_approved("2023-05-11")]

    assert not is_closed(*made)
    assert not is_closed(*made, ended("2023-05-12", "one"), ended("2023-05-12", "three"))
    assert not is_closed(*made, ended("2023-05-12", "one"), ended("2023-05-12", "two", done=False))
    assert not is_closed(*made, ended("2023-05-12", "one"), ended("2023-05-12", "two", ended_at=instant("2023-05-09")))
    assert is_closed(*made, ended("2023-05-12", "one"), ended("2023-05-12", "two"))


def test_until_a_later_plan_is_approved_the_one_before_it_stays_in_force() -> None:
    first = [plan("2023-05-10"), plan_approved("2023-05-11")]
    later = plan("2023-05-20", "later", supersedes=an_id("plan"), made_at=instant("2023-05-20"))
    done = [ended("2023-05-21", "one", "later"), ended("2023-05-21", "two", "later")]

    assert not is_closed(*first, later, *done)
    assert is_closed(*first, later, *done, plan_approved("2023-05-22", "later"))
    assert not is_closed(later, *first, *done)
    assert is_closed(
        plan("2023-05-10"), later, *done, plan_approved("2023-05-22"), plan_approved("2023-05-22", "later")
    )


def test_a_plan_under_the_id_of_another_is_none_and_an_action_waits_for_its_plan() -> None:
    done = [ended("2023-05-09", action, ended_at=instant("2023-05-09")) for action in ("one", "two")]
    other = plan("2023-05-12", actions=[{"action_id": "three", "what": "w", "owner": "o", "due_on": "2023-08-01"}])

    assert is_closed(*done, plan("2023-05-10", made_at=instant("2023-05-08")), other, plan_approved("2023-05-13"))


@pytest.mark.parametrize(
    "more",
    [
        {"actions": [{"action_id": "a", "what": "w", "owner": "o", "due_on": "2023-05-09"}]},
        {"actions": [{"action_id": "a", "what": "w", "owner": "o", "due_on": "2023-08-01"}] * 2},
        {"supersedes": an_id("plan")},
    ],
)
def test_a_plan_that_contradicts_itself_is_none(more: dict[str, Any]) -> None:
    assert is_closed(plan("2023-05-10", **more))


def caused(at: str, **more: Any) -> Line:
    known = {"cause_id": an_id("cause"), "body": "hospital", "due_on": "2023-06-01", "caused_by": "x"}
    return A.record("caused", at, "caused_at", **(known | more))


def answered(at: str, *, satisfactory: bool, **more: Any) -> Line:
    known: dict[str, Any] = {"cause_id": an_id("cause"), "satisfactory": satisfactory, "recorded_by": "x"}
    return A.record("caused-returned", at, "returned_at", **(known | ({} if satisfactory else {"reason": "r"}) | more))


def test_what_another_body_was_caused_to_do_keeps_an_enquiry_open_until_it_satisfies() -> None:
    made = caused("2023-05-10")
    good, bad = answered("2023-05-20", satisfactory=True), answered("2023-05-25", satisfactory=False)

    assert not is_closed(made)
    assert is_closed(made, good)
    assert not is_closed(made, good, bad)
    assert is_closed(made, bad, answered("2023-05-26", satisfactory=True))
    assert not is_closed(made, bad, answered("2023-05-27", satisfactory=True, returned_at=instant("2023-05-24")))
    assert not is_closed(made, answered("2023-05-20", satisfactory=True, due_on="2023-06-01"))
    assert not is_closed(made, answered("2023-05-20", satisfactory=True, returned_at=instant("2023-05-09")))
    assert is_closed(answered("2023-05-09", satisfactory=True, returned_at=instant("2023-05-09")),
                     caused("2023-05-10", caused_at=instant("2023-05-08")))  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [
        {"under_suspicion": "yes"},
        {"due_on": "2023-05-09"},
        {"caused_at": instant("2023-04-30"), "due_on": "2023-06-01"},
    ],
)
def test_a_cause_that_could_not_be_is_none(more: dict[str, Any]) -> None:
    assert is_closed(caused("2023-05-10", **more))


def chased(at: str, **more: Any) -> Line:
    return A.record("caused-chased", at, "chased_at", **({"cause_id": an_id("cause"), "chased_by": "x"} | more))


@pytest.mark.parametrize(
    ("lines", "due_on"),
    [
        ([], (6, 1)),
        ([chased("2023-05-20")], (6, 1)),
        ([chased("2023-05-20", due_on="2023-06-10")], (6, 10)),
        ([chased("2023-05-20", due_on="2023-05-19")], (6, 1)),
        ([chased("2023-05-20", due_on="2023-06-10", chased_at=instant("2023-05-09"))], (6, 1)),
        ([chased("2023-05-20", due_on="2023-06-10"), chased("2023-05-21", due_on="2023-05-30")], (5, 30)),
        ([chased("2023-05-20", due_on="2023-06-10"), answered("2023-05-30", satisfactory=False)], (6, 6)),
        ([answered("2023-05-30", satisfactory=False, due_on="2023-06-20")], (6, 20)),
        ([answered("2023-05-30", satisfactory=True)], (6, 1)),
    ],
)
def test_others_owe_an_answer_on_the_day_that_was_set_last(lines: list[Line], due_on: tuple[int, int]) -> None:
    (only,) = told([*START, caused("2023-05-10"), *lines]).enquiries.of[A.enquiry_id].ends.caused.values()

    assert (only.due_on.month, only.due_on.day) == due_on


def reasons(*lines: Line) -> list[set[str]]:
    return [set(why) for why in told([*START, *lines]).refused.values()]


def test_what_is_refused_is_refused_for_every_reason_there_is() -> None:
    end, closed, other = A.proposed("2023-06-01"), A.closed("2023-06-02"), an_id("other")
    early = A.closed("2023-06-02", approved_by="WORKER", approved_at=instant("2023-05-20"))

    assert reasons(end, closed, A.closed("2023-06-03")) == [{"enquiry_concluded"}]
    assert reasons(caused("2023-05-10"), end, early) == [
        {"caused_enquiry_unanswered", "same_person", "approved_at_too_early"}
    ]
    assert reasons(A.closed("2023-06-02", role="clerk", concern_id=other)) == [
        {"role_may_not_approve", "concern_of_another_enquiry"}
    ]


def test_the_same_again_is_no_news_and_something_else_under_its_id_is_refused() -> None:
    end, closed = A.proposed("2023-06-01"), A.closed("2023-06-02")

    assert reasons(end, end | {"id": "again"}, closed, closed | {"id": "again"}) == []
    assert reasons(end, A.proposed("2023-06-01", reason="another")) == [{"closure_id_used"}]
    assert reasons(end, closed, A.proposed("2023-06-01", reason="another")) == [{"closure_id_used"}]


def referred(at: str, **more: Any) -> Line:
    known: dict[str, Any] = {"referral_id": an_id("police"), "to": "police", "goes_first": True, "referred_by": "x"}
    return A.record("referral-made", at, "referred_at", **(known | more))


def heard(at: str, answer: str, **more: Any) -> Line:
    known = {"referral_id": an_id("police"), "answer": answer, "recorded_by": "x"}
    return A.record("referral-answered", at, "answered_at", **(known | more))


def test_a_police_enquiry_that_goes_first_keeps_an_enquiry_open_until_it_is_over() -> None:
    made, taken = referred("2023-05-10"), heard("2023-05-11", "accepted")

    assert is_closed(made)
    assert not is_closed(made, taken)
    assert is_closed(made, heard("2023-05-11", "declined"))
    assert is_closed(made, taken, heard("2023-05-12", "ended"))
    assert is_closed(heard("2023-05-09", "ended", answered_at=instant("2023-05-09")), made,
                     heard("2023-05-12", "accepted", answered_at=instant("2023-05-10"))) is False  # fmt: skip
    assert is_closed(referred("2023-05-10", goes_first=False), taken)
    assert is_closed(referred("2023-05-10", to="childrens_services"), taken)
    assert not is_closed(made, taken, heard("2023-05-12", "declined"))


def suspended(at: str, name: str = "pause", **more: Any) -> Line:
    known = {"suspension_id": an_id(name), "reason": "r", "suspended_by": "x"}
    return A.record("suspended", at, "suspended_at", **(known | more))


def resumed(at: str, name: str = "pause", **more: Any) -> Line:
    return A.record("resumed", at, "resumed_at", **({"suspension_id": an_id(name), "resumed_by": "x"} | more))


def test_a_suspended_enquiry_is_not_closed_before_it_is_resumed() -> None:
    assert not is_closed(suspended("2023-05-10"))
    assert is_closed(suspended("2023-05-10"), resumed("2023-05-12"))
    assert not is_closed(suspended("2023-05-10"), resumed("2023-05-12", resumed_at=instant("2023-05-09")))
    assert is_closed(suspended("2023-05-10"), suspended("2023-05-11", "another"), resumed("2023-05-12"))
    assert is_closed(suspended("2023-05-10", suspended_at=instant("2023-04-30")))
    assert is_closed(
        suspended("2023-05-10"), resumed("2023-05-14"), suspended("2023-05-15", "b", suspended_at=instant("2023-05-13"))
    )


def stood(*lines: Line) -> dict[str, Any]:
    return told([*START, *lines, *END]).enquiries.of[A.enquiry_id].stood


def test_of_what_the_adult_wants_the_last_answer_stands() -> None:
    assert stood()["asked"] is None
    assert stood(A.asked("2023-05-10", "dont_know"), A.asked("2023-05-09", "expressed", "home"))["asked"] == "dont_know"
    assert stood(A.asked("2023-05-10", "not_asked", reason_not_asked="r"))["asked"] == "not_asked"


@pytest.mark.parametrize(
    ("answer", "wishes", "more"),
    [
        ("expressed", (), {}),
        ("expressed", ("a", "a"), {}),
        ("none_expressed", ("a",), {}),
        ("expressed", ("a",), {"asked_of": None}),
        ("not_asked", (), {}),
        ("not_asked", (), {"reason_not_asked": "r", "asked_of": "adult"}),
        ("dont_know", (), {"reason_not_asked": "r"}),
    ],
)
def test_an_asking_that_contradicts_itself_is_none(answer: str, wishes: tuple[str, ...], more: dict[str, Any]) -> None:
    assert stood(A.asked("2023-05-10", answer, *wishes, **more))["asked"] is None


@pytest.mark.parametrize(
    ("degrees", "overall"),
    [
        ({"a": "fully", "b": "fully"}, "fully"),
        ({"a": "fully", "b": "not"}, "partially"),
        ({"a": "not", "b": "not"}, "not"),
        ({"a": "partially", "b": "partially"}, "partially"),
        ({"a": "fully"}, None),
        ({"a": "fully", "b": "fully", "c": "fully"}, None),
    ],
)
def test_every_outcome_expressed_is_assessed_and_no_other(degrees: dict[str, str], overall: str | None) -> None:
    assert (
        stood(A.asked("2023-05-10", "expressed", "a", "b"), A.achieved("2023-06-10", **degrees))["achieved"] == overall
    )


def test_an_outcome_named_after_the_assessment_leaves_it_open() -> None:
    lines = [A.asked("2023-05-10", "expressed", "a", "b"), A.achieved("2023-06-10", a="fully", b="fully")]

    assert stood(*lines, A.asked("2023-06-11", "expressed", "a"))["achieved"] == "fully"
    assert stood(*lines, A.asked("2023-06-11", "expressed", "c"))["achieved"] is None
    assert stood(*lines, A.asked("2023-06-11", "none_expressed"))["achieved"] is None
    assert stood(A.achieved("2023-05-09", a="fully"), A.asked("2023-05-10", "expressed", "a"))["achieved"] == "fully"


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        ([], None),
        ([A.capacity("2023-05-10", "has"), A.capacity("2023-05-11", "lacks")], "lacks"),
        ([A.capacity("2023-05-11", "has"), A.capacity("2023-05-10", "lacks")], "has"),
        ([A.capacity("2023-05-11", "has"), A.capacity("2023-05-10", "lacks", "money")], "lacks"),
        (
            [A.capacity("2023-05-11", "not_known"), A.capacity("2023-05-10", "not_determined", "money")],
            "not_determined",
        ),
        ([A.capacity("2023-05-10", "has", name="c"), A.capacity("2023-05-11", "lacks", name="c")], "has"),
    ],
)
def test_capacity_is_lacking_where_it_is_in_one_matter_by_its_last_assessment(
    lines: list[Line], answer: str | None
) -> None:
    assert stood(*lines)["capacity"] == answer


def test_it_is_known_for_which_matters_capacity_is_lacking() -> None:
    lines = [A.capacity("2023-05-10", "lacks", matter) for matter in ("money", "contact")]

    assert stood(*lines, A.capacity("2023-05-11", "has"))["lacking"] == ["money"]
    assert stood(*lines)["lacking"] == ["contact", "money"]


def test_who_supports_the_adult_is_what_was_recorded_last_and_fits_the_offer() -> None:
    assert stood(A.support("2023-05-10", "declined", "friend"))["support"] == ["friend"]
    assert (
        stood(A.support("2023-05-10", "accepted", "care_act_advocate"), A.support("2023-05-11", "declined"))["support"]
        == []
    )
    assert stood(A.support("2023-05-10", "accepted", "friend"))["support"] == []
    assert stood(A.support("2023-05-10", "declined", "care_act_advocate"))["support"] == []


@pytest.mark.parametrize(
    ("lines", "became"),
    [
        ([A.risk("2023-05-10"), A.outcome("2023-05-11")], "reduced"),
        ([A.outcome("2023-05-09"), A.risk("2023-05-10")], "reduced"),
        ([A.risk("2023-05-10"), A.outcome("2023-05-11"), A.outcome("2023-05-12", "removed")], "removed"),
        ([A.risk("2023-05-10", "not_identified_action"), A.outcome("2023-05-11")], None),
        ([A.risk("2023-05-10"), A.outcome("2023-05-11"), A.risk("2023-05-12", "inconclusive_action")], None),
        (
            [
                A.risk("2023-05-10"),
                A.outcome("2023-05-11"),
                A.risk("2023-05-12", "inconclusive_action"),
                A.risk("2023-05-13"),
            ],
            None,
        ),
        ([A.risk("2023-05-10"), A.outcome("2023-05-11"), A.risk("2023-05-12", "identified_no_action")], "reduced"),
        ([A.risk("2023-05-10"), A.outcome("2023-05-11", "removed", adults_choice=True)], None),
        ([A.risk("2023-05-10", risks=[]), A.outcome("2023-05-11")], None),
    ],
)
def test_an_outcome_stands_while_every_assessment_since_identifies_a_risk(
    lines: list[Line], became: str | None
) -> None:
    assert stood(*lines)["outcome"] == became


def test_what_stood_at_the_conclusion_is_counted_and_nothing_later() -> None:
    lines = [*START, A.asked("2023-05-10", "dont_know"), *END, A.asked("2023-07-01", "none_expressed")]

    assert told(lines).enquiries.of[A.enquiry_id].stood["asked"] == "dont_know"


def died(at: str, on: str, **more: Any) -> Line:
    return A.record(
        "death-recorded", at, "recorded_at", **({"died_on": on, "review_considered": "no", "recorded_by": "x"} | more)
    )


def deaths(*lines: Line) -> list[tuple[str, int | None]]:
    return [(each.died_on.isoformat(), each.age) for each in told([*START, *lines]).enquiries.of[A.enquiry_id].deaths]


def test_there_is_one_death_on_one_day_at_one_age() -> None:
    first = died("2023-05-10", "2023-05-09", age_at_death=80)

    assert deaths(first, died("2023-05-11", "2023-05-08")) == [("2023-05-09", 80)]
    assert deaths(first, died("2023-05-11", "2023-05-09", age_at_death=81)) == [("2023-05-09", 80)]
    assert deaths(first, died("2023-05-11", "2023-05-09")) == [("2023-05-09", 80), ("2023-05-09", None)]
    assert deaths(died("2023-05-10", "2023-05-11")) == []

"""The duty list: what is refused, set aside or not read stands there until a person has dealt with it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.intake.cases import Case, Concern, DutyItem, DutyKind, NoConcern, duty_of
from services.intake.duty import ITEMS_MOST, put
from services.intake.figures import marks
from services.intake.service import service as intake
from services.intake.views import _on_duty
from shared.chassis.delivery.deciding.casework import Casework
from shared.chassis.delivery.records.wire import Wire
from shared.contracts.doors import concern_id_of
from shared.kernel.identity import derived
from tests.support.casework import begun, drained
from tests.support.reports import BY_NAME, ROWS, Row, headers_of
from tests.unit.chassis.records import NOON, record

DEALT = "safeguarding.duty.dealt-with.v1"
CHILD = BY_NAME["under-18-and-wrong-enum"]


def taken(*records: Any) -> Casework[Case]:
    wire, work = Wire(intake, "", driven=False, test_numbers=True), begun(intake)
    for one in records:
        work.take(wire.read(one))
    return work


def standing(work: Casework[Case]) -> list[DutyItem]:
    return [item for key in work.cases.states for item in duty_of(work.cases.states, key)]


def dealing(item: DutyItem, case: Any, name: str = "d", minutes: int = 5, **changes: Any) -> Any:
    at = NOON + timedelta(minutes=minutes)
    fields = {
        "case_id": str(case), "item_id": str(item.item_id), "how": "childrens_services", "decided_by": "worker-1",
        "decided_at": at.isoformat(),
    }  # fmt: skip
    return record(DEALT, name, fields | changes, at)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_refused_or_set_aside_stands_on_it_and_nothing_else(row: Row) -> None:
    found = standing(taken(row.record))

    told = {code.partition("@")[0] for code in (*row.remarks, *row.codes)}
    long = row.aside and not told - {"read_as", "control_characters", "reference_missing", "sender_form"}
    if row.answer == "refused" or (row.aside and not long and row.name != "set-aside-by-its-sender"):
        (item,) = found
        assert item.kind == (DutyKind.REFUSED if row.answer == "refused" else DutyKind.SET_ASIDE)
        assert set(item.why) <= told
        assert item.child == bool(told & {"under_18", "possibly_under_18"})
        assert item.place == f"concern-reports/0/{row.record.offset}"
        assert (item.since, item.dealt) == (NOON, None)
    else:
        assert found == []


def test_it_names_sender_and_reference_and_holds_nothing_that_was_written() -> None:
    (item,) = standing(taken(CHILD.record))

    assert (item.sender, item.reference, item.why) == ("northmere-ems", "r16", ("under_18", "read_as"))
    kept = msgspec.json.encode(standing(taken(*(row.record for row in ROWS)))).decode()
    for word in ("bruises", "Invented", "2019-01-01", "nursing", "P1", "Coventry"):
        assert word not in kept


@pytest.mark.parametrize(
    ("value", "key", "whose"),
    [
        (b'{"sender": "wmas", "reference": "A-17", "narr', None, ("wmas", "A-17")),
        (b"\xff\xfe\x00", b"wmas/A-17", ("wmas", "A-17")),
        (b"no JSON", None, ("", "")),
        (None, None, ("", "")),
    ],
)
def test_what_cannot_be_read_stands_on_it_with_what_is_legible(
    value: bytes | None, key: bytes | None, whose: tuple[str, str]
) -> None:
    made = CHILD.record._replace(value=value, key=key, headers=[])
    work = taken(made, made._replace(offset=made.offset + 1))

    found = standing(work)
    assert {(item.sender, item.reference) for item in found} == {whose}
    assert sum(item.times for item in found) == 2
    assert all(item.kind is DutyKind.UNREADABLE for item in found)
    assert (concern_id_of("wmas", "A-17") in work.cases.states) == bool(whose[0])


def test_a_correction_takes_nothing_off_the_list() -> None:
    corrected = CHILD.data | {"adult": {"name": "Invented Person"}, "source": "care_home"}
    again = CHILD.record._replace(value=json.dumps(corrected).encode(), headers=headers_of("corrected"), offset=900)
    work = taken(CHILD.record, again)

    case = work.cases.states[concern_id_of("northmere-ems", "r16")]
    assert isinstance(case, Concern)
    assert [item.kind for item in case.duty] == [DutyKind.REFUSED]
    assert list(marks(derived("x"), case)) == ["accepted northmere-ems", "duty", "child"]


def test_whoever_deals_with_it_is_named_and_it_waits_no_more() -> None:
    case = concern_id_of("northmere-ems", "r16")
    work = taken(CHILD.record)
    (item,) = standing(work)
    drained(work)
    work.take(Wire(intake, "", driven=False).read(dealing(item, case)))

    (fact,) = drained(work)
    said = json.loads(fact.value)
    assert (fact.topic, said["how"], said["decided_by"]) == ("receipts", "childrens_services", "worker-1")
    kept = work.cases.states[case]
    (row,) = _on_duty(case, kept)
    assert (row["waits"], row["waits_since"], row["how"], row["dealt_by"]) == (
        False, None, "childrens_services", "worker-1",
    )  # fmt: skip
    assert list(marks(case, kept)) == []


@pytest.mark.parametrize(
    ("changes", "minutes", "code"),
    [
        ({}, 5, None),
        ({"decided_by": "worker-2"}, 5, "dealt_with_already"),
        ({"decided_at": (NOON + timedelta(days=1)).isoformat()}, 5, "decided_at_in_the_future"),
        ({"how": "forgotten"}, 5, "value_of_no_list"),
    ],
)
def test_a_decision_is_taken_strictly_and_once(changes: dict[str, str], minutes: int, code: str | None) -> None:
    case = concern_id_of("northmere-ems", "r16")
    work = taken(CHILD.record)
    (item,) = standing(work)
    wire = Wire(intake, "", driven=False)
    work.take(wire.read(dealing(item, case)))
    drained(work)
    work.take(wire.read(dealing(item, case, "again", minutes, **changes)))

    answers = [json.loads(fact.value) for fact in drained(work) if fact.topic == "receipts"]
    assert [[one["code"] for one in said["reasons"]] for said in answers] == ([[code]] if code else [])
    (still,) = standing(work)
    assert still.dealt is not None
    assert still.dealt.decided_by == "worker-1"


def test_that_it_is_dealt_with_may_be_heard_of_before_the_report_itself() -> None:
    """Two doors overtake each other; the outcome is the same (delivery rule 8)."""
    case = concern_id_of("northmere-ems", "r16")
    (item,) = standing(taken(CHILD.record))
    early, late = taken(dealing(item, case), CHILD.record), taken(CHILD.record, dealing(item, case))

    assert early.cases.states == late.cases.states
    assert standing(early)[0].dealt is not None
    assert [fact.value for fact in drained(early) if b"settled" in dict(fact.headers)["ce_type"]] == [
        fact.value for fact in drained(late) if b"settled" in dict(fact.headers)["ce_type"]
    ]


def test_what_came_since_somebody_looked_is_not_dealt_with_unseen() -> None:
    case, wire = concern_id_of("northmere-ems", "r16"), Wire(intake, "", driven=False)
    later = CHILD.record._replace(headers=headers_of("later"), offset=901, timestamp=CHILD.record.timestamp + 600_000)
    work = taken(CHILD.record, later)
    (item,) = standing(work)
    assert item.times == 2
    drained(work)
    work.take(wire.read(dealing(item, case)))

    (answer,) = drained(work)
    assert [one["code"] for one in json.loads(answer.value)["reasons"]] == ["more_came_since"]
    work.take(wire.read(dealing(item, case, "looked again", 11)))
    (item,) = standing(work)
    assert item.dealt is not None
    after = CHILD.record._replace(headers=headers_of("after"), offset=902, timestamp=CHILD.record.timestamp + 900_000)
    work.take(wire.read(after))
    assert [one.dealt is None for one in standing(work)] == [False, True], "what comes after that stands anew"


def test_one_sender_makes_no_list_of_thousands() -> None:
    items: tuple[DutyItem, ...] = ()
    for number in range(3 * ITEMS_MOST):
        item = DutyItem(
            derived(str(number)), DutyKind.UNREADABLE, NOON, NOON, f"d/{number % 2}/{number}", ("json_invalid",)
        )
        items = put(put(items, item), item)

    assert len(items) == ITEMS_MOST
    assert sum(item.times for item in items) == 3 * ITEMS_MOST, "each counted once, however often it is read"
    assert items[-1].place == f"d/1/{3 * ITEMS_MOST - 1}"


def test_a_record_that_is_read_again_stands_there_once() -> None:
    broken = CHILD.record._replace(value=b"no JSON", key=None, headers=[])

    assert len(standing(taken(broken, broken))) == 1


def test_what_broke_a_service_stands_there_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("services.intake.decisions.considered", breaks)
    work = taken(BY_NAME["unknown-source"].record)

    (item,) = standing(work)
    assert (item.why, item.reference) == (("internal_error",), "r5")
    assert isinstance(next(iter(work.cases.states.values())), NoConcern)


def test_what_is_too_large_stands_there_too() -> None:
    large = json.dumps(CHILD.data | {"adult": {"name": "Invented Person"}, "narrative": "He fell. " * 130_000}).encode()

    (item,) = standing(taken(CHILD.record._replace(value=large)))
    assert (item.why, item.reference) == (("too_large",), "r16")

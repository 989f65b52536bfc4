"""Whatever a report says: nothing optional loses a concern, and its sender is told everything in one answer."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.intake.service import service as intake
from shared.chassis.delivery.records.reasons import _WRONG
from shared.chassis.delivery.records.wire import Arrival, Fact, Unread, Wire
from shared.contracts.doors import concern_id_of
from tests.support.casework import begun, drained
from tests.support.reports import BY_NAME, NOON_MS, ROWS, SOURCE, Row
from tests.unit.chassis.records import record

EVERY_ROW = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
README = Path(__file__).parents[3] / "shared" / "contracts" / "README.md"


@cache
def told() -> dict[str, list[Fact]]:
    """All rows through the door, one after the other: what was stated of each."""
    wire, work, found = Wire(intake, "", driven=False, test_numbers=True), begun(intake), {}
    for row in ROWS:
        work.take(wire.read(row.record))
        found[row.name] = drained(work)
    return found


def answer_to(row: Row) -> dict[str, Any]:
    (answer,) = [fact for fact in told()[row.name] if fact.topic == "receipts"]
    body: dict[str, Any] = json.loads(answer.value)
    return body


def stated(row: Row) -> dict[str, Any]:
    (fact,) = [fact for fact in told()[row.name] if dict(fact.headers)["ce_type"].endswith(b"concern.received.v1")]
    body: dict[str, Any] = json.loads(fact.value)
    return body


def written(reasons: list[dict[str, str]]) -> list[str]:
    return [f"{one['code']}@{one.get('where', '')}" for one in reasons]


def within(report: Any, path: str) -> Any:
    for part in path.split("."):
        report = report[int(part)] if isinstance(report, list) else (report or {}).get(part)
    return report


@EVERY_ROW
def test_each_has_the_one_answer_that_it_should_have(row: Row) -> None:
    body = answer_to(row)

    assert ("accepted_id" in body) == (row.answer == "accepted")
    assert sorted(written(body.get("remarks", []))) == sorted(row.remarks)
    assert written(body.get("reasons", [])) == row.codes
    assert all(one["says"] for one in (*body.get("remarks", ()), *body.get("reasons", ())))


@EVERY_ROW
def test_what_is_taken_and_what_is_set_aside_of_it_is_right(row: Row) -> None:
    if row.answer == "refused":
        assert len(told()[row.name]) == 1
        return
    fact = stated(row)

    assert [one["where"] for one in fact["report"].get("set_aside", [])] == row.aside
    assert {path: within(fact["report"], path) for path in row.taken} == row.taken
    assert fact["possibly_under_18"] == row.child


@EVERY_ROW
def test_what_was_set_aside_is_there_for_a_person_as_it_was_written(row: Row) -> None:
    if row.answer == "refused" or row.name == "set-aside-by-its-sender":
        return
    for aside in stated(row)["report"].get("set_aside", []):
        original: Any = row.data
        for part in aside["where"].split("."):
            original = original[int(part)] if isinstance(original, list) else original.get(part)
        if aside["where"] in {"risks", "abuse_types"}:
            assert all(one in original for one in json.loads(aside["said"]))
        elif isinstance(original, str):
            assert aside["said"] == original
        else:
            assert json.loads(aside["said"]) == original


@EVERY_ROW
def test_an_answer_quotes_nothing_but_sender_and_reference(row: Row) -> None:
    """What could not be read is personal: it is in no receipt, no key and no header."""
    body = answer_to(row)
    text = json.dumps([body.get("remarks"), body.get("reasons")])
    for fact in told()[row.name]:
        if fact.topic == "receipts":
            text += fact.key.decode() + repr(fact.headers)
    for word in ("Invented", "bruises", "nursing", "P1", "19440000", "Coventry", "Team 4", "SG 17", "Northmere"):
        assert word not in text


@EVERY_ROW
def test_the_answer_names_sender_and_reference_as_their_sender_knows_them(row: Row) -> None:
    body, said = answer_to(row), row.data
    if isinstance(said.get("sender"), str) and " " not in said["sender"]:
        assert body["sender"] == said["sender"]
    if row.called is not None:
        assert body["reference"] == row.called
    elif isinstance(said.get("reference"), str | int):
        assert body["reference"] == str(said["reference"])


@EVERY_ROW
def test_a_redelivery_is_answered_the_same_again(row: Row) -> None:
    wire, work = Wire(intake, "", driven=False, test_numbers=True), begun(intake)
    work.take(wire.read(row.record))
    first = [fact for fact in drained(work) if fact.topic == "receipts"]
    work.take(wire.read(row.record._replace(offset=10_000)))

    assert drained(work) == first


@EVERY_ROW
def test_a_resend_under_another_id_is_the_same_report(row: Row) -> None:
    if row.answer == "refused" or "reference_missing@reference" in row.remarks:
        return
    wire, work = Wire(intake, "", driven=False, test_numbers=True), begun(intake)
    work.take(wire.read(row.record))
    drained(work)
    headers = [(name, b"another" if name == "ce_id" else value) for name, value in row.record.headers]
    a_week_later = NOON_MS + 7 * 24 * 3_600_000
    work.take(wire.read(row.record._replace(offset=10_000, headers=headers, timestamp=a_week_later)))

    (again,) = drained(work)
    body = json.loads(again.value)
    assert body["again"] is True
    assert sorted(written(body.get("remarks", []))) == sorted(row.remarks)


def test_a_report_without_a_reference_has_one_of_its_own_even_where_ids_are_used_twice() -> None:
    wire, row = Wire(intake, "", driven=False), BY_NAME["no-reference"]
    one = wire.read(row.record)
    other = wire.read(row.record._replace(value=json.dumps(row.data | {"narrative": "Flat 2."}).encode(), offset=99))

    assert isinstance(one, Arrival)
    assert isinstance(other, Arrival)
    assert one.keys[0] != other.keys[0]
    assert one.keys == Wire(intake, "", driven=False).read(row.record._replace(offset=77)).keys  # type: ignore[union-attr]


def test_a_sender_that_is_not_named_is_its_events_source() -> None:
    assert answer_to(BY_NAME["sender-missing"])["sender"] == SOURCE.strip("/")


def test_two_senders_whose_names_are_no_codes_stay_two() -> None:
    ids = set()
    for name in ("Northmere EMS", "Northmere-EMS", "Northmere  EMS", "northmere ems"):
        value = json.dumps({"sender": name, "reference": "1", "narrative": "Flat 2."}).encode()
        found = Wire(intake, "", driven=False).read(BY_NAME["no-reference"].record._replace(value=value))
        assert isinstance(found, Arrival)
        ids.add(found.keys[0])
    assert len(ids) == 3, "and single spaces are no other name"


def test_a_reference_has_one_form_however_its_spaces_are_written() -> None:
    assert concern_id_of("a", "SG%2017") == concern_id_of("a", BY_NAME["reference-with-space"].taken["reference"])


@pytest.mark.parametrize(
    "value",
    [b'{"sender": "wmas", "reference": "A 17", "narrative": "He fe', b'{"sender":"wmas","reference":"A 17",}', b"\xff"],
)
def test_a_report_that_breaks_off_is_answered_by_sender_and_reference_where_they_are_legible(value: bytes) -> None:
    found = Wire(intake, "", driven=False).read(BY_NAME["nul"].record._replace(value=value, key=None))

    assert isinstance(found, Unread)
    assert found.report == (("wmas", "A 17") if value != b"\xff" else None)


DIGITS = ["0", "20240306", "1709726400", "1709726400.5", "-5", "+1709726400"]


@pytest.mark.parametrize("digits", DIGITS)
def test_a_string_of_digits_is_no_time_of_a_decision(digits: str) -> None:
    fields = {
        "concern_id": str(concern_id_of("a", "b")), "reason": "x", "decided_by": "worker", "decided_at": digits,
    }  # fmt: skip
    found = Wire(intake, "", driven=False).read(record("safeguarding.concern.withdrawal-decided.v1", "a", fields))

    assert isinstance(found, Unread)
    assert [(one.code, one.where) for one in found.reasons] == [("not_an_instant", "decided_at")]


def test_every_code_is_in_the_documented_list() -> None:
    listed = set(re.findall(r"`([a-z0-9_]+)`", README.read_text(encoding="utf-8")))
    codes = {code.partition("@")[0] for row in ROWS for code in (*row.remarks, *row.codes)}
    assert codes | {code for code, _ in _WRONG.values()} | {"not_as_agreed"} <= listed


WORDS_OF_LIBRARIES = re.compile(
    r"pydantic|msgspec|[Ii]nput should|valid |_type\b|_parsing|pattern '|validat", re.IGNORECASE
)


@pytest.mark.parametrize("row", [row for row in ROWS if row.answer == "accepted"], ids=lambda row: row.name)
def test_no_answer_of_a_strict_door_has_a_word_of_a_validation_library(row: Row) -> None:
    """What this door takes with a remark, no decision may hold: whatever is wrong is told in our words."""
    fields = {name: value for name, value in row.data.items() if name != "narrative"} | {
        "concern_id": row.data.get("reference"), "decided_at": row.data.get("happened_on"), "reason": 3,
        "decided_by": row.data.get("adult"),
    }  # fmt: skip
    found = Wire(intake, "", driven=False).read(record("safeguarding.concern.withdrawal-decided.v1", "a", fields))

    assert isinstance(found, Unread)
    assert not any(WORDS_OF_LIBRARIES.search(f"{one.code} {one.says}") for one in found.reasons)

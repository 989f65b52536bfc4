"""Whatever a report comes in: it is taken where it can be, what is wrong is remarked on, and each has one answer."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from services.intake.service import service as intake
from services.triage.service import service as triage
from shared.chassis.delivery.records.wire import Arrival, Fact, Unread, Wire
from shared.contracts.doors import concern_id_of
from shared.kernel.identity import derived
from tests.support import lawful
from tests.support.casework import begun, drained
from tests.support.envelopes import BY_NAME, ROWS, Row
from tests.unit.chassis.records import NOON, record

EVERY_ROW = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
NUMBERED = ("first", "second")
WITH_FAULTS = [row for row in ROWS if set(row.remarks) - {"id_used_before", "differs_from_first", "time_in_the_future"}]


@cache
def answers() -> dict[str, list[Fact]]:
    """All rows through the door, one after the other: the receipts each of them got."""
    wire, work, found = Wire(intake, "", driven=False), begun(intake), {}
    for row in ROWS:
        work.take(wire.read(row.record))
        found[row.name] = [fact for fact in drained(work) if fact.topic == "receipts"]
    return found


def said(row: Row) -> dict[str, Any]:
    (answer,) = answers()[row.name]
    body: dict[str, Any] = json.loads(answer.value)
    return body


@EVERY_ROW
def test_each_has_the_one_answer_that_it_should_have(row: Row) -> None:
    body = said(row)

    if row.answer == "again":
        assert answers()[row.name] == answers()[row.after], "the very same"
        return
    assert sorted(one["code"] for one in body.get("remarks", ())) == list(row.remarks)
    assert [one["code"] for one in body.get("reasons", ())] == list(row.codes)
    assert all(one["says"] for one in (*body.get("remarks", ()), *body.get("reasons", ())))
    assert ("accepted_id" in body) == (row.answer == "accepted")


@EVERY_ROW
def test_a_record_that_is_read_again_is_the_same_event(row: Row) -> None:
    one, again = (Wire(intake, "", driven=False).read(row.record) for _ in range(2))

    assert one == again


def test_what_names_no_event_is_known_by_its_place_and_its_sender() -> None:
    place = f"concern-reports/0/{BY_NAME['missing-id'].record.offset}"

    assert (said(BY_NAME["missing-id"])["accepted_id"], said(BY_NAME["missing-id"])["accepted_source"]) == (
        place,
        "/eastvale",
    )
    assert said(BY_NAME["missing-source"])["accepted_source"] == "eastvale-ambulance"
    assert said(BY_NAME["two-id-headers"])["accepted_id"] == "two-id-headers"


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("not-even-json", {"sender": "eastvale-ambulance", "reference": "not-even-json", "about": ...}),
        ("tombstone", {"sender": "eastvale-ambulance", "reference": "tombstone", "about": ...}),
        ("batch", {"sender": "eastvale-ambulance", "reference": "batch", "about": ...}),
        ("not-even-json-nor-key", {"about": ""}),
        ("not-even-json-with-headers", {"refused_id": "not-even-json-with-headers", "refused_source": "/eastvale"}),
        ("tombstone-with-headers", {"refused_id": "tombstone-with-headers", "reference": "tombstone-with-headers"}),
    ],
)
def test_what_cannot_be_read_is_answered_to_whatever_of_it_is_legible(name: str, named: dict[str, Any]) -> None:
    body = said(BY_NAME[name])
    wanted = {
        key: str(concern_id_of("eastvale-ambulance", name)) if value is ... else value for key, value in named.items()
    }

    assert {key: body.get(key) for key in wanted} == wanted


def test_one_id_of_two_reports_makes_two_concerns_whoever_is_read_first() -> None:
    wire = Wire(intake, "", driven=False)
    pair = [BY_NAME[f"one-id-two-references-{which}"].record for which in "ab"]
    for records in (pair, pair[::-1]):
        work = begun(intake)
        for one in (*records, *records):
            work.take(wire.read(one))
        assert work.cases.states.keys() == {concern_id_of("eastvale-ambulance", f"one-id-{n}") for n in NUMBERED}
        assert len(work.claims) == 2
        assert sum(many for (_, what), many in work.counts.outcomes.items() if what == "duplicate") == 2


@pytest.mark.parametrize("row", WITH_FAULTS, ids=lambda row: row.name)
def test_another_door_refuses_what_this_one_remarks_on(row: Row) -> None:
    """Fail open for concerns, closed for decisions."""
    found = Wire(triage, "", driven=False).read(row.record._replace(topic="triage-decisions"))

    assert isinstance(found, Unread)
    codes = {reason.code for reason in found.reasons}
    # Which types are read is that door's own matter.
    assert codes - {"wrong_type"} == set(row.remarks) - {"wrong_type", "unknown_version"}


@pytest.mark.parametrize(
    "mode", ["null-time", "number-extension", "lower-case", "base64", "bom", "null-header", "json"]
)
def test_what_cloudevents_allow_is_read_at_every_door(mode: str) -> None:
    fields = lawful.decision(derived("concern", "a"), derived("decision", "a"), NOON, decided_by="worker")
    made = record("safeguarding.triage.decided.v1", "a", fields)
    attributes = {name.removeprefix("ce_"): (text or b"").decode() for name, text in made.headers}
    changed, headers = IN_MODE[mode](attributes | {"data": json.loads(made.value or b"")}, list(made.headers))
    found = Wire(triage, "", driven=False).read(made._replace(value=changed, headers=headers))

    assert isinstance(found, Arrival)
    assert (found.meta.id, found.meta.remarks) == ("a", ())


Headers = list[tuple[str, bytes | None]]
WHOLE: Headers = [("content-type", b"application/cloudevents+json")]
IN_MODE: dict[str, Callable[[dict[str, Any], Headers], tuple[bytes, Headers]]] = {
    "null-time": lambda event, _: (json.dumps(event | {"time": None, "correlationid": None}).encode(), WHOLE),
    "number-extension": lambda event, _: (json.dumps(event | {"correlationid": 12345}).encode(), WHOLE),
    "lower-case": lambda event, _: (json.dumps(event | {"time": "2024-03-06t10:00:00z"}).encode(), WHOLE),
    "base64": lambda event, _: (
        json.dumps(
            event | {"data": None, "data_base64": b64encode(json.dumps(event["data"]).encode()).decode()}
        ).encode(),
        WHOLE,
    ),
    "bom": lambda event, headers: (b"\xef\xbb\xbf" + json.dumps(event["data"]).encode(), headers),
    "null-header": lambda event, headers: (json.dumps(event["data"]).encode(), [*headers, ("ce_anything", None)]),
    "json": lambda event, _: (json.dumps(event).encode(), [("content-type", b"application/json")]),
}

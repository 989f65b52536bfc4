"""What a posted line becomes: the topic its type says, the key its contract says, its data untouched."""

import json
from typing import Any

import pytest

from services.command.post import LineError, outgoing
from shared.contracts import CATALOGUE, DOORS
from shared.contracts.topics import TOPICS
from shared.kernel.event import Event

REPORT = "safeguarding.concern.reported.v1"
DECIDED = "safeguarding.triage.approved.v1"


def line(type_: str = REPORT, data: Any = None, **more: Any) -> str:
    given = {"sender": "wmas", "reference": "A-1"} if data is None else data
    return json.dumps(
        {"specversion": "1.0", "id": "1", "source": "/wmas", "type": type_, "data": given} | more
    )  # fmt: skip


def test_a_report_goes_to_its_door_in_binary_mode() -> None:
    record = outgoing(line(time="2026-01-02T03:04:05Z", subject=None))

    assert record.topic == "concern-reports"
    assert record.key == "wmas/A-1"
    assert dict(record.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"1",
        "ce_source": b"/wmas",
        "ce_type": REPORT.encode(),
        "ce_time": b"2026-01-02T03:04:05Z",
        "content-type": b"application/json",
    }


def test_the_data_are_sent_byte_for_byte() -> None:
    data = '{ "sender":"wmas",  "reference":"A-1", "x": 1.50, "x": 2 }'

    record = outgoing(f'{{"id":"1","source":"/s","type":"{REPORT}","data":{data}}}')

    assert record.value == data.encode()


def test_extensions_travel_and_the_version_is_added() -> None:
    record = outgoing(f'{{"id":"1","source":"/s","type":"{REPORT}","correlationid":"c","sequence":7,"data":{{}}}}')

    assert dict(record.headers)["ce_correlationid"] == b"c"
    assert dict(record.headers)["ce_sequence"] == b"7"
    assert dict(record.headers)["ce_specversion"] == b"1.0"


@pytest.mark.parametrize("declared", [e for e in CATALOGUE.values() if e.topic in DOORS], ids=lambda e: e.type)
def test_every_type_a_door_takes_is_posted_to_it(declared: type[Event]) -> None:
    assert outgoing(line(declared.type, {})).topic == declared.topic


@pytest.mark.parametrize(
    ("type_", "data", "key"),
    [
        # The contract writes a UUID in small letters.
        (DECIDED, {"concern_id": "AAAAAAAA-0000-4000-8000-000000000000", "decision_id": "bbbbbbbb-0000-4000-8000-"
         "000000000000", "approved_by": "m", "role": "manager", "approved_at": "2026-01-01T00:00:00Z"},
         "aaaaaaaa-0000-4000-8000-000000000000"),
        (DECIDED, {"concern_id": "not-an-id"}, "not-an-id"),
        (REPORT, {"sender": "wmas", "reference": "A-1", "urgent": "perhaps"}, "wmas/A-1"),
        (REPORT, {"sender": "wmas", "reference": "Mrs Jones of Acacia Avenue"}, "1"),
        (REPORT, {"sender": "wmas"}, "1"),
        (REPORT, [], "1"),
        (REPORT, "text", "1"),
    ],
)  # fmt: skip
def test_the_key_is_the_contracts_else_what_its_fields_say_else_the_id(type_: str, data: Any, key: str) -> None:
    assert outgoing(line(type_, data)).key == key


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("nonsense", "no JSON object"),
        ("[]", "no JSON object"),
        (b'{"id": "\xff"}', "no JSON object"),
        ('{"a":' * 5000, "no JSON object"),
        ("{}", "no id and no source and no type"),
        (line(id=7), "no id"),
        (line(id=""), "no id"),
        (line(source=None), "no source"),
        (line("safeguarding.concern.reported.v9"), "no door takes"),
        (line("safeguarding.concern.received.v1"), "no door takes"),
        (line(Extra="x"), "no CloudEvents attribute"),
        (line(extra={"name": "x"}), "no CloudEvents attribute"),
        (line(narrative="x"), "no CloudEvents attribute"),
        (line(data={"sender": "wmas", "narrative": "x" * 9_000_000}), "too large: 8789 KiB"),
    ],
    ids=["text", "list", "not UTF-8", "too deep", "empty", "id a number", "id empty", "source null", "newer version",
         "our own fact", "capital letter", "an object", "a text of theirs", "large"],
)  # fmt: skip
def test_a_line_that_cannot_be_posted_is_refused_without_being_quoted(bad: str | bytes, says: str) -> None:
    with pytest.raises(LineError, match=says) as refused:
        outgoing(bad)

    assert "wmas" not in str(refused.value)


def test_what_is_let_through_fits_the_door() -> None:
    limit = next(topic.max_message_bytes for topic in TOPICS if topic.name == "concern-reports")
    record = outgoing(line(data={"sender": "w", "reference": "r", "narrative": "x" * (limit - 2000)}))

    assert len(record.value) < limit

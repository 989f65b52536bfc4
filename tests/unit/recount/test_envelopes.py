"""Which records hold an event: attributes in headers or in the body, and JSON that says one thing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from deploy.recount.envelopes import Envelope, opened
from shared.chassis.delivery.records.door_envelopes import carefully_opened
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.delivery.records.reasons import Unreadable
from shared.chassis.delivery.records.strict_json import flaw

BODY: dict[str, Any] = {"specversion": "1.0", "id": "1", "source": "/a", "type": "t", "data": {"a": 1}}
HEADERS = [("ce_specversion", b"1.0"), ("ce_id", b"1"), ("ce_source", b"/a"), ("ce_type", b"t")]


def structured(**changed: object) -> bytes:
    return json.dumps({name: value for name, value in (BODY | changed).items() if value is not ...}).encode()


@pytest.mark.parametrize("headers", [[], [("content-type", b"application/cloudevents+json")], [("content-type", None)]])
def test_attributes_are_read_from_the_body(headers: list[tuple[str, bytes | None]]) -> None:
    assert opened(structured(), headers) == Envelope("/a", "1", "t", None, {"a": 1})


def test_attributes_are_read_from_headers() -> None:
    headers = [*HEADERS, ("content-type", b"application/json"), ("ce_time", b"2023-04-01T12:00:00Z")]
    envelope = opened(b'{"a": 1}', headers)

    assert envelope is not None
    assert envelope[:3] == ("/a", "1", "t")
    assert envelope.time is not None
    assert envelope.time.isoformat() == "2023-04-01T12:00:00+00:00"
    assert envelope.data == {"a": 1}


GOOD_AND_BAD = [
    (structured(), []),
    (structured(id=""), []),
    (structured(id=7), []),
    (structured(source=...), []),
    (structured(type=None), []),
    (structured(specversion="0.3"), []),
    (structured(time="yesterday"), []),
    (structured(time="2023-04-01T12:00:00"), []),
    (structured(time="1899-04-01T12:00:00Z"), []),
    (structured(id="x" * 1100), []),
    (structured(id="x\u0000"), []),
    (structured(correlationid=None), []),
    (b"no json", []),
    (b"[1, 2]", []),
    (b'{"specversion": "1.0", "id": "1", "id": "2", "source": "/a", "type": "t", "data": {}}', []),
    (b'{"specversion": "1.0", "id": "1", "source": "/a", "type": "t", "data": {"a": NaN}}', []),
    (b'{"specversion": "1.0", "id": "1", "source": "/a", "type": "t", "data": {"a": 1e999}}', []),
    (b'{"specversion": "1.0", "id": "1", "source": "/a", "type": "t", "data": {"a": "\\ud800"}}', []),
    (structured().decode().encode("utf-16"), []),
    (b"\xef\xbb\xbf" + structured(), []),
    (b'{"a": 1}', HEADERS),
    (b'{"a": 1}', HEADERS[:3]),
    (b'{"a": 1}', [*HEADERS, ("ce_time", None)]),
    (b'{"a": 1}', [*HEADERS, ("ce_subject", b"\xff")]),
    (b'{"a": 1}', [("content-type", b"application/json")]),
    (b'{"a": 1, "a": 2}', HEADERS),
]  # fmt: skip


@pytest.mark.parametrize(("value", "headers"), GOOD_AND_BAD)
def test_a_record_is_an_event_exactly_where_the_doors_take_it_for_one(
    value: bytes, headers: list[tuple[str, bytes | None]]
) -> None:
    record = KeptRecord("concern-reports", 0, 0, 0, 1, None, value, headers)
    try:
        envelope = carefully_opened(record)
        is_json = flaw(envelope.data) is None
        taken, forgiven = is_json and not envelope.faults, is_json
    except Unreadable:
        taken = forgiven = False

    assert (opened(value, headers) is not None) == taken
    assert (opened(value, headers, forgiving=True) is not None) == forgiven


def test_a_record_without_a_value_is_no_event() -> None:
    assert opened(None, HEADERS) is None


def test_what_is_nested_beyond_reading_is_no_event() -> None:
    assert opened(structured(data=...)[:-1] + b', "data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}") is None

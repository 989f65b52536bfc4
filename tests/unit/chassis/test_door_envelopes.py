"""One look and a careful one say the same of a record, and no record makes either raise what it should not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.recount.envelopes import NoEvent, examined
from deploy.recount.json_texts import NO_JSON
from shared.chassis.delivery.records import envelope_faults
from shared.chassis.delivery.records.door_envelopes import carefully_opened, plainly_opened
from shared.chassis.delivery.records.encodings import as_utf_8
from shared.chassis.delivery.records.envelope_faults import ENCODING, REGISTRY_BYTES, WRAPPED_TWICE
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.delivery.records.reasons import Unreadable
from shared.kernel.decision import Reason
from tests.support.envelopes import ROWS, Row

TEXTS = st.sampled_from(["a", "/a", "1.0", "0.3", "", "2024-03-05T10:00:00Z", "2024-03-05", "x" * 300, "a\x00"])
SAID: st.SearchStrategy[Any] = TEXTS | st.none() | st.integers(-5, 5) | st.booleans() | st.just([]) | st.just({"a": 1})
NAMES = ["specversion", "id", "source", "type", "time", "correlationid", "causationid", "subject"]
DATA = st.sampled_from([{"sender": "a"}, {}, '{"a": 1}', "text", [], [{"a": 1}], [1, 2], None, 7])
BODIES = st.fixed_dictionaries({}, optional={**dict.fromkeys(NAMES, SAID), "data": DATA, "data_base64": SAID})
VALUES = (
    st.none()
    | st.binary(max_size=20)
    | BODIES.map(lambda body: json.dumps(body).encode())
    | DATA.map(lambda data: json.dumps(data).encode())
    | st.tuples(BODIES, st.sampled_from(["utf-16", "utf-32-be", "utf-8-sig"])).map(
        lambda b: json.dumps(b[0]).encode(b[1])
    )
    | BODIES.map(lambda body: b"\0\0\0\0\5" + json.dumps(body).encode())
)
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            [*(f"ce_{name}" for name in NAMES), "ce-id", "Ce-Type", "content-type", "Content-Type", "other"]
        ),
        st.none()
        | TEXTS.map(str.encode)
        | st.sampled_from([b"\xff", b"application/cloudevents+json", b"application/json"]),
    ),
    max_size=9,
)


def record(value: bytes | None, headers: list[tuple[str, bytes | None]]) -> KeptRecord:
    return KeptRecord("concern-reports", 0, 7, 1, 1, None, value, headers)


@settings(max_examples=500, deadline=None)
@given(value=VALUES, headers=HEADERS)
def test_what_is_plain_looks_the_same_with_care(value: bytes | None, headers: list[tuple[str, bytes | None]]) -> None:
    plain = plainly_opened(record(value, headers))
    if plain is None:
        return
    found = carefully_opened(record(value, headers))
    if WRAPPED_TWICE in found.faults:  # no contract takes a whole event for its data, so it is looked at with care
        assert (
            "specversion" in json.loads(plain.data)
            or "data" in json.loads(plain.data)
            or "data_base64" in json.loads(plain.data)
        )
    else:
        assert found == plain


@settings(max_examples=1000, deadline=None)
@given(value=VALUES, headers=HEADERS)
def test_the_second_count_finds_the_same_event_with_the_same_faults(
    value: bytes | None, headers: list[tuple[str, bytes | None]]
) -> None:
    assert _by_the_recount(record(value, headers)) == _by_the_services(record(value, headers))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_so_it_does_of_every_kind_that_was_met(row: Row) -> None:
    assert _by_the_recount(row.record) == _by_the_services(row.record)


def _by_the_services(made: KeptRecord) -> Any:
    try:
        found = carefully_opened(made)
    except Unreadable as error:
        return [reason.code for reason in error.reasons]
    try:
        data = json.loads(found.data)
    except ValueError:
        data = None
    return (*found[:4], found.correlation or "", data, {fault.code for fault in found.faults})


def _by_the_recount(made: KeptRecord) -> Any:
    try:
        found = examined(made.value, made.headers)
    except NoEvent as none:
        return [str(none)]
    data = None if found.data is NO_JSON else found.data
    return found.id, found.source, found.type, found.time, found.correlation, data, set(found.faults)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
@pytest.mark.parametrize("text", ['{"a": "Zo\u00eb"}', '"x"', "[1]", '{ "a":1}'])
def test_json_is_read_in_whatever_encoding_of_unicode_it_comes(encoding: str, text: str) -> None:
    faults: list[Reason] = []

    assert as_utf_8(text.encode(encoding), "", faults).decode() == text
    assert faults == ([] if encoding.startswith("utf-8") else [ENCODING])


@pytest.mark.parametrize("number", [0, 5, 34, 2**32 - 1])
def test_a_registry_s_five_bytes_are_told_from_an_encoding(number: int) -> None:
    faults: list[Reason] = []
    assert as_utf_8(b"\0" + number.to_bytes(4, "big") + b'{"a": 1}', "", faults) == b'{"a": 1}'
    assert faults == [REGISTRY_BYTES]


def test_every_word_is_documented_with_what_is_done() -> None:
    """A sender that meets one looks it up there."""
    listed = (
        Path(__file__)
        .parents[3]
        .joinpath("shared/contracts/README.md")
        .read_text(encoding="utf-8")
        .partition("## Envelopes")[2]
    )
    spoken = {said.code for said in vars(envelope_faults).values() if isinstance(said, Reason)}
    names = ("specversion", "id", "source", "type")
    spoken |= {said.code for name in names for said in (envelope_faults.missing(name), envelope_faults.not_text(name))}
    spoken |= {
        said.code
        for said in (
            envelope_faults.not_utf_8("id"),
            envelope_faults.header_twice("id"),
            envelope_faults.attribute_twice("id"),
            envelope_faults.impossible("id", 1),
            envelope_faults.extension_not_read("correlationid"),
        )
    }

    assert len(spoken) > 25
    assert [word for word in sorted(spoken) if f"`{word}`" not in listed] == []

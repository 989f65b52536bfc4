"""Reading a record never raises, whatever its bytes are, and says no more of it than it must."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.service import service as intake
from shared.chassis.delivery.applying.held import _pack, unpack
from shared.chassis.delivery.deciding.budget import too_large
from shared.chassis.delivery.records.cloudevents import fingerprint, log_time
from shared.chassis.delivery.records.dead_letters import dead_letter
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.delivery.records.strict_json import flaw
from shared.chassis.delivery.records.wire import Arrival, Correction, Unread, Wire
from shared.chassis.delivery.records.writer import Writer
from shared.kernel.decision import Reason
from shared.kernel.event import Metadata
from shared.kernel.identity import event_identity, timed
from tests.support.diary import service
from tests.unit.chassis.records import ADA, NOON, concern, header, later, read, record, review, wire

ANY_BYTES = st.none() | st.binary(max_size=200)
NAMES = (
    st.sampled_from(["ce_id", "ce_source", "ce_type", "ce_time", "ce_specversion", "content-type", "other"]) | st.text()
)
TYPES = [event.type.encode() for event in (*service.reads, *intake.reads)]
HEADERS = st.lists(st.tuples(NAMES, ANY_BYTES | st.sampled_from([b"1.0", *TYPES, b"application/cloudevents+json"])))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["adult_id", "sender", "id", "type"]), inner)
    ),
    max_leaves=10,
)
VALUES = ANY_BYTES | JSON.map(lambda value: json.dumps(value).encode())


@settings(max_examples=300, deadline=None)
@given(
    topic=st.sampled_from(["concerns", "audit-reviews", "concern-reports", "clock"]),
    headers=HEADERS, value=VALUES, key=ANY_BYTES,
    timestamp=st.integers(min_value=-(2**63), max_value=2**63 - 1), kind=st.sampled_from([0, 1]),
)  # fmt: skip
def test_no_record_can_make_reading_raise(
    topic: str,
    headers: list[tuple[str, bytes | None]],
    value: bytes | None,
    key: bytes | None,
    timestamp: int,
    kind: int,
) -> None:
    record = KeptRecord(topic, 0, 7, timestamp, kind, key, value, headers)

    for of in (service, intake):
        found = wire(of).read(record)
        assert found is None or isinstance(found, Arrival | Unread)
        if isinstance(found, Unread):
            assert found.reasons
            assert all(reason.says for reason in found.reasons)
            letter = dead_letter(topic, record, found.reasons)
            assert not too_large(letter)
        if found is not None and found.meta is not None:
            UUID(found.meta.identity)
    assert len(fingerprint(record)) == 16
    assert unpack(_pack(record)) == record


ENVELOPES = st.dictionaries(
    st.sampled_from(["id", "source", "type", "specversion", "time", "correlationid", "causationid", "data"]),
    JSON,
    min_size=3,
)


@settings(max_examples=200, deadline=None)
@given(envelope=ENVELOPES)
def test_no_structured_event_can_make_reading_raise(envelope: dict[str, Any]) -> None:
    value = json.dumps({"specversion": "1.0", "type": service.reads[1].type} | envelope).encode()
    record = KeptRecord("audit-reviews", 0, 7, 0, 1, None, value, [("content-type", b"application/cloudevents+json")])

    found = wire().read(record)

    assert found is None or isinstance(found, Arrival | Unread)


@given(
    source=st.text(min_size=1),
    event_id=st.text(min_size=1) | st.text("0123456789abcdef-7_+ ٣", min_size=36, max_size=36),
)
def test_whatever_a_sender_calls_its_event_it_has_an_identity_the_database_takes(source: str, event_id: str) -> None:
    identity = event_identity(source, event_id)

    assert str(UUID(identity)) == identity
    assert identity == event_identity(source, event_id)


@pytest.mark.parametrize("event_id", ["1_345678-1234-7123-8123-123456789012", "+1234567-1234-7123-8123-123456789012"])
def test_an_id_that_only_looks_like_a_uuid_has_one_too(event_id: str) -> None:
    assert str(UUID(event_identity("a", event_id))) == event_identity("a", event_id)


@pytest.mark.parametrize("name", ["ce_id", "ce_source", "ce_type", "ce_correlationid"])
@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "x" * 5000, "\ud800"])
def test_attributes_that_no_table_could_hold_are_refused(name: str, text: str) -> None:
    made = review("a")
    headers = [(n, v) for n, v in made.headers if n != name]
    found = read(made._replace(headers=[*headers, (name, text.encode("utf-8", "surrogatepass"))]))

    assert isinstance(found, Unread)
    assert found.reasons[0].code in {"impossible_attribute", "header_not_utf_8"}
    assert found.place == ("audit-reviews/0/0" if name == "ce_id" else "")
    assert found.meta is not None
    assert all(said.isprintable() for said in (found.meta.id, found.meta.source, found.meta.type))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": 1, "a": 1}', "name_twice"),
        ('{"b": {"a": 1, "c": 2, "a": 3}}', "name_twice"),
        ('{"a": 1, "a": "\\u003a"}', "name_twice"),
        ('{"a": "::", "b": [{"a": 1}, {"a": 2}]}', None),
        ('{"a": NaN}', "not_readable"),
        ('{"a": 1e999}', "not_readable"),
        ("[" * 100_000, "not_readable"),
        ('{"a": %s}' % ("9" * 400), None),
    ],
)
def test_json_says_one_thing(text: str, code: str | None) -> None:
    found = flaw(text.encode())

    assert (found.code if found else None) == code


@given(JSON.filter(lambda value: "nan" not in repr(value).lower() and "inf" not in repr(value).lower()))
def test_what_any_writer_wrote_once_is_never_found_wanting(value: Any) -> None:
    try:
        text = json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return
    assert flaw(text) is None


def test_a_record_of_ours_is_recorded_when_it_says_and_one_through_a_door_when_the_broker_took_it() -> None:
    taken = later(minutes=7)
    stamp = int(taken.timestamp() * 1000)
    live = Wire(service, "", driven=False)

    door = live.read(review("a", at=later(hours=1), timestamp=stamp))
    ours = live.read(concern("a", at=later(hours=1), timestamp=stamp))

    assert isinstance(door, Arrival)
    assert isinstance(ours, Arrival)
    assert (door.meta.occurred, door.meta.recorded, door.meta.received) == (later(hours=1), taken, taken)
    assert (ours.meta.occurred, ours.meta.recorded) == (later(hours=1), later(hours=1))
    assert live.read(review("a", at=later(hours=1), timestamp=stamp)) == door, "it depends on nothing but the record"
    assert read(review("a", at=later(hours=1))).meta.recorded == later(hours=1)  # type: ignore[union-attr]  # a driven clock's


def test_a_person_s_word_about_a_broker_s_clock_holds_for_its_records_and_no_others() -> None:
    live = Wire(service, "", driven=False)
    live.corrections = {("audit-reviews", 2): [Correction(3, 5, timedelta(days=200))]}

    def recorded(offset: int, partition: int) -> Any:
        found = live.read(review("a", at=later(days=200), offset=offset, partition=partition))
        assert isinstance(found, Arrival)
        return found.meta.recorded

    assert [recorded(offset, 2) for offset in (2, 3, 4, 5)] == [later(days=200), NOON, NOON, later(days=200)]
    assert recorded(3, 1) == later(days=200)


def test_a_timestamp_that_no_calendar_holds_is_read_as_its_end() -> None:
    assert log_time(concern("a", timestamp=2**62)).year == 2200
    assert log_time(concern("a", timestamp=-5)).year == 1970


def test_of_another_version_or_another_type_the_door_says_so_and_our_own_topic_only_of_versions() -> None:
    newer = [("ce_type", b"safeguarding.concern.received.v9"), *concern("a").headers[:3]]
    unknown = [("ce_type", b"safeguarding.concern.forgotten.v1"), *concern("a").headers[:3]]

    assert [r.code for r in read(concern("a", headers=newer)).reasons] == ["unknown_version"]  # type: ignore[union-attr]
    assert wire().read(concern("a", headers=unknown)) is None
    assert [r.code for r in read(review("a", headers=unknown)).reasons] == ["wrong_type"]  # type: ignore[union-attr]


@pytest.mark.parametrize("field", ["concern_id", "merge_id"])
def test_what_cannot_be_read_at_a_door_with_two_keys_is_answered_about_whichever_it_names(field: str) -> None:
    known = record("safeguarding.concern.duplicate-found.v1", "of-no-such-type", {field: str(ADA)})
    headers = [(name, b"safeguarding.of-nothing.v1" if name == "ce_type" else text) for name, text in known.headers]

    found = read(known._replace(headers=headers), intake)

    assert isinstance(found, Unread)
    assert found.about == str(ADA)


def test_a_dead_letter_holds_the_record_whole_under_one_identity() -> None:
    reasons = (Reason(code="a", says="b"),)
    record = review("a", value=b"\xff\x00", headers=[("n", None), ("m", b"\xfe")], offset=3)

    letter, again = (dead_letter("audit-reviews", record, reasons) for _ in range(2))

    body = json.loads(letter.value)
    assert letter == again
    assert (body["value"], body["headers"], body["offset"]) == ("/wA=", [["n", None], ["m", "/g=="]], 3)
    assert not any(b"\xff" in value or b"\xfe" in value for _, value in letter.headers)


def test_a_dead_letter_that_would_not_fit_is_cut_and_says_so() -> None:
    letter = dead_letter("audit-reviews", review("a", value=b"x" * 3_000_000), (Reason(code="a", says="b"),))

    body = json.loads(letter.value)
    assert not too_large(letter)
    assert body["whole_value"]["bytes"] == 3_000_000


# --- The identity of facts --------------------------------------------------------------------------------------------


def meta(identity: str = "cause", at: Any = NOON) -> Metadata:
    return Metadata(event_identity("s", identity), identity, "s", "t", at, at, at, "c")


def test_a_fact_s_id_is_of_its_cause_its_type_and_its_subject_and_begins_with_the_cause_s_time() -> None:
    fact = intake.writes[0].model_validate({"concern_id": ADA, "sender": "a", "reference": "b", "received_at": NOON})
    writer = Writer("intake")

    one, again = (writer.write(fact, meta()) for _ in range(2))

    assert one == again
    assert header(one, "ce_id") == timed(NOON, meta().identity, fact.type, str(ADA))
    assert header(one, "ce_id") != header(writer.write(fact, meta("other")), "ce_id")
    ids = [header(writer.write(fact, meta(at=later(seconds=n))), "ce_id") for n in range(3)]
    assert ids == sorted(ids)
    assert header(one, "ce_causationid") == meta().identity
    assert header(one, "ce_time") == NOON.isoformat()


# --- What tells a redelivery from another event -----------------------------------------------------------------------


def _said(value: bytes) -> bytes:
    found = read(review("x")._replace(value=value))
    assert isinstance(found, Arrival)
    return found.body_hash


def test_the_same_value_in_another_spelling_is_the_same_event() -> None:
    made = review("x")
    fields = json.loads(made.value or b"")
    backwards = json.dumps(dict(reversed(fields.items())), indent=2).encode()
    escaped = (made.value or b"").replace(b"worker", b"w\\u006frker")
    numbers = [json.dumps(fields | {"more": [{"n": 1}]}).encode(), json.dumps(fields | {"more": [{"n": 1.0}]}).encode()]

    assert escaped != made.value
    assert _said(backwards) == _said(escaped) == _said(made.value or b"")
    assert _said(numbers[0]) == _said(numbers[1])


@pytest.mark.parametrize("more", [{"n": 2}, {"n": "1"}, {"n": True}, {"n": None}, [], 10**30, 1e300, -(2**63)])
def test_another_value_is_another_event(more: object) -> None:
    fields = json.loads(review("x").value or b"")
    one, other = (json.dumps(fields | {"more": said}).encode() for said in ({"n": 1}, more))

    assert _said(one) != _said(other)

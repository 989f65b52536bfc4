"""Whatever comes through a door is answered: by its id where that can be read, else by where it lies."""

import json
from hashlib import sha256
from typing import Any

import pytest

from services.intake.service import service as intake
from shared.chassis.delivery.records.cloudevents import UNREADABLE_NAME
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.delivery.records.wire import Unread
from shared.contracts.audit import RepeatReviewRefused, ReviewUnreadable
from shared.contracts.doors import concern_id_of
from shared.kernel.identity import event_identity
from tests.support.casework import begun
from tests.support.diary import service
from tests.unit.chassis.records import ADA, REVIEWED, concern, header, read, record, review, work

REPORTED = "safeguarding.concern.reported.v1"


def headers(**changes: bytes | None) -> list[tuple[str, bytes | None]]:
    said = dict(review("a").headers) | {f"ce_{name}": value for name, value in changes.items()}
    return [(name, value) for name, value in said.items() if value != b""]


@pytest.mark.parametrize(
    ("changes", "source", "type_"),
    [
        ({"value": None}, "/tests", REVIEWED),
        ({"headers": headers(subject=b"\xff")}, "/tests", REVIEWED),
        ({"headers": headers(time=b"2024-02-30T12:00:00Z")}, "/tests", REVIEWED),
        ({"headers": headers(specversion=b"0.3")}, "/tests", REVIEWED),
        ({"headers": headers(source=b"")}, "", REVIEWED),
        ({"headers": headers(source=b"\xff")}, "", REVIEWED),
        ({"headers": headers(type=b"x" * 5000)}, "/tests", ""),
    ],
)
def test_a_record_whose_id_can_be_read_is_answered_by_it(changes: dict[str, Any], source: str, type_: str) -> None:
    casework = work(review("a", **changes))

    answer, letter = casework.facts.told
    said = RepeatReviewRefused.model_validate_json(answer.value)
    assert (said.refused_id, said.refused_source, said.refused_type) == ("a", source, type_)
    assert letter.topic == "audit-reviews.dead-letters"


@pytest.mark.parametrize(
    ("changes", "size", "digest"),
    [
        ({"headers": [], "value": b"\0\1\2\3"}, 4, sha256(b"\0\1\2\3").hexdigest()),
        ({"headers": [], "value": None}, None, None),
        ({"headers": headers(id=b""), "value": b"{}"}, 2, sha256(b"{}").hexdigest()),
        ({"headers": headers(id=b"\xff"), "value": b""}, 0, sha256(b"").hexdigest()),
        ({"headers": headers(id=None), "value": b""}, 0, sha256(b"").hexdigest()),
        ({"headers": [], "value": b"[" * 100_000}, 100_000, sha256(b"[" * 100_000).hexdigest()),
    ],
)  # fmt: skip
def test_one_that_says_not_even_which_event_it_is_is_answered_by_its_place(
    changes: dict[str, Any], size: int | None, digest: str | None
) -> None:
    casework = work(review("a", partition=3, offset=71, **changes))

    answer, letter = casework.facts.told
    said = ReviewUnreadable.model_validate_json(answer.value)
    assert (said.place, said.door, said.partition, said.offset) == ("audit-reviews/3/71", "audit-reviews", 3, 71)
    assert (said.size, said.sha256) == (size, digest)
    assert said.reasons[0].says
    assert answer.topic == "audit.drift"
    assert answer.key == b"audit-reviews/3/71"
    assert letter.topic == "audit-reviews.dead-letters"
    assert casework.counts.outcomes == {("unreadable", "unreadable"): 1}


def test_what_the_client_cannot_decode_is_answered_by_its_place_and_no_more_is_said_of_it() -> None:
    casework = work()
    casework.take(read(KeptRecord("audit-reviews", 2, 9, 0, 1, None, b"", [(UNREADABLE_NAME, None)])))

    said = ReviewUnreadable.model_validate_json(casework.facts.told[0].value)
    assert (said.place, said.size, said.sha256) == ("audit-reviews/2/9", None, None)


def test_two_records_alike_have_two_answers_and_one_that_is_read_again_has_the_same() -> None:
    for changes in ({"value": b"{"}, {"headers": [], "value": b"{"}):
        one, again, other = (
            header(work(review("a", offset=offset, **changes)).facts.told[0], "ce_id") for offset in (1, 1, 2)
        )
        assert one == again != other


CONCERN = str(concern_id_of("wmas", "A-17"))


@pytest.mark.parametrize(
    ("value", "about"),
    [
        ({"sender": "wmas", "reference": "A-17"}, CONCERN),
        ({"type": REPORTED, "data": {"sender": "wmas", "reference": "A-17"}}, CONCERN),
        ({"sender": "wmas", "reference": "A-17", "data": {"reference": "A-18"}}, ""),
        ({"adult_id": str(ADA)}, ""),
    ],
)
def test_sender_and_reference_are_said_where_they_can_be_read(value: Any, about: str) -> None:
    broken = f'{json.dumps(value)[:-1]}, "urgent": "breaks off'
    made = record(REPORTED, "a", {})._replace(headers=[], value=broken.encode())
    found = read(made, intake)
    assert isinstance(found, Unread)
    casework = begun(intake, clamp=False)
    casework.take(found)

    said = json.loads(casework.facts.told[0].value)
    assert said["about"] == about
    whose = {"sender": "wmas", "reference": "A-17"} if about == CONCERN else {}
    assert {name: said[name] for name in ("sender", "reference") if said.get(name)} == whose
    assert said["place"] == "concern-reports/0/0"


@pytest.mark.parametrize("data", [{"n": 2**70}, {"n": [[[1]]]}, "text", None])
def test_one_in_structured_mode_is_answered_by_its_id_whatever_its_data_are(data: Any) -> None:
    event = {"id": "a", "source": "/tests", "type": REVIEWED, "specversion": "0.3", "data": data}
    found = read(review("a", headers=[], value=json.dumps(event).encode()))

    assert isinstance(found, Unread)
    assert found.meta is not None
    assert found.meta.identity == event_identity("/tests", "a")


def test_what_a_topic_of_ours_holds_is_answered_to_nobody() -> None:
    found = read(concern("a", headers=[], value=b"\0\1\2\3"))

    assert isinstance(found, Unread)
    assert (found.meta, found.place) == (None, "")
    assert service.place_refusal is ReviewUnreadable

"""The stories' file: every line is an event a door takes, and everything it refers to is there."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from services.audit.repeat import review_identity
from shared.contracts import CATALOGUE, DOORS
from shared.contracts.doors import concern_id_of, enquiry_id_of
from shared.kernel.identity import derived

STORIES = Path(__file__).parents[2] / "support" / "stories"
LINES = (STORIES / "stories.jsonl").read_text(encoding="utf-8").splitlines()
EVENTS: list[dict[str, Any]] = [json.loads(line) for line in LINES]
EXPECTED = json.loads((STORIES / "expected.json").read_text(encoding="utf-8"))["lines"]
READABLE = [event for event in EVENTS if event["id"] not in EXPECTED["unreadable"]]
REPORTS = [event["data"] for event in READABLE if event["type"] == "safeguarding.concern.reported.v1"]
CONCERNS = {str(concern_id_of(data["sender"], data["reference"])) for data in REPORTS}
REPORTED_BY_NOBODY = str(concern_id_of(*EXPECTED["nobody_reported"].split("/")))


def test_there_are_about_sixty_concerns_in_three_hundred_events() -> None:
    assert len(EVENTS) == EXPECTED["all"]
    assert sum(event["type"] == "safeguarding.concern.reported.v1" for event in EVENTS) == EXPECTED["reports"]


def test_every_line_is_a_cloudevent_for_a_door_with_its_time() -> None:
    for event in EVENTS:
        assert set(event) == {"specversion", "id", "source", "type", "time", "datacontenttype", "data"}
        assert CATALOGUE[event["type"]].topic in DOORS
        assert datetime.fromisoformat(event["time"]).tzinfo is not None


def test_the_lines_are_in_the_order_of_their_time_and_span_two_years_that_are_over() -> None:
    times = [datetime.fromisoformat(event["time"]) for event in EVENTS]

    assert times == sorted(times)
    assert 700 < (times[-1] - times[0]).days < 731
    # What was left open must have become over six months by now: the table must not depend on the day.
    assert (datetime.now(UTC) - times[-1]).days > 190  # noqa: TID251


def test_the_data_fit_the_contract_but_in_the_lines_that_are_meant_not_to() -> None:
    unfit = [event["id"] for event in EVENTS if not _fits(event)]

    assert unfit == EXPECTED["unreadable"]


def test_an_identity_comes_twice_in_one_redelivery_and_one_clash_alone() -> None:
    seen = Counter((event["source"], event["id"]) for event in EVENTS)

    assert {identity: times for identity, times in seen.items() if times > 1} == {
        ("/council/contact-centre", "con-0011"): 3
    }


def test_whatever_is_decided_was_reported_but_for_the_one_that_waits() -> None:
    about = {event["data"]["concern_id"] for event in READABLE if "concern_id" in event["data"]}
    named = {event["data"]["duplicate_of"] for event in READABLE if "duplicate_of" in event["data"]}

    assert (about | named) - CONCERNS == {REPORTED_BY_NOBODY}


def test_enquiries_and_reviews_are_of_concerns_and_adults_there_are() -> None:
    enquiries = {str(enquiry_id_of(UUID(concern))) for concern in CONCERNS}
    adults = {derived("adult", concern) for concern in CONCERNS}
    reviews = {str(review_identity(adult, number)) for adult in adults for number in (1, 2)}
    for data in (event["data"] for event in READABLE):
        assert data.get("enquiry_id") in {None, *enquiries}
        assert data.get("adult_id") in {None, *map(str, adults)}
        assert data.get("review_id") in {None, *reviews}
        assert data.get("open_id") in {None, *enquiries, *CONCERNS}


def test_nhs_numbers_are_of_the_test_range_and_all_but_one_are_valid() -> None:
    numbers = {data["adult"]["nhs_number"] for data in REPORTS if (data.get("adult") or {}).get("nhs_number")}

    assert all(number.startswith("999") and len(number) == 10 for number in numbers)
    assert sorted(number for number in numbers if not _checks(number)) == EXPECTED["nhs_number_not_valid"]


def _fits(event: dict[str, Any]) -> bool:
    """Whether the data are what the contract says, and hold no field that it does not know."""
    try:
        read = CATALOGUE[event["type"]].model_validate_json(json.dumps(event["data"]))
    except ValidationError:
        return False
    return not read.model_extra


def _checks(number: str) -> bool:
    """The check digit as the NHS Data Dictionary words it."""
    remainder = sum(int(digit) * weight for digit, weight in zip(number[:9], range(10, 1, -1), strict=True)) % 11
    return {11: 0}.get(11 - remainder, 11 - remainder) == int(number[9])

"""Cursors, and paging of rows that are at hand; the same over SQL is in tests/integration/reads."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.chassis.reading.paging import BadCursorError, cursor, cut, marked, place, select
from shared.chassis.views import Filter, ListView, ReadModel

NOON = datetime(2024, 3, 6, 12, tzinfo=UTC)
AT = st.datetimes(timezones=st.just(UTC))


class Row(ReadModel):
    key: UUID
    at: datetime = NOON
    team: str | None = None


VIEW = ListView(
    path="/list", says="A list.", row=Row, query="SELECT 1 WHERE $1 > now()", order="at", key="key",
    filters=(Filter("team", "A team."), Filter("before", "Before.", "at", "{column} < {value}")),
)  # fmt: skip


@given(at=AT, key=st.uuids())
def test_a_cursor_leads_back_to_the_very_place(at: datetime, key: UUID) -> None:
    assert place(cursor("mark", at, key), "mark", [datetime, UUID]) == [at, key]


@given(text=st.text(max_size=60))
def test_what_is_no_cursor_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(BadCursorError):
        place(text, "mark", [datetime, UUID])


@pytest.mark.parametrize(
    "said",
    [
        ["mark"],
        ["mark", "2024-03-06T12:00:00Z", "no uuid"],
        ["mark", "soon", str(UUID(int=1))],
        ["other", "2024-03-06T12:00:00Z", str(UUID(int=1))],
        ["mark", "2024-03-06T12:00:00Z", str(UUID(int=1)), "more"],
        {"mark": 1},
        7,
        None,
    ],
    ids=str,
)
def test_a_cursor_that_does_not_fit_is_refused(said: Any) -> None:
    text = urlsafe_b64encode(json.dumps(said).encode()).decode()
    with pytest.raises(BadCursorError):
        place(text, "mark", [datetime, UUID])


def test_a_cursor_belongs_to_its_list_and_its_filters() -> None:
    marks = {
        marked("/list", {}), marked("/other", {}), marked("/list", {"team": "a"}), marked("/list", {"team": "b"}),
        marked("/list", {"stage": "a"}),
    }  # fmt: skip

    assert len(marks) == 5
    assert marked("/list", {"a": 1, "b": 2}) == marked("/list", {"b": 2, "a": 1})


@given(numbers=st.sets(st.integers(0, 2**128 - 1), max_size=30), limit=st.integers(1, 12))
def test_paging_through_is_one_big_read(numbers: set[int], limit: int) -> None:
    rows = [Row(key=UUID(int=number)) for number in numbers]
    found: list[ReadModel] = []
    after: str | None = None
    while True:
        items, after = cut("/list", "key", {}, rows, limit, after)
        found += items
        assert len(items) <= limit
        if after is None:
            break
        assert len(items) == limit

    assert [row.key.int for row in found if isinstance(row, Row)] == sorted(numbers)


def test_every_value_is_a_parameter_and_the_order_ends_with_the_key() -> None:
    after = cursor(marked("/list", {"team": "intake", "before": NOON}), NOON, UUID(int=1))

    found = select(VIEW, {"team": "intake", "before": NOON}, NOON, 10, after)

    assert found.values == [NOON, "intake", NOON, NOON, UUID(int=1), 11]
    assert "team = $2::text" in found.statement
    assert "at < $3::timestamptz" in found.statement
    assert "(at, key) > ($4::timestamptz, $5::uuid)" in found.statement
    assert found.statement.endswith("ORDER BY at, key LIMIT $6::bigint")
    assert "intake" not in found.statement


def test_a_query_that_does_not_ask_for_the_time_is_not_given_it() -> None:
    timeless = ListView(path="/list", says="A list.", row=Row, query="SELECT 1", order="at", key="key")

    assert select(timeless, {}, NOON, 10, None).values == [11]

"""What a view declares, and what the read log takes from an answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.chassis.reading.read_log import ids_in
from shared.chassis.reading.tokens import hashed, identity_of
from shared.chassis.views import CaseView, ComputedView, ListView, Page, ReadModel, happened, in_order, names_in
from tests.architecture.tree import services

NOON = datetime(2024, 3, 6, 12, tzinfo=UTC)
EVERY = [(service.name, view) for service in services() for view in service.views]


class Part(ReadModel):
    one: UUID
    more: tuple[UUID, ...] = ()


@given(st.lists(st.integers(0, 5), max_size=8))
def test_a_timeline_is_in_order_of_time_and_stays_as_told_within_an_instant(offsets: list[int]) -> None:
    told = [happened(NOON + timedelta(days=day), str(number)) for number, day in enumerate(offsets)]

    shown = in_order(told)

    assert [(entry.at, int(entry.what)) for entry in shown] == sorted(
        (NOON + timedelta(days=day), number) for number, day in enumerate(offsets)
    )


def test_what_has_not_happened_is_no_entry_and_what_is_not_known_no_detail() -> None:
    entry = happened(NOON, "decided", by="sw.1", decision="not_met", authority=None, disposals=())

    assert in_order([happened(None, "approved"), entry]) == (entry,)
    assert entry is not None
    assert entry.details == {"decision": "not_met"}


def test_every_id_of_an_answer_is_found_wherever_it_stands() -> None:
    entry = happened(NOON, "joined", review=UUID(int=5), others=(UUID(int=6),))
    answer = Page[Any](items=(Part(one=UUID(int=1), more=(UUID(int=2), UUID(int=3))), entry))

    assert set(ids_in([answer, {"asked": UUID(int=4), "team": "intake"}])) == {UUID(int=n) for n in range(1, 7)}


def test_a_secret_is_kept_as_a_hash_and_names_its_token() -> None:
    assert len(hashed("s42_secret")) == 32
    assert identity_of("s42_secret") == identity_of("s42_secret") != identity_of("s42_other")


@pytest.mark.parametrize(("service", "view"), EVERY, ids=lambda each: getattr(each, "path", each))
def test_a_view_is_declared_whole(service: str, view: Any) -> None:
    assert service
    assert view.path.startswith("/")
    assert view.says[0].isupper()
    assert view.says.endswith(".")
    match view:
        case CaseView():
            assert len(names_in(view.path)) == 1
        case ListView():
            assert names_in(view.path) == ()
            assert {view.order, view.key} <= view.row.model_fields.keys()
            assert "now()" not in view.query.lower()
            assert ";" not in view.query
            for one in view.filters:
                assert one.says.endswith(".")
                assert view.kind_of(one) is not None
        case _:
            assert isinstance(view, ComputedView)
            assert set(names_in(view.path)) == view.parameters.keys()


def test_no_two_views_of_a_service_have_one_path() -> None:
    for service in services():
        paths = [view.path for view in service.views]
        assert len(set(paths)) == len(paths)


def test_no_answer_has_a_field_for_what_identifies_a_person() -> None:
    never = {"name", "nhs_number", "birth_date", "born_by", "address", "narrative", "text", "words", "digest"}
    for service, view in EVERY:
        answer = view.row if isinstance(view, ListView) else view.answer
        fields = {name for part in _parts(answer.model_json_schema(mode="serialization")) for name in part}
        assert not never & fields, (service, view.path)


def _parts(schema: Any) -> list[dict[str, Any]]:
    return [part.get("properties", {}) for part in (schema, *schema.get("$defs", {}).values())]

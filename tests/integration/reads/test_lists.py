"""Lists over real tables: every page once and in order, filters as pure functions say, and every view answers."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services import SERVICES
from services.enquiry.clocks import Stage, stage_of
from services.enquiry.progress import next_clock
from services.triage.cases import Awaiting, Concern
from services.triage.views import UNDECIDED
from shared.chassis.service import Service
from shared.chassis.views import CaseView, ComputedView, ListView, ReadModel, Scope
from shared.contracts.local_policy import COVENTRY_2024_1
from tests.integration.reads.conftest import NOW, Opens
from tests.support.kept_cases import CASES, a_concern, an_enquiry, ids

TEAMS = ("hospital", "intake", "mental_health")
HOUR = timedelta(hours=1)
TO_DECIDE = timedelta(hours=COVENTRY_2024_1.decision_target_hours)


async def test_paging_through_a_worklist_is_one_big_read_under_any_page_size(opens: Opens) -> None:
    chance = random.Random(7)
    api = await opens("triage")
    kept = {key: a_concern(chance) for key in ids(chance, 150)}
    await api.keep(kept)

    whole = await api.items("/worklist", limit=200)

    waiting = {key: concern for key, concern in kept.items() if concern.awaiting is not Awaiting.NOTHING}
    expected = sorted((concern.received_at + TO_DECIDE, key) for key, concern in waiting.items())
    assert len({due for due, _ in expected}) < len(expected) / 2, "there are ties"
    assert [UUID(item["concern_id"]) for item in whole] == [key for _, key in expected]
    for limit in (1, 2, 7, 50, 199):
        assert await api.items("/worklist", limit=limit) == whole


async def test_what_is_added_meanwhile_moves_no_page(opens: Opens) -> None:
    api = await opens("triage")
    adult = UUID(int=1)
    await api.keep({UUID(int=n): Concern(adult, NOW, "intake") for n in (10, 20, 30, 40)})
    first = (await api.get("/worklist", limit=2)).json

    await api.keep({UUID(int=n): Concern(adult, NOW, "intake") for n in (5, 25)})
    rest = (await api.get("/worklist", limit=9, cursor=first["next"])).json["items"]

    assert [UUID(item["concern_id"]).int for item in first["items"]] == [10, 20]
    assert [UUID(item["concern_id"]).int for item in rest] == [25, 30, 40]
    wrong = await api.get("/worklist", cursor=first["next"], team="intake")
    assert (wrong.status, wrong.json["code"]) == (400, "bad_cursor")


async def test_the_worklist_of_triage_is_what_the_rules_say(opens: Opens) -> None:
    chance = random.Random(11)
    api = await opens("triage")
    kept = {key: a_concern(chance) for key in ids(chance, 120)}
    await api.keep(kept)
    queries: list[dict[str, Any]] = [
        {"team": "hospital"}, {"stage": "awaiting_approval"}, {"overdue": True}, {"overdue": False},
        {"emergency_duty": True}, {"screened": True}, {"stage": "awaiting_authority"},
        {"stage": "awaiting_correction"}, {"adult_id": UUID(int=3)},
        {"due_before": (NOW - 90 * 24 * HOUR).isoformat()},
        {"team": "intake", "stage": "awaiting_decision", "overdue": True},
    ]  # fmt: skip
    for query in queries:
        expected = set()
        asked = {name: value for name, value in query.items() if name != "due_before"}
        before = datetime.fromisoformat(query.get("due_before", "2200-01-01T00:00:00+00:00"))
        for key, concern in kept.items():
            due = concern.received_at + TO_DECIDE
            said = {
                "team": concern.team, "stage": concern.awaiting, "adult_id": concern.adult_id,
                "overdue": due < NOW and concern.awaiting in UNDECIDED, "screened": bool(concern.screenings),
                "emergency_duty": concern.with_emergency_duty,
            }  # fmt: skip
            if concern.awaiting is not Awaiting.NOTHING and asked.items() <= said.items() and due < before:
                expected.add(key)
        found = await api.items("/worklist", limit=9, **{name: str(value) for name, value in query.items()})
        assert {UUID(item["concern_id"]) for item in found} == expected, query
        assert len(found) == len(expected) > 0


async def test_the_worklist_of_enquiry_is_what_the_rules_say(opens: Opens) -> None:
    chance = random.Random(5)
    api = await opens("enquiry")
    kept = {key: an_enquiry(chance, key) for key in ids(chance, 400)}
    await api.keep(kept)

    found = await api.items("/worklist", limit=150)

    still = {key: one for key, one in kept.items() if one.concluded is None and one.withdrawn_at is None}
    assert {stage_of(enquiry) for enquiry in still.values()} == set(Stage)
    clocks = {key: next_clock(enquiry) for key, enquiry in still.items()}
    assert len({clock.what for clock in clocks.values()}) == 3
    assert [UUID(item["enquiry_id"]) for item in found] == sorted(still, key=lambda key: (clocks[key].at, key))
    for item in found:
        key = UUID(item["enquiry_id"])
        enquiry, clock = still[key], clocks[key]
        lead = enquiry.course.assignments[-1] if enquiry.course.assignments else None
        assert item["stage"] == stage_of(enquiry)
        assert item["next_clock"] == clock.what
        assert datetime.fromisoformat(item["next_at"]) == clock.at
        assert item["overdue"] == (clock.at <= NOW)
        assert (item["team"], item["officer"]) == ((lead.team, lead.officer) if lead else (None, None))
        assert item["suspended"] == any(one.resumed_at is None for one in enquiry.course.suspensions)
    one = random.Random(1).choice([item for item in found if item["team"]])
    shown = (await api.get(f"/enquiries/{one['enquiry_id']}")).json
    assert {name: shown[name] for name in one if name in shown} == {n: v for n, v in one.items() if n in shown}
    assert len(await api.items("/worklist", team=one["team"], stage=one["stage"])) > 0


@pytest.mark.parametrize("service", SERVICES)
async def test_every_view_answers_with_what_there_is(opens: Opens, service: str) -> None:
    chance = random.Random(2)
    api = await opens(service)
    kept = CASES[service](chance)
    await api.keep(kept)

    for view in api.service.views:
        if isinstance(view, ListView):
            found = await api.items(view.path, limit=2)
            assert found or view.path == "/work-at-concern-stage", view.path
            assert found == await api.items(view.path, limit=200)
            for one in view.filters:
                column = one.column or one.name
                value = next((item[column] for item in found if item.get(column) is not None), None)
                if value is not None:
                    assert (await api.get(view.path, **{one.name: str(value)})).status == 200
        elif isinstance(view, CaseView):
            statuses = {(await api.get(view.path.partition("{")[0] + str(key))).status for key in kept}
            assert 200 in statuses, view.path
            assert statuses <= {200, 404}
            assert (await api.get(view.path.partition("{")[0] + str(UUID(int=99)))).status == 404


class Sum(ReadModel):
    number: int
    total: int


class Named(ReadModel):
    key: UUID


class Seen(msgspec.Struct, frozen=True):
    key: UUID
    number: int


def summed(states: Iterable[Seen], asked: Mapping[str, Any], _: datetime) -> Sum | None:
    numbers = [state.number for state in states]
    return Sum(number=len(numbers), total=sum(numbers)) if asked["year"] == 2024 else None


def named(states: Iterable[Seen], _: Mapping[str, Any], __: datetime) -> list[Named]:
    return [Named(key=state.key) for state in states if state.number % 2]


def slowly(states: Iterable[Seen], _: Mapping[str, Any], __: datetime) -> Sum:
    numbers = [state.number for state in states]
    end = time.monotonic() + 4
    while time.monotonic() < end:
        pass
    return Sum(number=len(numbers), total=0)


async def test_something_is_worked_out_of_every_case_without_the_loop_being_held_up(opens: Opens) -> None:
    parameters = {"year": (int, "The year.")}
    value: Service[Seen] = Service(
        name="audit", reads=(), writes=(), state=Seen, keys=lambda _: (), decide=lambda *_: None,  # type: ignore[arg-type]
        views=(
            ComputedView(path="/sum/{year}", says="A sum.", answer=Sum, computes=summed, parameters=parameters),
            ComputedView(path="/odd", says="The odd ones.", answer=Named, computes=named, key="key", scope=Scope.CASES),
            ComputedView(path="/slow", says="Slow.", answer=Sum, computes=slowly),
        ),
    )  # fmt: skip
    api = await opens(value, idle_in_transaction_ms=3000, read_timeout_ms=60_000)  # less than "slowly" takes
    kept = {key: Seen(key, number) for number, key in enumerate(ids(random.Random(4), 1203))}
    await api.keep(kept)

    assert (await api.get("/sum/2024")).json == {"number": 1203, "total": sum(range(1203))}
    assert (await api.get("/sum/2023")).status == 404
    odd = await api.items("/odd", limit=70)
    assert [UUID(item["key"]) for item in odd] == sorted(key for key, seen in kept.items() if seen.number % 2)
    assert [row["rows"] for row in (await api.log())[:3]] == [1, 0, 70]

    slow = asyncio.create_task(api.get("/slow"))
    longest, last = 0.0, time.thread_time()  # what others take of a busy machine holds no loop up
    while not slow.done():
        await asyncio.sleep(0.01)
        longest, last = max(longest, time.thread_time() - last), time.thread_time()
    assert (await slow).json["number"] == 1203, "no transaction was left open meanwhile"
    assert longest < 1

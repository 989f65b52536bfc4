"""What a service declares is held against the contracts before it starts, and what it decides against what it declares.

Each says which service, and where that decides.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from shared.chassis.delivery.records.wire import Arrival, Unread
from shared.chassis.process.errors import BrokenPromise
from shared.chassis.promises import see_to
from shared.chassis.service import Service
from shared.contracts import triage
from shared.contracts.audit import DriftEnded, RepeatReviewDone, ReviewUnreadable
from shared.contracts.doors import DriftReviewed, RepeatReviewed
from shared.contracts.intake import ConcernReceived
from shared.kernel.decision import Decision
from shared.kernel.event import Event
from tests.architecture.tree import services
from tests.support import breaking, diary
from tests.support.casework import begun
from tests.unit.chassis.records import ADA, concern, read

HERE = r"tests/support/breaking\.py:\d+"


class _Undeclared(Event):
    """Nobody knows it."""

    type: ClassVar[str] = "safeguarding.audit.undeclared.v1"
    topic: ClassVar[str] = "concerns"
    key_field: ClassVar[str] = "name"
    subject_field: ClassVar[str] = "name"
    name: str


ENDED: Event = DriftEnded.model_construct(None)  # type: ignore[call-arg]
DONE = RepeatReviewDone(
    review_id=ADA, adult_id=ADA, safety_planning="a", reviewed_by="nobody", reviewed_at=datetime(2024, 3, 6, tzinfo=UTC)
)


class _Impostor(ConcernReceived):
    """Another class by the type of one that is known."""


@pytest.mark.parametrize("service", services(), ids=lambda service: service.name)
def test_what_runs_keeps_its_promises(service: Service[Any]) -> None:
    see_to(service)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (
            {"reads": (_Undeclared, RepeatReviewed)},
            "reads safeguarding.audit.undeclared.v1, which the contracts",
        ),
        ({"reads": (_Impostor, RepeatReviewed)}, "reads safeguarding.concern.received.v1, which the contracts"),
        ({"writes": (*breaking.service.writes, triage.ConcernTriaged)}, "which is triage's to state"),
        ({"writes": (*breaking.service.writes, DriftReviewed)}, "which goes through a door"),
        ({"reads": (*breaking.service.reads, RepeatReviewDone)}, "and states it too"),
        ({"writes": (RepeatReviewDone, ReviewUnreadable)}, "which is not among what it writes"),
        ({"name": "intake"}, "which is audit's to state"),
    ],
)
def test_what_cannot_be_kept_does_not_start(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(BrokenPromise) as raised:
        see_to(replace(breaking.service, **changed))
    assert says in str(raised.value)
    assert re.fullmatch(HERE, raised.value.place)
    assert raised.value.exit_code == 70


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ((ENDED,), "states a DriftEnded, which is not among what it writes"),
        (("no event",), "states a str, which is not among what it writes"),
        ((DONE, DONE), "two facts of one type about one subject"),
    ],
)
def test_a_decision_that_breaks_a_promise_is_set_aside_and_says_where_it_was_made(
    facts: Any, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def decide(cases: Any, event: Any, meta: Any) -> Any:
        del cases, event, meta
        return Decision({}, facts)

    casework = begun(replace(diary.service, decide=decide))
    casework.take(read(concern("a")))

    assert not casework.facts.told
    assert [held.reason for held in casework.held.parked] == ["internal_error"]
    logged = capsys.readouterr().out
    assert says in logged
    assert re.search(r"where=tests/unit/chassis/test_promises\.py:\d+", logged)


@pytest.mark.parametrize("source", ["/tests", "/section42/audit", "/section42/intake/", "intake"])
def test_a_fact_that_names_another_source_than_its_own_service_is_not_believed(source: str) -> None:
    made = concern("a")
    headers = [(name, source.encode() if name == "ce_source" else value) for name, value in made.headers]

    found = read(made._replace(headers=headers))

    assert isinstance(found, Unread)
    assert [(reason.code, reason.where) for reason in found.reasons] == [("foreign_source", "source")]
    assert isinstance(read(made), Arrival)

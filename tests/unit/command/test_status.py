"""`section42 status`: what of what it found somebody must look at, and what its last line says."""

import re
from datetime import UTC, datetime

import pytest

from services.command.accounts import Ledger, problems
from services.command.status import SenderStatus, ServiceStatus, Status
from shared.chassis.open_transactions import LONG_S
from tests.architecture.tree import ROOT

AT = datetime(2024, 3, 6, 12, tzinfo=UTC)
DAY_S = 86_400


def found(*services: ServiceStatus, unaccounted: tuple[str, ...] = ()) -> Status:
    return Status(AT, list(services), [], 0, 0, list(unaccounted))


@pytest.mark.parametrize(
    ("service", "says"),
    [
        (ServiceStatus("triage", waiting=1, waiting_s=DAY_S), []),
        (
            ServiceStatus("triage", waiting=1, waiting_s=DAY_S + 3600),
            ["triage has waited 25 h for what an event needs: section42 held triage"],
        ),
        (
            ServiceStatus("audit", parked=2, parked_s=1),
            ["audit has set 2 events aside, with all that follows on their keys: section42 held audit"],
        ),
    ],
)
def test_what_waits_for_more_than_a_day_or_is_parked_is_a_problem(service: ServiceStatus, says: list[str]) -> None:
    status = found(service)

    assert status.problems == says
    assert status.verdict == "every report is accounted for"


def test_a_log_that_does_not_fit_is_a_problem_and_what_was_given_up_or_holds_up_is_told() -> None:
    misfit = "intake does not read concern-reports 0: it is not in Kafka: section42 positions intake"
    status = found(ServiceStatus("intake", misfits=[misfit], given_up=["intake has given up 2 records of x"]))
    status.open_transactions.append("the transaction of x has been open for 2 min")

    assert status.problems == [misfit]
    assert status.verdict == "every report is accounted for"


def test_a_minute_is_what_the_alert_says() -> None:
    alerts = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text(encoding="utf-8")

    assert re.findall(r"safeguarding_open_transaction_seconds\) > (\d+)", alerts) == [f"{LONG_S:.0f}"]


def test_a_day_is_what_the_alert_says() -> None:
    alerts = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
    (after,) = re.findall(r'safeguarding_held_oldest_seconds\{kind="waiting"\}\) > (\d+)', alerts)

    assert found(ServiceStatus("triage", waiting=1, waiting_s=int(after))).problems == []
    assert found(ServiceStatus("triage", waiting=1, waiting_s=int(after) + 1)).problems != []


def test_sums_that_do_not_add_up_are_problems_too_and_the_verdict_names_them_alone() -> None:
    status = found(ServiceStatus("audit", parked=1), unaccounted=("wmas: 2 received, 1 accepted",))

    assert len(status.problems) == 2
    assert status.verdict == "NOT ACCOUNTED FOR: wmas: 2 received, 1 accepted"


@pytest.mark.parametrize("moving", [None, "outbox", "lag", "parked"])
def test_intake_and_triage_may_differ_on_what_is_withdrawn_only_while_something_is_on_the_way(
    moving: str | None,
) -> None:
    intake = ServiceStatus("intake", outbox_facts=int(moving == "outbox"))
    triage = ServiceStatus("triage", lag_records=int(moving == "lag"), parked=int(moving == "parked"))
    book = Ledger(1, [SenderStatus("wmas", received=1, accepted=1, waiting=1)], untold=1)

    said = problems(book, [intake, triage])

    differ = "intake and triage differ on whether 1 concerns are withdrawn, and nothing is on the way"
    assert said == ([] if moving else [differ])

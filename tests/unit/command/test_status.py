"""`section42 status`: what of what it found somebody must look at, and what its last line says."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from services.command.accounts import Ledger, problems
from services.command.status_found import SenderStatus, ServiceStatus, Status
from shared.chassis.delivery.kafka.open_transactions import LONG_S
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
    assert status.verdict == f"NOT ACCOUNTED FOR: {misfit}", "what lies in a log that nobody reads is not known"


@pytest.mark.parametrize(
    ("alert", "stands", "threshold"),
    [
        (r"safeguarding_outbox_oldest_pending_seconds\) > (\d+)", {"outbox_facts": 1}, "outbox_s"),
        (r"safeguarding_lag_seconds\) > (\d+)", {"lag_records": 1}, "lag_s"),
        (r"safeguarding_timers_overdue\) > 0\n        for: (\d+)m", {"timers_overdue": 1}, "overdue_s"),
    ],
)
def test_what_an_alert_wakes_somebody_for_is_a_problem_here_too(
    alert: str, stands: dict[str, Any], threshold: str
) -> None:
    (number,) = re.findall(alert, (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
    after: Any = int(number) * (60 if "for" in alert else 1)

    assert found(ServiceStatus("audit", **stands, **{threshold: after})).problems == []
    assert len(found(ServiceStatus("audit", **stands, **{threshold: after + 1})).problems) == 1


def test_whatever_stops_a_service_is_a_problem() -> None:
    tripped = found(ServiceStatus("triage", breaker_tripped_at=AT))
    stopped = found(ServiceStatus("triage", clock_stops=["triage does not read triage-decisions 3 from 7 on"]))

    assert tripped.problems == [
        "triage has stopped reading after a burst of unreadable records: section42 breaker triage"
    ]
    assert stopped.problems == ["triage does not read triage-decisions 3 from 7 on"]
    assert stopped.verdict == "NOT ACCOUNTED FOR: triage does not read triage-decisions 3 from 7 on"


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


@pytest.mark.parametrize(
    ("moving", "says"),
    [
        (None, "nothing is"),
        ("outbox", None),
        ("unread", None),
        ("held", None),
        ("another topic", "nothing is"),
    ],
)
@pytest.mark.parametrize("what", ["on the way", "untold"])
def test_intake_and_triage_may_differ_only_as_far_as_something_is_on_the_way(
    what: str, moving: str | None, says: str | None
) -> None:
    """What triage has yet to read elsewhere, or holds of something else, brings no concern to it."""
    intake = ServiceStatus("intake", outbox_facts=int(moving == "outbox"))
    elsewhere = int(moving == "another topic")
    triage = ServiceStatus("triage", lag_records=elsewhere, parked=elsewhere)
    known = {"waiting": 1} if what == "untold" else {"on_the_way": 1}
    book = Ledger(1, [SenderStatus("wmas", received=1, accepted=1, **known)], untold=int(what == "untold"))
    book.unread, book.held = int(moving == "unread"), int(moving == "held")

    said = problems(book, [intake, triage])

    differ = {
        "untold": f"intake and triage differ on whether 1 concerns are withdrawn, and {says} on the way",
        "on the way": f"1 accepted concerns have not reached triage, and {says} on the way",
    }
    assert said == ([] if says is None else [differ[what]])


def test_one_that_is_on_the_way_does_not_hide_another_that_is_nowhere() -> None:
    book = Ledger(2, [SenderStatus("wmas", received=2, accepted=2, on_the_way=2)], unread=1)

    (said,) = problems(book, [ServiceStatus("intake"), ServiceStatus("triage")])

    assert said == "2 accepted concerns have not reached triage, and at most 1 are on the way"

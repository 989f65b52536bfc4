"""How a sender's open transaction, and what was given up, are told of."""

from datetime import UTC, datetime, timedelta

import pytest

from services.command.giving_up import Loss
from services.command.logs_seen import told
from shared.chassis.delivery.kafka.open_transactions import Holder

NOW = datetime(2024, 3, 6, 12, tzinfo=UTC)


def test_a_transaction_is_told_of_once_by_its_sender_s_name_with_every_partition_it_holds_up() -> None:
    since = NOW - timedelta(minutes=3)
    holding = [
        Holder(("p.concern-reports", 2), 7, 10, "wmas-out", since),
        Holder(("p.concern-reports", 4), 7, 12, "wmas-out", since),
        Holder(("p.intake-decisions", 0), 8, 0),
    ]

    nameless, named = told(holding, "p.", NOW)

    assert named == (
        "the transaction of wmas-out has been open for 3 min; nobody can read on behind it in"
        " concern-reports 2, concern-reports 4"
    )
    assert nameless == (
        "the transaction of producer 8, whose name we may not ask for has been open;"
        " nobody can read on behind it in intake-decisions 0"
    )


@pytest.mark.parametrize(
    ("records", "exact", "says"),
    [(5, True, "5 records"), (0, True, "0 records"), (5, False, "at most 5 records"),
     (0, False, "records whose number is not known")],
)  # fmt: skip
def test_a_number_says_what_it_is_worth(records: int, exact: bool, says: str) -> None:  # noqa: FBT001
    assert Loss(0, 9, records, exact, "").number == says

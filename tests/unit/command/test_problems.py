"""What a command says of an error: one line, what to do, and nothing of what the error has met."""

from __future__ import annotations

import asyncpg
import pytest
from aiokafka.errors import KafkaTimeoutError

from services.command.problems import CommandError, MisuseError, line_about
from shared.chassis.delivery.records.strict_json import flaw
from shared.chassis.process.errors import Misconfigured, PortTaken

CANARY = "Zq0001Canary"


def of_postgres(kind: type[asyncpg.PostgresError], says: str) -> asyncpg.PostgresError:
    return kind(f"{says}\nDETAIL:  Key (name)=({CANARY}) already exists.")


def of_ours() -> Exception:
    try:
        flaw(12)  # type: ignore[arg-type]
    except TypeError as error:
        error.args = (CANARY,)
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("error", "says", "code"),
    [
        (CommandError("do this"), "do this", 1),
        (MisuseError("not that"), "not that", 2),
        (Misconfigured("set it"), "set it", 78),
        (PortTaken("choose another"), "choose another", 3),
        (KafkaTimeoutError(CANARY), "Kafka says KafkaTimeoutError: check", 1),
        (of_postgres(asyncpg.UndefinedTableError, 'relation "cases" does not exist'), '"cases" does not exist; run', 1),
        (of_postgres(asyncpg.UniqueViolationError, f"duplicate key {CANARY}"), "Postgres says UniqueViolationError", 1),
        (of_postgres(asyncpg.InvalidTextRepresentationError, CANARY), "says InvalidTextRepresentationError", 1),
        (FileNotFoundError(2, "No such file or directory", "a.dump"), "a.dump: No such file or directory", 1),
        (of_ours(), "a fault of ours, TypeError at shared/chassis/delivery/records/strict_json.py:", 70),
        (KeyError(CANARY), "a fault of ours, KeyError: nothing you did", 70),
    ],
    ids=range(11),
)
def test_it_is_one_line_without_a_word_of_a_row(error: Exception, says: str, code: int) -> None:
    line, status = line_about(error)

    assert says in line
    assert status == code
    assert line.isprintable()
    assert CANARY not in line

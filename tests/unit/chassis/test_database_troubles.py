"""What the database says of itself is waited for; what it says of the values it was given is a fault of ours."""

from __future__ import annotations

import ast
import asyncio

import asyncpg
import pytest
from asyncpg.exceptions import _base

from shared.chassis.postgres.database import BUSY, connect, in_words, ours, passes
from shared.chassis.process.errors import Fenced, HistoryDiffers, NotLetIn, ServiceBroke, WentBack
from shared.chassis.process.settings import from_environment
from tests.architecture.tree import ROOT, modules, named

KNOWN = sorted(_base.PostgresMessageMeta._message_map)
OVER_VALUES = {
    "21": "more rows than one",
    "22": "data",
    "23": "constraints",
    "27": "what a trigger forbids",
    "44": "what a view forbids",
    "54": "more than there may be",
    "P0": "what a function of ours raises",
}
NO_ERRORS = {"01", "02"}


def said(state: str) -> asyncpg.PostgresError:
    """An error as asyncpg makes it of a server's answer."""
    return asyncpg.PostgresError.new({"C": state, "M": "of the man in room 4", "S": "ERROR"})


@pytest.mark.parametrize("state", [state for state in KNOWN if state[:2] not in NO_ERRORS])
def test_every_state_that_is_known_is_somebodys(state: str) -> None:
    error = said(state)
    assert ours(error) == (state[:2] in OVER_VALUES)
    assert passes(error) != ours(error)


@pytest.mark.parametrize(
    "state",
    [
        *("42501", "42P01", "42703", "3D000", "3F000", "28000", "28P01", "0A000", "25006", "26000"),
        *("53000", "53100", "53200", "53300", "53400", "55000", "55P03", "40001", "40P01"),
        *("57014", "57P01", "57P02", "57P03", "57P04", "57P05", "58000", "58030", "58P01", "58P02", "58P03"),
        *("XX000", "XX001", "XX002", "72000", "F0000", "F0001", "08006", "08P01"),
        *("58999", "XX999", "42999", "ZZ123"),  # asyncpg has no class for them, and a newer server may
    ],
)
def test_how_the_database_stands_is_waited_for(state: str) -> None:
    assert passes(said(state))


@pytest.mark.parametrize("state", ["22P99", "23999", "54999", "P0999"])
def test_a_value_it_refuses_is_ours_by_whatever_state(state: str) -> None:
    assert ours(said(state))


@pytest.mark.parametrize(
    "error",
    [
        OSError(), ConnectionResetError(), TimeoutError(), NotLetIn("no"),
        asyncpg.InterfaceError("x"), asyncpg.ClientConfigurationError("the CA's file is not there just now"),
        _base.ProtocolError("x"), asyncpg.InternalClientError("x"),
    ],
    ids=repr,
)  # fmt: skip
def test_so_is_what_is_met_on_the_way_to_it(error: Exception) -> None:
    assert passes(error)


@pytest.mark.parametrize(
    "error", [_base.DataError("x"), ValueError(), KeyError(), Fenced(), WentBack(), HistoryDiffers(), ServiceBroke()]
)
def test_what_else_is_met_is_not(error: Exception) -> None:
    assert not passes(error)


def test_a_value_that_cannot_be_sent_is_ours() -> None:
    assert ours(_base.DataError("invalid input for query argument $1"))


def test_what_somebody_is_in_the_way_of_passes_too() -> None:
    assert all(passes(said(kind.sqlstate)) for kind in BUSY)  # type: ignore[attr-defined]


def test_a_right_that_was_taken_away_says_how_it_is_given_back() -> None:
    assert in_words(said("42501")).startswith("InsufficientPrivilegeError: ")
    assert "section42 migrate" in in_words(said("42501"))
    assert in_words(said("58030")) == "PostgresIOError"
    assert "room" not in "".join(in_words(said(state)) for state in KNOWN)


def test_no_module_has_a_list_of_its_own() -> None:
    """Whoever waits asks `passes`: a handler that names several kinds of Postgres error is another rule."""
    found = set()
    for path in (path for path in modules() if path.is_relative_to(ROOT / "shared")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Tuple):
                kinds = [ast.unparse(kind) for kind in node.type.elts]
                if sum(kind.startswith("asyncpg.") for kind in kinds) > 1:
                    found.add(named(path))
    tells_apart = "shared/chassis/delivery/applying/effects.py"
    assert found == {tells_apart}, "it tells one record's fault from everything else"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"Z\0\0\0\5I",
        b"R\0\0\0\x08\0\0\0\0S\0\0\0\x08\xff\xfe\xff\0Z\0\0\0\5I",
        b"E\0\0\0\5\0",
        b"",
    ],
    ids=["HTTP", "no word of its version", "no UTF-8", "an error that is none", "nothing"],
)
async def test_another_program_at_its_address_is_waited_for_as_nobody_would_be(answer: bytes) -> None:
    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(answers, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"postgresql://u:p@127.0.0.1:{port}/x?sslmode=disable"
        settings = from_environment({"DATABASE_URL": url, "KAFKA_BOOTSTRAP_SERVERS": "nowhere:9092"})
        with pytest.raises(Exception) as met:  # noqa: PT011  whatever it is
            await connect(settings, "triage", "test")
    assert passes(met.value)

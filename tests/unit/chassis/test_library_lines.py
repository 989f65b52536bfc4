"""What libraries say: their own words, filled in with identifiers, seldom, and never a word of anybody's record."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError

from shared.chassis.process.library_lines import LibraryLines, filled
from shared.chassis.process.seldom import Seldom
from tests.architecture.tree import ROOT

CANARY = "Zq0001Canary of the man in room 4"


class Hand:
    """A clock that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def lines() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def library(lines: list[dict[str, Any]], hand: Hand) -> Iterator[logging.Logger]:
    handler = LibraryLines(lines.append, Seldom(60, hand))
    logger = logging.getLogger("aiokafka.some_part")
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.DEBUG)  # a program that was imported before may have silenced the library
    yield logger
    logger.setLevel(logging.NOTSET)
    logger.removeHandler(handler)
    handler.close()


def a_record() -> Any:
    words = CANARY.encode()
    return ConsumerRecord("t", 0, 1, 2, 0, words, words, 1, 1, 1, [("name", words)])


def test_arguments_are_filled_in(library: logging.Logger, lines: list[dict[str, Any]]) -> None:
    where = {TopicPartition("safeguarding.concerns", 3)}

    library.error('Unable connect to "%s:%s": %s', "kafka-1.test", 9092, KafkaConnectionError(CANARY))
    library.warning("Marking the coordinator dead (node %s)for group %s.", None, "safeguarding.intake")
    library.error("Listener %r for group %s failed on %s after %d of %.1f", object(), "g", where, 3, 1.5)

    assert [line["reason"] for line in lines] == [
        'Unable connect to "kafka-1.test:9092": KafkaConnectionError',
        "Marking the coordinator dead (node None)for group safeguarding.intake.",
        "Listener <object> for group g failed on [TopicPartition(safeguarding.concerns, 3)] after 3 of 1.5",
    ]
    assert {line["logger"] for line in lines} == {"aiokafka.some_part"}
    assert [line["level"] for line in lines] == ["error", "warning", "error"]


@pytest.mark.parametrize(
    "say",
    [
        lambda log: log.error("could not decode %r", a_record()),
        lambda log: log.error("could not decode %s", CANARY),
        lambda log: log.error("could not decode %(it)s", {"it": CANARY}),
        lambda log: log.error("could not decode %s", [CANARY.encode(), {"a": CANARY}, (CANARY,)]),
        lambda log: log.error(f"could not decode {CANARY}"),  # noqa: G004  what is tried
        lambda log: log.error("could not decode %s" % CANARY),  # noqa: G002, UP031  what is tried
        lambda log: log.error(ValueError(CANARY)),
        lambda log: log.error("failed", exc_info=ValueError(CANARY)),
    ],
    ids=range(8),
)
def test_nothing_of_a_record_passes(say: Any, library: logging.Logger, lines: list[dict[str, Any]]) -> None:
    say(library)

    assert len(lines) == 1
    assert "Canary" not in json.dumps(lines)
    assert "Zq" not in json.dumps(lines)


def test_others_than_the_kafka_client_are_not_taken_at_their_word(lines: list[dict[str, Any]]) -> None:
    handler, logger = LibraryLines(lines.append), logging.getLogger("some_library")
    logger.addHandler(handler)
    logger.propagate = False

    logger.error("no row for %s, %s", "Zq0001Canary", 9434765919)
    logger.removeHandler(handler)

    assert lines[0]["reason"] == "no row for <str>, <int>"


def test_what_is_said_again_is_said_once_a_minute_with_how_often(
    library: logging.Logger, lines: list[dict[str, Any]], hand: Hand
) -> None:
    for hand.now in range(150):
        library.error("Unable connect to node with id %s", hand.now)
        library.warning("something else")

    told = [line for line in lines if line["level"] == "error"]
    assert [line.get("left_out") for line in told] == [None, 59, 59]
    assert len(lines) == 6


def test_what_was_left_out_is_told_at_the_end(library: logging.Logger, lines: list[dict[str, Any]]) -> None:
    for _ in range(5):
        library.error("Unable connect")
    next(one for one in library.handlers if isinstance(one, LibraryLines)).close()

    assert lines[-1] == {"event": "library_said", "level": "info", "logger": "aiokafka.some_part",
                         "reason": "Unable connect", "left_out": 4}  # fmt: skip


OF_A_PROCESS = f"""
import asyncio, gc, sys, threading, warnings
from shared.chassis.process import logs

logs.configure("triage")
who = {CANARY!r}

def breaks(*_):
    raise ValueError(who)

async def forgets():
    async def breaks_later():
        raise ValueError(who)
    task = asyncio.create_task(breaks_later())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()

class Unraisable:
    __del__ = breaks

warnings.warn(who, RuntimeWarning)
asyncio.run(forgets())
del (one := [Unraisable()])[0]
(thread := threading.Thread(target=breaks)).start()
thread.join()
raise ValueError(who)
"""


def test_a_process_prints_nothing_but_lines_of_its_log() -> None:
    done = subprocess.run([sys.executable, "-c", OF_A_PROCESS], cwd=ROOT, capture_output=True, text=True, check=False)

    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.stderr == ""
    assert done.returncode == 1
    assert [line["event"] for line in told] == ["warned", "library_said", "uncaught", "uncaught", "uncaught"]
    assert told[1]["reason"] == "Task exception was never retrieved"
    assert [line.get("error") for line in told] == [None, *["ValueError"] * 4]
    assert {line["service"] for line in told} == {"triage"}
    assert all(line["timestamp"] for line in told)
    assert "Canary" not in done.stdout


def test_a_line_that_cannot_be_filled_is_told_as_it_stands() -> None:
    assert filled("could not decode %s %s", (CANARY,), "aiokafka") == "could not decode %s %s"
    assert filled("%d of them", (CANARY,), "aiokafka") == "%d of them"

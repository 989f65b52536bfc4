"""Lines that nobody fetches are dropped and counted; nobody waits for them, and nothing breaks over them."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.chassis.process.unheard import Lines

LINE = "x" * 999 + "\n"
MISSED = "missed {}\n"


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    yield reading, writing
    os.close(reading)
    os.close(writing)


def fetched(reading: int) -> list[str]:
    found = b""
    try:
        while part := os.read(reading, 1 << 20):
            found += part
    except BlockingIOError:
        pass
    return found.decode().splitlines()


def test_what_is_fetched_is_all_there(pipe: tuple[int, int]) -> None:
    lines, said = Lines(pipe[1], MISSED.format), []
    for number in range(2000):
        lines.write(f"{number}\n")
        said += fetched(pipe[0])
    assert said == [str(number) for number in range(2000)]
    assert lines.dropped == 0


@pytest.mark.parametrize("length", [10, 999, 4096, 4097, 50_000, 200_000])
def test_a_pipe_that_nobody_empties_keeps_nobody_waiting(pipe: tuple[int, int], length: int) -> None:
    lines, line, began = Lines(pipe[1], MISSED.format), "x" * length + "\n", time.monotonic()
    wanted = 200_000 // length + 5
    for _ in range(wanted):
        lines.write(line)
    assert time.monotonic() - began < 5
    assert 0 < lines.dropped < wanted + 1

    dropped = lines.dropped
    before = [one for one in fetched(pipe[0]) if len(one) == length]
    assert len(before) == wanted - dropped, "what was not dropped is whole"
    lines.write("again\n")
    *torn, said, again = fetched(pipe[0])
    assert (said, again) == (MISSED.format(dropped).strip(), "again")
    assert torn in ([], [""]), "a line that was cut off is ended first"
    assert lines.dropped == dropped


def test_a_reader_that_is_slow_is_waited_for_a_moment_and_not_each_time(pipe: tuple[int, int]) -> None:
    lines, began = Lines(pipe[1], MISSED.format), time.monotonic()
    for _ in range(20):
        while not lines.dropped:
            lines.write(LINE)
        fetched(pipe[0])
        lines.dropped = 0
    assert time.monotonic() - began < 1, "once in ten seconds"


def test_how_others_write_to_the_same_pipe_is_left_as_it_is(pipe: tuple[int, int]) -> None:
    Lines(pipe[1], MISSED.format).write("x\n")
    assert os.get_blocking(pipe[1])


def test_a_reader_that_has_gone_breaks_nothing() -> None:
    reading, writing = os.pipe()
    lines = Lines(writing, MISSED.format)
    os.close(reading)
    for _ in range(3):
        lines.write(LINE)
    assert lines.dropped == 3
    os.close(writing)


def test_a_socket_that_nobody_empties_is_no_different() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        lines, began = Lines(ours.fileno(), MISSED.format), time.monotonic()
        for _ in range(2000):
            lines.write(LINE)
        assert lines.dropped
        assert time.monotonic() - began < 5


def test_a_file_has_every_line(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        lines = Lines(file.fileno(), MISSED.format)
        for _ in range(500):
            lines.write(LINE)
    assert (tmp_path / "log").read_text() == LINE * 500
    assert lines.dropped == 0


def test_a_disk_that_is_full_breaks_nothing() -> None:
    with Path("/dev/full").open("wb") as full:
        lines = Lines(full.fileno(), MISSED.format)
        lines.write(LINE)
        assert lines.dropped == 1

"""What a terminal is shown: characters, on one line, and nothing that a terminal would obey."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.command import replay, terminal
from services.command.terminal import Lines, plain, say_json

ROOT = Path(__file__).parents[3]
NASTY = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\n\x08\x7f\u202egnp\u202c\u200b\u2028\ud800 \ufeff[bold]:smile:"
PRINTS = [["graph"], ["graph", "--topics"], ["topics", "--list"], ["topics", "--list", "--json"], ["endpoints"],
          ["endpoints", "--json"]]  # fmt: skip


@given(st.text())
def test_whatever_is_said_stays_on_its_line_and_shows(text: str) -> None:
    said = plain(text)

    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) <= 0x9F or 0xD800 <= ord(char) <= 0xDFFF for char in said)
    assert "\n" not in said


def test_what_is_fit_to_be_shown_is_shown_as_it_is() -> None:
    assert plain("Zoë Ó Briain – 3 £ 日本 \U0001f600 \\x1b [x]") == "Zoë Ó Briain – 3 £ 日本 \U0001f600 \\x1b [x]"
    assert plain("a\x1b[31mb\u202ec\n") == r"a\x1b[31mb\u202ec\n"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_json_stays_json_on_every_terminal(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.BytesIO()
    stream = io.TextIOWrapper(shown, encoding=encoding, errors="backslashreplace")
    monkeypatch.setattr(sys, "stdout", stream)
    value = {"says": NASTY, "who": "Zoë 日本 \U0001f600"}

    say_json(value)

    line = shown.getvalue().decode(encoding)
    assert json.loads(line) == value
    assert line.endswith("}\n")
    assert line[:-1].isprintable()


def test_a_cell_of_a_table_is_a_text() -> None:
    shown = io.StringIO()
    console = terminal._Answers(file=shown, highlight=False, markup=False, emoji=False, width=200)
    table = Lines("a", box=None)
    table.add_row(NASTY)

    console.print(table)

    said = shown.getvalue()
    assert "\x1b" not in said
    assert "[bold]:smile:" in said
    assert said.replace("\n", "").isprintable()


@pytest.mark.parametrize("arguments", PRINTS, ids=" ".join)
def test_a_reader_who_has_gone_ends_it_in_silence(arguments: list[str]) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run(
        [sys.executable, "-m", "services.command.app", *arguments],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, stdout=writes, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(writes)

    assert done.stderr == b""
    assert done.returncode == 0


@pytest.mark.parametrize("arguments", PRINTS[:3], ids=" ".join)
def test_an_ascii_terminal_is_told_everything(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.command.app", *arguments],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        capture_output=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0
    assert done.stderr == b""
    assert done.stdout.isascii()


def test_without_a_terminal_progress_is_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("{}\n" * 30)
    now = iter(range(100))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(now)))

    with terminal.posting(str(file)) as (lines, on_progress):
        for number, _ in enumerate(lines, start=1):
            on_progress(number)
        for _ in range(5):
            on_progress(30, "answered")
    with terminal.counting("tables saved") as more:
        for _ in range(5):
            more(2)

    assert capsys.readouterr().err.splitlines() == [
        *(f"posted: {number} of 30" for number in range(5, 31, 5)), "answered: 30 of 30", "tables saved: 10",
    ]  # fmt: skip


def test_a_replay_says_how_far_it_is_and_what_time_it_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal, "_LINE_EVERY_S", 0)
    with replay._progress() as on_progress:
        on_progress(20, 30, datetime(2022, 3, 12, tzinfo=UTC))

    assert capsys.readouterr().err == "replayed: 20 of 30 events, up to 12 March 2022\n"

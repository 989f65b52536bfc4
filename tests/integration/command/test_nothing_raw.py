"""What anybody has posted is read by a person at a terminal: it is shown, and obeyed by no terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.installation import Installation

ROOT = Path(__file__).parents[3]
LETTERS = "concern-reports.dead-letters"
NASTY = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\n\x7f\u202egnp.txt\u2028 Zoë"


async def test_every_way_to_read_shows_characters_alone(installation: Installation) -> None:
    event = {"specversion": "1.0", "id": NASTY, "source": "/s", "type": "safeguarding.concern.reported.v1",
             "data": {"sender": "wmas", "reference": "R", "narrative": NASTY, NASTY: NASTY}}  # fmt: skip
    structured = json.dumps(event).encode()
    for value in (structured, json.dumps(event | {"id": "1"}).encode(), NASTY.encode(), b"\xff\xfe"):
        await installation.post_raw("concern-reports", value)
    letter = {"reasons": [{"code": NASTY, "says": NASTY}], "topic": NASTY, "partition": NASTY, "offset": NASTY,
              "value": "/w=="}  # fmt: skip
    await installation.post_raw(LETTERS, json.dumps(letter).encode())
    for encoding in ("utf-8", "ascii"):
        for topic, *more in (["concern-reports"], ["concern-reports", "--personal"], [LETTERS, "--personal"]):
            words = run(installation, "read", topic, "--no-follow", *more, encoding=encoding)
            objects = run(installation, "read", topic, "--no-follow", "--json", *more, encoding=encoding)

            for line in (words + objects).decode(encoding).splitlines():
                assert line.isprintable(), (topic, more, line)
            assert len(words.splitlines()) == len(objects.splitlines()) == (4 if topic == "concern-reports" else 1)
            assert [json.loads(line)["topic"] for line in objects.splitlines()]
    posted = run(installation, "post", "-", given=structured.replace(b"R", b"R" * 2), encoding="ascii")
    assert posted.isascii()


async def test_a_reader_that_has_had_enough_is_no_error(installation: Installation) -> None:
    for number in range(50):
        await installation.post_raw("concern-reports", f"{number}".encode(), partition=0)
    reads, writes = os.pipe()
    command = subprocess.Popen(  # noqa: ASYNC220  it starts at once
        [sys.executable, "-m", "services.command.app", "read", "concern-reports"],
        cwd=ROOT, env=installation.environment(), stdout=writes, stderr=subprocess.PIPE,
    )  # fmt: skip
    os.close(writes)
    with os.fdopen(reads, "rb") as answer:
        assert b"cannot be read" in answer.readline()
    await installation.post_raw("concern-reports", b"one more", partition=0)

    _, complaints = command.communicate(timeout=60)

    assert complaints == b""
    assert command.returncode == 0


def run(installation: Installation, *arguments: str, encoding: str, given: bytes = b"") -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "services.command.app", *arguments],
        cwd=ROOT, env=installation.environment(PYTHONIOENCODING=encoding), input=given, capture_output=True,
        timeout=100, check=False,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr
    assert done.stderr.decode(encoding).replace("\n", "").isprintable()
    return done.stdout

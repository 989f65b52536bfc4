"""A broker dies under a service: its log says so in lines that can be read, and does not fill the disk with it."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.delivery.harness import QUICK, is_ready
from tests.support.installation import eventually, install
from tests.support.servers import OwnServers

AWAY_S = 30.0
LINES_MAX = 60
BYTES_A_SECOND_MAX = 1_000


@pytest.mark.timeout(240)
async def test_a_broker_that_dies_is_told_of_in_few_lines(own_servers: Callable[..., Any]) -> None:
    assert isinstance(own_servers, OwnServers)
    stack = own_servers()
    installed = await install(stack.up())
    try:
        process = installed.start("triage", **QUICK)
        await is_ready(process, 60)
        before = len(installed.log_of(process))

        stack.kafka.kill()
        died = time.monotonic()
        await eventually(lambda: time.monotonic() - died > AWAY_S, "the broker has been away for a while")

        said = installed.log_of(process)[before:]
        lines = [json.loads(line) for line in said.splitlines()]  # nothing is printed beside the log
        library = [line for line in lines if line["event"] == "library_said"]
        counts = Counter((line["event"], line.get("logger"), line.get("reason")) for line in lines)
        assert library, "the client has nothing to say"
        assert len(said) / AWAY_S < BYTES_A_SECOND_MAX, counts
        assert len(lines) <= LINES_MAX, counts
        assert max(Counter((line["logger"], line["reason"]) for line in library).values()) <= 2, counts
        assert {line["service"] for line in lines} == {"triage"}
        assert all(line["timestamp"] for line in lines)
        assert [line["reason"] for line in library if re.search(r"%[sdr]", line["reason"])] == []
        ours = [line for line in lines if line.get("error") and line["event"] != "library_said"]
        assert all(re.fullmatch(r"(services|shared|deploy)/[\w/]+\.py:\d+", line["where"]) for line in ours), ours

        stack.kafka.start()
        await is_ready(process, 60)
    finally:
        await installed.close()

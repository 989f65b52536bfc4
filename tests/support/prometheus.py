"""A real Prometheus with our own rules, hurried: every window and every wait is shorter by one factor.

A rule's expression stays as it is. What is divided by `HURRY` are its `for:`, its ranges, and the numbers it compares
the age of something with; a number that is no age, such as by how much two clocks may differ, is left.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.architecture.tree import ROOT
from tests.support.installation import eventually, free_port
from tests.support.tools import prometheus

HURRY = 12
SCRAPED_EVERY, JUDGED_EVERY = "2s", "500ms"
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_AGES = ("lag", "standing", "outbox_oldest_pending", "held_oldest", "timers_waiting", "open_transaction")
_OLDER = re.compile(rf"(safeguarding_(?:{'|'.join(_AGES)})_seconds(?:{{[^}}]*}})?\)? > )(\d+)")
_YOUNGER = re.compile(r"(process_start_time_seconds{[^}]*} < )(\d+)")


def hurried_s(duration: str) -> float:
    """How long a duration of a rule takes here."""
    return int(duration[:-1]) * _SECONDS[duration[-1]] / HURRY


def hurried(rules: Any) -> Any:
    """The rules with every wait divided."""

    def shorter(duration: str) -> str:
        return f"{round(hurried_s(duration) * 1000)}ms"

    for rule in (rule for group in rules["groups"] for rule in group["rules"]):
        expression = re.sub(r"\[(\d+[smhd])\]", lambda found: f"[{shorter(found[1])}]", rule["expr"])
        for age in (_OLDER, _YOUNGER):
            expression = age.sub(lambda found: f"{found[1]}{int(found[2]) / HURRY:g}", expression)
        rule["expr"] = expression
        if "for" in rule:
            rule["for"] = shorter(rule["for"])
    return rules


class Firing(NamedTuple):
    """An alert, and the service it is about."""

    alert: str
    service: str


class Prometheus:
    """One, in a directory of its own; `targets` are the ports of the services by their names."""

    def __init__(self, directory: Path, targets: Mapping[str, int]) -> None:
        directory.mkdir(parents=True)
        self._directory = directory
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._number = len(targets)
        rules = hurried(yaml.safe_load(RULES.read_text(encoding="utf-8")))
        (directory / "alerts.yml").write_text(yaml.safe_dump(rules), encoding="utf-8")
        self._write(targets)

    async def start(self) -> None:
        """Run it, until it has looked at every target; it knows of none before it has found them."""
        self._process = await asyncio.to_thread(self._started)

        async def looked() -> bool:
            found = await self._ask("targets?state=active")
            return [one["health"] for one in (found or {"activeTargets": ()})["activeTargets"]] == ["up"] * self._number

        await eventually(looked, f"Prometheus looks at the services: see {self._directory}/prometheus.log", 60)

    def look_at(self, targets: Mapping[str, int]) -> None:
        """Look at these from now on."""
        self._write(targets)
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def end(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    async def firing(self) -> set[Firing]:
        """What fires just now."""
        found = await self._ask("alerts")
        return {
            Firing(one["labels"]["alertname"], one["labels"].get("service", ""))
            for one in (found or {"alerts": ()})["alerts"]
            if one["state"] == "firing"
        }

    def _started(self) -> subprocess.Popen[bytes]:
        with (self._directory / "prometheus.log").open("wb") as log:
            return subprocess.Popen(
                [str(prometheus()), f"--config.file={self._directory}/prometheus.yml",
                 f"--storage.tsdb.path={self._directory}/data", f"--web.listen-address=127.0.0.1:{self._port}"],
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def _write(self, targets: Mapping[str, int]) -> None:
        config = yaml.safe_load((RULES.parent / "prometheus.yml").read_text(encoding="utf-8"))
        config["global"] = {"scrape_interval": SCRAPED_EVERY, "evaluation_interval": JUDGED_EVERY}
        (job,) = config["scrape_configs"]
        job["scrape_timeout"] = SCRAPED_EVERY
        job["static_configs"] = [
            {"targets": [f"127.0.0.1:{port}"], "labels": {"service": service}} for service, port in targets.items()
        ]
        (self._directory / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")

    async def _ask(self, what: str) -> Any:
        def asked() -> Any:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api/v1/{what}", timeout=10) as answer:
                    return json.load(answer)["data"]
            except OSError:
                return None

        return await asyncio.to_thread(asked)

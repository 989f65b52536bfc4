"""Everywhere that personal data could be found: Kafka, tables, logs, metrics, the read API, and what commands say."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from services import SERVICES
from services.command.read import read
from shared.contracts import DOORS
from shared.contracts.topics import TOPICS, dead_letters_of
from tests.support.canaries import Aviary, choices_in
from tests.support.installation import Installation

MAY_CARRY = {"concern-reports", "concerns", "enquiry-records", "msp-outcomes"}
ROOT = Path(__file__).parents[2]


def where_they_are(aviary: Aviary, seen: Mapping[str, str]) -> dict[str, list[str]]:
    """The canaries by where they were found; what a list offers to choose from is in the documents by design."""
    found = {
        where: aviary.in_text(text) + ([] if "/docs" in where or "openapi" in where else choices_in(text))
        for where, text in seen.items()
    }
    return {where: canaries for where, canaries in found.items() if canaries}


def ask(port: int, path: str, token: str | None = None) -> str:
    """What a service answers to GET, be it a problem."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if token is not None:
        request.add_header("authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return error.read().decode()


async def what_kafka_holds(installation: Installation) -> dict[str, str]:
    """Every key and header of what the services wrote, and every value but where it may be."""
    found = {}
    for topic in TOPICS:
        records = await installation.records(topic.name)
        letters = topic.name.endswith(dead_letters_of(""))
        if topic.name not in DOORS:
            ours = [r for r in records if r.key != b"0" * 36]
            found[f"keys of {topic.name}"] = "\n".join((r.key or b"").decode(errors="replace") for r in ours)
            found[f"headers of {topic.name}"] = "\n".join(
                f"{name}: {(value or b'').decode(errors='replace')}" for r in ours for name, value in r.headers
            )
        if letters:
            kept = ("key", "headers", "value")
            bodies = [json.loads(r.value or b"{}") for r in records]
            shown = [{name: part for name, part in body.items() if name not in kept} for body in bodies]
            found[f"values of {topic.name}, but for the original"] = json.dumps(shown, ensure_ascii=False)
        elif topic.name not in MAY_CARRY:
            found[f"values of {topic.name}"] = "\n".join((r.value or b"").decode(errors="replace") for r in records)
    return found


async def what_the_tables_hold(installation: Installation) -> dict[str, str]:
    """Every row of every table but the two that hold whole events on their way."""
    found = {}
    for service in SERVICES:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = $1 AND tablename NOT IN ('outbox', 'held')"
        tables = [row[0] for row in await installation.sql(service, query, service)]
        assert {"cases", "inbox", "positions", "tallies"} <= set(tables)
        for table in tables:
            rows = await installation.sql(service, f'SELECT t::text FROM "{table}" AS t')
            found[f"table {service}.{table}"] = "\n".join(row[0] for row in rows)
        columns = "id, case_key, parked, claimed, reason, since, topic, partition, record_offset, recorded"
        held = await installation.sql(service, f"SELECT ({columns})::text FROM held")
        found[f"table {service}.held, but for the record"] = "\n".join(row[0] for row in held)
    return found


async def what_commands_say(installation: Installation) -> dict[str, str]:
    """What each command that shows something shows, unless it is asked for more."""
    found = {}
    for topic in TOPICS:
        seen = [
            json.dumps(asdict(one), ensure_ascii=False, default=str)
            async for one in read(installation.kafka, installation.prefix, topic.name)
        ]
        found[f"section42 read {topic.name}"] = "\n".join(seen)
    for arguments in (
        *(("status",), ("status", "--json"), ("reads",), ("reads", "--json"), ("token", "list")),
        *(("held", name, "--json") for name in SERVICES),
        *(("timers", name, "--json") for name in ("enquiry", "audit")),
        *(("held", "enquiry"), ("timers", "audit")),
        *(("read", topic, "--no-follow") for topic in ("concerns", "enquiries", "msp-outcomes")),
        ("figures", "--year", "2023-24"),
    ):
        found[f"section42 {' '.join(arguments)}"] = await asyncio.to_thread(
            command, installation, *arguments, expected=None
        )
    return found


def command(installation: Installation, *arguments: str, expected: int | None = 0) -> str:
    """What the program says, on both of its outputs."""
    done = subprocess.run(
        [sys.executable, "-m", "services.command.app", *arguments],
        env=installation.environment(), cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert expected in (None, done.returncode), done.stderr
    return done.stdout + done.stderr

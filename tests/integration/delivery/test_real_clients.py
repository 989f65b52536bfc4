"""What other systems post with: the real clients and the official SDKs, as they come; every report gets its receipt."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher

from services.command.servers import consumer
from shared.contracts.topics import TOPICS
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK
from tests.support.client_tools import SAMPLES, versions
from tests.support.installation import Installation
from tests.support.real_clients import CLIENTS, Plan, Run

COMPRESSIONS = ("none", "gzip", "snappy", "lz4", "zstd")
"""As a batch numbers them."""
TRANSACTIONAL = 0x10
PARTITIONS = next(topic.partitions for topic in TOPICS if topic.name == "concern-reports")
MODES = ("structured", "binary", "sdk-structured", "sdk-binary")
BURST = Run("burst", count=20_000, narrative="The woman in flat 2. " * 50)
"""Reports of 1.2 kB, all at once."""
RUNS = (
    *(Run(mode, mode=mode) for mode in MODES),
    *(Run(compression, compression=compression) for compression in COMPRESSIONS[1:]),
    Run("commit", transaction="commit", compression="lz4"),
    Run("abort", transaction="abort"),
    Run("after-abort"),
    BURST,
)
LACKS = {"kcat": {"sdk-structured", "sdk-binary", "abort", "after-abort"}}
"""What a client cannot do: kcat is no language with an SDK, and what it has begun it commits."""


def runs_of(client: str) -> tuple[Run, ...]:
    return tuple(run for run in RUNS if run.name not in LACKS.get(client, set()))


@pytest.mark.parametrize("client", CLIENTS)
async def test_every_report_arrives_and_gets_its_one_receipt(
    install_for: InstallFor, client: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = await install_for("intake")
    installation.start("intake", **QUICK)
    runs = runs_of(client)
    plan = Plan(client, installation.servers.bootstrap_servers, f"{installation.prefix}concern-reports", runs)

    await asyncio.to_thread(CLIENTS[client], plan, tmp_path)

    await installation.settled(["intake"], deadline_s=120)
    receipts = await installation.facts("receipts")
    assert [receipt["reasons"] for receipt in receipts if "reasons" in receipt] == []
    wanted = [reference for run in runs for reference in run.references]
    assert sorted(receipt["reference"] for receipt in receipts) == sorted(wanted)
    assert {receipt["sender"] for receipt in receipts} == {client}
    assert [receipt for receipt in receipts if receipt["remarks"] or receipt["again"]] == []
    posted = await attributes_of_batches(installation, monkeypatch)
    assert {COMPRESSIONS[attributes & 7] for attributes in posted} == set(COMPRESSIONS), "each was really used"
    assert any(attributes & TRANSACTIONAL for attributes in posted)


async def attributes_of_batches(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """What the batches at the door say of themselves, as their client has packed them."""
    fetched: list[bytes] = []
    real = fetcher.MemoryRecords

    def noting(data: Any) -> Any:
        fetched.append(bytes(data))
        return real(data)

    monkeypatch.setattr(fetcher, "MemoryRecords", noting)
    async with consumer(installation.kafka) as reader:
        partitions = [TopicPartition(f"{installation.prefix}concern-reports", number) for number in range(PARTITIONS)]
        reader.assign(partitions)
        ends = await reader.end_offsets(partitions)
        while any([await reader.position(partition) < ends[partition] for partition in partitions]):
            await reader.getmany(timeout_ms=100)
    return {attributes for data in fetched for attributes in _attributes(data)}


def _attributes(data: bytes) -> Iterator[int]:
    """Those of each batch: a length stands behind its offset, and counts from there."""
    at = 0
    while at + 61 <= len(data):
        yield struct.unpack_from(">h", data, at + 21)[0]
        at += 12 + struct.unpack_from(">i", data, at + 8)[0]


def test_the_table_of_clients_says_what_was_tried() -> None:
    """Each with the version that these tests run with, and each run that it takes part in."""
    head = ["client", "version", *(run.name.replace("-", " ") for run in RUNS)]
    table = [head, ["---"] * len(head)]
    for client in CLIENTS:
        tried = {run.name for run in runs_of(client)}
        table.append([client, versions()[client], *(_cell(run) if run.name in tried else "–" for run in RUNS)])
    written = "\n".join(f"| {' | '.join(row)} |" for row in table)

    assert written in (SAMPLES / "README.md").read_text(encoding="utf-8"), f"write it anew:\n{written}"


def _cell(run: Run) -> str:
    return f"{len(run.references):,} of {run.count:,}"

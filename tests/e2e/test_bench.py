"""The benchmark runs, counts right, names its figures as agreed, and prints no figure for work that was lost."""

import json
from pathlib import Path

import asyncpg
import pytest
from rich.console import Console

from services import SERVICES
from tests.bench import growth, piling, report, standing
from tests.bench.__main__ import measure, options_from
from tests.bench.inputs import work
from tests.bench.machine import Costs
from tests.bench.options import BenchError, Options
from tests.support.installation import Installation
from tests.support.servers import Servers

FIELDS = {
    "floor_events_per_s", "naive_concerns_per_s", "concerns_per_s", "applications_per_s", "applications_per_concern",
    "share_of_floor", "times_naive", "rss_mb", "latency_ms",
}  # fmt: skip


@pytest.mark.timeout(180)
async def test_every_figure_is_there_with_its_spread_and_can_be_read(
    servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = Options(
        concerns=200, runs=1, naive_concerns=40, floor_events=2_000, latency_s=1.0, deadline_s=120, directory=tmp_path
    )

    found = json.loads(json.dumps(await measure(servers, Costs(None, None), options)))

    assert set(found) >= FIELDS
    assert set(found["spread"]) >= FIELDS
    assert set(found["rss_mb"]) == set(SERVICES)
    assert {stage: set(shares) for stage, shares in found["latency_ms"].items()} == {
        "triage": {"p50", "p99"}, "audit": {"p50", "p99"},
    }  # fmt: skip
    assert found["conditions"]["latency_samples"] == {"triage": 100, "audit": 100}
    assert found["applications_per_concern"] > 6
    report.show(found, Console(width=150))
    assert "share_of_floor" in capsys.readouterr().out


@pytest.mark.timeout(240)
async def test_what_more_concerns_cost_is_measured_on_what_they_left(
    servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "BETWEEN_SCRAPES_S", 0.0)

    few, many = await growth.measure(servers, (60, 180), Options(directory=tmp_path, deadline_s=120))

    assert many.cases == pytest.approx(3 * few.cases, rel=0.1)
    assert few.ms.keys() == many.ms.keys()
    assert all(value > 0 for one in (few, many) for value in (*one.ms.values(), one.year_s, one.year_mb))
    assert many.written_per_s > 0
    growth.show((few, many), Console(width=150))
    assert "a page of the worklist" in capsys.readouterr().out


@pytest.mark.timeout(240)
async def test_what_piles_up_is_measured_too(
    servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = await piling.measure(servers, None, piling.Piles(2, 50), Options(directory=tmp_path, deadline_s=120))

    assert found.early_us > 0 < found.late_us
    assert found.rebuilt == 2 * 100 * 3 + 2 * 100 // 5  # received, routed, triaged; and one in five an enquiry
    assert set(found.backlog_mb) == set(SERVICES)
    assert min(found.rebuild_s, found.backlog_s, *found.backlog_mb.values()) > 0
    piling.show(found, Console(width=150))
    assert "that audit decided on anew" in capsys.readouterr().out


async def test_what_is_not_there_in_full_is_an_error_and_no_figure(installation: Installation) -> None:
    connection = await asyncpg.connect(installation.database_url)
    try:
        with pytest.raises(BenchError, match="concerns received: 0, not 5"):
            await standing.verify(connection, installation, work(5))
    finally:
        await connection.close()


def test_one_concern_in_five_is_converted_and_the_same_number_makes_the_same_reports() -> None:
    lot = work(100)

    assert lot.converted == 20
    assert sum(b'"s42_met"' in decided.decision.value for decided in lot.decisions.values()) == 20
    assert lot == work(100)
    assert 400 < sum(len(record.value) for record in lot.reports) / 100 < 800


def test_only_some_parts_can_be_asked_for() -> None:
    options, as_json = options_from(["--json", "--only", "floor,ours", "--concerns", "10"])

    assert as_json
    assert options.only == {"floor", "ours"}
    assert options.concerns == 10

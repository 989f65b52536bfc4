"""What wakes somebody and what they then look at: valid, tested both ways, explained, and about metrics there are."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest
import yaml

from services import SERVICES
from tests.architecture.test_metrics import declared, samples
from tests.architecture.tree import ROOT
from tests.support.tools import promtool

PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARDS = ROOT / "deploy" / "grafana" / "dashboards"
WANTED = {
    "ConsumptionStopped", "LagTooOld", "OutboxOld", "HeldTooLong", "EventsParked", "DeadLettersGrowing",
    "TimersOverdue", "TimersBroken", "BreakerOpen", "PositionsRefused", "ServiceDown", "ServiceAbsent", "NotReady",
    "FencedGrowing", "ReadsWithheld", "ConflictingBody", "ClockStopped", "ClocksDiffer", "TimersWaiting",
    "TransactionOpen", "DoorFlooded", "CrashLoop", "TokensGuessed",
    "TopicMisconfigured", "CasesNotListed", "ChildOnDuty", "DutyWaits",
}  # fmt: skip


def read(name: str) -> Any:
    return yaml.safe_load((PROMETHEUS / name).read_text(encoding="utf-8"))


ALERTS: list[dict[str, Any]] = [rule for group in read("alerts.yml")["groups"] for rule in group["rules"]]
EVERY = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: str(alert["alert"]))


def checked(*arguments: str) -> None:
    done = subprocess.run([promtool(), *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(120)
@pytest.mark.parametrize("what", [["check", "config", "prometheus.yml"], ["check", "rules", "alerts.yml"],
                                  ["test", "rules", "alerts_test.yml"]], ids=" ".join)  # fmt: skip
def test_promtool_has_nothing_against_it(what: list[str]) -> None:
    checked(*what)


def test_every_alert_that_is_wanted_is_there() -> None:
    assert {alert["alert"] for alert in ALERTS} == WANTED


@EVERY
def test_an_alert_is_shown_to_fire_and_to_stay_silent(alert: dict[str, Any]) -> None:
    fires = [
        bool(expected["exp_alerts"])
        for test in read("alerts_test.yml")["tests"]
        for expected in test["alert_rule_test"]
        if expected["alertname"] == alert["alert"]
    ]

    assert sorted(set(fires)) == [False, True]


def test_every_alert_is_seen_firing_live() -> None:
    from tests.support.provoking import ROWS  # noqa: PLC0415  only this test needs a whole installation's helpers

    assert {name for row in ROWS for name, _ in row.fires} == WANTED


@EVERY
def test_an_alert_says_what_it_means_for_an_adult_and_where_to_look(alert: dict[str, Any]) -> None:
    said = alert["annotations"]

    assert said.keys() == {"summary", "meaning", "look", "runbook"}
    assert alert["labels"].keys() == {"severity"}
    assert alert["labels"]["severity"] in ("critical", "warning")
    file, _, anchor = said["runbook"].partition("#")
    headings = re.findall(r"^## (\w+)$", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in {heading.lower() for heading in headings}


def test_the_runbook_has_a_chapter_for_each_alert_and_none_without() -> None:
    text = (PROMETHEUS / "README.md").read_text(encoding="utf-8")
    chapters = re.split(r"^## ", text, flags=re.MULTILINE)[1:]

    assert [chapter.split()[0] for chapter in chapters] == [alert["alert"] for alert in ALERTS]
    assert all("**Safe:**" in chapter and "**Well again when**" in chapter for chapter in chapters)


def test_the_commands_named_in_alerts_and_runbook_exist() -> None:
    from services.command.app import app  # noqa: PLC0415  only this test needs the program

    known = {command.name for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    texts = [(PROMETHEUS / name).read_text(encoding="utf-8") for name in ("alerts.yml", "README.md")]

    assert {name for text in texts for name in re.findall(r"section42 ([a-z]+)\b", text)} <= known


def used(expression: str) -> set[str]:
    return set(re.findall(r"\bsafeguarding_[a-z0-9_]+", expression))


def labels_of(expression: str) -> set[tuple[str, str]]:
    """Metric and label, of each selector."""
    return {
        (metric, label)
        for metric, selector in re.findall(r"\b(safeguarding_[a-z0-9_]+)\{([^}]*)\}", expression)
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector)
    }


@EVERY
def test_an_alert_is_about_metrics_and_labels_there_are(alert: dict[str, Any]) -> None:
    assert used(alert["expr"]) <= samples()
    for metric, label in labels_of(alert["expr"]):
        name = metric.removesuffix("_total")
        assert label in declared()[name][1], f"{metric} has no label {label}"


def panels() -> list[dict[str, Any]]:
    return [
        panel
        for path in DASHBOARDS.glob("*.json")
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]
        if panel["type"] != "row"
    ]


def test_the_dashboard_is_about_metrics_and_labels_there_are() -> None:
    expressions = [target["expr"] for panel in panels() for target in panel["targets"]]

    for expression in expressions:
        assert used(expression), expression
        assert used(expression) <= samples(), expression
        grouped = {label for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(", ")}
        known = {"le"} | {
            label for name in used(expression) for label in declared()[re.sub(r"_(?:total|bucket)$", "", name)][1]
        }
        assert grouped <= known, expression


def test_every_figure_of_practice_is_on_the_dashboard() -> None:
    shown = {name for panel in panels() for target in panel["targets"] for name in used(target["expr"])}
    twice_said = {"safeguarding_open_enquiries_over_six_months", "safeguarding_drift_flagged",
                  "safeguarding_repeat_reviews_noticed"}  # fmt: skip
    practice = {name for name in declared() if name not in core()}

    assert practice - shown <= twice_said


def core() -> set[str]:
    from shared.chassis.process.metrics import Metrics  # noqa: PLC0415

    return {metric.name for metric in Metrics("any").registry.collect()}


def test_panels_neither_overlap_nor_share_an_id() -> None:
    for path in DASHBOARDS.glob("*.json"):
        taken: set[tuple[int, int]] = set()
        found = json.loads(path.read_text(encoding="utf-8"))["panels"]
        assert len({panel["id"] for panel in found}) == len(found)
        for panel in found:
            at = panel["gridPos"]
            cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
            assert not cells & taken, panel["title"]
            assert at["x"] + at["w"] <= 24
            taken |= cells


def test_grafana_finds_its_source_and_its_dashboards() -> None:
    provisioning = ROOT / "deploy" / "grafana" / "provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "section42.yml").read_text())["providers"]

    assert {panel["datasource"]["uid"] for panel in panels()} == {source["uid"]}
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards"


def test_prometheus_scrapes_each_service_where_compose_runs_it() -> None:
    (job,) = read("prometheus.yml")["scrape_configs"]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]

    found = {target["labels"]["service"]: target["targets"] for target in job["static_configs"]}

    assert found == {name: [f"{name}:{compose[name]['environment']['SECTION42_HTTP_PORT']}"] for name in SERVICES}
    assert job["honor_labels"] is True, "else a metric's own service label is pushed aside"
    assert job.get("metrics_path", "/metrics") == "/metrics"
    assert read("prometheus.yml")["rule_files"] == ["alerts.yml"]

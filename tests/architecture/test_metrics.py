"""One declared list of metrics, named as Prometheus wants them, with labels from closed sets."""

from __future__ import annotations

import re

import pytest
from prometheus_client import CollectorRegistry, Gauge, ProcessCollector
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric

from shared.chassis.process.metrics import Metrics
from tests.architecture.tree import modules, named, services

CLOSED = {
    "service": "the services",
    "topic": "the declared topics",
    "type": "the catalogue's types, 'timer', 'held', 'unreadable', 'other'",
    "outcome": "what becomes of an event: shared/chassis/delivery/deciding/casework.py",
    "clock": "database or broker",
    "code": "a digest of the program: one a process",
    "kind": "waiting or parked; concern or enquiry",
    "stage": "how far a concern or an enquiry is",
    "band": "0-3, 3-6, over-6 months",
    "decision": "the five decisions",
    "achieved": "fully, partially, not, not recorded",
    "gap": "nobody, or family or friend alone",
    "flag": "what a record can lack: services/audit/policy.py",
}
UNITS = ("_milliseconds", "_minutes", "_hours", "_days", "_ms", "_mb", "_percent", "_ratio_percent")


def declared() -> dict[str, tuple[Metric, tuple[str, ...]]]:
    """Every metric by its name, with its labels."""
    registry = Metrics("any").registry
    found = {}
    for collector in set(registry._collector_to_names):
        if isinstance(collector, ProcessCollector):
            continue  # memory, files, since when: as every program of the kind names them
        assert isinstance(collector, MetricWrapperBase)
        (metric,) = collector.describe()
        found[metric.name] = metric, collector._labelnames
    for service in services():
        for gauge in service.gauges:
            (metric,) = Gauge(gauge.name, gauge.says, registry=CollectorRegistry()).describe()
            assert metric.name not in found, f"{metric.name} is declared twice"
            found[metric.name] = metric, ("service", *gauge.labels)
    return found


def samples() -> set[str]:
    """The names under which Prometheus sees them."""
    found = set()
    for name, (metric, _) in declared().items():
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(metric.type, [""])
        found |= {name + suffix for suffix in suffixes}
    return found


EVERY = pytest.mark.parametrize("name", sorted(declared()))


@EVERY
def test_a_metric_is_named_as_prometheus_wants(name: str) -> None:
    metric, _ = declared()[name]

    assert re.fullmatch(r"safeguarding(_[a-z0-9]+)+", name)
    assert not name.endswith(UNITS)
    assert not name.endswith("_total"), "prometheus-client adds it to counters; nothing else may have it"
    if metric.type == "histogram":
        assert name.endswith(("_seconds", "_records", "_bytes"))


@EVERY
def test_a_metric_says_what_it_counts_in_a_sentence(name: str) -> None:
    says = declared()[name][0].documentation

    assert says[0].isupper() or says[0].isdigit()
    assert says.endswith(".")


@EVERY
def test_a_label_comes_from_a_closed_set(name: str) -> None:
    labels = declared()[name][1]

    assert labels[0] == "service"
    assert set(labels) <= CLOSED.keys()
    assert len(labels) <= 3


def test_metrics_are_made_in_one_place() -> None:
    making = {named(path) for path in modules() if "from prometheus_client import" in path.read_text(encoding="utf-8")}

    may = ("process/metrics.py", "telling/practice.py", "telling/watch.py", "app.py")
    assert making <= {f"shared/chassis/{path}" for path in may}

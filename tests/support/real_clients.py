"""Posts reports with the clients that other systems have: each takes a plan, run by run, and does what it says.

The programs for JavaScript and Java are `clients/driver.mjs` and `clients/Driver.java`; they read the plan as JSON.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cloudevents.core.bindings.kafka import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from confluent_kafka import Producer

from tests.support.client_tools import driver, installed, java, script
from tests.support.tools import node

PATIENCE_S = 100
_TYPE = "safeguarding.concern.reported.v1"


@dataclass(frozen=True)
class Run:
    """So many reports under references that begin with `name`, sent as these words say.

    `mode` is structured or binary, by hand or (`sdk-structured`, `sdk-binary`) made by the official CloudEvents SDK;
    `transaction` is none, commit or abort.
    """

    name: str
    mode: str = "structured"
    compression: str = "none"
    transaction: str = "none"
    count: int = 3
    narrative: str = "The woman in flat 2 has bruises on both arms. " * 4

    @property
    def references(self) -> set[str]:
        """What must be answered, once each."""
        return set() if self.transaction == "abort" else {f"{self.name}-{number}" for number in range(self.count)}


@dataclass(frozen=True)
class Plan:
    """What a client posts, where, and as which sender."""

    client: str
    servers: str
    topic: str
    runs: tuple[Run, ...]

    def reports(self, run: Run) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
        """Key, attributes and data of each report."""
        for reference in (f"{run.name}-{number}" for number in range(run.count)):
            attributes = {"id": f"{self.client}-{reference}", "source": f"/{self.client}", "type": _TYPE}
            data = {"sender": self.client, "reference": reference, "narrative": run.narrative}
            yield f"{self.client}/{reference}", {"specversion": "1.0"} | attributes, data


def confluent_kafka(plan: Plan, _: Path) -> None:
    """librdkafka in Python, and the SDK for Python."""
    for run in plan.runs:
        options = {"bootstrap.servers": plan.servers, "compression.type": run.compression}
        if run.transaction != "none":
            options["transactional.id"] = f"{plan.topic}-{plan.client}"
        producer = Producer(options)
        if run.transaction != "none":
            producer.init_transactions(PATIENCE_S)
            producer.begin_transaction()
        _produce(producer, plan, run)
        if run.transaction == "commit":
            producer.commit_transaction(PATIENCE_S)
        elif run.transaction == "abort":
            producer.abort_transaction(PATIENCE_S)


def _produce(producer: Producer, plan: Plan, run: Run) -> None:
    failed: list[str] = []

    def told(error: object, _: object) -> None:
        failed.extend([str(error)] if error is not None else [])

    for key, attributes, data in plan.reports(run):
        value, headers = _message(run.mode, attributes, data)
        producer.produce(plan.topic, value, key, headers=headers, on_delivery=told)
    assert producer.flush(PATIENCE_S) == 0
    assert failed == []


def _message(mode: str, attributes: dict[str, Any], data: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """Value and headers."""
    if mode.startswith("sdk"):
        made = (to_binary if mode == "sdk-binary" else to_structured)(CloudEvent(attributes, data), JSONFormat())
        return made.value, dict(made.headers)
    if mode == "binary":
        return json.dumps(data).encode(), {f"ce_{name}": said for name, said in attributes.items()}
    return json.dumps(attributes | {"data": data}).encode(), {"content-type": "application/cloudevents+json"}


def kafkajs(plan: Plan, beside: Path) -> None:
    """kafkajs, and the SDK for JavaScript."""
    _drive([node(), str(script(driver("driver.mjs"), beside))], plan)


def kafka_clients(plan: Plan, beside: Path) -> None:
    """Kafka's own client, and the SDK for Java."""
    _drive(java(driver("Driver.java"), beside), plan)


def kcat(plan: Plan, _: Path) -> None:
    """kcat: a line is a record; in binary mode a run of it is, since its headers are those of every line."""
    for run in plan.runs:
        command = [installed("kcat"), "-b", plan.servers, "-P", "-t", plan.topic, "-z", run.compression, "-K", "\t"]
        if run.transaction == "commit":
            command += ["-X", f"transactional.id={plan.topic}-{plan.client}"]
        lines = []
        for key, attributes, data in plan.reports(run):
            value, headers = _message(run.mode, attributes, data)
            lines.append(f"{key}\t{value.decode()}\n")
            if run.mode == "binary":
                _kcat(command, headers, [lines.pop()])
        if lines:
            _kcat(command, {"content-type": "application/cloudevents+json"}, lines)


def _kcat(command: list[str], headers: dict[str, str], lines: list[str]) -> None:
    said = [word for name, text in headers.items() for word in ("-H", f"{name}={text}")]
    done = subprocess.run(
        [*command, *said], input="".join(lines), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr


def _drive(command: list[str], plan: Plan) -> None:
    done = subprocess.run(
        command, input=json.dumps(asdict(plan)), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr


CLIENTS: dict[str, Callable[[Plan, Path], None]] = {
    "confluent-kafka": confluent_kafka,
    "kafkajs": kafkajs,
    "kafka-clients": kafka_clients,
    "kcat": kcat,
}

"""Every option that decides what is lost, doubled or disordered is said where Kafka is used (libraries 1.1)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from deploy.local import kafka
from shared.chassis.delivery.kafka.open_transactions import LONG_S
from tests.architecture.tree import calls, modules, named, options, parsed


def everywhere(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Where something of this name is called, and with which options."""
    for path in modules():
        for call in calls(path, name):
            yield named(path), options(call)


def with_options(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    return ((where, said) for where, said in everywhere(name) if said)


def test_there_is_one_subscriber_and_it_says_everything() -> None:
    ((where, said),) = with_options("subscriber")

    assert where == "shared/chassis/delivery/kafka/subscription.py"
    assert said["batch"] == "True"
    assert said["max_records"] == "settings.batch_max_records"
    assert said["ack_policy"] == "AckPolicy.MANUAL"
    assert said["auto_offset_reset"] == "'earliest'"
    assert said["isolation_level"] == "'read_committed'"
    assert {"batch_timeout_ms", "group_id", "session_timeout_ms", "rebalance_timeout_ms"} <= said.keys()
    assert "settings.topic_prefix" in said["group_id"]
    assert said["listener"] == "listener"
    assert {said["parser"], said["decoder"]} <= own_functions("shared/chassis/delivery/kafka/subscription.py")


def own_functions(name: str) -> set[str]:
    path = next(path for path in modules() if named(path) == name)
    return {node.name for node in parsed(path).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_there_is_one_broker_and_it_makes_no_topics() -> None:
    ((where, said),) = everywhere("KafkaBroker")

    assert where == "shared/chassis/delivery/consuming/membership.py"
    assert said["consumer_only"] == "True", "it is no producer, and needs no right to write"
    assert said["allow_auto_create_topics"] == "False"
    assert said["graceful_timeout"] == "settings.drain_timeout_s"
    assert said["apply_types"] == "False"


def test_nothing_publishes_through_faststream() -> None:
    """Its batches ignore keys, its single records wait one by one: the relay sends, in order, from the outbox."""
    for name in ("publish_batch", "publish", "publisher"):
        assert list(everywhere(name)) == []


def test_every_producer_neither_loses_nor_doubles() -> None:
    producers = list(everywhere("AIOKafkaProducer"))

    assert len(producers) >= 2
    for where, said in producers:
        assert said["acks"] == "'all'", where
        assert said["enable_idempotence"] == "True", where


def test_no_reader_beside_the_subscriber_belongs_to_a_group() -> None:
    readers = [*everywhere("BoundedConsumer"), *everywhere("SureConsumer")]

    assert len(readers) >= 4
    for where, said in readers:
        assert said.get("group_id", "None") == "None", where
        assert said["enable_auto_commit"] == "False", where
        assert said["isolation_level"] == "'read_committed'", where


def test_every_reader_beside_the_subscriber_unpacks_within_bounds() -> None:
    """`deploy.recount` shares no code with the services, on purpose, and is no service."""
    assert {where for where, _ in everywhere("AIOKafkaConsumer")} <= {"deploy/recount/kafka.py"}


def test_no_broker_of_ours_leaves_a_transaction_open_for_longer_than_a_minute() -> None:
    """Shorter than the shortest wait that somebody is told of; docker-compose.yml is held against the same settings."""
    assert kafka.SETTINGS["transaction.max.timeout.ms"] == str(int(LONG_S * 1000))


def test_nothing_offers_to_try_it_out() -> None:
    for path in modules():
        assert "asyncapi_path" not in path.read_text(encoding="utf-8"), f"{named(path)}: POST /docs/try would publish"


def test_time_and_chance_are_read_in_one_place() -> None:
    """Ruff bans the calls; what is left are the places that say why they may."""
    allowed = {"shared/chassis/process/clock.py"}
    reading = {
        named(path)
        for path in modules()
        for line in Path(path).read_text(encoding="utf-8").splitlines()
        if "TID251" in line and named(path).startswith(("shared", "services"))
    }

    assert reading <= allowed

"""The local servers keep what they were told, through kill and restart, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.jars import ROOT
from deploy.local.kafka import HOST
from deploy.local.process import Process, read_record, running
from deploy.local.stack import Stack
from deploy.local.supervise import Command, Services, start_services
from tests.support.servers import OwnServers, Servers


async def test_both_servers_answer(servers: Servers) -> None:
    await create_topic(servers.bootstrap_servers, "local-test-answers")
    await produce(servers.bootstrap_servers, "local-test-answers", b"hello")

    assert await read_one(servers.bootstrap_servers, "local-test-answers") == b"hello"
    assert await select(servers.database_url, "SHOW fsync") == "on"


def test_up_again_and_elsewhere_then_down(own_servers: OwnServers) -> None:
    stack = own_servers()
    first = stack.up()
    pids = {stack.kafka.pid, stack.postgres.pid}
    same = Stack(stack.directory, own=True)

    assert same.up() == first
    assert {same.kafka.pid, same.postgres.pid} == pids

    # Another process, which has never seen the first one, stops them.
    name = str(stack.directory.relative_to(ROOT / ".local"))
    down = [sys.executable, "-m", "deploy.local", "down", "--name", name]
    environment = {
        name: value for name, value in os.environ.items() if name not in ("KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL")
    }
    subprocess.run(down, check=True, cwd=ROOT, env=environment)

    assert not stack.postgres.socket.exists()
    assert not [each for each in running() if names(each, stack.directory)]
    assert (stack.kafka.pid, stack.postgres.pid) == (None, None)
    stack.down()


def test_what_it_keeps_is_its_owners_alone(own_servers: OwnServers) -> None:
    """Logs, data, records, sockets, and what a supervised program writes: whoever else has an account sees nothing."""
    usual = os.umask(0o022)
    try:
        stack = own_servers()
        writes = ("import time, pathlib; pathlib.Path('written').touch(); time.sleep(600)",)
        argv = ("/bin/sh", "-c", f'cd "$0" && exec "{sys.executable}" -c "{writes[0]}"', str(stack.directory))
        start_services(Services(stack.directory, (Command("one", argv, {}, str(stack.directory / "logs/one.log")),)))
        written = stack.directory / "written"
        deadline = time.monotonic() + 30
        while not written.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        os.umask(usual)
    places = [stack.directory, stack.postgres.data, stack.postgres.socket]
    found = {path: path.stat() for place in places for path in (place, *place.rglob("*"))}

    names = {path.name for path in found}
    assert names >= {"kafka.json", "kafka.log", "kafka.lock", "server.properties", "meta.properties", "postgres.log"}
    assert names >= {"services.config.json", "services.json", "supervisor.log", "one.log", "written"}
    assert [
        str(path) for path, seen in found.items() if seen.st_mode & 0o066 and path.parent not in closed(found)
    ] == []


def closed(found: dict[Path, os.stat_result]) -> set[Path]:
    """The directories nobody else may enter; what lies in them needs no rights of its own."""
    shut = {path for path, seen in found.items() if path.is_dir() and not seen.st_mode & 0o077}
    return shut | {path for path in found if any(parent in shut for parent in path.parents)}


def test_two_stacks_do_not_meet(own_servers: OwnServers, servers: Servers) -> None:
    one = own_servers(kafka=False)
    other = own_servers(kafka=False)

    assert len({one.postgres.url, other.postgres.url, servers.database_url}) == 3


async def test_a_killed_broker_comes_back_with_its_records(own_servers: OwnServers) -> None:
    kafka = own_servers(postgres=False).kafka
    bootstrap = kafka.bootstrap
    await create_topic(bootstrap, "kept")
    await produce(bootstrap, "kept", b"before the kill")
    pid = kafka.pid

    kafka.kill()
    assert kafka.process is None
    assert kafka.start() == bootstrap

    assert kafka.pid != pid
    assert await read_one(bootstrap, "kept") == b"before the kill"


async def test_a_broker_keeps_its_ports_unless_one_is_taken_and_says_so(
    own_servers: OwnServers, capfd: pytest.CaptureFixture[str]
) -> None:
    kafka = own_servers(postgres=False).kafka
    before = read_record(kafka.record)
    bootstrap = kafka.bootstrap
    await create_topic(bootstrap, "kept")
    await produce(bootstrap, "kept", b"before the move")

    assert kafka.restart() == bootstrap
    assert capfd.readouterr().err == ""
    kafka.stop()
    with socket.socket() as other:
        other.bind((HOST, int(before["port"])))
        other.listen()
        moved = kafka.start()

    assert moved != bootstrap
    assert await read_one(moved, "kept") == b"before the move"
    assert read_record(kafka.record)["controller_port"] == before["controller_port"]
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(f"port {before['port']} is taken by another program: Kafka is on {moved.partition(':')[2]}")


@pytest.mark.parametrize("by", ["us", "a stranger"])
async def test_a_killed_postgres_comes_back_with_its_rows(own_servers: OwnServers, by: str) -> None:
    postgres = own_servers(kafka=False).postgres
    url = postgres.url
    busy = await asyncpg.connect(url)
    await busy.execute("CREATE TABLE kept (n int)")
    await busy.execute("INSERT INTO kept VALUES (42)")
    pid = postgres.pid
    assert pid is not None

    if by == "us":
        postgres.kill()
    else:
        process = postgres.process
        assert process is not None
        os.kill(pid, signal.SIGKILL)
        assert process.wait(5)
    assert postgres.start() == url

    assert postgres.pid != pid
    assert await select(url, "SELECT n FROM kept") == 42
    busy.terminate()


def test_servers_named_by_the_environment_are_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "elsewhere:9092")
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/db")
    stack = Stack(tmp_path)

    assert stack.up() == Servers("elsewhere:9092", "postgresql://elsewhere/db")
    assert "elsewhere" not in "".join(stack.status().values())
    stack.down()
    assert not list(tmp_path.glob("*.json"))


def names(process: Process, directory: Path) -> bool:
    """Whether the process works in this directory or was told of it."""
    try:
        command = Path(f"/proc/{process.pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return False
    return str(directory) in command


async def create_topic(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def produce(bootstrap: str, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def read_one(bootstrap: str, topic: str) -> bytes | None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        await consumer.seek_to_beginning()
        value: bytes | None = (await consumer.getone()).value
        return value
    finally:
        await consumer.stop()


async def select(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()

"""One Apache Kafka broker in KRaft mode: a plain Java process, its own controller, on loopback only."""

from __future__ import annotations

import base64
import itertools
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

from deploy.local.jars import kafka_libs
from deploy.local.process import (
    OTHERS,
    Process,
    ServerError,
    locked,
    private,
    read_record,
    recorded,
    spawn,
    until,
    write_record,
)

HOST = "127.0.0.1"
PORTS = range(15_000, 32_000)  # below the ports the kernel gives to outgoing connections, see free_ports()
START_SECONDS = 60.0
STOP_SECONDS = 20.0

SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    # Topics come from topics.yaml, with the partitions and the retention it gives.
    "auto.create.topics.enable": "false",
    "delete.topic.enable": "true",
    "log.retention.ms": "-1",
    "message.max.bytes": str(8 * 1024 * 1024),
    "replica.fetch.max.bytes": str(8 * 1024 * 1024),
    # One broker holds everything once.
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    # A sender's open transaction holds everybody up behind it: for a minute at most, whatever it asks for.
    "transaction.max.timeout.ms": "60000",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # A group moves as soon as its members do.
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "300",
    # A restarted broker waits until the session of its dead self has run out (default: nine seconds).
    "broker.heartbeat.interval.ms": "200",
    "broker.session.timeout.ms": "1000",
    # Two cores run everything else too.
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "num.recovery.threads.per.data.dir": "2",
    "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
    "controlled.shutdown.enable": "false",
}


class Kafka:
    """The broker whose data, record and log are in `directory`; any process may start or stop it."""

    def __init__(self, directory: Path, environment: Mapping[str, str] | None = None) -> None:
        self.directory = directory.resolve()
        self.environment = environment or {}
        self.data = self.directory / "kafka"
        self.record = self.directory / "kafka.json"
        self.log = self.directory / "logs" / "kafka.log"

    @property
    def process(self) -> Process | None:
        """The running broker."""
        return recorded(self.record)

    @property
    def pid(self) -> int | None:
        return None if (process := self.process) is None else process.pid

    @property
    def bootstrap(self) -> str:
        """Where clients connect; the same over stop, kill and start."""
        found = read_record(self.record)
        if "port" not in found:
            raise ServerError(f"no broker was ever started in {self.directory}")
        return f"{HOST}:{found['port']}"

    def start(self) -> str:
        """Answer requests, on the port and with the data of the last time; a live broker is left as it is."""
        with locked(self.directory / "kafka.lock"):
            process = self.process
            if process is None:
                process = self._launch()
            port = int(read_record(self.record)["port"])
            until(lambda: answers(port), process, seconds=START_SECONDS, log=self.log)
        return self.bootstrap

    def stop(self) -> None:
        """End the broker in order, as an operator would."""
        self._end((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5))

    def kill(self) -> None:
        """End the broker with no chance to say goodbye."""
        self._end((signal.SIGKILL, 5))

    def restart(self) -> str:
        self.stop()
        return self.start()

    def erase(self) -> None:
        """Stop the broker and forget its data, its port and its record."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        self.record.unlink(missing_ok=True)

    def _end(self, *signals: tuple[signal.Signals, float]) -> None:
        with locked(self.directory / "kafka.lock"):
            if (process := self.process) is not None:
                process.end(*signals)
                write_record(self.record, {**read_record(self.record), "pid": None})

    def _launch(self) -> Process:
        libs = kafka_libs()
        found = read_record(self.record)
        ports = self._ports(found)
        scratch = self.data / "scratch"  # a killed JVM leaves its unpacked native libraries here, not in /tmp
        shutil.rmtree(scratch, ignore_errors=True)
        private(self.data).chmod(0o700)
        private(scratch)
        properties = self.data / "server.properties"
        properties.touch(mode=0o600)
        properties.write_text(self._properties(*ports), encoding="utf-8")
        java = [java_program(), "-Xmx512m", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:+ExitOnOutOfMemoryError"]
        java += [f"-Djava.io.tmpdir={scratch}", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        java += ["-Dorg.slf4j.simpleLogger.showDateTime=true"]
        java += ["-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX", "-cp", f"{libs}/*"]
        if not (self.data / "log" / "meta.properties").exists():
            self._format([*java, "-XX:TieredStopAtLevel=1"], properties)
        process = spawn([*java, "kafka.Kafka", str(properties)], log=self.log, env=os.environ | self.environment)
        write_record(
            self.record,
            {"pid": process.pid, "started": process.started, "port": ports[0], "controller_port": ports[1]},
        )
        return process

    def _ports(self, found: Mapping[str, Any]) -> list[int]:
        """For clients and for the controller: those of the last time, as long as nobody else has taken them."""
        before = [int(found[name]) for name in ("port", "controller_port") if name in found]
        new = iter(free_ports(2, besides=before))
        ports = [port if is_free(port) else next(new) for port in before] or list(new)
        if before and before[0] != ports[0]:
            print(
                f"port {before[0]} is taken by another program: Kafka is on {ports[0]} from now on; tell every shell"
                ' that knows the old one, by eval "$(python -m deploy.local up)"',
                file=sys.stderr,
            )
        return ports

    def _properties(self, port: int, controller_port: int) -> str:
        settings = {
            **SETTINGS,
            "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
            "controller.quorum.voters": f"1@{HOST}:{controller_port}",
            "log.dirs": str(self.data / "log"),
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())

    def _format(self, java: list[str], properties: Path) -> None:
        identity = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=").replace("-", "a")
        tool = ["kafka.tools.StorageTool", "format", "-t", identity, "-c", str(properties)]
        done = subprocess.run([*java, *tool], capture_output=True, text=True, check=False, umask=OTHERS)
        if done.returncode != 0:
            raise ServerError(f"Kafka's storage could not be formatted:\n{done.stdout}{done.stderr}")


def answers(port: int) -> bool:
    """Whether a broker answers an ApiVersions request, which it does only when it takes requests at all."""
    request = struct.pack(">hhih", 18, 0, 1, -1)  # ApiVersions, version 0, correlation id 1, no client id
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            reply = connection.recv(10, socket.MSG_WAITALL)
    except OSError:
        return False
    return len(reply) == 10 and struct.unpack(">iih", reply)[1:] == (1, 0)  # noqa: PLR2004 - length, id, error


def free_ports(count: int, besides: Container[int] = ()) -> list[int]:
    """Ports nobody holds, outside the range the kernel takes outgoing connections' own ports from.

    A port of that range could be lost while the broker is down: a client that keeps trying to reconnect
    to it is sooner or later given that very port, connects to itself, and the broker cannot come back.
    """
    ports = random.SystemRandom().sample(PORTS, len(PORTS))
    return list(itertools.islice((port for port in ports if port not in besides and is_free(port)), count))


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HOST, port))
        except OSError:
            return False
    return True


def java_program() -> str:
    """The Java that runs the broker."""
    home = os.environ.get("JAVA_HOME")
    return f"{home}/bin/java" if home else "java"

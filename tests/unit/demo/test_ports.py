"""The ports of the demonstration: taken once, kept, and said where somebody else has one."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.ports import ports
from deploy.local.kafka import HOST, free_ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        (port,) = free_ports(1)
        other.bind((HOST, port))
        other.listen()
        yield port


def keep(directory: Path, chosen: dict[str, int]) -> None:
    commands = [{"name": name, "env": {"SECTION42_HTTP_PORT": str(port)}} for name, port in chosen.items()]
    (directory / "services.config.json").write_text(json.dumps({"commands": commands}))


def test_what_is_free_is_taken_as_it_is_wanted_and_kept(tmp_path: Path) -> None:
    said: list[str] = []
    first, second, other = free_ports(3)

    assert ports(tmp_path, {"intake": first, "audit": second}, {}, said.append) == {"intake": first, "audit": second}
    keep(tmp_path, {"intake": first, "audit": other})
    assert ports(tmp_path, {"intake": first, "audit": second}, {}, said.append) == {"intake": first, "audit": other}
    assert said == []


def test_what_is_taken_is_said_in_a_line_and_what_stands_in_for_it_is_kept(tmp_path: Path, taken: int) -> None:
    said: list[str] = []
    (free,) = free_ports(1)
    wanted = {"intake": taken, "audit": free}

    chosen = ports(tmp_path, wanted, {}, said.append)

    assert chosen["intake"] not in wanted.values()
    assert chosen["audit"] == free
    (line,) = said
    assert line.startswith(f"port {taken} is taken by another program")
    assert f"intake answers on {chosen['intake']}" in line
    keep(tmp_path, chosen)
    assert ports(tmp_path, wanted, {}, said.append) == chosen
    assert len(said) == 1


def test_a_service_that_runs_has_its_port_already(tmp_path: Path, taken: int) -> None:
    said: list[str] = []
    keep(tmp_path, {"intake": taken})

    assert ports(tmp_path, {"intake": 8401}, {"intake"}, said.append) == {"intake": taken}
    assert said == []

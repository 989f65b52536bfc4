"""What processes cost, as /proc tells it: processor seconds and memory, the servers' included."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

_TICKS = os.sysconf("SC_CLK_TCK")
_MB = 1024


@dataclass(frozen=True)
class Memory:
    """Resident memory in MB: the most there ever was, and what is held now."""

    peak: float
    steady: float


def memory(pid: int) -> Memory:
    """The memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    fields = {name: value for name, _, value in (line.partition(":") for line in lines)}
    peak, steady = (int(fields[name].split()[0]) / _MB for name in ("VmHWM", "VmRSS"))
    return Memory(round(peak, 1), round(steady, 1))


def cpu_s(pid: int, *, with_ended_children: bool = False) -> float:
    """Processor seconds of a process so far; nought when it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if with_ended_children else 13])) / _TICKS


def family_cpu_s(pid: int) -> float:
    """Processor seconds of a process and of all its children, those that have ended included."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return cpu_s(pid, with_ended_children=True) + sum(cpu_s(int(child)) for child in children)


@dataclass
class Costs:
    """Processor seconds by who spent them, between a beginning and an end."""

    postgres_pid: int | None
    kafka_pid: int | None
    _at: dict[str, float] = field(default_factory=dict)

    def begin(self) -> None:
        """Note where the servers and we ourselves stand."""
        self._at = self._now()

    def end(self, services: dict[str, int]) -> dict[str, float]:
        """Seconds since, of each service's process, of the servers and of the benchmark itself."""
        spent = {name: round(cpu_s(pid), 2) for name, pid in services.items()}
        return spent | {name: round(now - self._at[name], 2) for name, now in self._now().items()}

    def _now(self) -> dict[str, float]:
        found = {"bench": cpu_s(os.getpid())}
        if self.postgres_pid is not None:
            found["postgres"] = family_cpu_s(self.postgres_pid)
        if self.kafka_pid is not None:
            found["kafka"] = cpu_s(self.kafka_pid)
        return found


async def backends(connection: asyncpg.Connection) -> dict[str, float]:
    """Processor seconds of every Postgres process so far, by the name its client gave or its own kind."""
    rows = await connection.fetch(
        "SELECT pid, coalesce(nullif(application_name, ''), backend_type) FROM pg_stat_activity"
    )
    found: dict[str, float] = {}
    for pid, name in rows:
        found[name] = round(found.get(name, 0.0) + cpu_s(pid), 2)
    return found

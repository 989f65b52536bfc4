"""Where the services of the demonstration answer: on ports that are taken once, and kept."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from pathlib import Path

from deploy.local.kafka import free_ports, is_free
from deploy.local.process import read_record


def ports(
    directory: Path, wanted: Mapping[str, int], running: Container[str], say: Callable[[str], None]
) -> dict[str, int]:
    """A port for each service: that of the last time, else the one that it is wanted on; where that is taken, another.

    `running` are those that have theirs already. What is taken is said in a line.
    """
    commands = read_record(directory / "services.config.json").get("commands", ())
    kept = {each["name"]: int(each["env"]["SECTION42_HTTP_PORT"]) for each in commands}
    chosen: dict[str, int] = {}
    for service, port in (dict(wanted) | {name: kept[name] for name in wanted if name in kept}).items():
        chosen[service] = port
        if service not in running and not is_free(port):
            others = {*wanted.values(), *kept.values(), *chosen.values()}
            (chosen[service],) = free_ports(1, besides=others)
            say(
                f"port {port} is taken by another program (ss -ltnp shows whose): {service} answers on"
                f" {chosen[service]}, now and after the next `make demo`"
            )
    return chosen

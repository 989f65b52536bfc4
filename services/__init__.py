"""The bounded contexts: each service is a value handed to the chassis; they meet only in Kafka.

A folder here with a service.py is one, and nothing else says which there are.
"""

import ast
from collections.abc import Mapping
from pathlib import Path


def found(folder: Path) -> dict[str, int]:
    """The services of a folder, each with its port, in the order of the ports: that in which a concern meets them.

    None is imported, so that whoever only names them is quick. Raises ValueError where a port is missing or not alone.
    """
    ports = {file.parent.name: _port(file) for file in folder.glob("*/service.py")}
    if len(set(ports.values())) < len(ports):
        raise ValueError(f"two services have one port, and each needs its own: {ports}")
    return dict(sorted(ports.items(), key=lambda each: each[1]))


def _port(file: Path) -> int:
    """The `port` that the service in a file is given."""
    calls = (node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    for call in calls:
        if isinstance(call.func, ast.Name) and call.func.id == "Service":
            for option in call.keywords:
                if option.arg == "port" and isinstance(option.value, ast.Constant):
                    return int(option.value.value)  # type: ignore[arg-type]  # what is no number says so
    raise ValueError(f"{file.parent.name}/service.py gives its Service no port: write one, such as port=8405")


PORTS: Mapping[str, int] = found(Path(__file__).parent)
"""Where each service's health, metrics and views are unless its settings say otherwise."""

SERVICES: tuple[str, ...] = tuple(PORTS)
"""Their names, in the order a concern meets them."""

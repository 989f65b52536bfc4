"""Where to look next, in commands that can be copied."""

from __future__ import annotations

from rich.console import Console

from deploy.demo.system import System

_EVENT = (
    '{"id": "1", "source": "/my-system", "type": "safeguarding.concern.reported.v1", "data":'
    ' {"sender": "my-system", "reference": "A-17", "narrative": "The man in room 4 has bruises."}}'
)


def where_to_look(console: Console, system: System, ports: dict[str, int]) -> None:
    """Print the commands and addresses, from the shell's own first step to the last one, the stop."""
    stack = "" if system.name == "demo" else f" --name {system.name}"
    shell = ". .venv/bin/activate"
    if system.exports:
        shell += f' && eval "$(python -m deploy.local up{stack})"'
    rows = (
        ("in a shell, once", shell),
        ("what drifts", "section42 read audit.drift --no-follow"),
        ("who comes back", "section42 read audit.repeat-concerns --no-follow"),
        ("is all well?", "section42 status"),
        ("post one", f"echo '{_EVENT}' | section42 post -"),
        ("and its receipt", "section42 read receipts --no-follow | tail -1"),
        ("metrics", "  ".join(f"http://127.0.0.1:{port}/metrics" for port in ports.values())),
        ("logs", f".local/{system.name}/logs"),
        ("the end", "make down" if system.name == "demo" else f"python -m deploy.local down{stack}"),
    )
    console.print("\n[bold]Where to look next[/bold]")
    for what, command in rows:
        console.print(f"{what:<17} {command}", soft_wrap=True, markup=False)

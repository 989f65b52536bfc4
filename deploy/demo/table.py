"""What is printed at the end: the years beside what was published, whether everything adds up, and where to look."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from deploy.demo.system import System

_EVENT = (
    '{"id": "1", "source": "/my-system", "type": "safeguarding.concern.reported.v1", "data":'
    ' {"sender": "my-system", "reference": "A-17", "narrative": "The man in room 4 has bruises."}}'
)


def agreement(differing: list[str], counted: int) -> str:
    """Whether the second count, from what came through the doors alone, says the same."""
    if not differing:
        return f"counted a second time, from what came through the doors alone: all {counted} figures agree"
    return "\n".join(("a second count, from what came through the doors alone, differs:", *differing))


def show(console: Console, years: str, agreed: str, status: dict[str, Any], given_up: int) -> None:
    """Print the figures, and the sentences by which they can be believed."""
    console.print(years, markup=False, highlight=False, soft_wrap=True)
    console.print(agreed, markup=False, soft_wrap=True)
    held = sum(service["waiting"] for service in status["services"])
    console.print(f"{status['verdict']}; {held} records wait for something that has not come", soft_wrap=True)
    if given_up:
        told = "records of work on what was never opened were given up, each with its reason: read"
        console.print(f"{given_up} {told} enquiry-records.dead-letters", soft_wrap=True)


def where_to_look(console: Console, system: System, ports: dict[str, int]) -> None:
    """Print the commands and addresses, from the shell's own first step to the last one, the stop."""
    stack = "" if system.name == "demo" else f" --name {system.name}"
    shell = ". .venv/bin/activate"
    if system.exports:
        shell += f' && eval "$(python -m deploy.local up{stack})"'
    audit = f"http://127.0.0.1:{ports['audit']}/api"
    rows = (
        ("in a shell, once", shell),
        ("a year's figures", "section42 figures --year 2022-23 --compare"),
        ("the cases of one", "section42 figures --year 2023-24 --cases enquiries_drifted"),
        ("what drifts", "section42 read audit.drift --no-follow"),
        ("who comes back", "section42 read audit.repeat-concerns --no-follow"),
        ("is all well?", "section42 status"),
        ("what comes next", "section42 timers audit"),
        ("post one", f"echo '{_EVENT}' | section42 post --wait -"),
        ("its receipt again", "section42 read receipts --sender my-system --reference A-17 --no-follow"),
        (
            "a token to read",
            "TOKEN=$(section42 token make --holder me --scope cases --scope worklists --scope figures)",
        ),
        ("over HTTP", f'curl -H "Authorization: Bearer $TOKEN" {audit}/drift'),
        ("its pages", "  ".join(f"http://127.0.0.1:{port}/api/docs" for port in ports.values())),
        ("metrics", "  ".join(f"http://127.0.0.1:{port}/metrics" for port in ports.values())),
        ("logs", f".local/{system.name}/logs"),
        ("the end", "make down" if system.name == "demo" else f"python -m deploy.local down{stack}"),
    )
    console.print("\n[bold]Where to look next[/bold]")
    for what, command in rows:
        console.print(f"{what:<17} {command}", soft_wrap=True, markup=False)

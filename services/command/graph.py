"""`section42 graph`: who writes and who reads which topic, from the services themselves, as Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services import SERVICES

if TYPE_CHECKING:
    from shared.contracts.topics import Topic
    from shared.kernel.event import Event

_SOURCES = re.compile(r" \((seed|design|domain|delivery)[^)]*\)")


def command(
    topics: Annotated[
        bool, typer.Option("--topics", help="Each topic and the events it carries, in their own words, instead.")
    ] = False,
) -> None:
    """Print the picture of services and topics as a Mermaid diagram, or what each topic carries.

    Example: section42 graph --topics
    """
    from services.command.terminal import say

    for line in (events() if topics else picture()).splitlines():
        say(line)


def picture() -> str:
    """The services, the doors they read and the topics between them, as a Mermaid flowchart."""
    from services.command.registry import load
    from shared.contracts import DOORS
    from shared.contracts.topics import READERS

    services = {name: load(name) for name in SERVICES}
    doors = {name: [topic for topic in service.topics if topic in DOORS] for name, service in services.items()}
    people = {
        READERS[event.topic] for service in services.values() for event in service.writes if event.topic in READERS
    }
    lines = ["flowchart LR"]
    for names in doors.values():
        lines += [f"    {_node(door)}([{door}])" for door in names]
    lines += [f"    {name}[[{name.upper()}]]" for name in SERVICES]
    lines += [f"    {who}([{who}])" for who in sorted(people)]
    for name, names in doors.items():
        lines += [f"    {_node(door)} --> {name}" for door in names]
    for name, service in services.items():
        for topic in dict.fromkeys(event.topic for event in service.writes):
            readers = [other for other in SERVICES if topic in services[other].topics]
            lines += [f"    {name} -- {topic} --> {reader}" for reader in readers or [READERS[topic]]]
    return "\n".join(lines)


def table() -> str:
    """Every topic but the dead letters', who writes it and who reads it."""
    rows = ["| Topic | Written by | Read by |", "|---|---|---|"]
    rows += [f"| `{topic.name}` | {topic.writer} | {read_by} |" for topic, read_by, _ in _topics()]
    return "\n".join(rows)


def events() -> str:
    """Every topic but the dead letters', with each event on it in its own words."""
    parts = []
    for topic, read_by, carried in _topics():
        parts += [f"## {topic.name}", "", f"Written by {topic.writer}, read by {read_by}.", ""]
        parts += [f"- `{event.type}`: {_first_sentence(event)}" for event in carried]
        parts.append("")
    return "\n".join(parts[:-1])


def _topics() -> Iterator[tuple[Topic, str, list[type[Event]]]]:
    """Each topic, whoever reads it, and what it carries."""
    from services.command.registry import load
    from shared.contracts import CATALOGUE
    from shared.contracts.topics import READERS, TOPICS, dead_letters_of

    services = {name: load(name) for name in SERVICES}
    for topic in TOPICS:
        if not topic.name.endswith(dead_letters_of("")):
            readers = [name for name, service in services.items() if topic.name in service.topics]
            carried = [event for event in CATALOGUE.values() if event.topic == topic.name]
            yield topic, ", ".join(readers) or READERS[topic.name], carried


def _node(topic: str) -> str:
    return re.sub(r"\W", "_", topic)


def _first_sentence(event: type[Any]) -> str:
    says = " ".join((inspect.getdoc(event) or "").partition("\n\n")[0].split())
    return _SOURCES.sub("", says.partition(". ")[0]).rstrip(".") + "."

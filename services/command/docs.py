"""`section42 docs`: the AsyncAPI document and its page, and the frozen schemas of the contracts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "contracts" / "samples"


def command(
    out: Annotated[Path, typer.Option(help="The folder to write into.")] = Path("build/docs"),
    schemas: Annotated[
        bool, typer.Option("--schemas", help="Freeze the contracts as they are, if they may change so.")
    ] = False,
) -> None:
    """Write asyncapi.json and index.html: every topic, who writes and reads it, each event with an example.

    Beside them openapi-SERVICE.json, for each service: everything that can be read of it over HTTP.

    With --schemas, write the frozen schemas of shared/contracts instead; a change that takes a new version of an
    event is refused, with exit code 1.

    Example: section42 docs --out build/docs
    """
    from services.command.problems import CommandError
    from services.command.terminal import say, warn

    if schemas:
        written, refused = freeze()
        for name in written:
            say(f"frozen: {name}")
        for line in refused:
            warn(line)
        if refused:
            raise CommandError("not frozen: give what changed a new version (shared/contracts/README.md)")
        if not written:
            say("every frozen schema is as the code says")
        return
    for path in write(out):
        say(str(path))


def write(out: Path) -> list[Path]:
    """Write the documents and the page; where they are."""
    from services import SERVICES
    from services.command.registry import load
    from services.command.servers import topic_prefix
    from shared.chassis.reading.api import document as readable
    from shared.chassis.telling.asyncapi import document
    from shared.chassis.telling.asyncapi_page import page

    services = [load(name) for name in SERVICES]
    whole = document(services, topic_prefix(), samples())
    texts = {"asyncapi.json": _as_text(whole), "index.html": page(whole)}
    texts |= {f"openapi-{service.name}.json": _as_text(readable(service)) for service in services}
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8")
    return [out / name for name in texts]


def _as_text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def samples() -> dict[str, list[Mapping[str, Any]]]:
    """A CloudEvent or more of each type, where this runs from a checkout; an image has none."""
    return {
        folder.name: [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
        for folder in sorted(SAMPLES.glob("*"))
    }


def freeze(folder: Path | None = None) -> tuple[list[str], list[str]]:
    """Write the schemas that are new or have changed as they may; which those were, and what may not change so."""
    from shared.contracts import CATALOGUE, DOORS
    from shared.contracts.evolution import forbidden_changes
    from shared.contracts.schema import FROZEN, as_frozen, schema_of

    folder = folder or FROZEN
    folder.mkdir(exist_ok=True)
    written: list[str] = []
    refused = [
        f"{path.stem}: the event is gone" for path in sorted(folder.glob("*.json")) if path.stem not in CATALOGUE
    ]
    for name, event in CATALOGUE.items():
        path, schema = folder / f"{name}.json", schema_of(event)
        frozen = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        if frozen == schema:
            continue
        changes = [] if frozen is None else forbidden_changes(frozen, schema, door=event.topic in DOORS)
        if changes:
            refused += [f"{name}: {change}" for change in changes]
            continue
        path.write_text(as_frozen(schema), encoding="utf-8")
        written.append(name)
    return written, refused

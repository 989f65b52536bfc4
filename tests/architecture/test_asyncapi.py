"""The AsyncAPI document: true to the services, valid, and readable without anything from elsewhere."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from services.command.docs import samples, write
from shared.chassis.telling.asyncapi import DEAD_LETTER, document
from shared.chassis.telling.asyncapi_page import page
from shared.chassis.telling.documents import routes
from shared.contracts import CATALOGUE
from shared.contracts.schema import personal_fields, schema_of
from shared.contracts.topics import TOPICS, dead_letters_of
from tests.architecture.tree import services
from tests.support.tools import asyncapi_schema

WHOLE = document(services(), "safeguarding.", samples())
DRIVEN_ONLY = {"clock", "clock.dead-letters"}
"""Only a replay's clock is on it, which the chassis follows; it is no part of what the system says."""


def resolve(reference: str, inside: dict[str, Any]) -> Any:
    found: Any = inside
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [each for value in part.values() for each in references(value)]
    return [each for value in part for each in references(value)] if isinstance(part, list) else []


@pytest.mark.timeout(120)
@pytest.mark.parametrize("service", [*services(), None], ids=lambda service: service.name if service else "whole")
def test_it_is_valid_asyncapi_3(service: Any) -> None:
    schema = json.loads(asyncapi_schema().read_text(encoding="utf-8"))
    shown = WHOLE if service is None else document([service], "safeguarding.")

    assert [f"{list(e.absolute_path)}: {e.message}" for e in Draft7Validator(schema).iter_errors(shown)] == []


def test_every_reference_leads_somewhere() -> None:
    found = references(WHOLE)

    assert len(found) > 100
    for reference in found:
        assert resolve(reference, WHOLE)


def test_every_channel_is_a_declared_topic_and_every_declared_topic_a_channel() -> None:
    assert WHOLE["channels"].keys() | DRIVEN_ONLY == {topic.name for topic in TOPICS}
    for topic in TOPICS:
        if topic.name not in DRIVEN_ONLY:
            channel = WHOLE["channels"][topic.name]
            assert channel["address"] == f"safeguarding.{topic.name}"
            assert channel["bindings"]["kafka"]["partitions"] == topic.partitions


def test_every_message_is_an_event_of_the_catalogue_on_its_topic() -> None:
    messages = WHOLE["components"]["messages"]

    assert messages.keys() | {"safeguarding.clock.ticked.v1"} == CATALOGUE.keys() | {DEAD_LETTER}
    for topic, channel in WHOLE["channels"].items():
        for name, reference in channel["messages"].items():
            assert reference == {"$ref": f"#/components/messages/{name}"}
            assert name == DEAD_LETTER or CATALOGUE[name].topic == topic


def test_every_operation_is_what_a_service_reads_or_writes() -> None:
    found = {
        (
            operation["tags"][0]["name"],
            operation["action"],
            message["$ref"].split("/")[2],
            message["$ref"].split("/")[4],
        )
        for operation in WHOLE["operations"].values()
        for message in operation["messages"]
    }

    reads = {(s.name, "receive", event.topic, event.type) for s in services() for event in s.reads}
    writes = {(s.name, "send", event.topic, event.type) for s in services() for event in s.writes}
    aside = {(s.name, "send", dead_letters_of(topic), DEAD_LETTER) for s in services() for topic in s.topics}
    assert found == reads | writes | aside


@pytest.mark.parametrize("service", services(), ids=lambda service: service.name)
def test_a_service_publishes_its_own_part(service: Any) -> None:
    part = document([service], "other.")

    assert {operation["tags"][0]["name"] for operation in part["operations"].values()} == {service.name}
    assert part["components"]["messages"].keys() == {e.type for e in (*service.reads, *service.writes)} | {DEAD_LETTER}
    assert all(channel["address"] == f"other.{name}" for name, channel in part["channels"].items())
    assert all(resolve(reference, part) for reference in references(part))


@pytest.mark.parametrize("name", sorted(WHOLE["components"]["messages"].keys() - {DEAD_LETTER}))
def test_a_message_says_what_its_contract_says(name: str) -> None:
    message = WHOLE["components"]["messages"][name]
    schemas = WHOLE["components"]["schemas"]
    payload = resolve(message["payload"]["$ref"], WHOLE)
    contract = schema_of(CATALOGUE[name])

    rewritten = json.loads(json.dumps(payload).replace("#/components/schemas/", "#/$defs/"))
    assert rewritten == {key: value for key, value in contract.items() if key[0] not in "$x"}
    assert set(message["x-personal-fields"]) == personal_fields(contract)
    whole = json.loads(json.dumps({**payload, "$defs": schemas}).replace("#/components/schemas/", "#/$defs/"))
    assert message["examples"], "no sample"
    for example in message["examples"]:
        assert [e.message for e in Draft202012Validator(whole).iter_errors(example["payload"])] == []
        assert [e.message for e in Draft202012Validator(message["headers"]).iter_errors(example["headers"])] == []


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = dict(attrs)
        assert not {name for name in found if name.startswith("on")}
        self.anchors.add(found.get("id") or "")
        self.links += [value for name, value in attrs if name in ("href", "src", "action") and value]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_needs_nothing_from_anywhere() -> None:
    text = page(WHOLE)
    seen = Seen()
    seen.feed(text)

    assert not seen.tags & {"script", "link", "img", "iframe", "form", "object", "embed"}
    assert {link for link in seen.links if not link.startswith("#")} == {"asyncapi.json"}
    assert {link.removeprefix("#") for link in seen.links if link.startswith("#")} <= seen.anchors
    assert not re.search(r"https?://|url\(|@import", text)


def test_the_page_shows_every_topic_event_field_and_example() -> None:
    seen = Seen()
    seen.feed(page(WHOLE))

    for name in [
        *CATALOGUE.keys() - {"safeguarding.clock.ticked.v1"},
        *(c["address"] for c in WHOLE["channels"].values()),
    ]:
        assert name in seen.text
    for word in ("known_to_mental_health_team", "adult.nhs_number", "limbs.unable_to_protect.reasons", "CAD-2291-17"):
        assert word in seen.text
    marked = sum(
        len(m["x-personal-fields"]) + bool(m["x-personal-fields"]) for m in WHOLE["components"]["messages"].values()
    )
    assert page(WHOLE).count('class="mark"') >= marked


def test_the_command_writes_them_and_what_can_be_read_of_each_service(tmp_path: Path) -> None:
    found = {path.name: path for path in write(tmp_path / "docs")}

    read = {f"openapi-{service.name}.json": service for service in services()}
    assert found.keys() == {"asyncapi.json", "index.html", *read}
    assert json.loads(found["asyncapi.json"].read_text(encoding="utf-8")) == WHOLE
    for name, service in read.items():
        paths = json.loads(found[name].read_text(encoding="utf-8"))["paths"]
        assert {f"/api{view.path}" for view in service.views} < paths.keys()


def test_a_service_answers_with_both_and_offers_to_try_nothing() -> None:
    paths = [path for path, _ in routes(services()[0], "safeguarding.")]

    assert paths == ["/docs/asyncapi.json", "/docs"]

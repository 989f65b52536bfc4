"""The AsyncAPI 3 document: every topic, who writes it, who reads it, and what an event on it says.

FastStream can write such a document too, but of one type a subscriber: ours read several types from several topics in
one batch, with keys, headers and topic settings it knows nothing of. So it is written here, from the same
declarations the system runs by.
"""

from collections.abc import Iterable, Mapping, Sequence
from inspect import cleandoc
from typing import Any

from pydantic.json_schema import models_json_schema

from shared.chassis.service import Service
from shared.contracts.schema import WithoutTitles, personal_fields, schema_of, uncited
from shared.contracts.topics import TOPICS, Topic, dead_letters_of
from shared.kernel.event import Event

Document = dict[str, Any]
DEAD_LETTER = "dead-letter"
_VERSION = "1.0.0"
_DESCRIPTION = (
    "Adult safeguarding concerns, from the first report to the audit. Events are CloudEvents 1.0: doors take binary"
    " and structured mode, facts are written in binary mode. Unknown fields are kept; fields marked x-personal"
    " identify or describe a person, or hold anyone's own words."
)
_REASON = {
    "type": "object",
    "properties": {"code": {"type": "string"}, "says": {"type": "string"}, "where": {"type": "string"}},
    "required": ["code", "says", "where"],
}
_DEAD_LETTER_SCHEMA = {
    "type": "object",
    "description": "A record set aside: why, where it came from, and its original bytes, in Base64.",
    "properties": {
        "reasons": {"type": "array", "items": _REASON},
        "topic": {"type": "string"},
        "partition": {"type": "integer"},
        "offset": {"type": "integer"},
        "timestamp_ms": {"type": "integer"},
        "key": {"type": ["string", "null"], "x-personal": True},
        "headers": {"type": "array", "items": {"type": "array"}, "x-personal": True},
        "value": {"type": ["string", "null"], "x-personal": True},
        "whole_value": {
            "type": "object",
            "description": "Of a record that is not kept whole: its size and hash. Of one that was too large, value"
            " holds the beginning; of one beyond its writer's budget of the day it is null.",
            "properties": {"bytes": {"type": "integer"}, "blake2b_128": {"type": "string"}},
        },
    },
    "required": ["reasons", "topic", "partition", "offset", "timestamp_ms", "key", "headers", "value"],
}


def document(
    services: Sequence[Service[Any]], prefix: str, samples: Mapping[str, Sequence[Mapping[str, Any]]] | None = None
) -> Document:
    """What these services read and write. `samples` are CloudEvents in structured mode, by their type."""
    read = {event for service in services for event in service.reads}
    written = {event for service in services for event in service.writes}
    events = sorted(read | written, key=lambda event: event.type)
    set_aside = {dead_letters_of(event.topic) for event in read}
    topics = [topic for topic in TOPICS if topic.name in {event.topic for event in events} | set_aside]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Section42" if len(services) > 1 else f"Section42: {services[0].name}",
            "version": _VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic, prefix, events) for topic in topics},
        "operations": dict(sorted(_operations(services))),
        "components": {
            "messages": {
                **{event.type: _message(event, (samples or {}).get(event.type, ())) for event in events},
                DEAD_LETTER: _dead_letter_message(),
            },
            "schemas": {**_schemas(events), "DeadLetter": _DEAD_LETTER_SCHEMA},
        },
    }


def _channel(topic: Topic, prefix: str, events: Iterable[type[Event]]) -> Document:
    names = [event.type for event in events if event.topic == topic.name] or [DEAD_LETTER]
    kind = "door" if topic.door else "facts" if names != [DEAD_LETTER] else "dead letters"
    return {
        "address": prefix + topic.name,
        "title": topic.name,
        "x-kind": kind,
        "x-writer": topic.writer,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "topic": prefix + topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": topic.config["cleanup.policy"].split(","),
                    "retention.ms": int(topic.config["retention.ms"]),
                    "max.message.bytes": topic.max_message_bytes,
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operations(services: Iterable[Service[Any]]) -> Iterable[tuple[str, Document]]:
    for service in services:
        for verb, action, events in (("reads", "receive", service.reads), ("writes", "send", service.writes)):
            for topic in {event.topic for event in events}:
                names = [event.type for event in events if event.topic == topic]
                yield f"{service.name}.{verb}.{topic}", _operation(service.name, action, topic, names)
        for topic in map(dead_letters_of, service.topics):
            yield f"{service.name}.writes.{topic}", _operation(service.name, "send", topic, [DEAD_LETTER])


def _operation(service: str, action: str, topic: str, names: Iterable[str]) -> Document:
    channel = f"#/channels/{topic}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in sorted(names)],
        "tags": [{"name": service}],
    }


def _message(event: type[Event], samples: Iterable[Mapping[str, Any]]) -> Document:
    summary, _, rest = uncited(cleandoc(event.__doc__ or "")).partition("\n\n")
    key = "sender and reference, as `sender/reference`" if event.key_field == "door_key" else f"`{event.key_field}`"
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": " ".join(summary.split()),
        **({"description": rest} if rest else {}),
        "contentType": "application/json",
        "headers": _headers(event.type),
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": "0.5.0"}},
        "x-personal-fields": sorted(personal_fields(schema_of(event))),
        "examples": [_example(sample) for sample in samples],
    }


def _example(sample: Mapping[str, Any]) -> Document:
    """A CloudEvent in structured mode as it is in binary mode."""
    apart = ("data", "datacontenttype")
    return {
        "headers": {f"ce_{name}": value for name, value in sample.items() if name not in apart},
        "payload": sample["data"],
    }


def _headers(event_type: str) -> Document:
    text = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type"],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": {**text, "description": "Names the event, together with the source."},
            "ce_source": text,
            "ce_type": {"const": event_type},
            "ce_time": {"type": "string", "format": "date-time"},
            "ce_subject": text,
            "ce_correlationid": {
                **text,
                "description": "What this belongs to from the first report on: no word of a sender's.",
            },
            "ce_causationid": {
                **text,
                "description": "What this follows from: our event's id, or a hash of a sender's source and id.",
            },
        },
    }


def _dead_letter_message() -> Document:
    return {
        "name": DEAD_LETTER,
        "title": "DeadLetter",
        "summary": "A record that could not be read or decided on, whole, with the reason; for operations alone.",
        "contentType": "application/json",
        "payload": {"$ref": "#/components/schemas/DeadLetter"},
        "x-personal-fields": ["headers", "key", "value"],
    }


def _schemas(events: Sequence[type[Event]]) -> Mapping[str, Any]:
    _, schemas = models_json_schema(
        [(event, "validation") for event in events],
        ref_template="#/components/schemas/{model}",
        schema_generator=WithoutTitles,
    )
    return dict(sorted(schemas["$defs"].items()))

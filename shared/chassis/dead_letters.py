"""A dead letter: a record set aside with its reason, where it came from, and its original bytes, whole.

The bytes travel in the value alone, because a key or a header of somebody's record may name a person.
"""

from base64 import b64encode

import msgspec

from shared.chassis.cloudevents import Record
from shared.chassis.wire import Fact
from shared.contracts.topics import dead_letters_of
from shared.kernel.decision import Reason
from shared.kernel.identity import derived


def dead_letter(topic: str, record: Record, reasons: tuple[Reason, ...]) -> Fact:
    """The dead letter of a record: one identity for one record, however often it is set aside."""
    identity = derived("dead-letter", record.topic, str(record.partition), str(record.offset))
    value = {
        "reasons": [{"code": reason.code, "says": reason.says, "where": reason.where} for reason in reasons],
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp,
        "key": _text(record.key),
        "headers": [[name, _text(header)] for name, header in record.headers],
        "value": _text(record.value),
    }
    headers = [
        ("content-type", b"application/json"),
        ("dead_letter_id", str(identity).encode()),
        ("reason", " ".join(reason.code for reason in reasons).encode()),
        ("source_topic", record.topic.encode()),
        ("source_partition", str(record.partition).encode()),
        ("source_offset", str(record.offset).encode()),
    ]
    return Fact(dead_letters_of(topic), str(identity).encode(), headers, msgspec.json.encode(value))


def _text(part: bytes | None) -> str | None:
    return None if part is None else b64encode(part).decode()

"""A dead letter: a record set aside with its reason, where it came from, and its original bytes, whole.

What is larger than a dead letter may be is cut, and its size and digest say so: the whole of it is in the topic that
the letter names. The bytes travel in the value alone, because a key or a header of somebody's record may name a person.
"""

from base64 import b64encode
from hashlib import blake2b

import msgspec

from shared.chassis.delivery.records.cloudevents import Record
from shared.chassis.delivery.records.wire import Fact
from shared.contracts.topics import dead_letters_of
from shared.kernel.decision import Reason
from shared.kernel.identity import derived

_LARGEST = 2 * 1024 * 1024 - 64 * 1024
_SHOWN = 64 * 1024


def dead_letter(topic: str, record: Record, reasons: tuple[Reason, ...], *, whole: bool = True) -> Fact:
    """The dead letter of a record: one identity for one record, however often it is set aside.

    One that is not whole keeps the record's place, size and hash, and nothing of what it says.
    """
    identity = derived("dead-letter", record.topic, str(record.partition), str(record.offset))
    value: dict[str, object] = {
        "reasons": [{"code": reason.code, "says": reason.says, "where": reason.where} for reason in reasons],
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp,
        "key": _text(record.key) if whole else None,
        "headers": [[name, _text(header)] for name, header in record.headers] if whole else [],
        "value": _text(record.value) if whole else None,
    }
    letter = msgspec.json.encode(value) if whole else b""
    if not whole or len(letter) > _LARGEST:  # compressed it fitted its topic, unpacked it does not fit this one
        size, digest = len(record.value or b""), blake2b(record.value or b"", digest_size=16).hexdigest()
        shown = _text((record.value or b"")[:_SHOWN]) if whole else None
        letter = msgspec.json.encode(
            value | {"value": shown, "headers": [], "whole_value": {"bytes": size, "blake2b_128": digest}}
        )
    headers = [
        ("content-type", b"application/json"),
        ("dead_letter_id", str(identity).encode()),
        ("reason", " ".join(reason.code for reason in reasons).encode()),
        ("source_topic", record.topic.encode()),
        ("source_partition", str(record.partition).encode()),
        ("source_offset", str(record.offset).encode()),
    ]
    return Fact(dead_letters_of(topic), str(identity).encode(), headers, letter)


def _text(part: bytes | None) -> str | None:
    return None if part is None else b64encode(part).decode()

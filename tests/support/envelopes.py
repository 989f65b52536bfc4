"""Reports in every kind of envelope that the world was seen to send, each with its right answer (`envelopes.jsonl`).

`headers` are pairs, in which null is a header without a value and an object holds bytes in Base64; a `body` of null is
a record without a value. `answer` is accepted, again (the very same receipt) or refused; `remarks` and `codes` are all
that the answer speaks of; `after` names what must have come before.
"""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any, NamedTuple

from shared.chassis.delivery.records.kept_record import KeptRecord

_FILE = Path(__file__).with_name("envelopes.jsonl")
NOON_MS = 1_709_726_400_000


class Row(NamedTuple):
    """One kind: its record, at a place of its own, and what must be answered."""

    name: str
    record: KeptRecord
    answer: str
    remarks: tuple[str, ...]
    codes: tuple[str, ...]
    after: str


def _row(offset: int, said: dict[str, Any]) -> Row:
    text = said.get("body")
    value = b64decode(said["body_base64"]) if "body_base64" in said else None if text is None else text.encode()
    headers = [(name, _bytes(value)) for name, value in said["headers"]]
    key = None if said["key"] is None else said["key"].encode()
    record = KeptRecord("concern-reports", 0, offset, NOON_MS, 1, key, value, headers)
    return Row(
        said["name"],
        record,
        said["answer"],
        tuple(said.get("remarks", ())),
        tuple(said.get("codes", ())),
        said.get("after", ""),
    )


def _bytes(said: Any) -> bytes | None:
    if isinstance(said, dict):
        return b64decode(said["base64"])
    return None if said is None else str(said).encode()


ROWS = [_row(n, json.loads(line)) for n, line in enumerate(_FILE.read_text(encoding="utf-8").splitlines())]
BY_NAME = {row.name: row for row in ROWS}

"""What senders say in reports, in every kind that was met, each with its right answer (`reports.jsonl`).

The envelope is perfect each time. `remarks` and `codes` are all that the answer speaks of, each a code and the field;
`aside` names the fields of which something is set aside, in order; `taken` what is taken for some fields; `called` the
reference that the answer names; `child` says that the person may be one. `times` repeats a text that would fill pages.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from shared.chassis.delivery.records.kept_record import KeptRecord

_FILE = Path(__file__).with_name("reports.jsonl")
NOON_MS = 1_709_726_400_000
SOURCE = "/northmere"
TYPE = "safeguarding.concern.reported.v1"


class Row(NamedTuple):
    """One kind: what is said, the record that says it, and what must be answered."""

    name: str
    data: dict[str, Any]
    record: KeptRecord
    answer: str
    remarks: list[str]
    codes: list[str]
    aside: list[str]
    taken: dict[str, Any]
    called: str | None
    child: bool


def headers_of(name: str) -> list[tuple[str, bytes | None]]:
    """A perfect envelope."""
    said = {"specversion": "1.0", "id": name, "source": SOURCE, "type": TYPE}
    return [(f"ce_{key}", value.encode()) for key, value in said.items()]


def _row(offset: int, said: dict[str, Any]) -> Row:
    data = said["data"]
    for path, times in said.get("times", {}).items():
        *parts, last = path.split(".")
        within = data
        for part in parts:
            within = within[part]
        within[last] *= times
    value = json.dumps(data).encode()
    key = f"{data.get('sender')}/{said['name']}".encode()
    record = KeptRecord("concern-reports", 0, offset, NOON_MS, 1, key, value, headers_of(said["name"]))
    return Row(
        said["name"],
        data,
        record,
        said["answer"],
        said.get("remarks", []),
        said.get("codes", []),
        said.get("aside", []),
        said.get("taken", {}),
        said.get("called"),
        said.get("child", False),
    )


ROWS = [_row(n, json.loads(line)) for n, line in enumerate(_FILE.read_text(encoding="utf-8").splitlines())]
BY_NAME = {row.name: row for row in ROWS}

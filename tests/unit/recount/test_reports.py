"""Reports that are not in form: the second count reads each as the services do, by a reader of its own."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from deploy.recount import reports
from deploy.recount.doors import REPORTED, Sent
from deploy.recount.forms import WrongForm, contracts
from deploy.recount.identities import of_meaning
from deploy.recount.taking import against, as_taken
from deploy.recount.written_days import meant, youngest
from services.intake.acceptance import considered, reasons_against
from services.intake.days import latest, readings
from services.intake.service import service as intake
from shared.chassis.delivery.records.wire import Arrival, Wire
from tests.support.reports import ROWS, SOURCE, Row, headers_of
from tests.unit.chassis.records import NOON

CONTRACT = contracts(frozenset({"concern-reports"}))[REPORTED]
RECORD = ROWS[0].record


def ours(data: Any, name: str) -> Any:
    value = json.dumps(data).encode()
    found = Wire(intake, "", driven=False).read(RECORD._replace(value=value, headers=headers_of(name)))
    if not isinstance(found, Arrival):
        return None
    taken = considered(found.event, NOON)  # type: ignore[arg-type]
    reasons = {one.code for one in reasons_against(taken.report, NOON)}
    remarks = {one.code for one in (*found.meta.remarks, *taken.remarks)}
    said = json.loads(taken.report.model_dump_json(include=set(type(taken.report).model_fields)))
    return reasons, remarks, taken.possibly_under_18, strip(said)


def theirs(data: Any, name: str) -> Any:
    unique = f"{SOURCE} {name} {of_meaning(REPORTED, data)}"
    try:
        report = reports.read(CONTRACT, data, SOURCE, unique)
    except WrongForm:
        return None
    sent = Sent("concern.reported", NOON, NOON, "", report.said, report.open)
    taken = as_taken(report.said, NOON)
    return (
        against(sent, taken),
        report.codes | taken.codes,
        taken.child,
        json.loads(json.dumps(taken.said, default=str)),
    )


def strip(said: Any) -> Any:
    """Without what no contract declares, which the second count does not read."""
    known: dict[str, Any] = json.loads(json.dumps(CONTRACT.read(said), default=str))
    return known


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_kind_is_read_alike(row: Row) -> None:
    assert theirs(row.data, row.name) == ours(row.data, row.name)


ODD: list[Any] = [
    None, "", " ", "yes", "N", 0, 1, 1.0, 2.5, True, False, [], {}, [[]], ["neglect"], {"name": "A"}, "care home",
    "Unknown", "25/12/1944", "03/04/2015", "20150203", "2015", "2190-01-01", "2019-01-01", "a\x07b",
    "neglect; physical",
    "x" * 400, "P1", [{"abuse_type": "Neglect"}, {}, "physical", 3], {"Birth-Date": "1.2.1950", "urgent": 1},
    {"where": "a", "said": "b"}, "Übergabe", "name with spaces", 10**25, {"dob": "2010-05-05"},
]  # fmt: skip
NAMES = [
    "sender", "reference", "source", "channel", "basis", "urgent", "known_to_mental_health_team", "practitioner_team",
    "adult", "place", "referrer", "happened_on", "abuse_types", "risks", "provider", "authorities", "narrative",
    "consents_to_report", "aware_of_report", "set_aside", "reference_as_sent", "Urgent", "Happened On", "other",
]  # fmt: skip
WITHIN = ["nhs_number", "name", "birth_date", "BirthDate", "gender", "commissioned", "home", "abuse_type", "location",
          "alleged_source", "preferred_language", "Name", "known_as"]  # fmt: skip


def mangled(seed: int) -> dict[str, Any]:
    draw = random.Random(seed)
    base: dict[str, Any] = {"sender": "ems", "reference": str(seed), "narrative": "Flat 2."}
    for name in draw.sample(NAMES, draw.randint(1, 5)):
        value = draw.choice(ODD)
        if draw.random() < 0.4:
            value = {within: draw.choice(ODD) for within in draw.sample(WITHIN, 3)}
            value = [value] if draw.random() < 0.4 else value
        base[name] = value
        if draw.random() < 0.15:
            del base[name]
    return base


def test_whatever_is_odd_is_read_alike() -> None:
    for seed in range(3_000):
        data = mangled(seed)
        assert theirs(data, "x") == ours(data, "x"), data


PARTS = [
    "25",
    "12",
    "1944",
    "2015",
    "3",
    "03",
    "44",
    "0000",
    "dec",
    "December",
    "sept",
    "1st",
    "Monday",
    "x",
    "T00:00Z",
]


def test_written_days_mean_the_same_to_both() -> None:
    draw = random.Random(7)
    for _ in range(20_000):
        text = draw.choice(["/", "-", ".", " ", ", ", ""]).join(draw.choices(PARTS, k=draw.randint(1, 4)))
        assert (set(readings(text)), latest(text)) == (meant(text), youngest(text)), text

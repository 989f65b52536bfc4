"""What a reader is shown of an event."""

import json
from typing import Any

import pytest
from pydantic import BaseModel

from services.command.sentences import sentence, shown
from shared.contracts import CATALOGUE
from shared.kernel.event import Event
from tests.support.builders import a_report

CANARY = "Canary"


def _marked(schema: dict[str, Any]) -> bool:
    return "x-personal" in json.dumps(schema)


def test_every_event_has_a_sentence_that_names_its_own_fields_only() -> None:
    for type_, declared in CATALOGUE.items():
        if "refused_id" not in declared.model_fields:
            fields: dict[str, Any] = dict.fromkeys(declared.model_fields, "x")
            if "record" in fields:
                recorded = declared.model_fields["record"].annotation
                assert isinstance(recorded, type)
                assert issubclass(recorded, Event)
                fields["record"] = dict.fromkeys(recorded.model_fields, "x")
            assert sentence(type_, fields, all_fields=False) != ""
            assert "not recorded" not in sentence(type_, fields, all_fields=False)


@pytest.mark.parametrize("type_", CATALOGUE)
def test_an_event_has_a_sentence(type_: str) -> None:
    assert CATALOGUE[type_].sentence.strip()


def test_no_personal_field_is_shown_however_deep_it_lies() -> None:
    report = a_report().model_copy(
        update={"narrative": CANARY, "adult": {"name": CANARY, "nhs_number": CANARY, "description": CANARY},
                "referrer": {"name": CANARY, "contact": CANARY}, "place": {"address": CANARY}}
    )  # fmt: skip
    data = json.loads(report.model_dump_json(warnings=False))

    for type_, fields in (
        (report.type, data),
        ("safeguarding.concern.received.v1", {"concern_id": "c", "report": data}),
        ("safeguarding.msp.asked.v1", {"outcomes": [{"outcome_id": "1", "words": CANARY}]}),
    ):
        public = shown(type_, fields)
        assert CANARY not in json.dumps(public)
        assert CANARY not in sentence(type_, public, all_fields=False)
    assert shown(report.type, data)["sender"] == report.sender
    assert shown("safeguarding.msp.asked.v1", {"outcomes": [{"outcome_id": "1", "words": CANARY}]}) == {
        "outcomes": [{"outcome_id": "1"}]
    }


def test_a_field_nobody_declared_might_say_anything_and_is_not_shown() -> None:
    assert shown("safeguarding.enquiry.opened.v1", {"enquiry_id": "1", "remark": CANARY}) == {"enquiry_id": "1"}
    assert shown("safeguarding.unheard.of.v1", {"remark": CANARY}) == {}


def test_a_value_that_is_false_or_nought_is_a_value() -> None:
    assert shown("safeguarding.concern.reported.v1", {"urgent": False}) == {"urgent": False}
    assert shown("safeguarding.audit.drift-flagged.v1", {"look": 0}) == {"look": 0}


def test_a_refusal_says_every_reason() -> None:
    says = sentence(
        "safeguarding.triage.decision-refused.v1",
        {"refused_id": "7", "reasons": [{"code": "a", "says": "One."}, {"code": "b", "says": "Two."}]},
        all_fields=False,
    )

    assert says.endswith("One.; Two.")
    assert issubclass(CATALOGUE["safeguarding.triage.decision-refused.v1"], BaseModel)

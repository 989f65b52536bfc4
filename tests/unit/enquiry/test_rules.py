"""Whatever a row of the table says holds for its record; a further record is asked the same by having a row."""

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import pytest

from services.enquiry.cases import Conclusion
from services.enquiry.records import NOT_OPENED
from services.enquiry.rules import RULES
from shared.contracts.doors import EnquiryRecord
from shared.kernel.decision import Refused
from shared.kernel.identity import derived
from tests.support.builders import NOON, told
from tests.support.enquiry_builders import LATER
from tests.support.findings_builders import after, enquiry_of

SAMPLES = Path(__file__).parents[2] / "contracts" / "samples"
EACH = pytest.mark.parametrize("record", RULES, ids=lambda record: record.type)
OPEN = enquiry_of(after())
CONCLUDED = msgspec.structs.replace(OPEN, concluded=Conclusion(derived("closure"), "manager-9", NOON))
WITHDRAWN = msgspec.structs.replace(OPEN, withdrawn_at=NOON)


@cache
def sample(record: type[EnquiryRecord]) -> EnquiryRecord:
    """A record as somebody sent it, which is of the enquiry that the samples speak of."""
    sent = json.loads(next(iter(sorted((SAMPLES / record.type).glob("*.json")))).read_text())
    return record.model_validate_json(json.dumps(sent["data"]))


def answered(record: type[EnquiryRecord], enquiry: Any, **changes: Any) -> Any:
    sent = sample(record).model_copy(update=changes)
    return RULES[record](enquiry, sent, told(sent, at=LATER + timedelta(days=10_000)).meta)


def codes(answer: Any) -> set[str]:
    assert isinstance(answer, Refused)
    return {reason.code for reason in answer.reasons}


@EACH
def test_it_waits_for_its_enquiry(record: type[EnquiryRecord]) -> None:
    assert answered(record, None) == NOT_OPENED


@EACH
def test_it_has_happened(record: type[EnquiryRecord]) -> None:
    happened = RULES[record].happened
    ahead = {happened: LATER + timedelta(days=10_000, minutes=6)}

    for enquiry in (None, OPEN, CONCLUDED, WITHDRAWN):
        assert f"{happened}_in_the_future" in codes(answered(record, enquiry, **ahead))


@EACH
def test_a_withdrawn_enquiry_takes_it_no_more_and_a_concluded_one_where_its_row_says_so(
    record: type[EnquiryRecord],
) -> None:
    assert codes(answered(record, WITHDRAWN)) == {"enquiry_withdrawn"}
    if not RULES[record].concluded_too:
        assert codes(answered(record, CONCLUDED)) == {"enquiry_concluded"}


@EACH
def test_it_was_not_before_the_enquiry_started_where_its_row_says_so(record: type[EnquiryRecord]) -> None:
    rule = RULES[record]
    started = msgspec.structs.replace(OPEN, started_at=LATER + timedelta(days=9_000))

    early = answered(record, started)

    assert rule.since_start == (isinstance(early, Refused) and f"{rule.happened}_too_early" in codes(early))


@EACH
def test_nobody_but_a_manager_may_where_its_row_says_so(record: type[EnquiryRecord]) -> None:
    rule = RULES[record]

    assert ("role" in record.model_fields) == (rule.manager is not None)
    if rule.manager is not None:
        assert f"role_may_not_{rule.manager.may}" in codes(answered(record, None, role="social_worker"))


@EACH
def test_its_fact_says_what_was_recorded(record: type[EnquiryRecord]) -> None:
    noted = RULES[record].states.model_fields.get("record")

    assert noted is None or noted.annotation is record
    assert [rule.states for rule in RULES.values()].count(RULES[record].states) == 1


@EACH
def test_whatever_its_row_names_is_about_this_record(record: type[EnquiryRecord]) -> None:
    """The table is one for all records, so that no type checker sees a rule in the wrong row."""
    rule = RULES[record]
    named = [(rule.decide, 1), (rule.known, 1), (rule.fits, 0), (rule.days, 0)]
    about = {list(get_type_hints(function).values())[place] for function, place in named}

    assert about - {Any} == {record}
    assert rule.happened in record.model_fields

"""Two reports: are they about one adult? Rows of inputs with the right value, and what each stands for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.intake.service import service
from shared.contracts.doors import ConcernReported
from shared.contracts.intake import AdultPossiblyDuplicated, ConcernReceived, ReportAccepted
from tests.support.builders import NHS_NUMBER, told
from tests.support.four_services import FourServices
from tests.support.interleave import story

ROWS = [json.loads(line) for line in Path(__file__).with_name("people.jsonl").read_text(encoding="utf-8").splitlines()]
ASHA, BRYN = "Asha Invented", "Bryn Invented"


def report(reference: str, adult: dict[str, Any]) -> ConcernReported:
    said = {name: value for name, value in adult.items() if not name.startswith("_")}
    data = {"sender": adult.get("_sender", "somebody"), "reference": reference, "adult": said, "narrative": "seen"}
    return ConcernReported.model_validate_json(json.dumps(data))


def answer(*adults: dict[str, Any], test_numbers: bool = True) -> tuple[bool | str, list[ReportAccepted]]:
    """Whether the last of these is about one adult with the first, or a person is asked; and the receipts."""
    reports = [report(f"R{number}", adult) for number, adult in enumerate(adults)]
    facts = story(
        service, [told(one, one.reference, test_numbers=test_numbers) for one in reports]
    ).facts  # fmt: skip
    receipts = [fact for fact in facts if isinstance(fact, ReportAccepted)]
    received = {fact.concern_id: fact.adult_id for fact in facts if isinstance(fact, ConcernReceived)}
    first, last = received[reports[0].concern_id], received[reports[-1].concern_id]
    asked = [fact for fact in facts if isinstance(fact, AdultPossiblyDuplicated)]
    assert len(receipts) == len(received) == len(reports), "every report is answered and becomes a concern"
    if any({fact.adult_id, fact.other_adult_id} == {first, last} for fact in asked):
        return "ask", receipts
    return first == last, receipts


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_two_reports_are_about_one_adult_or_two_or_a_person_is_asked(row: dict[str, Any]) -> None:
    found, receipts = answer(row["first"], row["second"], test_numbers=row.get("setting") != "test numbers off")

    assert found == row["same_adult"], row["why"]
    remarked = [{remark.where for remark in receipt.remarks} for receipt in receipts]
    if "remark" in row:
        assert all(f"adult.{row['remark']}" in where for where in remarked)
    elif row["name"] == "number-swapped-birth":
        assert remarked == [set(), {"adult.birth_date"}]
    else:
        assert remarked == [set(), set()]


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_it_is_the_same_whichever_came_first(row: dict[str, Any]) -> None:
    found, _ = answer(row["second"], row["first"], test_numbers=row.get("setting") != "test numbers off")

    assert found == row["same_adult"]


def test_what_a_person_is_asked_about_is_on_the_list_of_audit_until_they_say() -> None:
    services = FourServices()
    for number, (name, born) in enumerate(((ASHA, "1940-02-01"), (BRYN, "1951-07-09"))):
        adult = {"name": name, "nhs_number": NHS_NUMBER, "birth_date": born}
        services.post(
            {
                "specversion": "1.0", "id": str(number), "source": "/somebody", "time": "2024-03-06T12:00:00+00:00",
                "type": "safeguarding.concern.reported.v1",
                "data": {"sender": "somebody", "reference": f"R{number}", "adult": adult},
            }
        )  # fmt: skip
    adults = services.cases("audit").values()

    assert sorted(len(adult.concerns) for adult in adults) == [1, 1], "both concerns go on"
    assert [flag.flag for adult in adults for flag in adult.flags] == ["possibly_duplicated_adult"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # the same name, and more or less of it
        ({"name": ASHA}, {"name": "INVENTED, Asha"}, True),
        ({"name": ASHA}, {"name": "Mrs Asha B. Invented"}, True),
        ({"name": ASHA}, {"name": "A. Invented"}, True),
        ({"name": ASHA}, {"name": "B. Invented"}, "ask"),
        ({"name": "Zoë O\u2019Inventéd"}, {"name": "Zoe O'Invented"}, True),
        ({"name": "Asha Made-Up"}, {"name": "asha  made\u2011up"}, True),
        ({"name": ASHA}, {"name": "unknown female"}, True),
        ({"name": ASHA}, {"description": "a woman in the lounge"}, True),
        ({"name": ASHA}, {"name": "Asha Otherwise"}, "ask"),
        ({"name": ASHA}, {"name": BRYN}, "ask"),
        # a birth date that agrees explains another surname, and no other given name: twins have one birth date
        ({"name": ASHA, "birth_date": "1940-02-01"}, {"name": BRYN, "birth_date": "1940-02-01"}, "ask"),
        ({"birth_date": "1940-02-01"}, {"name": BRYN, "birth_date": "1940-02-01"}, True),
        ({"name": ASHA, "birth_date": "1940-02-01"}, {"name": "A Otherwise", "birth_date": "1940-02-01"}, True),
        # a birth date that differs, with nothing that explains it
        ({"name": ASHA, "birth_date": "1940-02-01"}, {"name": ASHA, "birth_date": "1951-07-09"}, "ask"),
        ({"birth_date": "1940-02-01"}, {"birth_date": "1951-07-09"}, "ask"),
        ({"birth_date": "1940-02-01"}, {"birth_date": "1940-01-02"}, "ask"),
        ({"name": ASHA, "birth_date": "1940-02-01"}, {"name": "Asha Otherwise", "birth_date": "1940-01-02"}, "ask"),
        ({"name": ASHA, "birth_date": "1940-02-01"}, {"name": ASHA, "birth_date": "1900-01-01"}, True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("identifier", [{"nhs_number": NHS_NUMBER}, {"person_reference": "P-4711"}])
def test_what_explains_a_difference_under_one_identifier(
    one: dict[str, str], other: dict[str, str], expected: Any, identifier: dict[str, str]
) -> None:
    assert answer(one | identifier, other | identifier)[0] == expected
    assert answer(other | identifier, one | identifier)[0] == expected


def test_whoever_was_told_apart_stays_apart_and_is_known_again() -> None:
    number = {"nhs_number": NHS_NUMBER}
    asha, bryn = {"name": ASHA, **number}, {"name": BRYN, **number}
    first, second, third, fourth = (report(f"R{n}", each) for n, each in enumerate((asha, bryn, bryn, asha)))
    facts = story(service, [told(one, one.reference) for one in (first, second, third, fourth)]).facts
    whose = {fact.concern_id: fact.adult_id for fact in facts if isinstance(fact, ConcernReceived)}

    assert whose[first.concern_id] == whose[fourth.concern_id] != whose[second.concern_id] == whose[third.concern_id]
    assert sum(isinstance(fact, AdultPossiblyDuplicated) for fact in facts) == 1, "asked once"


def test_what_was_not_known_at_first_is_learned() -> None:
    """Else two who contradict each other would be joined by way of a report that says nothing."""
    number = {"nhs_number": NHS_NUMBER}

    assert answer(number, {"name": ASHA, **number}, {"name": BRYN, **number})[0] == "ask"


def test_a_surname_that_was_explained_is_known_from_then_on() -> None:
    born = {"nhs_number": NHS_NUMBER, "birth_date": "1940-02-01"}
    married = {"name": "Asha Otherwise"}

    assert answer({"name": ASHA, **born}, married | born, married | {"nhs_number": NHS_NUMBER})[0] is True


def test_whom_one_identifier_contradicts_is_not_found_by_the_other() -> None:
    """Under the number nobody's name is known, under the reference it is another's."""
    both = {"nhs_number": NHS_NUMBER, "person_reference": "P-4711"}

    asha = {"person_reference": "P-4711", "name": ASHA}
    assert answer(both, asha, both | {"name": BRYN})[0] == "ask"


def test_a_report_that_may_be_about_two_is_asked_about() -> None:
    number = {"nhs_number": NHS_NUMBER}
    facts = story(
        service,
        [
            told(report(f"R{n}", adult | number), str(n))
            for n, adult in enumerate(({"name": ASHA}, {"name": BRYN}, {"description": "a woman"}))
        ],
    ).facts

    asked = [fact for fact in facts if isinstance(fact, AdultPossiblyDuplicated)]
    assert [one.concern_id for one in asked] == [report("R1", {}).concern_id, report("R2", {}).concern_id]


def test_a_number_that_everybody_is_given_is_remembered_of_so_many_and_no_case_grows_for_ever() -> None:
    number = {"nhs_number": NHS_NUMBER}
    told_of = story(
        service, [told(report(f"R{n}", {"name": f"Person Number{n}", **number}), str(n)) for n in range(40)]
    )

    assert len({fact.adult_id for fact in told_of.facts if isinstance(fact, ConcernReceived)}) == 40
    assert sum(isinstance(fact, AdultPossiblyDuplicated) for fact in told_of.facts) == 39
    assert max(len(getattr(case, "bearers", ())) for case in told_of.cases.values()) == 16


@pytest.mark.parametrize("adult", [{"person_reference": "1"}, {"person_reference": "1", "description": "a woman"}])
def test_what_may_be_a_filler_joins_only_what_agrees_besides(adult: dict[str, str]) -> None:
    assert answer(adult, adult)[0] == "ask"
    assert answer(adult | {"name": ASHA}, adult | {"name": ASHA})[0] is True
    assert answer(adult | {"birth_date": "1940-02-01"}, adult | {"birth_date": "1940-02-01"})[0] is True

"""Whose a report is, worked out twice: by intake, and by the recount, which shares no code with it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.recount.forms import contracts
from deploy.recount.identities import Name, derived, identifiers, nhs_number
from deploy.recount.naming import Bearer, whose
from deploy.recount.texts import pieces, plain, policy_at
from services.intake import texts
from services.intake.identifying import Filling, bare, filling, is_issued, is_nhs_number
from services.intake.policy import VERSIONS
from services.intake.service import service
from shared.contracts.doors import ConcernReported
from shared.contracts.intake import AdultPossiblyDuplicated, ConcernReceived, ReportAccepted
from tests.support.builders import NOON, told
from tests.support.interleave import story

POLICY = VERSIONS.first
READ = contracts(frozenset(["concern-reports"]))[ConcernReported.type].read
WORDS = sorted(POLICY.fillers | POLICY.filler_words | {"1", "2", "AB", "-", ".", "/", " ", "\u2011", "\u200b", "é"})
SAID = st.one_of(st.lists(st.sampled_from(WORDS), max_size=4).map("".join), st.text(max_size=8))


@given(SAID)
def test_both_compare_texts_in_one_form(text: str) -> None:
    assert plain(text) == texts.canonical(text)
    assert pieces(plain(text)) == list(texts.words(texts.canonical(text)))


@given(st.one_of(SAID, SAID.map(str.lower), st.from_regex(r"\A(?:unknown )?[0-9]{1,5}\Z")))
def test_both_know_a_filler_and_what_may_be_one(text: str) -> None:
    policy = policy_at(NOON)

    assert policy.filler(text) == (filling(text, POLICY) is Filling.FILLS)
    if not policy.filler(text):
        assert policy.doubtful(text) == (filling(text, POLICY) is Filling.IN_DOUBT)


@given(st.from_regex(r"\A[0-9]{10}\Z"), st.booleans())
def test_both_know_which_numbers_are_given_to_people(number: str, test_numbers: bool) -> None:  # noqa: FBT001
    assert policy_at(NOON).given(number, test_numbers=test_numbers) == (
        is_issued(number, POLICY, test_numbers=test_numbers) and len(set(number)) > 1 and number.strip("0") != ""
    )


@given(st.one_of(st.from_regex(r"\A[0-9]{10}\Z"), st.from_regex(r"\A[0-9 \u2010]{9,13}\Z"), SAID))
def test_an_nhs_number_has_ten_digits_of_which_the_last_checks_the_others(text: str) -> None:
    assert nhs_number(text) == (bare(text) if is_nhs_number(bare(text)) else None)


@pytest.mark.parametrize("days", [-1000, 0, 1000])
def test_both_read_one_file_of_what_the_council_says(days: int) -> None:
    at = NOON + timedelta(days=days)
    held, said = VERSIONS.at(at), policy_at(at).said

    assert said["version"] == held.version
    assert set(said["fillers"]) == held.fillers
    assert set(said["filler_words"]) == held.filler_words


GIVEN, FAMILY = ("Asha", "Bryn", "Unknown"), ("Invented", "Otherwise", "O'Made-Up")
ADULTS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.one_of(
            st.tuples(st.sampled_from(GIVEN), st.sampled_from(FAMILY)).map(" ".join),
            st.tuples(st.sampled_from(FAMILY), st.sampled_from(GIVEN)).map(", ".join),
            st.sampled_from(("Asha", "Mrs Invented", "Asha B Invented", "unknown male", "A Invented", "B.")),
        ),
        "birth_date": st.sampled_from(("1940-02-01", "1940-01-02", "1951-07-09", "1951-09-07", "1900-01-01")),
        "nhs_number": st.sampled_from(("999 000 0018", "9990000026", "9876543210", "0123456789", "1")),
        "person_reference": st.sampled_from(("P-1", "p\u20111", "P-2", "1", "123", "unknown", "unknown 2", "n/a")),
    },
)


def by_intake(adults: list[dict[str, Any]]) -> list[Any]:
    """Of each report whose it is, of whom a person is asked, and whether a birth date is known the other way round."""
    found: dict[Any, list[Any]] = {}
    reports = [
        ConcernReported.model_validate_json(json.dumps(data_of(number, adult))) for number, adult in enumerate(adults)
    ]
    for fact in story(service, [told(one, one.reference) for one in reports]).facts:
        match fact:
            case ReportAccepted():
                exchanged = any(remark.code == "birth_date_exchanged" for remark in fact.remarks)
                found[fact.concern_id] = ["", set(), exchanged]
            case ConcernReceived():
                found[fact.concern_id][0] = str(fact.adult_id)
            case AdultPossiblyDuplicated():
                mine, *_ = found[fact.concern_id]
                pair = {str(fact.adult_id), str(fact.other_adult_id)}
                assert mine in pair
                found[fact.concern_id][1] |= pair - {mine}
            case _:
                raise AssertionError(fact)
    return [found[one.concern_id] for one in reports]


def by_the_recount(adults: list[dict[str, Any]]) -> list[Any]:
    known: dict[Name, tuple[Bearer, ...]] = {}
    policy, found = policy_at(NOON), []
    for number, adult in enumerate(adults):
        said = READ(data_of(number, adult))
        names = identifiers("somebody", said["adult"], policy, test_numbers=True)
        concern_id = derived("concern", "somebody", f"R{number}")
        answer = whose(known, concern_id, names, said["adult"], policy)
        known |= answer.known
        found.append([answer.adult_id, set(answer.asked), answer.exchanged])
    return found


def data_of(number: int, adult: dict[str, Any]) -> dict[str, Any]:
    return {"sender": "somebody", "reference": f"R{number}", "narrative": "seen", "adult": adult}


@settings(max_examples=400)
@given(st.lists(ADULTS, min_size=2, max_size=9))
def test_both_say_whose_a_report_is_and_of_whom_a_person_is_asked(adults: list[dict[str, Any]]) -> None:
    assert by_intake(adults) == by_the_recount(adults)


NUMBER = {"nhs_number": "9990000018"}


@settings(max_examples=200)
@given(st.lists(ADULTS.map(lambda adult: adult | NUMBER | {"person_reference": "n/a"}), min_size=2, max_size=7))
def test_nobody_is_joined_by_one_identifier_with_whom_they_contradict(adults: list[dict[str, Any]]) -> None:
    """Written from the rule alone: a birth date of one adult is one day, or that with day and month exchanged."""
    days: dict[str, set[tuple[str, ...]]] = {}
    for adult, (adult_id, *_) in zip(adults, by_intake(adults), strict=True):
        if adult.get("birth_date", "1900-01-01") != "1900-01-01":
            days.setdefault(adult_id, set()).add(tuple(sorted(adult["birth_date"].split("-"))))

    assert all(len(each) == 1 for each in days.values())

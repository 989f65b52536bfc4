"""One adult, one id: delivery rule 5."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.decisions import keys
from services.intake.matching import NOBODY, bare, identifiers, is_nhs_number
from services.intake.service import service
from shared.contracts.doors import ConcernReported
from shared.contracts.intake import AdultPossiblyDuplicated, ConcernReceived, ReportAccepted
from shared.kernel.identity import derived
from tests.support.builders import NHS_NUMBER, OTHER_NHS_NUMBER, a_report, a_report_about, told
from tests.support.interleave import story


def adults(*reports: ConcernReported) -> list[str]:
    told_of = story(service, [told(report, str(n)) for n, report in enumerate(reports)])
    return [str(fact.adult_id) for fact in told_of.facts if isinstance(fact, ConcernReceived)]


def weighed(number: str) -> bool:
    """As published: eleven less the remainder is the check digit; eleven is 0, and ten is none."""
    remainder = sum(int(digit) * (10 - place) for place, digit in enumerate(number[:9])) % 11
    return {11: "0", 10: "none"}.get(11 - remainder, str(11 - remainder)) == number[9]


@settings(deadline=None)
@given(st.from_regex(r"[0-9]{10}", fullmatch=True))
def test_an_nhs_number_is_ten_digits_the_last_of_which_checks_the_others(number: str) -> None:
    assert is_nhs_number(number) == (weighed(number) and len(set(number)) > 1)


@pytest.mark.parametrize("number", [str(digit) * 10 for digit in range(10)])
def test_ten_times_one_digit_is_no_number_though_it_passes_the_arithmetic(number: str) -> None:
    assert weighed(number)
    assert not is_nhs_number(number)


@pytest.mark.parametrize("number", ["", "943476591", "94347659190", "943476591X", "९४३४७६५९१९", "9434765918"])
def test_what_is_no_nhs_number_identifies_nobody(number: str) -> None:
    assert not is_nhs_number(bare(number))


@pytest.mark.parametrize("written", ["943 476 5919", " 9434765919 ", "943-476-5919", "943\u00a0476\u00a05919"])
def test_an_nhs_number_may_be_written_with_spaces_and_hyphens(written: str) -> None:
    assert identifiers(a_report_about(nhs_number=written)) == identifiers(a_report_about(nhs_number=NHS_NUMBER))


@pytest.mark.parametrize("number", ["1234567890", "0000000000", "unknown"])
def test_a_wrong_nhs_number_is_accepted_with_a_remark_and_identifies_nobody(number: str) -> None:
    """Design section 4, rule 2: missing or wrong is no refusal."""
    report = a_report_about(nhs_number=number)

    receipt = story(service, [told(report)]).facts[0]

    assert isinstance(receipt, ReportAccepted)
    assert [(remark.code, remark.where) for remark in receipt.remarks] == [("nhs_number_not_valid", "adult.nhs_number")]
    assert number not in receipt.remarks[0].says
    assert keys(report) == (report.concern_id,)


@pytest.mark.parametrize("reference", [*sorted(NOBODY), "UNKNOWN", " N/A ", "...", "Unknown."])
def test_a_person_reference_that_says_there_is_none_makes_no_two_people_one(reference: str) -> None:
    first, second = (a_report_about(name, person_reference=reference) for name in ("REF-1", "REF-2"))

    assert len(set(adults(first, second))) == 2
    receipt = story(service, [told(first)]).facts[0]
    assert isinstance(receipt, ReportAccepted)
    assert [remark.code for remark in receipt.remarks] == ["person_reference_names_nobody"]


def test_the_keys_of_a_report_are_its_concern_and_its_identifiers_sorted() -> None:
    report = a_report_about(nhs_number=NHS_NUMBER, person_reference="P-1")

    assert keys(report) == (
        report.concern_id,
        *sorted(
            (
                derived("identifier", "nhs-number", NHS_NUMBER),
                derived("identifier", "person-reference:ambulance", "P-1"),
            )
        ),
    )


def test_a_new_adults_id_derives_from_its_first_concern() -> None:
    assert adults(a_report()) == [str(derived("adult", str(a_report().concern_id)))]


def test_reports_without_identifiers_are_about_different_adults() -> None:
    assert len(set(adults(a_report("REF-1"), a_report("REF-2")))) == 2


@pytest.mark.parametrize("identifier", [{"nhs_number": NHS_NUMBER}, {"person_reference": "P-1"}])
def test_reports_with_one_identifier_in_common_are_about_one_adult(identifier: dict[str, str]) -> None:
    first, second = (a_report_about(name, **identifier) for name in ("REF-1", "REF-2"))

    assert len(set(adults(first, second))) == 1


def test_an_nhs_number_means_the_same_person_whoever_sends_it() -> None:
    first = a_report_about(sender="police", nhs_number=NHS_NUMBER)
    second = a_report_about(sender="ambulance", nhs_number=NHS_NUMBER)

    assert len(set(adults(first, second))) == 1


def test_a_person_reference_means_something_with_its_sender_only() -> None:
    first = a_report_about(sender="police", person_reference="P-1")
    second = a_report_about(sender="ambulance", person_reference="P-1")

    assert len(set(adults(first, second))) == 2


def test_identifiers_chain_through_reports_in_every_order() -> None:
    """A report with both identifiers binds the one that was new."""
    both = a_report_about("REF-1", nhs_number=NHS_NUMBER, person_reference="P-1")
    number = a_report_about("REF-2", nhs_number=NHS_NUMBER)
    reference = a_report_about("REF-3", person_reference="P-1")

    assert len(set(adults(both, number, reference))) == 1
    assert len(set(adults(number, both, reference))) == 1
    assert len(set(adults(reference, both, number))) == 1


def test_identifiers_of_two_adults_are_told_to_a_person_and_the_nhs_number_counts_more() -> None:
    number = a_report_about("REF-1", nhs_number=NHS_NUMBER)
    reference = a_report_about("REF-2", person_reference="P-1")
    both = a_report_about("REF-3", nhs_number=NHS_NUMBER, person_reference="P-1")

    told_of = story(service, [told(number, "1"), told(reference, "2"), told(both, "3")])

    one, other, third = (f.adult_id for f in told_of.facts if isinstance(f, ConcernReceived))
    assert one == third != other
    assert told_of.facts[-1] == AdultPossiblyDuplicated(adult_id=one, other_adult_id=other, concern_id=both.concern_id)


def test_an_identifier_is_never_pointed_elsewhere() -> None:
    number = a_report_about("REF-1", nhs_number=NHS_NUMBER)
    reference = a_report_about("REF-2", person_reference="P-1")
    both = a_report_about("REF-3", nhs_number=NHS_NUMBER, person_reference="P-1")
    later = a_report_about("REF-4", person_reference="P-1")

    _, second, _, fourth = adults(number, reference, both, later)

    assert second == fourth


def test_the_same_pair_is_told_once_for_a_concern_and_again_for_another() -> None:
    number = a_report_about("REF-1", nhs_number=NHS_NUMBER)
    reference = a_report_about("REF-2", person_reference="P-1")
    both = a_report_about("REF-3", nhs_number=NHS_NUMBER, person_reference="P-1")
    also = a_report_about("REF-4", nhs_number=NHS_NUMBER, person_reference="P-1")

    told_of = story(service, [told(report, str(n)) for n, report in enumerate((number, reference, both, both, also))])

    pairs = [fact for fact in told_of.facts if isinstance(fact, AdultPossiblyDuplicated)]
    assert [pair.concern_id for pair in pairs] == [both.concern_id, also.concern_id]


def test_two_different_nhs_numbers_are_two_adults() -> None:
    assert is_nhs_number(OTHER_NHS_NUMBER)
    first = a_report_about("REF-1", nhs_number=NHS_NUMBER)
    second = a_report_about("REF-2", nhs_number=OTHER_NHS_NUMBER)

    assert len(set(adults(first, second))) == 2


def test_a_hundred_first_reports_of_one_adult_make_one_adult() -> None:
    """Delivery rule 5, its test without the servers: threaded through a batch like any state."""
    assert len(set(adults(*(a_report_about(f"REF-{n}", nhs_number=NHS_NUMBER) for n in range(100))))) == 1


def test_whoever_comes_first_the_same_reports_are_about_the_same_number_of_adults() -> None:
    reports = [
        a_report_about("REF-1", nhs_number=NHS_NUMBER),
        a_report_about("REF-2", nhs_number=NHS_NUMBER, person_reference="P-1"),
        a_report_about("REF-3", nhs_number=NHS_NUMBER, person_reference="P-2"),
        a_report_about("REF-4", sender="police", nhs_number=OTHER_NHS_NUMBER),
    ]

    assert {len(set(adults(*order))) for order in permutations(reports)} == {2}

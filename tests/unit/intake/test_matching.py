"""One adult, one id: delivery rule 5."""

from datetime import date, timedelta
from itertools import permutations
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake import decisions
from services.intake.cases import Identifier
from services.intake.decisions import keys
from services.intake.identifying import bare, identified, is_issued, is_nhs_number, names_somebody
from services.intake.policy import VERSIONS, versions_in
from services.intake.service import service
from services.intake.texts import canonical
from shared.contracts.doors import ConcernReported
from shared.contracts.intake import AdultPossiblyDuplicated, ConcernReceived, ReportAccepted
from shared.contracts.local_policy import Versions
from shared.kernel.decision import Decision
from shared.kernel.identity import derived
from tests.support.builders import NHS_NUMBER, NOON, OTHER_NHS_NUMBER, a_report, a_report_about, told
from tests.support.interleave import story


def adults(*reports: ConcernReported) -> list[str]:
    told_of = story(service, [told(report, str(n)) for n, report in enumerate(reports)])
    return [str(fact.adult_id) for fact in told_of.facts if isinstance(fact, ConcernReceived)]


POLICY = VERSIONS.first


def identifiers(report: ConcernReported) -> list[UUID]:
    return [one.key for one in identified(report, POLICY, test_numbers=True).named]


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


@pytest.mark.parametrize("number", ["", "999000001", "99900000180", "999000001X", "९९९००००१८", "9990000017"])
def test_what_is_no_nhs_number_identifies_nobody(number: str) -> None:
    assert not is_nhs_number(bare(number))


@pytest.mark.parametrize(
    "written",
    [
        "999 000 0018",
        " 9990000018 ",
        "999-000-0018",
        "999\u00a0000\u00a00018",
        "999\u2011000\u20130018",
        "999\u200b000\u200e0018\ufeff",
        "\uff19\uff19\uff19\uff10\uff10\uff10\uff10\uff10\uff11\uff18",
        "999\u2212000\u00ad0018",
    ],
)
def test_an_nhs_number_may_be_written_with_spaces_and_hyphens(written: str) -> None:
    assert identifiers(a_report_about(nhs_number=written)) == identifiers(a_report_about(nhs_number=NHS_NUMBER))


def numbers(*first: str) -> st.SearchStrategy[str]:
    """Numbers whose check digit is right, beginning so."""
    tail = st.integers(0, 999_999).map("{:06d}".format)
    return st.tuples(st.sampled_from(first), tail).map("".join).map(checked).filter(lambda one: len(set(one)) > 1)


def checked(nine: str) -> str:
    """The number that begins with nine digits; nothing where there is none."""
    return next((nine + last for last in "0123456789" if weighed(nine + last)), "")


@given(numbers(*map(str, (*range(320, 500), *range(600, 800)))))
def test_numbers_of_the_ranges_of_england_wales_man_and_northern_ireland_are_issued(number: str) -> None:
    assert is_issued(number, POLICY, test_numbers=False)


@given(numbers(*map(str, (*range(500, 600), *range(800, 999))), "000"))
def test_numbers_of_no_range_are_nobodys_even_where_people_are_invented(number: str) -> None:
    assert not is_issued(number, POLICY, test_numbers=True)


@given(numbers("999"))
def test_numbers_for_tests_are_somebodys_where_people_are_invented(number: str) -> None:
    assert is_issued(number, POLICY, test_numbers=True)
    assert not is_issued(number, POLICY, test_numbers=False)


DAYS = {(date(1904, 1, 1) + timedelta(days=n)).strftime("%d%m%y") for n in range(100 * 366)}
"""Every day of a hundred years, 29 February 2000 among them, as Scotland's numbers begin."""


@given(numbers(*map("{:03d}".format, range(400))))
def test_a_number_of_scotland_begins_with_a_day(number: str) -> None:
    expected = number >= "32" or number[:6] in DAYS

    assert is_issued(number, POLICY, test_numbers=False) == expected


@pytest.mark.parametrize("word", ["no trace", "see notes"])
def test_a_list_of_the_council_is_extended_from_an_instant_on(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    since = NOON + timedelta(days=1)
    more = msgspec.structs.replace(POLICY, fillers=POLICY.fillers | {word.replace(" ", "").upper()})
    monkeypatch.setattr(decisions, "VERSIONS", Versions(POLICY, ((since, more),)))
    first, second, third = (a_report_about(f"REF-{n}", person_reference=word) for n in range(3))

    told_of = story(service, [told(first, "1"), told(second, "2"), told(third, "3", at=since)])

    one, other, apart = (fact.adult_id for fact in told_of.facts if isinstance(fact, ConcernReceived))
    assert one == other != apart
    receipts = [fact for fact in told_of.facts if isinstance(fact, ReportAccepted)]
    assert [[remark.code for remark in receipt.remarks] for receipt in receipts] == [
        [], [], ["person_reference_names_nobody"],
    ]  # fmt: skip


def test_versions_out_of_their_turn_are_refused() -> None:
    first = msgspec.to_builtins(POLICY)

    def read(*since: str | None) -> int:
        said = [first | {"from": at, "version": f"v{n}"} for n, at in enumerate(since)]
        return len(versions_in(msgspec.json.encode(said)).later)

    assert read(None, "2025-01-01T00:00:00Z", "2025-06-01T00:00:00+01:00") == 2
    for wrong in (
        ["2025-01-01T00:00:00Z"],
        [None, None],
        [None, "2025-01-01T00:00:00"],
        [None, "2025-06-01T00:00:00Z", "2025-01-01T00:00:00Z"],
        [None, "2025-06-01T00:00:00Z", "2025-06-01T00:00:00Z"],
    ):
        with pytest.raises(ValueError, match="the first version"):
            read(*wrong)


def test_a_reference_kept_before_texts_were_compared_is_found_again() -> None:
    """It was kept under the hash of what was sent, and now its hash is that of the canonical form."""
    known = derived("adult", "known")
    report = a_report_about(person_reference=" p-1 ")
    before = derived("identifier", "person-reference:ambulance", "p-1")
    assert before in keys(report)

    decided = decisions.decide({before: Identifier(known)}, report, told(report).meta)

    assert isinstance(decided, Decision)
    received = next(fact for fact in decided.facts if isinstance(fact, ConcernReceived))
    assert received.adult_id == known
    now = derived("identifier", "person-reference:ambulance", "P-1")
    assert {key: case for key, case in decided.cases.items() if isinstance(case, Identifier)} == {
        now: Identifier(known)
    }


def test_most_references_are_kept_as_they_were_before() -> None:
    assert len(keys(a_report_about(person_reference="AB/2024-0017"))) == 2


@given(st.text(max_size=12))
def test_text_that_compares_alike_is_alike_however_often_it_is_looked_at(text: str) -> None:
    once = canonical(text)

    assert canonical(once) == once
    assert canonical(f" {text}\u200b") == canonical(f"\ufeff{text} ")


@pytest.mark.parametrize("number", ["1234567890", "0000000000", "1111111111", "unknown"])
def test_a_wrong_nhs_number_is_accepted_with_a_remark_and_identifies_nobody(number: str) -> None:
    """Design section 4, rule 2: missing or wrong is no refusal."""
    report = a_report_about(nhs_number=number)

    receipt = story(service, [told(report)]).facts[0]

    assert isinstance(receipt, ReportAccepted)
    assert [(remark.code, remark.where) for remark in receipt.remarks] == [("nhs_number_not_valid", "adult.nhs_number")]
    assert number not in receipt.remarks[0].says
    assert keys(report) == (report.concern_id,)


NOBODY = (
    "-", "0", "?", "anonymous", "n/a", "na", "nil", "no", "none", "not known", "not provided", "not recorded", "null",
    "tba", "tbc", "test", "unk", "unknown", "x", "xx", "xxx", "UNKNOWN", " N/A ", "...", "Unknown.", "(none)", "N.A.",
    "#N/A", "not\u00a0yet known", "un\u200bknown", "\u2014", "0-0", "ZZZZ", "ref. no. unknown", "\uff4e\uff0f\uff41",
)  # fmt: skip


@pytest.mark.parametrize("reference", NOBODY)
def test_a_person_reference_that_says_there_is_none_makes_no_two_people_one(reference: str) -> None:
    first, second = (a_report_about(name, person_reference=reference) for name in ("REF-1", "REF-2"))

    assert len(set(adults(first, second))) == 2
    receipt = story(service, [told(first)]).facts[0]
    assert isinstance(receipt, ReportAccepted)
    assert [remark.code for remark in receipt.remarks] == ["person_reference_names_nobody"]


@pytest.mark.parametrize("reference", ["NA-17", "Known-1", "NOLAN", "UKRAINE-2", "007", "10", "R0", "Manning", "00100"])
def test_what_only_begins_like_a_filler_is_a_reference(reference: str) -> None:
    assert names_somebody(reference, POLICY)


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

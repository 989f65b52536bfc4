"""The published figures are what seed 003 prints, each with its lines, beside measures that there are."""

from services.audit.year import figures, financial_year, percent
from services.audit.year.published import PUBLISHED
from tests.support.year_builders import row_of

EARLIER, LATER = PUBLISHED["2022-23"], PUBLISHED["2023-24"]


def test_they_are_the_numbers_of_the_self_assessment() -> None:
    assert {name: (said.count, said.percent) for name, said in LATER.items()} == {
        "concerns": (6_796, None),
        "enquiries_started": (1_353, None),
        "enquiries_concluded": (1_345, None),
        "conversion_s42": (None, 20),
        "concluded_within_3_months": (None, 77),
        "msp_asked_adults": (1_018, 87),
        "achieved_fully_or_partially": (None, 96),
        "risk_reduced_or_removed": (None, 94),
    }
    assert {name: (said.count, said.percent) for name, said in EARLIER.items()} == {
        "concerns": (6_278, None),
        "enquiries_started": (1_055, None),
        "enquiries_concluded": (985, None),
        "conversion_s42": (None, 17),
        "msp_asked_adults": (890, 90),
        "achieved_fully_or_partially": (None, 94),
        "risk_reduced_or_removed": (None, 94),
    }
    assert all(said.source.startswith("seed 003:") for year in PUBLISHED.values() for said in year.values())


def test_the_published_conversion_is_the_period_ratio_of_the_published_numbers() -> None:
    for year in PUBLISHED.values():
        assert year["conversion_s42"].percent == percent(year["enquiries_started"].count or 0, year["concerns"].count)


def test_the_published_87_per_cent_follows_from_no_published_base_and_says_so() -> None:
    asked, bases = LATER["msp_asked_adults"], [said.count for said in LATER.values() if said.count]

    assert asked.percent not in {percent(asked.count or 0, base) for base in bases}
    assert EARLIER["msp_asked_adults"].percent == percent(890, EARLIER["enquiries_concluded"].count)
    remarks = figures([], financial_year("2023-24")).remarks
    assert '"1,018 people (87 %)" follows from none of these bases: each is printed with its own.' in remarks


def test_each_stands_beside_its_row_in_its_own_year_and_in_no_other() -> None:
    for name, published in PUBLISHED.items():
        shown = figures([], financial_year(name))
        assert {row.measure for row in shown.rows if row.published} == published.keys()
        assert row_of(shown, "concerns").published == published["concerns"]
    other = figures([], financial_year("2024-25"))
    assert not other.remarks
    assert not any(row.published for row in other.rows)


def test_the_94_per_cent_that_has_no_year_stands_beside_both_with_that_remark() -> None:
    for name in PUBLISHED:
        assert any("has no year and no base" in remark for remark in figures([], financial_year(name)).remarks)

"""Percentages are of unrounded figures, to a whole per cent, halves up (domain 2.5; seed-facts Z01 to Z08)."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.year import growth, percent


@pytest.mark.parametrize(
    ("count", "base", "printed"),
    [
        (1_353, 6_796, 20),  # Z03: 19.91
        (1_055, 6_278, 17),  # Z03: 16.80
        (890, 985, 90),  # Z05
        (1, 200, 1),  # 0.5
        (1, 201, 0),
        (5, 1_000, 1),
        (25, 1_000, 3),  # 2.5, where rounding to even would print 2
        (995, 1_000, 100),
        (994, 1_000, 99),
        (0, 7, 0),
        (3, 2, 150),
        (0, 0, None),
        (5, 0, None),
        (5, None, None),
    ],
)
def test_a_share_is_rounded_half_up(count: int, base: int | None, printed: int | None) -> None:
    assert percent(count, base) == printed


def test_z06_1018_of_1345_must_not_print_87() -> None:
    assert percent(1_018, 1_345) == 76


@pytest.mark.parametrize(
    ("before", "after", "printed"),
    [
        (6_278, 6_796, 8),  # Z01
        (1_055, 1_353, 28),  # Z02
        (985, 1_345, 37),  # Z04: 36.5
        (2_757, 2_701, -2),  # a fall of 56; "2% (213)" is not to be copied
        (2_299, 2_238, -3),
        (200, 199, -1),
        (201, 200, 0),
        (7, 7, 0),
        (7, 0, -100),
        (0, 7, None),
        (0, 0, None),
    ],
)
def test_growth_is_the_change_as_a_share_of_what_was(before: int, after: int, printed: int | None) -> None:
    assert growth(before, after) == printed


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_share_is_what_decimal_arithmetic_says(count: int, base: int) -> None:
    exact = Decimal(count) * 100 / Decimal(base)

    assert percent(count, base) == int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))

"""Capacity is found for one decision at one time; of one matter the latest assessment stands (rules 8 and 11)."""

from datetime import timedelta
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enquiry.capacity import capacity_for_the_return, lacked_capacity_for, standing
from services.enquiry.findings_cases import CapacityFound
from shared.contracts.doors import Capacity, CapacityAssessed
from shared.contracts.enquiry import CapacityNoted
from tests.support.builders import NOON
from tests.support.enquiry_builders import LATER
from tests.support.findings_builders import DAY, a_capacity, after, findings_of, found_id

HAS, LACKS, NOT_DETERMINED, NOT_KNOWN = Capacity


def found(*assessments: CapacityAssessed) -> tuple[CapacityFound, ...]:
    return findings_of(after(*assessments)).capacity


def test_every_assessment_is_noted_with_the_record_itself() -> None:
    assessed = after(a_capacity("A"), a_capacity("B", HAS))
    noted = [fact for fact in assessed.facts if isinstance(fact, CapacityNoted)]
    assert [fact.record for fact in noted] == [a_capacity("A"), a_capacity("B", HAS)]


def test_of_one_matter_the_latest_assessment_stands_whichever_came_first() -> None:
    early, late = a_capacity("A", LACKS), a_capacity("B", HAS, assessed_at=NOON + 5 * DAY)
    for order in permutations((early, late)):
        assert standing(found(*order)) == {"the-enquiry": HAS}


def test_capacity_for_one_matter_says_nothing_of_another() -> None:
    both = found(a_capacity("A", LACKS, "money"), a_capacity("B", HAS, "where-to-live", assessed_at=NOON + 5 * DAY))
    assert standing(both) == {"money": LACKS, "where-to-live": HAS}
    assert capacity_for_the_return(both) is LACKS
    assert lacked_capacity_for(both) == ("money",)


@pytest.mark.parametrize("unknown", [NOT_DETERMINED, NOT_KNOWN])
def test_not_knowing_is_never_having_capacity(unknown: Capacity) -> None:
    assert capacity_for_the_return(found(a_capacity("A", unknown))) is unknown
    lost = found(a_capacity("A", HAS), a_capacity("B", unknown, assessed_at=NOON + 5 * DAY))
    assert capacity_for_the_return(lost) is unknown


def test_nothing_recorded_is_no_answer() -> None:
    assert capacity_for_the_return(()) is None
    assert lacked_capacity_for(()) == ()


def test_not_determined_says_more_than_not_known() -> None:
    both = found(a_capacity("A", NOT_KNOWN, "money"), a_capacity("B", NOT_DETERMINED, "where-to-live"))
    assert capacity_for_the_return(both) is NOT_DETERMINED


def test_the_same_assessment_again_changes_nothing_and_another_under_its_id_is_refused() -> None:
    again = after(a_capacity(), a_capacity())
    assert again.refused == {}
    assert again.facts == after(a_capacity()).facts
    for other in (a_capacity(capacity=HAS), a_capacity(matter="money"), a_capacity(assessed_by="worker-2")):
        assert after(a_capacity(), other).refused_codes == ("capacity_id_used",)


def test_an_assessment_in_the_future_is_refused() -> None:
    assert after(a_capacity(assessed_at=LATER + timedelta(minutes=6))).refused_codes == ("assessed_at_in_the_future",)


ASSESSMENTS = st.lists(
    st.builds(
        lambda number, capacity, matter, day: a_capacity(
            str(number), capacity, matter, assessed_at=NOON + timedelta(days=day)
        ),
        st.integers(0, 10**9),
        st.sampled_from(Capacity),
        st.sampled_from(("money", "where-to-live", "the-enquiry")),
        st.integers(0, 3),
    ),
    unique_by=lambda assessed: assessed.capacity_id,
    max_size=7,
)


@given(ASSESSMENTS, st.randoms(use_true_random=False))
def test_what_stands_is_the_assessment_no_other_of_its_matter_comes_after(
    assessments: list[CapacityAssessed], shuffling: Random
) -> None:
    """The oracle asks of each assessment whether another of its matter is later, and sorts nothing."""
    told = list(assessments)
    shuffling.shuffle(told)
    expected = {
        one.matter: one.capacity
        for one in assessments
        if not any(
            other.matter == one.matter
            and (
                other.assessed_at > one.assessed_at
                or (other.assessed_at == one.assessed_at and other.capacity_id > one.capacity_id)
            )
            for other in assessments
        )
    }
    kept = found(*told)

    assert dict(standing(kept)) == expected
    assert kept == found(*assessments)
    assert set(lacked_capacity_for(kept)) == {matter for matter, capacity in expected.items() if capacity is LACKS}
    answer = capacity_for_the_return(kept)
    assert (answer is LACKS) == (LACKS in expected.values())
    assert (answer is HAS) == (HAS in expected.values() and LACKS not in expected.values())
    assert (answer is None) == (not expected)


def test_of_two_at_one_instant_the_greater_id_stands() -> None:
    one, other = a_capacity("A", LACKS), a_capacity("B", HAS)
    greater = max((one, other), key=lambda assessed: assessed.capacity_id)
    assert greater.capacity_id in {found_id("capacity", "A"), found_id("capacity", "B")}
    for order in permutations((one, other)):
        assert standing(found(*order)) == {"the-enquiry": greater.capacity}
    for kept in permutations(found(one, other)):
        assert standing(kept) == {"the-enquiry": greater.capacity}

"""The adult has died: that ends no enquiry, and there is one death, on one day, at one age (domain 1.5)."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from shared.kernel.event import Event
from tests.support.course_builders import a_death, after, days, enquiry_of, types
from tests.support.enquiry_builders import LATER, a_closure_approval, a_proposal


def test_the_enquiry_goes_on_after_a_death() -> None:
    dead = after(a_death(age_at_death=81))
    assert types(dead) == ["opened", "death-noted"]
    assert enquiry_of(dead).concluded is None
    assert types(after(a_death(), a_proposal(), a_closure_approval()))[-1] == "concluded"


def test_what_is_decided_later_on_a_review_is_recorded_of_the_same_death() -> None:
    records = (
        a_death(),
        a_death(review_considered="yes", recorded_at=days(9)),
        a_death(age_at_death=81, recorded_at=days(8)),
    )
    ends = {enquiry_of(after(*order)) for order in permutations(records)}
    assert len(ends) == 1
    assert after(*records).refused == {}


@pytest.mark.parametrize("other", [{"died_on": days(5).date()}, {"age_at_death": 82}])
def test_another_day_or_age_is_refused(other: dict[str, object]) -> None:
    said, differing = a_death(age_at_death=81), a_death(**({"age_at_death": 81} | other))
    assert after(said, differing).refused_codes == ("death_recorded_otherwise",)
    assert after(differing, said).refused_codes == ("death_recorded_otherwise",)


def test_the_same_again_changes_nothing() -> None:
    assert types(after(a_death(), a_death())) == ["opened", "death-noted"]
    assert after(a_death(), a_proposal(), a_closure_approval(), a_death()).refused == {}


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (a_death(died_on=days(8).date()), "died_on_too_late"),
        (a_death(recorded_at=LATER + timedelta(minutes=6)), "recorded_at_in_the_future"),
    ],
)
def test_what_cannot_be_is_refused(record: Event, code: str) -> None:
    assert after(record).refused_codes == (code,)


def test_the_day_of_the_record_is_that_of_london() -> None:
    before_midnight_in_utc = datetime(2024, 6, 30, 23, 30, tzinfo=UTC)
    died = before_midnight_in_utc.date() + timedelta(days=1)
    assert after(a_death(died_on=died, recorded_at=before_midnight_in_utc)).refused == {}


def test_a_death_is_no_matter_of_a_concluded_enquiry() -> None:
    assert after(a_proposal(), a_closure_approval(), a_death()).refused_codes == ("enquiry_concluded",)

"""The laws of identities: the same parts, the same identity; other parts, another; time first."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.identity import derived, event_identity, timed

PARTS = st.lists(st.text(alphabet=st.characters(exclude_characters="\x1f"), max_size=20), min_size=1, max_size=4)
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
AT = datetime(2024, 3, 6, 12, tzinfo=UTC)


@given(PARTS, PARTS)
def test_an_identity_is_a_function_of_its_parts_alone(one: list[str], other: list[str]) -> None:
    assert (derived(*one) == derived(*other)) == (one == other)
    assert derived(*one).version == 5


def test_parts_do_not_run_together() -> None:
    assert len({derived("ab", "c"), derived("a", "bc"), derived("abc"), derived("abc", "")}) == 4


def test_an_unpaired_surrogate_has_an_identity_too() -> None:
    assert derived("\ud800") != derived("\ud801")


@given(INSTANTS, INSTANTS, PARTS, PARTS)
def test_timed_identities_sort_by_time(one: datetime, other: datetime, parts: list[str], others: list[str]) -> None:
    first, second = UUID(timed(one, *parts)), UUID(timed(other, *others))
    assert first.version == second.version == 7
    assert first.variant == second.variant == UUID(int=0, version=4).variant
    if other - one >= timedelta(milliseconds=1):
        assert first < second
    assert (first.int >> 80) == (one - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def test_the_millisecond_is_not_taken_from_a_float() -> None:
    """At 2038-12-17 01:03:45.858 a float of seconds falls short of the millisecond."""
    at = datetime(2038, 12, 17, 1, 3, 45, 858_000, tzinfo=UTC)
    assert UUID(timed(at, "x")).int >> 80 == 2_176_160_625_858


@given(PARTS, PARTS)
def test_timed_identities_of_one_instant_differ_by_their_parts(one: list[str], other: list[str]) -> None:
    assert (timed(AT, *one) == timed(AT, *other)) == (one == other)


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_an_events_identity_is_the_pair_of_source_and_id(source: str, one: str, other: str, elsewhere: str) -> None:
    assert event_identity(source, one) == event_identity(source, one)
    if "\x1f" not in source + one + other + elsewhere:
        same = (source, one) == (elsewhere, other)
        assert (event_identity(source, one) == event_identity(elsewhere, other)) == same


@given(INSTANTS, PARTS, st.text(max_size=20), st.text(max_size=20))
def test_an_event_id_that_is_time_first_lends_its_prefix(
    at: datetime, parts: list[str], source: str, elsewhere: str
) -> None:
    event_id = timed(at, *parts)
    identity = event_identity(source, event_id)
    assert identity[:13] == event_id[:13]
    if source != elsewhere:
        assert identity != event_identity(elsewhere, event_id)


@given(st.sampled_from("0123456789abcdefghijklmnopqrstuvwxyz- _+"), st.integers(0, 35))
def test_an_event_id_that_only_looks_like_one_still_has_an_identity(letter: str, place: int) -> None:
    event_id = timed(AT, "x")
    changed = event_id[:place] + letter + event_id[place + 1 :]
    assert (event_identity("s", changed) == event_identity("s", event_id)) == (changed == event_id)

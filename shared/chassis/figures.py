"""Practice figures: what a case counts as is written with it, and a figure is a sum of that.

A mark is what a case counts as, in words without spaces: `open awaiting_decision 2024-03-06`. The database keeps how
many cases have each mark, so that a figure costs the same however many cases there are. Nothing here reads a case.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import product

from shared.kernel.civil import BANDS, band_of_day

Numbers = Mapping[tuple[str, ...], float]
"""A number for each value of a figure's labels, in their order."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many cases have each mark, by its first word; and since when the longest of each list has waited."""

    cases: Mapping[str, Mapping[tuple[str, ...], int]] = field(default_factory=dict)
    oldest: Mapping[str, datetime] = field(default_factory=dict)

    @staticmethod
    def of(marks: Iterable[tuple[str, int]], oldest: Mapping[str, datetime]) -> "Counted":
        """From marks as they are kept, each with its cases."""
        cases: dict[str, dict[tuple[str, ...], int]] = {}
        for mark, number in marks:
            word, *more = mark.split(" ")
            cases.setdefault(word, {})[tuple(more)] = number
        return Counted(cases, oldest)


Of = Callable[[Counted, datetime], Numbers]


@dataclass(frozen=True, slots=True)
class Gauge:
    """A practice figure of a service, made `of` what its cases count as, at an instant."""

    name: str
    says: str
    labels: tuple[str, ...]
    of: Of


def mark(word: str, *more: str | date) -> str:
    """What a case counts as: a word, the codes that tell it from others of that word, and a day where it ages."""
    return " ".join((word, *map(str, more)))


def number(word: str, *more: str) -> Of:
    """All cases with a mark that begins so; the figure has no labels."""

    def of(counted: Counted, _: datetime) -> Numbers:
        kept = counted.cases.get(word, {})
        return {(): sum(count for rest, count in kept.items() if rest[: len(more)] == more)}

    return of


def each(word: str, values: Iterable[str]) -> Of:
    """The cases with each of these values; one that is nowhere is 0, so that it does not go unsaid."""
    wanted = tuple((str(value),) for value in values)

    def of(counted: Counted, _: datetime) -> Numbers:
        kept = counted.cases.get(word, {})
        return {value: kept.get(value, 0) for value in wanted}

    return of


def by_age(word: str, *values: Iterable[str]) -> Of:
    """The cases with each of these values by their age in calendar months; the mark ends with the day it began."""
    wanted = tuple((*map(str, value), band) for *value, band in product(*values, BANDS))

    def of(counted: Counted, now: datetime) -> Numbers:
        found = dict.fromkeys(wanted, 0)
        for (*value, day), count in counted.cases.get(word, {}).items():
            place = (*value, band_of_day(date.fromisoformat(day), now))
            if place in found:
                found[place] += count
        return found

    return of


def over_six_months(word: str, *values: Iterable[str]) -> Of:
    """Those `by_age` that have been open for more than six calendar months (seed 003:3464), by all but the band."""
    ages = by_age(word, *values)

    def of(counted: Counted, now: datetime) -> Numbers:
        return {value[:-1]: count for value, count in ages(counted, now).items() if value[-1] == BANDS[-1]}

    return of


def longest(path: str) -> Of:
    """How long the longest of a list has waited, in seconds; 0 where nothing waits."""

    def of(counted: Counted, now: datetime) -> Numbers:
        since = counted.oldest.get(path)
        return {(): 0.0 if since is None else (now - since).total_seconds()}

    return of

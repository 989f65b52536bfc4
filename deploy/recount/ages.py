"""How old people were on the 31 March that ends a year, or when they died, if that was before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TypeVar

from deploy.recount.civil import Year
from deploy.recount.enquiries import Death, Enquiry
from deploy.recount.pass_through import Told

BANDS = ("18-64", "65-74", "75-84", "85-94", "95+", "not_known")
_UNTIL = ((18, "not_known"), (65, "18-64"), (75, "65-74"), (85, "75-84"), (95, "85-94"), (1000, "95+"))
T = TypeVar("T")


def bands(told: Told, year: Year) -> dict[str, str]:
    """The age group of each person of whom anything is known.

    Where the records of one person differ, the least adult id whose record says something is believed; and of one
    record, for the birth date the report that came first, for the death what was recorded last.
    """
    person = told.records.people.of
    dead = dict(_deaths(told))
    # The services keep no birth date, only the first 31 March on or after it; so does the count, to say the same.
    born = _of_persons(person, {adult: _first_march(when) for adult, when in told.records.born.items()})
    died = _of_persons(person, {adult: death.died_on for adult, death in dead.items()})
    aged = _of_persons(person, {adult: death.age for adult, death in dead.items() if death.age is not None})
    known = born.keys() | died.keys()
    return {one: _band_at(year.ends, born.get(one), died.get(one), aged.get(one)) for one in known}


def _of_persons(person: Callable[[str], str], said: Mapping[str, T]) -> dict[str, T]:
    found: dict[str, T] = {}
    for adult in sorted(said):
        found.setdefault(person(adult), said[adult])
    return found


def _deaths(told: Told) -> Iterable[tuple[str, Death]]:
    """Of each adult the death that was recorded last; what it leaves out of the same day is known from before."""
    every: dict[str, list[Death]] = {}
    for enquiry in told.enquiries.of.values():
        adult = _adult_of(told, enquiry)
        every.setdefault(adult, []).extend(enquiry.deaths)
    for adult, deaths in every.items():
        if deaths:
            last = max(deaths, key=lambda one: one.recorded_at)
            ages = [one.age for one in sorted(deaths) if one.died_on == last.died_on and one.age is not None]
            yield adult, last._replace(age=ages[-1] if ages else None)


def _adult_of(told: Told, enquiry: Enquiry) -> str:
    return told.records.concerns[enquiry.concern_id].adult_id


def _first_march(born: date) -> int:
    """The year of the first 31 March on or after a birth date: so many years later they are so old on that day."""
    return born.year + ((born.month, born.day) > (3, 31))


def _band_at(ends: date, born: int | None, died: date | None, age: int | None) -> str:
    if died is None or died > ends:
        return "not_known" if born is None else _band(ends.year - born)
    if age is not None:
        return _band(age)
    if born is None:
        return "not_known"
    # They were so old on the last 31 March of their life, and perhaps had a birthday after it.
    march = died.year - ((died.month, died.day) < (3, 31))
    possible = {_band(march - born)}
    if (died.month, died.day) != (3, 31):
        possible.add(_band(march - born + 1))
    return possible.pop() if len(possible) == 1 else "not_known"


def _band(age: int) -> str:
    return next(band for until, band in _UNTIL if age < until)

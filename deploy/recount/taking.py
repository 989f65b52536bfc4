"""What of a report is taken when it is received, and what stands against it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from deploy.recount.answers import wrong
from deploy.recount.civil import birthday, day
from deploy.recount.doors import Sent
from deploy.recount.written_days import youngest

Said = dict[str, Any]
_ADULT = 18
_BORN, _HAPPENED = "adult.birth_date", "happened_on"
_DESCRIBING = ("adult", "place", "provider")


class Taken(NamedTuple):
    """A report without what cannot be so; the words for that; and whether the person may be a child."""

    said: Said
    codes: set[str]
    child: bool


def as_taken(said: Said, at: datetime) -> Taken:
    """What is taken of a report that is received at an instant: no day that is to come, and urgent for a child."""
    today, said = day(at), dict(said)
    adult, aside = said["adult"] or {}, list(said["set_aside"])
    born = adult.get("birth_date")
    unreadable = [one["said"] for one in aside if one["where"] == _BORN] if born is None else []
    child = any(
        year.year <= today.year and today < birthday(year, _ADULT) for year in map(youngest, unreadable) if year
    )
    unborn, to_come = born is not None and born > today, said[_HAPPENED] is not None and said[_HAPPENED] > today
    if born is not None and unborn:
        said["adult"] = adult | {"birth_date": None}
        aside.append({"where": _BORN, "said": born.isoformat()})
    if to_come:
        aside.append({"where": _HAPPENED, "said": said[_HAPPENED].isoformat()})
        said[_HAPPENED] = None
    said |= {"set_aside": aside, "urgent": said["urgent"] or child}
    codes = wrong(birth_date_in_the_future=unborn, happened_after_receipt=to_come, possibly_under_18=child)
    return Taken(said, codes, child)


def against(sent: Sent, taken: Taken) -> set[str]:
    """What is against a report: it says of nobody, or of somebody known to be under 18."""
    said, raw = taken.said, sent.raw
    parts = [raw.get(name) or {} for name in _DESCRIBING]
    described = [said["narrative"], *(v for part in parts for n, v in part.items() if n != "commissioned")]
    described += [value for name, value in raw.items() if name not in sent.said and isinstance(value, str | dict)]
    unreadable = [one for one in said["set_aside"] if one["where"].split(".")[0] in (*_DESCRIBING, "narrative")]
    born = said["adult"] and said["adult"]["birth_date"]
    return wrong(
        nobody_described=not unreadable and not any(str(value).strip() for value in described if value is not None),
        under_18=born is not None and day(sent.at) < birthday(born, _ADULT),
    )

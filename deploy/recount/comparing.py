"""Where two counts of a year differ, a line for each measure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from deploy.recount.measures import Row

Said = Mapping[str, Any]


def rows_of(said: Any, year: str) -> list[Said]:
    """The rows in what the services said of a year. ValueError where there are none, or they are of another year."""
    rows = said.get("rows") if isinstance(said, dict) else said
    if not isinstance(rows, list) or not all(isinstance(row, dict) and "measure" in row for row in rows):
        raise ValueError(f"what is said of {year} holds no rows of measures")
    if isinstance(said, dict) and said.get("year", year) != year:
        raise ValueError(f"what is said of {year} is of {said['year']}: name years and files in one order")
    return rows


def differences(counted: Iterable[Row], said: Iterable[Said]) -> list[str]:
    """A line for each measure on which they do not agree; one that is left out counts nothing."""
    mine = {row.measure: (row.count, row.base) for row in counted}
    theirs = {str(row["measure"]): (row.get("count"), row.get("base")) for row in said}
    found = []
    for measure in sorted(mine.keys() | theirs.keys()):
        one, other = mine.get(measure), theirs.get(measure)
        alike = (one or other or (0,))[0] == 0 if one is None or other is None else one == other
        if not alike:
            found.append(f"{measure}: recount {_written(one)}, services {_written(other)}")
    return found


def _written(counted: tuple[Any, Any] | None) -> str:
    if counted is None:
        return "nothing"
    count, base = counted
    return str(count) if base is None else f"{count} of {base}"

"""`section42 figures`: the figures of a financial year, beside the published ones, and the cases behind any of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from services.command.problems import MisuseError

if TYPE_CHECKING:
    from services.audit.cases import Adult
    from services.audit.year import Counted, Figures, Row, Year

T = TypeVar("T")


def command(
    year: Annotated[str, typer.Option(metavar="YEAR", help="A financial year, such as 2023-24.")],
    compare: Annotated[
        bool, typer.Option("--compare", help="Beside what Coventry published, and beside the year before.")
    ] = False,
    cases: Annotated[
        str | None, typer.Option(metavar="MEASURE", help="List the cases one measure counts, by opaque id.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Show the figures of a year, 1 April to 31 March in London, as they are known now: late news restates a past year.

    Each share stands with its own base, and the three conversions under their three names. Nothing is rounded or
    suppressed: that is for publication. Every measure can list its cases; the table and --json give its name.

    Example: section42 figures --year 2023-24 --compare
    """
    from services.audit.year import NotAYear, UnknownMeasure, cases_of, figures, financial_year
    from services.command.servers import database_url
    from services.command.terminal import out, say_json
    from services.command.year_table import show
    from shared.chassis.process.clock import WallClock

    if cases is not None and compare:
        raise MisuseError("--cases lists one measure of one year: leave out --compare")
    try:
        asked = financial_year(year)
    except NotAYear as error:
        raise MisuseError(f"--year: {error}") from error
    present = WallClock().now()
    if asked.starts_at > present:
        raise MisuseError(f"--year: {asked.name} has not begun")
    asked = asked.seen_at(present)
    url = database_url()
    if cases is not None:
        try:
            listed = asyncio.run(of_adults(url, lambda adults: cases_of(adults, asked, cases)))
        except UnknownMeasure:
            raise MisuseError(f"there is no measure {cases}: `section42 figures --year {year}` names them") from None
        _list(listed, asked, cases, as_json=as_json)
        return
    found = asyncio.run(of_adults(url, lambda adults: figures(adults, asked)))
    before = asyncio.run(of_adults(url, lambda adults: figures(adults, asked.before))) if compare else None
    remarks = _remarks(found, before, running=present < asked.ends_at)
    if as_json:
        say_json(_as_json(found, before, remarks))
    else:
        show(out, found, before, remarks)


async def of_adults(database_url: str, work: Callable[[Iterator[Adult]], T]) -> T:
    """What `work` makes of every adult audit knows, as at one instant; they come some hundreds at a time."""
    import msgspec

    from services.audit.cases import Adult
    from services.command.registry import load
    from services.command.servers import database
    from shared.chassis.reading.reader import over_all

    decode = msgspec.json.Decoder(load("audit").state).decode
    async with database(database_url, "audit") as connection:
        return await over_all(
            connection, decode, lambda states: work(state for state in states if isinstance(state, Adult))
        )


def _list(found: list[Counted], year: Year, measure: str, *, as_json: bool) -> None:
    from services.command.terminal import say, say_json

    if as_json:
        cases = [{"kind": case.kind, "id": case.case_id, "day": case.day} for case in found]
        say_json({"year": year.name, "measure": measure, "cases": cases})
        return
    for case in found:
        say(f"{case.day}  {case.kind:<7}  {case.case_id}")


def _remarks(found: Figures, before: Figures | None, *, running: bool) -> list[str]:
    """What a reader has to know, once each."""
    said = [f"{found.year} is not over: these are its figures so far."] * running
    return list(dict.fromkeys((*said, *found.remarks, *(before.remarks if before else ()))))


def _as_json(found: Figures, before: Figures | None, remarks: list[str]) -> dict[str, Any]:
    """The year, and where it was asked for the year before it, in the same shape."""
    said: dict[str, Any] = {"year": found.year, "rows": [_row(row) for row in found.rows], "remarks": remarks}
    if before is not None:
        said["before"] = {"year": before.year, "rows": [_row(row) for row in before.rows]}
    return said


def _row(row: Row) -> dict[str, Any]:
    published = row.published and {name: said for name, said in asdict(row.published).items() if said is not None}
    return {"measure": row.measure, "count": row.count, "base": row.base, "percent": row.percent,
            "published": published}  # fmt: skip

"""A year's figures in print: each share beside its base and, if asked, what was published and the year before.

It fits a terminal of 100 columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from services.command.year_words import BREAKDOWNS, CONVERSIONS, MAIN, Section, belongs, label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console, RenderableType

    from services.audit.year import Figures, Published, Row

_PAGE = 100
_NOTHING = Text("–", style="dim")


def show(console: Console, found: Figures, before: Figures | None, remarks: Sequence[str]) -> None:
    """Print the year section by section, and below what has to be known to read it."""
    width = min(_PAGE, console.width)
    begins = int(found.year[:4])
    console.print(Text(f"{found.year}: 1 April {begins} to 31 March {begins + 1}, as known now", style="bold"))
    for sections in (MAIN, BREAKDOWNS):
        console.print()
        console.print(_lines(before, *_headings(found, before)))
        for section in sections:
            _show_section(console, section, found, before)
    console.print()
    for remark in (*remarks, "A category that nothing was counted in is left out here; --json has them all."):
        console.print(remark, width=width, markup=False)


def _show_section(console: Console, section: Section, found: Figures, before: Figures | None) -> None:
    earlier = {row.measure: row for row in before.rows} if before is not None else {}
    rows = [row for row in (*found.rows, *_gone(found, before)) if belongs(section, row.measure)]
    rows = [row for row in rows if section.family is None or row.count or _counted(earlier, row)]
    if not rows:
        return
    console.print()
    console.print(Text(section.heading, style="bold"))
    for row in rows:
        beside = [_name(row)] if before is None else _beside(row, earlier.get(row.measure))
        console.print(_lines(before, [*_cells(section, row), *beside]))
        if row.measure in CONVERSIONS:
            console.print(Text(f"    {CONVERSIONS[row.measure]}", style="dim"))


def _lines(before: Figures | None, *rows: Sequence[RenderableType]) -> Table:
    """Lines whose columns stand where those of every other line do."""
    table = Table.grid(padding=0)
    table.add_column(width=32)
    for width in (7, 7, 6) if before is None else (7, 7, 6, 14, 9, 6, 12, 7):
        table.add_column(width=width, justify="right", no_wrap=True)
    if before is None:
        table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _headings(found: Figures, before: Figures | None) -> Sequence[Sequence[RenderableType]]:
    if before is None:
        return [[Text(word, style="dim") for word in ("", "count", "of", "%", "  name")]]
    words = ("", "count", "of", "%", "published", "count", "%", "published", "change")
    years = ("", found.year, "", "", "", before.year)
    return [[Text(year, style="bold") for year in years], [Text(word, style="dim") for word in words]]


def _name(row: Row) -> Text:
    """What --cases calls the measure."""
    return Text(f"  {row.measure}", style="dim")


def _cells(section: Section, row: Row) -> list[RenderableType]:
    return [
        Padding(Text(label(section, row.measure)), (0, 0, 0, 2)),
        Text(f"{row.count:,}"),
        Text("" if row.base is None else f"{row.base:,}"),
        _share(row),
    ]


def _beside(row: Row, earlier: Row | None) -> list[RenderableType]:
    """What was published of the year, the year before, what was published of that, and how much a count grew."""
    from services.audit.year import growth

    if earlier is None:
        return [_printed(row.published), Text("0"), _NOTHING, _NOTHING]
    grown = growth(earlier.count, row.count) if row.base is None else None
    change = Text("" if grown is None else f"{grown:+} %" if grown else "0 %")
    return [_printed(row.published), Text(f"{earlier.count:,}"), _share(earlier), _printed(earlier.published), change]


def _share(row: Row) -> Text:
    if row.base is None:
        return Text()
    return _NOTHING if row.percent is None else Text(f"{row.percent} %")


def _printed(published: Published | None) -> Text:
    """A published figure as it was printed: a number, a percentage, or both."""
    if published is None:
        return _NOTHING
    if published.count is None:
        return Text(f"{published.percent} %")
    return Text(f"{published.count:,}" + ("" if published.percent is None else f" ({published.percent} %)"))


def _gone(found: Figures, before: Figures | None) -> list[Row]:
    """Rows of the year before that this year has not: teams that decided nothing in it."""
    from services.audit.year import Row

    there = {row.measure: row for row in found.rows}
    decided = there["concerns"].count - there["decision:undecided"].count
    gone = [row for row in (before.rows if before is not None else ()) if row.measure not in there]
    return [Row(row.measure, 0, decided) for row in gone]


def _counted(earlier: Mapping[str, Row], row: Row) -> bool:
    return row.measure in earlier and earlier[row.measure].count > 0

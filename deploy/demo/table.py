"""What is printed at the end, for a terminal of 80 columns or more: what became of everything, and where to look."""

from __future__ import annotations

from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table

from deploy.demo.outcome import Counts, Outcome
from deploy.demo.system import System

_UNREADABLE = ("unreadable", "set_aside")
_WORDS = {"dont_know": "don't know", "s42_met": "section 42 met", "not": "not achieved"}


_EVENT = (
    '{"id": "1", "source": "/my-system", "type": "safeguarding.concern.reported.v1", "data":'
    ' {"sender": "my-system", "reference": "A-17", "narrative": "The man in room 4 has bruises."}}'
)


def show(console: Console, outcome: Outcome, status: dict[str, Any]) -> None:
    """Print both tables and whether every report is accounted for."""
    console.print(Group(_figures(outcome), "", _senders(status), "", status["verdict"]))


def where_to_look(console: Console, system: System, ports: dict[str, int]) -> None:
    """Print the commands and addresses, from the shell's own first step to the last one, the stop."""
    stack = "" if system.name == "demo" else f" --name {system.name}"
    shell = ". .venv/bin/activate"
    if system.exports:
        shell += f' && eval "$(python -m deploy.local up{stack})"'
    rows = (
        ("in a shell, once", shell),
        ("what drifts", "section42 read audit.drift --no-follow"),
        ("who comes back", "section42 read audit.repeat-concerns --no-follow"),
        ("is all well?", "section42 status"),
        ("post one", f"echo '{_EVENT}' | section42 post -"),
        ("and its receipt", "section42 read receipts --no-follow | tail -1"),
        ("metrics", "  ".join(f"http://127.0.0.1:{port}/metrics" for port in ports.values())),
        ("logs", f".local/{system.name}/logs"),
        ("the end", "make down" if system.name == "demo" else f"python -m deploy.local down{stack}"),
    )
    console.print("\n[bold]Where to look next[/bold]")
    for what, command in rows:
        console.print(f"{what:<17} {command}", soft_wrap=True, markup=False)


def _figures(o: Outcome) -> RenderableType:
    table = Table(title="What became of it", title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("")
    accepted, concluded = o.reports["accepted"], o.enquiries["concluded"]
    decided = sum(o.decided.values()) - o.decided["not_yet"]
    asked = o.asked.get("expressed", 0) + o.asked.get("none_expressed", 0)
    expressed = o.asked.get("expressed", 0)
    gained = o.achieved.get("fully", 0) + o.achieved.get("partially", 0)
    rows = (
        (
            "concerns accepted",
            accepted,
            f"about {o.reports['about_adults']} adults, {_listed(o.reports, 'with_a_remark')}",
        ),
        ("  sent again", o.reports["sent_again"], "answered again, counted once"),
        ("  same incident", o.reports["linked_as_duplicate"], "linked to another report by a person"),
        ("refusals", sum(o.refused.values()), _reasons(o.refused)),
        ("routed", sum(o.routed.values()), _shares(o.routed)),
        ("  fast-tracked", o.urgency["fast_tracked"], "safeguarding stated, indicated or implied"),
        (
            "  out of hours",
            o.urgency["out_of_hours"],
            f"{o.urgency['emergency_duty_team']} urgent: emergency duty team",
        ),
        ("decided", decided, _shares({kind: n for kind, n in o.decided.items() if kind != "not_yet"})),
        ("  not decided yet", o.decided["not_yet"], ""),
        ("  converted", o.enquiries["converted"], f"of {accepted} concerns accepted"),
        ("enquiries opened", o.enquiries["opened"], f"{o.enquiries['open']} still open"),
        ("  concluded", concluded, _in_months(o.concluded_in_months)),
        ("MSP: asked", asked, f"of {concluded} concluded: {_shares(o.asked)}"),
        ("  achieved", gained, f"fully or partially, of {expressed} who said what they want: {_shares(o.achieved)}"),
        (
            "repeat reviews",
            o.repeat_reviews["opened"],
            _in_order({name: n for name, n in o.repeat_reviews.items() if name != "opened"}),
        ),
        (
            "drift: flagged",
            o.drift["concerns_flagged"] + o.drift["enquiries_flagged"],
            f"over six months: {_in_order(o.drift)}",
        ),
        ("waiting", o.set_aside["waiting"], f"for something it needs; set aside by a fault: {o.set_aside['parked']}"),
        ("dead letters", o.set_aside["dead_letters"], "could not be read, or used an id twice; answered and kept"),
    )
    for what, number, says in rows:
        table.add_row(what, str(number), says)
    return table


def _senders(status: dict[str, Any]) -> RenderableType:
    table = Table(
        title="Where each sender's reports are",
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 1, 0, 0),
    )
    table.add_column("sender", no_wrap=True)
    names = ("received", "accepted", "refused", "again", "aside", "decided", "waiting")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    totals = [0] * len(names)
    for line in status["senders"]:
        numbers = (
            line["received"],
            line["accepted"],
            line["refused"],
            line["duplicate"],
            sum(line[name] for name in _UNREADABLE),
            line["decided"],
            line["waiting"] + line["on_the_way"],
        )
        totals = [total + number for total, number in zip(totals, numbers, strict=True)]
        table.add_row(line["sender"], *map(str, numbers))
    table.add_row("all", *map(str, totals), style="bold")
    return Group(table, "received = accepted + refused + again + aside; accepted = decided + waiting")


def _listed(counts: Counts, name: str) -> str:
    return f"{counts[name]} {_words(name)}"


def _in_months(bands: Counts) -> str:
    within, later, late = (bands.get(band, 0) for band in ("0-3", "3-6", "over-6"))
    return f"{within} within three months, {later} within six, {late} later"


def _shares(counts: Counts) -> str:
    """How a number divides, the largest share first."""
    return _in_order(dict(sorted(counts.items(), key=lambda share: -share[1])))


def _in_order(counts: Counts) -> str:
    return ", ".join(f"{_words(name)} {number}" for name, number in counts.items())


def _reasons(counts: Counts) -> str:
    """The reasons of refusals; most come once."""
    return ", ".join(_words(name) + f" ({number})" * (number > 1) for name, number in counts.items())


def _words(name: str) -> str:
    return _WORDS.get(name) or name.replace("_", " ")

"""`section42 clocks`: three clocks, what stands still because the broker's was wrong, and what to say then.

What came through a door is recorded when the broker took it. Where the broker's clock was wrong only a person can say
what time it was, and the record is decided on as of then.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from services.command.problems import MisuseError
from services.command.registry import ONE

if TYPE_CHECKING:
    from services.command.clock_book import Clocks


def command(
    service: Annotated[str, typer.Argument(help=f"{ONE}.")],
    correct: Annotated[
        tuple[str, int, int, int] | None,
        typer.Option(metavar="TOPIC PARTITION FROM TO", help="The records from FROM on, before TO, bear a wrong time."),
    ] = None,
    ahead: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="By how much it is ahead; negative where it is behind.")
    ] = None,
    why: Annotated[str | None, typer.Option(help="How you know; it is kept and published, so name nobody.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show the clocks of a service, its database and the broker, or say by how much the broker's was wrong.

    A partition stands still from the first record whose time agrees neither with the service's clock nor with the
    database's. It goes on by itself where those were wrong and are right again; else once you have said so here.

    Example: section42 clocks intake --correct concern-reports 3 118 121 --ahead 17280000 --why "NTP was off, ticket 7"
    """
    from services.command.clock_book import Said, clocks, say_how_late
    from services.command.registry import known
    from services.command.servers import database_url, kafka_settings, topic_prefix
    from services.command.terminal import say, say_json

    known(service)
    where = kafka_settings(), database_url(), topic_prefix(), service
    if correct is None:
        found = asyncio.run(clocks(*where))
        if as_json:
            say_json(asdict(found))
        else:
            for line in lines(found):
                say(line)
        return
    if ahead is None or not why:
        raise MisuseError("say by how much (--ahead SECONDS) and how you know (--why)")
    said = Said(*correct, ahead, why)
    which = f"{said.topic} {said.partition}, {said.from_offset} to {said.to_offset - 1}"
    if not yes:
        typer.confirm(f"{service} will decide on {which}, as of {ahead} s earlier. Go on?", abort=True)
    asyncio.run(say_how_late(*where, said))
    say(f"{service} decides on {which}, as of {ahead} s earlier, because: {why}")


def lines(found: Clocks) -> list[str]:
    """The clocks in words."""
    from shared.chassis.delivery.timing.clocks import so_far

    said = [f"the database's clock is {so_far(found.database_s)} this machine's"]
    seen = {"database": found.service_sees_database_s, "broker": found.service_sees_broker_s}
    said += [f"the {name}'s clock is {so_far(s)} {found.service}'s" for name, s in seen.items() if s is not None]
    if found.service_sees_database_s is None:
        said.append(f"{found.service} does not answer: see `section42 endpoints`")
    said += [
        f"{one.topic} {one.partition} stands still at {one.from_offset} since {one.since:%Y-%m-%d %H:%M:%S}Z: the "
        f"broker's clock was {so_far(one.ahead_s)} the others; if so, `section42 clocks {found.service} --correct "
        f"{one.topic} {one.partition} {one.from_offset} {one.to_offset} --ahead {one.ahead_s:.3f} --why ...`"
        for one in found.stopped
    ]
    said += [
        f"{one.topic} {one.partition}, {one.from_offset} to {one.to_offset - 1}: was {so_far(one.ahead_s)} the others, "
        f"said {one.who} at {one.at:%Y-%m-%d %H:%M:%S}Z, because: {one.why}"
        for one in found.corrected
    ]
    return said

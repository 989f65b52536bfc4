"""`section42 breaker`: whether a burst of unreadable records has stopped a service, and the order to go on."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

import typer

from services.command.registry import ONE


def command(
    service: Annotated[str, typer.Argument(help=f"{ONE}.")],
    clear: Annotated[bool, typer.Option("--clear", help="Go on reading.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the state as JSON.")] = False,
) -> None:
    """Show a service's breaker, or close it again once you know why the records were unreadable.

    Example: section42 breaker intake --clear
    """
    from services.command.registry import known
    from services.command.servers import database_url
    from services.command.terminal import say, say_json

    in_a_row, tripped_at = asyncio.run(breaker(database_url(), known(service), clear=clear))
    if as_json:
        say_json({"service": service, "unreadable_in_a_row": in_a_row, "tripped_at": tripped_at})
    elif tripped_at is not None:
        say(f"{service} has read nothing since {tripped_at:%Y-%m-%d %H:%M:%S}Z, after {in_a_row} unreadable records;"
            f" see its dead letters, then `section42 breaker {service} --clear`")  # fmt: skip
    else:
        say(f"{service} reads on; {in_a_row} unreadable records came in a row last")


async def breaker(database_url: str, service: str, *, clear: bool = False) -> tuple[int, datetime | None]:
    """The unreadable records in a row and since when the service has stopped for them, after clearing if asked."""
    from services.command.servers import database
    from shared.chassis.delivery.recovering.commands import carry_out

    async with database(database_url, service) as connection, connection.transaction():
        if clear:
            await carry_out(connection, {"breaker_closed": {}}, "")
        row = await connection.fetchrow("SELECT unreadable_in_a_row, tripped_at FROM breaker WHERE id = 1")
    return row[0], row[1]

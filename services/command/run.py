"""`section42 run`: one service, until it is told to stop."""

from typing import Annotated

import typer

from services.command.registry import ONE

_AT_ONCE_S = 3.0


def command(
    service: Annotated[str, typer.Argument(help=f"{ONE}.")],
) -> None:
    """Run one service until SIGTERM or Ctrl-C; any number of instances may run beside each other.

    It signs in with DATABASE_URL_SERVICE, or with DATABASE_URL as the role section42_SERVICE and the password
    in DATABASE_PASSWORD_SERVICE; see SECTION42_HTTP_PORT for its metrics and health.

    Example: SECTION42_HTTP_PORT=8402 section42 run triage
    """
    import asyncio

    from services.command.registry import load
    from shared.chassis.app import run

    value = load(service)
    asyncio.run(_see_that_we_know_the_tables(service))
    run(value)


async def _see_that_we_know_the_tables(service: str) -> None:
    """A database that answers at once and is of a newer program, or behind a pooler that shares sessions, ends us.

    One that is away is waited for later.
    """
    import os
    from contextlib import suppress
    from functools import partial

    import asyncpg

    from services.command.revisions import see_that_we_know
    from shared.chassis.postgres.pooler import see_that_sessions_are_kept
    from shared.chassis.process.settings import service_database_url

    connect = partial(asyncpg.connect, service_database_url(os.environ, service), timeout=_AT_ONCE_S)
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        connection = await connect()
        try:
            await see_that_sessions_are_kept(connection, connect)
            await see_that_we_know(connection, (service,))
        finally:
            await connection.close(timeout=_AT_ONCE_S)

"""`section42 run`: one service, until it is told to stop."""

from typing import Annotated

import typer


def command(
    service: Annotated[str, typer.Argument(help="intake, triage, enquiry or audit.")],
) -> None:
    """Run one service until SIGTERM or Ctrl-C; any number of instances may run beside each other.

    It signs in with DATABASE_URL_SERVICE, or with DATABASE_URL as the role section42_SERVICE and the password
    in DATABASE_PASSWORD_SERVICE; see SECTION42_HTTP_PORT for its metrics and health.

    Example: SECTION42_HTTP_PORT=8402 section42 run triage
    """
    from services.command.registry import load
    from shared.chassis.app import run

    run(load(service))

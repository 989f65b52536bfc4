"""`section42 token`: who may read, made, listed and revoked. The secret is printed once and kept nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from services import SERVICES
from services.command.problems import MisuseError
from services.command.registry import ONE_OR_ALL

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
_SECRET_BYTES = 32
_DAYS_MAX = 365
_MAKE = """
INSERT INTO {service}.tokens (id, hash, holder, scopes, made_at, expires_at)
VALUES ($1, $2, $3, $4, now(), now() + make_interval(days => $5))
"""
_LIST = "SELECT id, holder, scopes, made_at, expires_at, revoked_at FROM {service}.tokens ORDER BY made_at, id"
_REVOKE = """
UPDATE {service}.tokens SET revoked_at = now() WHERE (id = $1 OR holder = $2) AND revoked_at IS NULL RETURNING id
"""


@dataclass
class Token:
    """A token as it may be shown: never its secret, which nobody has but its holder."""

    id: UUID
    holder: str
    scopes: list[str]
    services: list[str]
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@app.callback()
def command() -> None:
    """Make, list and revoke the tokens with which a service may be read.

    A token has one named holder, a member of staff or a system by its code, and opens what its scopes say: cases,
    worklists, figures, reads. It ends by itself, and at once when it is revoked.

    Example: section42 token make --holder sac.1 --scope cases --scope worklists --days 90
    """


@app.command("make")
def make_command(
    holder: Annotated[str, typer.Option(help="Whose it is: a code of staff or of a system, never a name.")],
    scope: Annotated[list[str], typer.Option(help="cases, worklists, figures or reads; may be given again.")],
    service: Annotated[str, typer.Option(help=f"{ONE_OR_ALL}.")] = "all",
    days: Annotated[int, typer.Option(min=1, max=_DAYS_MAX, help="How long it lasts.")] = 90,
) -> None:
    """Make a token; its secret is the one line on standard output, and cannot be shown again.

    Example: section42 token make --holder front-door --scope worklists --service triage --days 30
    """
    from services.command.servers import database_url
    from services.command.terminal import say, warn

    services = named(service)
    secret = asyncio.run(make(database_url(), services, holder, scope, days))
    opens = f"{', '.join(sorted(set(scope)))} of {', '.join(services)}"
    warn(f"for {holder}, {days} days, {opens}; keep it, it is shown once")
    say(secret)


@app.command("list")
def list_command(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a token.")] = False,
) -> None:
    """List every token there is or was: its holder, what it opens and where, and when it ends or ended.

    Example: section42 token list
    """
    from services.command.servers import database_url
    from services.command.terminal import say, say_json

    tokens = asyncio.run(tokens_of(database_url()))
    for token in tokens:
        if as_json:
            say_json(asdict(token))
        else:
            ends = token.revoked_at or token.expires_at
            ending = "revoked" if token.revoked_at else "until"
            opens = f"{','.join(token.scopes)} of {','.join(token.services)}"
            say(f"{token.id}  {token.holder}  {opens}  {ending} {ends:%Y-%m-%d %H:%M:%S}Z")
    if not tokens and not as_json:
        say("there are no tokens")


@app.command("revoke")
def revoke_command(
    which: Annotated[str, typer.Argument(metavar="ID|HOLDER", help="A token by its id, or all of a holder's.")],
) -> None:
    """Revoke a token, or every token of a holder: from the next call on it opens nothing.

    Example: section42 token revoke sac.1
    """
    from services.command.servers import database_url
    from services.command.terminal import say

    number = asyncio.run(revoke(database_url(), which))
    say(f"{number} {'token is' if number == 1 else 'tokens are'} revoked")


def named(service: str) -> tuple[str, ...]:
    """The services an option names."""
    from services.command.registry import known

    return SERVICES if service == "all" else (known(service),)


async def make(database_url: str, services: Sequence[str], holder: str, scopes: Sequence[str], days: int) -> str:
    """Make a token in these services; its secret."""
    import secrets

    from pydantic import TypeAdapter, ValidationError

    from services.command.servers import database
    from shared.chassis.reading.tokens import PREFIX, hashed, identity_of
    from shared.chassis.views import SCOPES
    from shared.kernel.fields import Code

    if unknown := set(scopes) - {scope.value for scope in SCOPES}:
        there = "; ".join(f"{scope} ({says})" for scope, says in SCOPES.items())
        raise MisuseError(f"{len(unknown)} of these scopes are not known: choose {there}")
    try:
        TypeAdapter(Code).validate_python(holder)
    except ValidationError:
        raise MisuseError("--holder is a code of at most 64 letters, digits and _.:/-, without spaces") from None
    secret = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    row = identity_of(secret), hashed(secret), holder, sorted(set(scopes)), days
    async with database(database_url) as connection, connection.transaction():
        for service in services:
            await connection.execute(_MAKE.format(service=service), *row)
    return secret


async def tokens_of(database_url: str) -> list[Token]:
    """Every token, each once, with the services it was made for."""
    from services.command.servers import database

    found: dict[UUID, Token] = {}
    async with database(database_url) as connection:
        for service in SERVICES:
            for row in await connection.fetch(_LIST.format(service=service)):
                token = found.setdefault(row[0], Token(row[0], row[1], row[2], [], *row[3:]))
                token.services.append(service)
    return sorted(found.values(), key=lambda token: (token.made_at, token.id))


async def revoke(database_url: str, which: str) -> int:
    """Revoke what stands of a token or a holder, in every service at once; how many tokens that were.

    The journals say so too: whoever restores a backup from before revokes it again.
    """
    from services.command.servers import database
    from shared.chassis.delivery.applying.journal import append_command

    try:
        token_id = UUID(which)
    except ValueError:
        token_id = None
    revoked = set()
    async with database(database_url) as connection, connection.transaction():
        for service in SERVICES:
            await connection.execute(f"SET LOCAL search_path = {service}")
            for (ended,) in await connection.fetch(_REVOKE.format(service=service), token_id, which):
                revoked.add(ended)
                await append_command(connection, {"token_revoked": {"id": str(ended)}})
    if not revoked:
        raise MisuseError("no token that stands has this id or holder: see `section42 token list`")
    return len(revoked)

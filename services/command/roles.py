"""Who may do what in the database: one owner nobody signs in as, and one role for each service.

A service's role sees its own schema and nothing else. Roles are the cluster's while everything else is the
database's, so making one must bear another database making it at the same moment.
"""

import asyncio
import hmac
import os
import unicodedata
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import pbkdf2_hmac, sha256
from typing import Any

import asyncpg

from shared.chassis.process.settings import role_of

_ATTEMPTS = 20
_ITERATIONS = 4096
_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
_FEWER = {"alembic_version": "SELECT", "tokens": "SELECT", "reads": "SELECT"}
"""Tables a service may do less with: it does not migrate itself, makes no tokens, and rewrites no read log."""
_INSERTS = {"reads": ("holder", "token_id", "view", "about", "filters", "rows")}
"""What it may say of a new row where it may not say all: the order and the time of the read log are the database's."""
_MAY_INSERT = """
SELECT array_agg(attname) FROM pg_attribute
WHERE attrelid = $2::regclass AND attnum > 0 AND NOT attisdropped
  AND has_column_privilege($1, attrelid, attnum, 'INSERT')
"""

_MADE_BY_SOMEBODY_ELSE = (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError)


async def ensure(connection: Any, owner: str, services: Sequence[str]) -> list[str]:
    """Make the roles that are missing; their names."""
    wanted = {owner: "NOLOGIN"} | {role_of(service): "LOGIN" for service in services}
    rows = await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname = ANY($1)", list(wanted))
    there = {row["rolname"] for row in rows}
    made = []
    for role, login in wanted.items():
        if role not in there:
            try:
                await connection.execute(f"CREATE ROLE {role} {login} NOINHERIT")
                made.append(role)
            except _MADE_BY_SOMEBODY_ELSE:
                pass
    if not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        await _bearing_others(connection, f"GRANT {owner} TO CURRENT_USER")
    return made


async def set_passwords(connection: Any, passwords: Mapping[str, str]) -> list[str]:
    """Set the password of each service that has one; the roles that now have it."""
    roles = []
    for service, password in passwords.items():
        if password:
            # The verifier, never the password, so that no log of statements can hold it.
            await _bearing_others(connection, f"ALTER ROLE {role_of(service)} PASSWORD '{scram_verifier(password)}'")
            roles.append(role_of(service))
    return roles


async def close_to_others(connection: Any, services: Sequence[str]) -> None:
    """Let the services' roles in, and nobody who merely has a role somewhere in the cluster."""
    name = await connection.fetchval("SELECT quote_ident(current_database())")
    if await connection.fetchval(
        "SELECT has_database_privilege('public', current_database(), 'CONNECT')"
        " OR has_database_privilege('public', current_database(), 'TEMPORARY')"
    ):
        await connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    outside = [
        role_of(service)
        for service in services
        if not await connection.fetchval(
            "SELECT has_database_privilege($1, current_database(), 'CONNECT')", role_of(service)
        )
    ]
    if outside:
        await connection.execute(f"GRANT CONNECT ON DATABASE {name} TO {', '.join(outside)}")
    if await connection.fetchval(
        "SELECT has_schema_privilege('public', oid, 'USAGE') OR has_schema_privilege('public', oid, 'CREATE')"
        " FROM pg_namespace WHERE nspname = 'public'"
    ):
        await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")


async def ensure_schema(connection: Any, owner: str, service: str) -> None:
    """Make a service's schema, whose future tables its role may read and write, and lead the role to it."""
    role = role_of(service)
    if await connection.fetchval("SELECT to_regnamespace($1) IS NULL", service):
        async with connection.transaction():
            await connection.execute(f"CREATE SCHEMA {service} AUTHORIZATION {owner}")
    usable = await connection.fetchval("SELECT has_schema_privilege($1, $2, 'USAGE')", role, service)
    led = await connection.fetchval(
        "SELECT count(*) FROM pg_db_role_setting WHERE setrole = $1::regrole"
        " AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND $2 = ANY(setconfig)",
        role,
        f"search_path={service}",
    )
    if usable and led:
        return
    name = await connection.fetchval("SELECT quote_ident(current_database())")
    async with connection.transaction():
        await connection.execute(f"ALTER ROLE {role} IN DATABASE {name} SET search_path = {service}")
        await connection.execute(f"SET LOCAL ROLE {owner}")
        await connection.execute(f"GRANT USAGE ON SCHEMA {service} TO {role}")
        future = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {service} GRANT"
        await connection.execute(f"{future} {_RIGHTS} ON TABLES TO {role}")
        await connection.execute(f"{future} USAGE, SELECT ON SEQUENCES TO {role}")


async def ensure_rights(connection: Any, service: str) -> None:
    """See that a service may use each of its tables, and those it does not own the say over no further than it must."""
    role = role_of(service)
    rows = await connection.fetch(
        "SELECT relname, array(SELECT kind FROM unnest($3::text[]) AS kind WHERE has_table_privilege($1, oid, kind))"
        " FROM pg_class WHERE relnamespace = $2::regnamespace AND relkind IN ('r', 'p')",
        role,
        service,
        _RIGHTS.split(", "),
    )
    inserts = {
        table: await connection.fetchval(_MAY_INSERT, role, f"{service}.{table}")
        for table, _ in rows
        if table in _INSERTS
    }
    if all(set(has) == set(_FEWER.get(table, _RIGHTS).split(", ")) for table, has in rows) and all(
        set(columns or ()) == set(_INSERTS[table]) for table, columns in inserts.items()
    ):
        return
    async with connection.transaction():
        await connection.execute(f"GRANT {_RIGHTS} ON ALL TABLES IN SCHEMA {service} TO {role}")
        await connection.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {service} TO {role}")
        for table, _ in rows:
            if table in _FEWER:
                await connection.execute(f"REVOKE {_RIGHTS} ON {service}.{table} FROM {role}")
                await connection.execute(f"GRANT {_FEWER[table]} ON {service}.{table} TO {role}")
            if table in _INSERTS:
                await connection.execute(f"GRANT INSERT ({', '.join(_INSERTS[table])}) ON {service}.{table} TO {role}")


def scram_verifier(password: str) -> str:
    """What Postgres keeps of a password (RFC 5803), made here so that the password itself is never sent."""
    salt = os.urandom(16)
    salted = pbkdf2_hmac("sha256", unicodedata.normalize("NFKC", password).encode(), salt, _ITERATIONS)
    client = sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = (b64encode(part).decode() for part in (salt, client, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(_ITERATIONS, *parts)


async def _bearing_others(connection: Any, statement: str) -> None:
    """Run a statement that writes a row of the whole cluster, which another database's run may write just now."""
    for attempt in range(_ATTEMPTS):
        try:
            await connection.execute(statement)
        except asyncpg.InternalServerError as error:  # XX000 "tuple concurrently updated"
            if "concurrently" not in str(error) or attempt == _ATTEMPTS - 1:
                raise
            await asyncio.sleep(0.01 * (attempt + 1))
        else:
            return

"""Whether this program knows the tables it finds: an older one must not work on those of a newer."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from services import SERVICES
from shared.chassis.process.errors import Misconfigured

_HISTORY = Path(__file__).resolve().parents[2] / "deploy" / "migrations"
_REVISION = re.compile(r'^revision = "(\w+)"', re.MULTILINE)


async def see_that_we_know(connection: Any, services: tuple[str, ...] = SERVICES) -> None:
    """Raises Misconfigured where a service's tables have a revision that this program has never heard of."""
    for service in services:
        if await connection.fetchval("SELECT to_regclass($1)", f"{service}.alembic_version") is None:
            continue
        found = await connection.fetchval(f"SELECT version_num FROM {service}.alembic_version")
        if found is not None and found not in (known := _known()):
            raise Misconfigured(
                f"the tables of {service} are of revision {found}, this program knows up to {max(known)}: run the"
                " newer one, or name another database in DATABASE_URL"
            )


@cache
def _known() -> frozenset[str]:
    texts = (path.read_text(encoding="utf-8") for path in _HISTORY.glob("chassis_*.py"))
    return frozenset(found for text in texts for found in _REVISION.findall(text))

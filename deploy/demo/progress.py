"""How far this installation has come with the stories: not begun, begun, replayed; or it holds somebody else's data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum

import asyncpg

from deploy.demo.system import DemoError
from services import SERVICES

_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)
_STEPS = (
    "SELECT min(step) FROM (" + " UNION ALL ".join(f"SELECT step FROM {s}.clock_step" for s in SERVICES) + ") steps"
)
_ANYTHING = "SELECT EXISTS (SELECT FROM intake.inbox)"


class State(Enum):
    """What to do next: replay, whether begun or not; deliver once more; or keep away."""

    TO_REPLAY = "to replay"
    REPLAYED = "replayed"
    STRANGE = "strange"


async def state_of(database_url: str, last: str) -> State:
    """The state, from the clocks of the services: a step of a replay is the number of minutes since 1900."""
    try:
        connection = await asyncpg.connect(database_url, timeout=10)
    except (OSError, ValueError, asyncpg.PostgresError) as error:
        raise DemoError(
            f"the database says {type(error).__name__}: check DATABASE_URL, and that Postgres is up"
        ) from error
    try:
        if await connection.fetchval("SELECT to_regclass('audit.clock_step')") is None:
            return State.TO_REPLAY
        step = await connection.fetchval(_STEPS)
        anything = await connection.fetchval(_ANYTHING)
    finally:
        await connection.close()
    if step is None or step < 0:
        return State.STRANGE if anything else State.TO_REPLAY
    reached = _EPOCH + timedelta(minutes=step)
    return State.REPLAYED if reached >= datetime.fromisoformat(last) else State.TO_REPLAY

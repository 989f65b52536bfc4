"""From what was asked to what is sent: found, shaped in a thread, written to the read log, and only then given."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import structlog
from pydantic import BaseModel

from shared.chassis.postgres.database import passes
from shared.chassis.process.blame import blame
from shared.chassis.process.clock import Clock
from shared.chassis.reading import paging, read_log
from shared.chassis.reading.paging import BadCursorError
from shared.chassis.reading.problems import (
    ProblemError,
    bad_cursor,
    failed,
    no_token,
    not_now,
    other_scope,
    too_many_tries,
)
from shared.chassis.reading.reader import Reader
from shared.chassis.reading.tokens import Guesses, Holder, holder_of, is_one
from shared.chassis.views import CaseView, ComputedView, ListView, Page, ReadModel, View

log = structlog.get_logger()
_PATIENCE_S = 10.0
_PATIENCE_OVER_ALL_S = 60.0


class Asked(NamedTuple):
    """What was asked of a view: its parameters and filters, how many rows at most, and after which."""

    named: Mapping[str, Any]
    limit: int = paging.DEFAULT
    after: str | None = None


class Shown(NamedTuple):
    """What is shown: the text of an answer, every id in it, and how many rows it has."""

    text: bytes
    about: frozenset[UUID]
    rows: int


class Answering:
    """Answers for one service. Whatever goes wrong is raised as a ProblemError."""

    def __init__(self, service: str, reader: Reader, clock: Clock) -> None:
        """Take what it reads with."""
        self._service = service
        self._reader = reader
        self._clock = clock
        self._guesses = Guesses()

    async def holder(self, secret: str | None, view: View) -> Holder:
        """Whoever holds this token, if it opens the view."""
        if secret is None or not is_one(secret):
            raise no_token()
        if not self._guesses.may_look_up(secret):
            raise too_many_tries()
        async with self._bounded(_PATIENCE_S), self._reader.connection_for_tokens() as connection:
            holder = await holder_of(connection, secret)
        self._guesses.looked_up(secret, stands=holder is not None)
        if holder is None:
            raise no_token()
        if not holder.may(view.scope):
            log.info("read_refused", service=self._service, holder=holder.name, view=view.path)
            raise other_scope(view.scope)
        return holder

    async def answer(self, view: View, holder: Holder, asked: Asked) -> bytes | None:
        """The text of the answer, or None where there is nothing; either is in the read log by now."""
        now = self._clock.now()
        async with self._bounded(_PATIENCE_OVER_ALL_S if isinstance(view, ComputedView) else _PATIENCE_S):
            shown = await self._shown(view, asked, now)
            about, rows = (shown.about, shown.rows) if shown is not None else (frozenset[UUID](), 0)
            async with self._reader.connection() as connection:
                await read_log.write(connection, holder, view.path, asked.named, about, rows)
        return None if shown is None else shown.text

    async def _shown(self, view: View, asked: Asked, now: datetime) -> Shown | None:
        if isinstance(view, CaseView):
            (key,) = asked.named.values()
            cases = await self._reader.together(view, key)
            return await asyncio.to_thread(_case, view, cases, key, now) if key in cases else None
        if isinstance(view, ListView):
            rows = await self._reader.rows(view, paging.select(view, asked.named, now, asked.limit, asked.after))
            return await asyncio.to_thread(_rows, view, asked, rows)
        return await self._reader.over_all(
            lambda states: _computed(view, asked, view.computes(states, asked.named, now))
        )

    @asynccontextmanager
    async def _bounded(self, patience_s: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(patience_s):
                yield
        except (ProblemError, asyncio.CancelledError):
            raise
        except BadCursorError as error:
            raise bad_cursor() from error
        except Exception as error:
            if passes(error) or isinstance(error, asyncpg.PostgresError):
                log.warning("read_not_answered", service=self._service, **blame(error))
                raise not_now() from error
            log.error("read_failed", service=self._service, **blame(error))
            raise failed() from error


def _case(view: CaseView, cases: Mapping[UUID, Any], key: UUID, now: datetime) -> Shown | None:
    answer = view.shows(cases, key, now)
    return None if answer is None else _written(answer, 1)


def _rows(view: ListView, asked: Asked, rows: Sequence[Mapping[str, Any]]) -> Shown:
    items = [view.row.model_validate(dict(row)) for row in rows]
    return _page(*paging.paged(view, asked.named, items, asked.limit))


def _computed(view: ComputedView, asked: Asked, made: Any) -> Shown | None:
    if made is None:
        return None
    if view.key is None:
        return _written(made, 1)
    return _page(*paging.cut(view.path, view.key, asked.named, tuple(made), asked.limit, asked.after))


def _page(items: Sequence[ReadModel], further: str | None) -> Shown:
    return _written(Page[Any](items=tuple(items), next=further), len(items))


def _written(answer: BaseModel, rows: int) -> Shown:
    return Shown(answer.model_dump_json().encode(), frozenset(read_log.ids_in(answer)), rows)

"""`section42 status`: how far each service is, and whether every report that came in is accounted for."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services import SERVICES
from services.command.status_found import ServiceStatus, Status

if TYPE_CHECKING:
    from shared.chassis.process.settings import KafkaSettings

_EVERY_S = 2.0
_WALL_S = 60.0
"""A present that is further from the wall's is a driven clock's."""


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every two seconds.")] = False,
) -> None:
    """Show each service's lag, outbox, held events, dead letters and timers, and where each sender's reports are.

    Per sender: received = accepted + refused + duplicate + unreadable + set aside, and accepted = decided + waiting
    + withdrawn + on the way; a concern that is withdrawn stays on record and is in no other column. The sums are
    checked against what was read from the log. What is yet to be read is an upper bound: it also counts the markers
    of senders' transactions. The exit code is 1 if the sums do not add up, or if somebody must look at anything that
    stands still; each line says where.

    Example: section42 status --watch
    """
    from services.command.lag import driven_present
    from services.command.servers import database_url, kafka_settings, topic_prefix
    from services.command.status_table import show
    from services.command.terminal import out, say_json

    async def look() -> Status:
        while True:
            found = await status(kafka_settings(), database_url(), topic_prefix(), at=await driven_present())
            if as_json:
                told = {"verdict": found.verdict, "settled": found.settled, "problems": found.problems}
                say_json(asdict(found) | told)
            else:
                if watch:
                    out.clear()
                show(found)
            if not watch:
                return found
            await asyncio.sleep(_EVERY_S)

    if asyncio.run(look()).problems:
        raise typer.Exit(1)


async def status(
    kafka: KafkaSettings, database_url: str, prefix: str, *, at: datetime | None = None, accounts: bool = True
) -> Status:
    """The state of everything at a moment; without `accounts` no case is counted, which is quicker.

    `at` is the present of a driven clock: timers and ages are seen from there. Otherwise it is the database's, as this
    machine may be anybody's.

    The database is read first, at one instant, and the log after it: what a service has published is then in the log
    we see, so what is on the way is always visible as lag, as outbox or as held. A lock that somebody holds is told of.
    """
    from services.command import accounts as books
    from services.command.journal import journal_lines
    from services.command.lag import bounds_of, dead_letters, lags, open_transactions, partitions_of
    from services.command.locked import LIMITS, told_of_locks
    from services.command.logs_seen import ids_read, misfit_lines, missing_lines, told
    from services.command.registry import load
    from services.command.servers import consumer, database
    from services.command.signs_of_life import heard
    from services.command.topics_seen import misconfigured_lines
    from shared.contracts.topics import dead_letters_of

    topics = {name: [prefix + topic for topic in load(name).topics] for name in SERVICES}
    snapshot = {"isolation": "repeatable_read", "readonly": True}
    async with (
        told_of_locks(database_url),
        database(database_url, limits=LIMITS) as connection,
        connection.transaction(**snapshot),
    ):
        wall = await connection.fetchval("SELECT clock_timestamp()")
        at = at or wall
        services = [await _inside(connection, name, at) for name in SERVICES]
        positions = {name: await books.positions(connection, name, prefix) for name in SERVICES}
        ids = {name: await ids_read(connection, name, prefix) for name in SERVICES}
        ledger = await books.ledger(connection) if accounts else books.Ledger()
    read = sorted({topic for names in topics.values() for topic in names})
    async with consumer(kafka, max_partition_fetch_bytes=1, fetch_max_wait_ms=20) as reader:
        bounds = await bounds_of(reader, await partitions_of(reader, [*read, *map(dead_letters_of, read)]))
        doors_and_facts = {one: there for one, there in bounds.items() if one.topic in read}
        holding = await open_transactions(reader, doors_and_facts, wall)
        for service in services:
            name = service.service
            service.misfits = await misfit_lines(reader, name, prefix, positions[name], ids[name], bounds)
            service.misfits += missing_lines(name, prefix, topics[name], positions[name], bounds)
            service.dead_letters = await dead_letters(reader, topics[name], bounds)
        misconfigured = await misconfigured_lines(reader, prefix)
        heard_s = await heard(reader, prefix, wall)
        found = await lags(reader, bounds, topics, positions, wall)  # the last: it assigns
    for service in services:
        lag, service.heard_s = found[service.service], heard_s[service.service]
        service.lag_records, service.lag_s = lag.records, lag.seconds
        if abs((wall - at).total_seconds()) > _WALL_S:
            service.overdue_s = None  # the step of a driven clock is a week, and is fired in a moment
    unread = found["intake"].by_topic.get(prefix + books.DOOR, 0)
    ledger.unread = found["triage"].by_topic.get(prefix + books.CONCERNS, 0)
    report = Status(
        at,
        services,
        ledger.senders,
        ledger.read,
        unread,
        open_transactions=told(holding, prefix, wall),
        misconfigured=misconfigured,
    )
    if accounts:
        async with told_of_locks(database_url):
            for service in services:
                service.misfits += await journal_lines(kafka, database_url, prefix, service.service)
        report.unaccounted = books.problems(ledger, services)
    return report


async def _inside(connection: Any, service: str, at: datetime) -> ServiceStatus:
    """What a service's own tables say."""
    from services.command.giving_up import given_up_lines
    from services.command.logs_seen import clock_stop_lines
    from shared.chassis.projections import NOT_LISTED

    row = await connection.fetchrow(
        f"""
        SELECT (SELECT coalesce(sum(facts), 0)::int FROM {service}.outbox),
               (SELECT min(since) FROM {service}.outbox),
               (SELECT count(*)::int FROM {service}.held WHERE NOT parked),
               (SELECT min(since) FROM {service}.held WHERE NOT parked),
               (SELECT count(*)::int FROM {service}.held WHERE parked),
               (SELECT min(since) FROM {service}.held WHERE parked),
               (SELECT count(*)::int FROM {service}.cases WHERE due <= $1),
               (SELECT min(due) FROM {service}.cases WHERE due <= $1),
               (SELECT tripped_at FROM {service}.breaker WHERE id = 1),
               (SELECT coalesce(sum(cut), 0)::int FROM {service}.letter_budgets),
               (SELECT coalesce(sum(cases), 0)::int FROM {service}.case_counts WHERE mark = $2)
        """,
        at,
        NOT_LISTED,
    )
    facts, facts_since, waiting, waiting_since, parked, parked_since, overdue, due, tripped, letters_cut, unlisted = row

    def age(since: datetime | None) -> float | None:
        return None if since is None else max(0.0, (at - since).total_seconds())

    return ServiceStatus(
        service, outbox_facts=facts, outbox_s=age(facts_since), waiting=waiting, waiting_s=age(waiting_since),
        parked=parked, parked_s=age(parked_since), timers_overdue=overdue, overdue_s=age(due),
        breaker_tripped_at=tripped, letters_cut=letters_cut, clock_stops=await clock_stop_lines(connection, service),
        given_up=await given_up_lines(connection, service), not_listed=unlisted,
    )  # fmt: skip

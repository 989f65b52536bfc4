"""`section42 journal`: what each service took, by its journal, beside what its tables know; what a start will mend."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services import SERVICES
from services.command.journals import in_short
from services.command.problems import CommandError, MisuseError
from services.command.registry import ONE_OR_ALL

if TYPE_CHECKING:
    from shared.chassis.process.settings import KafkaSettings


@dataclass
class Standing:
    """A service beside its journal: where the journal lies, from where its tables need it, and what they lack.

    `missing` is told again when the service starts, `since` when its first was first told. `gone` are partitions whose
    records it took are there no longer; `expired`, that the journal itself begins too late, or is `anew`, another topic
    than was read: nothing can be told again. `foreign` are the offsets of records that are no entries of ours, and
    `gap` is an entry that the journal lacks.
    """

    service: str
    begins: int
    ends: int
    needs_from: int
    missing: int = 0
    since: datetime | None = None
    kinds: dict[str, int] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    expired: bool = False
    anew: bool = False
    foreign: list[int] = field(default_factory=list)
    gap: str = ""

    @property
    def whole(self) -> bool:
        """Whether the service can start and tell nothing twice."""
        return not (self.expired or self.gone or self.foreign or self.gap)

    @property
    def says(self) -> str:
        """The same in words."""
        where = f"{self.service}: journal {self.begins}..{self.ends}, tables up to {self.needs_from}"
        if self.expired:
            lost = "the part between has EXPIRED or the topic was made anew"
            lost = "the topic was MADE ANEW since it was read" if self.anew else lost
            return f"{where}: {lost}; it will not start. {_THEN}"
        if self.foreign:
            return f"{where}: what lies at {in_short(self.foreign)} is no entry of ours; it will not start. {_FOREIGN}"
        if self.gap:
            return f"{where}: {self.gap} is missing from the journal; it will not start. {_THEN}"
        if not self.missing:
            return f"{where}: nothing is missing"
        kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(self.kinds.items()))
        lacks = f"{where}: {self.missing} entries missing since {self.since:%Y-%m-%d %H:%M:%S}Z ({kinds})"
        if self.gone:
            return f"{lacks}, and what they took has EXPIRED ({'; '.join(self.gone)}); it will not start. {_THEN}"
        return f"{lacks}; they are told again, under the ids they had, when it starts"

    @property
    def trouble(self) -> str:
        """What somebody must look at, in a sentence that says which command shows more; empty where nothing is."""
        then = f"section42 journal {self.service}"
        if self.anew:
            return f"{self.service}'s journal is not the one that was read, the topic was made anew: {then}"
        if self.expired:
            lies = f"lies between {self.begins} and {self.ends}, and its tables have it up to {self.needs_from}"
            return f"{self.service}'s journal {lies}: entries have expired or the topic was made anew: {then}"
        if self.foreign:
            return f"{self.service}'s journal has at {in_short(self.foreign)} what is no entry of ours: {then}"
        if self.gap:
            return f"{self.service}'s journal lacks {self.gap}: {then}"
        return f"{self.service} lacks {self.missing} entries that its journal has: {then}" if self.missing else ""


_FOREIGN = "Find out who wrote it; then give it up (--give-up)"
_THEN = "Restore a younger backup, or give up what cannot be told again (--give-up)"


def command(
    service: Annotated[str, typer.Argument(help=f"{ONE_OR_ALL}.")] = "all",
    settle: Annotated[
        bool,
        typer.Option("--settle", help="After a failover: revoke again what the journal says, write down lost reads."),
    ] = False,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="Let it start all the same: what it lacks is decided anew.")
    ] = False,
    why: Annotated[str | None, typer.Option(help="Why it is given up; it is kept, so name nobody.")] = None,
    who: Annotated[str | None, typer.Option(help="Who says so; a code.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a service.")] = False,
) -> None:
    """Compare each service's tables with its journal: what they lack after a restore, and whether it can be mended.

    A service mends what is missing by itself when it starts. The exit code is 1 where it cannot, because records or
    the journal have expired: then it does not start, and tells nothing. While services run, an entry may be
    on its way between the two looks; look again.

    A standby that took over has lost its last seconds without anybody's `restore`: --settle does for it what
    `section42 restore` does for a backup. Tokens are revoked again, and the log of reading says what it lacks.

    --give-up is the last way out where the log or the code that is needed are gone: the inputs of what is missing are
    decided anew, so that facts may be told a second time under other ids. Records that are no entries of ours are
    passed by themselves, and no entry with them. What was given up is in the ledger that `section42 positions SERVICE
    --given-up` and `section42 status` show.

    Example: section42 journal intake
    """
    from services.command.journal_given_up import give_up as forget
    from services.command.servers import database_url, kafka_settings, topic_prefix
    from services.command.terminal import say, say_json
    from services.command.token import named

    where = kafka_settings(), database_url(), topic_prefix()
    services = named(service)
    if give_up:
        if len(services) != 1 or not why or not who:
            raise MisuseError("name one service, and say --why and --who")
        if not yes:
            typer.confirm(
                f"What {service} lacks is decided anew, and may be told under second ids; what is no entry is passed."
                " Go on?",
                abort=True,
            )
        done = asyncio.run(forget(*where, service, why=why, who=who))
        say(f"{service}: {done.says}")
    if settle:
        for each in asyncio.run(settled(*where, services)):
            say(each)
    found = asyncio.run(standings(*where, services))
    for standing in found:
        if as_json:
            say_json(asdict(standing) | {"whole": standing.whole})
        else:
            say(standing.says)
    if not all(standing.whole for standing in found):
        raise typer.Exit(1)


async def standings(
    kafka: KafkaSettings,
    database_url: str,
    prefix: str,
    services: tuple[str, ...] = SERVICES,
    limits: Mapping[str, str] | None = None,
) -> list[Standing]:
    """Each service beside its journal; the journal is read first, so that what is known later is never missed.

    `limits` are how long the database may take.
    """
    from services.command.journals import expired, gap, journal, missing
    from services.command.lag import partitions_of
    from services.command.servers import consumer, database
    from shared.chassis.delivery.applying.journal import not_passed
    from shared.chassis.delivery.kafka.log_check import another, id_of
    from shared.chassis.delivery.kafka.log_reader import LogReader
    from shared.chassis.delivery.recovering import journal_topic
    from shared.contracts.topics import journal_of

    found = []
    async with database(database_url, limits=limits) as connection, consumer(kafka) as reader:
        for service in services:
            needs_from, read_as, lives = await journal_topic.where(connection, service)
            told = await journal(reader, prefix, service, needs_from, lives)
            is_now = await id_of(LogReader.of(reader), prefix + journal_of(service))
            known = dict(await connection.fetch(f"SELECT epoch, entries FROM {service}.epochs"))
            lacking = missing(told.entries, known)
            partitions = await partitions_of(reader, sorted({prefix + run[0] for e in lacking for run in e.took}))
            begins = {(p.topic, p.partition): at for p, at in (await reader.beginning_offsets(partitions)).items()}
            gone = expired(lacking, begins, prefix)
            standing = Standing(service, told.begins, told.ends, needs_from)
            standing.anew = another(read_as, is_now)
            standing.expired = standing.anew or not told.begins <= needs_from <= told.ends
            passed = await journal_topic.given_up(connection, topic := journal_of(service), service)
            standing.foreign = not_passed(told.foreign, topic, passed, (entry.what for entry in told.entries))
            standing.gap = gap(told.entries, known)
            standing.missing, standing.kinds = len(lacking), dict(Counter(entry.kind for entry in lacking))
            standing.since = lacking[0].at if lacking else None
            standing.gone = [
                f"{topic} {number} from {at}, begins at {begins[prefix + topic, number]}"
                for (topic, number), at in sorted(gone.items())
            ]
            found.append(standing)
    return found


async def settled(kafka: KafkaSettings, database_url: str, prefix: str, services: tuple[str, ...]) -> list[str]:
    """Settle what a failover brought back; what was done, a line a service."""
    from services.command import revived
    from services.command.journals import journal
    from services.command.servers import consumer, database

    said = []
    async with database(database_url) as connection, consumer(kafka) as reader:
        for service in services:
            told = await journal(reader, prefix, service, 0)
            said.append((await revived.settle(connection, service, told.entries, replaced=False, whole=False)).says)
    return said


async def journal_lines(kafka: KafkaSettings, database_url: str, prefix: str, service: str) -> list[str]:
    """What somebody must look at in a service's journal, a sentence each; a lock in the way is asyncpg's to tell."""
    from services.command.locked import LIMITS

    try:
        (standing,) = await standings(kafka, database_url, prefix, (service,), LIMITS)
    except CommandError as error:
        return [f"{service} does nothing: {error}"]
    return [standing.trouble] if standing.trouble else []

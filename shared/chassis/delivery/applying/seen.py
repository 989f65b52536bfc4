"""What a decision starts from: all that was seen of the cases it is about, in one look, with nothing locked.

Whatever is decided from it is applied only if it is all still so (`applying`); a mistake of timing costs another look
and never an effect.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from shared.chassis.delivery.applying.held import read_kept
from shared.chassis.delivery.deciding.casework import Casework
from shared.chassis.delivery.deciding.facts import Facts
from shared.chassis.delivery.deciding.holding import Held, Holding
from shared.chassis.delivery.deciding.known_cases import KnownCases, States, Taken
from shared.chassis.delivery.records.letter_budget import LetterBudget, Purse, Spent
from shared.chassis.delivery.records.wire import Arrival, Fact, Wire
from shared.chassis.delivery.records.writer import Writer
from shared.chassis.postgres.database import Connection, columns
from shared.chassis.process.blame import named
from shared.chassis.process.errors import BROKE, ServiceBroke
from shared.chassis.service import Service

S = TypeVar("S", bound=msgspec.Struct)

_TAKEN, _CASE, _WAITING, _PARKED, _SPENT = range(5)
_LOOK = f"""
SELECT {_TAKEN}, identity, NULL::timestamptz, NULL::timestamptz, NULL::text, 0::bigint, body_hash
FROM inbox WHERE identity = ANY($1::uuid[])
UNION ALL
SELECT {_CASE}, key, recorded, due, body::text, version, NULL FROM cases WHERE key = ANY($2::uuid[])
UNION ALL
SELECT {_WAITING}, case_key, recorded, NULL, reason, id, record FROM held WHERE case_key = ANY($2::uuid[])
UNION ALL
SELECT {_PARKED}, NULL, NULL, NULL, topic, 0, record_key
FROM held WHERE parked AND (topic, record_key) IN (SELECT * FROM unnest($3::text[], $4::bytea[]))
UNION ALL
SELECT {_SPENT}, NULL, day::timestamp AT TIME ZONE 'UTC', NULL, concat_ws('/', door, partition, bucket), bytes, NULL
FROM letter_budgets WHERE (door, partition) IN (SELECT * FROM unnest($5::text[], $6::int[]))
"""
_ANSWERS = "SELECT identity, answer FROM answers WHERE identity = ANY($1::uuid[])"
"""Who sends an event again is told its answer again, under the id and in the words that it had (delivery rule 4)."""

_unpack = msgspec.msgpack.Decoder(Fact).decode


@dataclass(frozen=True)
class Seen(Generic[S]):
    """The inbox's word on some identities, cases with their versions (0: there is none), what waits for them.

    It is filled here, by looking; whatever is decided from it is a copy.
    """

    taken: Taken = field(default_factory=Taken)
    versions: dict[UUID, int] = field(default_factory=dict)
    states: dict[UUID, S] = field(default_factory=dict)
    recorded: dict[UUID, datetime] = field(default_factory=dict)
    due: dict[UUID, datetime | None] = field(default_factory=dict)
    waiting: dict[UUID, list[Held]] = field(default_factory=dict)
    blocked: set[tuple[str, bytes]] = field(default_factory=set)
    spent: dict[Purse, Spent] = field(default_factory=dict)
    answered: dict[str, Fact] = field(default_factory=dict)
    _named: set[UUID] = field(default_factory=set)

    def casework(self, service: Service[S], writer: Writer, copied_a_day: int, *, clamp: bool) -> Casework[S]:
        """A fresh start from what was seen, as often as it takes."""
        states = States(self.states, self.versions)
        return Casework(
            service,
            self.taken,
            KnownCases(service, states, self.recorded, self.due, clamp=clamp),
            Holding(self.waiting, self.blocked),
            Facts(service, writer, self.answered, LetterBudget(copied_a_day, self.spent)),
        )

    def beyond(self, service: Service[S]) -> set[UUID]:
        """Cases that must be seen too: those that these follow, and those that what waits is about."""
        found = set(self._named)
        if service.follows is not None:
            try:
                for state in self.states.values():
                    found.update(service.follows(state))
            except BROKE as error:
                raise ServiceBroke(f"what a case follows: {named(error)}") from None
        return found - self.versions.keys()


class Looking(Generic[S]):
    """Reads what one service's decisions start from."""

    def __init__(self, service: Service[S], wire: Wire) -> None:
        """Make the codec of the state once."""
        self._service = service
        self._wire = wire
        self._decode = msgspec.json.Decoder(service.state).decode

    async def look(
        self,
        connection: Connection,
        keys: Collection[UUID],
        identities: Collection[str] = (),
        behind: Collection[tuple[str, bytes]] = (),
        doors: Collection[tuple[str, int]] = (),
    ) -> Seen[S]:
        """See these, and whatever further cases they lead to."""
        seen: Seen[S] = Seen()
        await self._look(connection, seen, keys, identities, behind, doors)
        if doors:
            await self._see_answers(connection, seen)
        await self.look_further(connection, seen, ())
        return seen

    async def look_further(self, connection: Connection, seen: Seen[S], keys: Iterable[UUID]) -> None:
        """See these too, and where they lead."""
        further = {key for key in keys if key not in seen.versions} | seen.beyond(self._service)
        while further:
            await self._look(connection, seen, further)
            further = seen.beyond(self._service)

    async def look_by_body(self, connection: Connection, seen: Seen[S], identities: Collection[str]) -> None:
        """See whether the inbox has these, which bear the identity of something else, and how they were answered."""
        await self._look(connection, seen, (), identities, (), ())
        await self._see_answers(connection, seen)

    async def _see_answers(self, connection: Connection, seen: Seen[S]) -> None:
        if seen.taken:
            rows = await connection.fetch(_ANSWERS, list(seen.taken))
            seen.answered.update((str(identity), _unpack(answer)) for identity, answer in rows)

    async def _look(
        self, connection: Connection, seen: Seen[S], keys: Collection[UUID], *beside: Collection[Any]
    ) -> None:
        """See these, and beside them identities, what a parked record would hold, and partitions of doors."""
        seen.versions.update(dict.fromkeys(keys, 0))
        identities, behind, doors = map(list, beside or ((), (), ()))
        seen.taken.asked.update(identities)
        rows = await connection.fetch(_LOOK, identities, list(keys), *columns(behind, 2), *columns(doors, 2))
        for kind, key, recorded, due, text, count, packed in rows:
            if kind == _CASE:
                self._case(seen, key, recorded, due, text, count)
            elif kind == _TAKEN:
                seen.taken[str(key)] = packed
            elif kind == _WAITING:
                found = read_kept(self._wire, packed, recorded)
                if isinstance(found, Arrival):
                    seen.waiting.setdefault(key, []).append(Held(found, key, text, count, was=(key, text)))
                    seen._named.update(found.keys)  # noqa: SLF001  its own module
            elif kind == _PARKED:
                seen.blocked.add((text, packed))
            else:
                door, partition, bucket = text.split("/")
                seen.spent[door, int(partition), int(bucket)] = Spent(recorded.date(), count)
        for key in keys:
            if (held := seen.waiting.get(key)) is not None:
                held.sort(key=attrgetter("id"))

    def _case(self, seen: Seen[S], key: UUID, recorded: Any, due: Any, body: Any, version: int) -> None:
        seen.versions[key] = version
        if body is not None:
            try:
                seen.states[key] = self._decode(body)
            except BROKE as error:
                raise ServiceBroke(f"reading a case: {named(error)}") from None
            seen.due[key] = due
            if recorded is not None:
                seen.recorded[key] = recorded

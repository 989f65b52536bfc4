"""Twenty people with two reports each, and what is decided about them: a story in which order decides.

The two first reports of a person lie in different partitions, half of them each way round, so that no order of serving
whole partitions is the order in which they came: whoever takes the second first names another adult. The same holds
for which of two resends is "again", which of two contradicting decisions stands, and, under a driven clock, for what a
timer saw.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from services import SERVICES
from services.command.registry import load
from shared.contracts import CATALOGUE
from shared.contracts.doors import concern_id_of, enquiry_id_of
from shared.kernel.identity import derived
from tests.support import lawful
from tests.support.builders import NHS_NUMBER
from tests.support.everywhere import command
from tests.support.installation import Installation, eventually
from tests.support.told_once import Said, faults, kept_otherwise, read_everything, told_since

PEOPLE = 20
PARTITIONS = 6
SENDER = "wmas"
Event = dict[str, Any]


class Posting(NamedTuple):
    """An event for a partition of its door; for the one its key belongs to where none is named."""

    event: Event
    partition: int | None = None


@dataclass
class Story:
    """Wave by wave; each is read to its end before the next is posted. `at` is when it all begins."""

    installation: Installation
    at: datetime
    services: Sequence[str] = SERVICES
    _steps: int = field(default=0)

    async def opening(self) -> None:
        """Six people who are known before anything is dumped, of whom one has an enquiry."""
        await self._post([self._report(f"O{n}", f"o{n}", n) for n in range(PARTITIONS)])
        await self._post(self._decided("O0") + self._decided("O1", met=False))
        await self._post([self._asking("O0")])

    async def going_on(self) -> None:
        """Reports, resends, contradictions, merges, decisions, and timers where the clock is driven."""
        await self._post([self._report(f"A{n}", f"p{n}", n % PARTITIONS) for n in range(PEOPLE)])
        await self._post([self._report("X", None, 1, nhs_number=NHS_NUMBER), self._report("Y", "y", 4)])
        seconds = [self._report(f"B{n}", f"p{n}", PARTITIONS - 1 - n % PARTITIONS) for n in range(PEOPLE)]
        of_the_known = [self._report(f"C{n}", f"o{n % 2}", PARTITIONS - 1 - n % PARTITIONS) for n in range(8)]
        await self._post([*seconds, *of_the_known, self._report("Z", "y", 0, nhs_number=NHS_NUMBER)])
        await self._post(self._resent())
        await self._post([*self._about_records(), *self._decided("A0"), *self._decided("A1", met=False)])
        await self._post([self._asking("A0"), *self._decided("A2"), *self._decided("B3"), self._contradiction("A1", 5)])
        if self.installation.driven:
            await self.step(timedelta(days=245))
            await self._post(self._decided("A4") + self._decided("B5", met=False))  # in time, and told late
            await self.step(timedelta(days=20))

    async def more(self, name: str) -> None:
        """Two further reports of each of three people, each way round."""
        for turn in range(2):
            places = [(n, n if turn else PARTITIONS - 1 - n) for n in (0, 1, 5)]
            await self._post([self._report(f"{name}{turn}{n}", f"{name}{n}", place) for n, place in places])

    async def step(self, by: timedelta) -> None:
        """Move the driven clock, and wait until everything that fell due has fired."""
        self._steps += 1
        ticked = {"step": self._steps, "now": (self.at + by * self._steps).isoformat()}
        await self._post([Posting(self._event("safeguarding.clock.ticked.v1", f"tick-{self._steps}", ticked))])

        async def fired() -> bool:
            steps = [(await self.installation.sql(s, "SELECT step FROM clock_step"))[0][0] for s in self.services]
            return bool(min(steps) >= self._steps)

        await eventually(fired, "every service reports the step")
        await self.installation.settled(self.services)

    async def _post(self, postings: Sequence[Posting]) -> None:
        """To those doors that somebody reads."""
        doors = {"clock", *(topic for service in self.services for topic in load(service).topics)}
        async with self.installation.producer() as producer:
            sent = []
            for event, partition in postings:
                declared, data = CATALOGUE[event["type"]], event["data"]
                if declared.topic not in doors:
                    continue
                by_sender = declared.key_field == "door_key"
                key = f"{data['sender']}/{data['reference']}" if by_sender else data[declared.key_field]
                headers = [(f"ce_{name}", str(value).encode()) for name, value in event.items() if name != "data"]
                sent.append(await producer.send(
                    self.installation.prefix + declared.topic, json.dumps(data).encode(), key=str(key).encode(),
                    headers=headers, partition=partition,
                ))  # fmt: skip
            await asyncio.gather(*sent)
        await self.installation.settled(self.services)

    def _event(self, type_: str, name: str, data: Mapping[str, Any]) -> Event:
        known = {"specversion": "1.0", "id": name, "source": "/tests", "time": self.at.isoformat()}
        return {**known, "type": type_, "data": dict(data)}

    def _report(self, name: str, person: str | None, partition: int, **adult: str) -> Posting:
        said = adult | ({} if person is None else {"person_reference": person})
        data = {"sender": SENDER, "reference": name, "narrative": "The man in room 4.", "adult": said}
        return Posting(self._event("safeguarding.concern.reported.v1", f"report-{name}", data), partition)

    def _resent(self) -> list[Posting]:
        """The same event; the same reference under two new ids, in two partitions; a child; and nothing readable."""
        child = self._report("child", "a child", 2, birth_date=f"{self.at.year - 3}-01-01")
        again = [self._report("A6", "p6", n) for n in (5, 1)]
        renamed = [Posting(p.event | {"id": f"again-{n}"}, p.partition) for n, p in enumerate(again)]
        changed = self._report("A7", "p8", 4)
        changed.event["id"] = "another-person-under-an-old-reference"
        unreadable = self._report("bad", "bad", 3)
        unreadable.event["data"]["urgent"] = "perhaps"
        return [self._report("A5", "p5", 5), *renamed, changed, child, unreadable]

    def _decided(self, name: str, *, met: bool = True) -> list[Posting]:
        """A decision on the concern of that reference, approved."""
        concern = str(self.concern(name))
        kind, decision_id = "s42_met" if met else "not_met", derived("decision", concern)
        decision = lawful.decision(concern, decision_id, self._later(1), kind)
        approval = lawful.approval(decision, self._later(2))
        return [
            Posting(self._event("safeguarding.triage.decided.v1", f"decided-{name}", decision)),
            Posting(self._event("safeguarding.triage.approved.v1", f"approved-{name}", approval)),
        ]

    def _contradiction(self, name: str, partition: int) -> Posting:
        """Another decision on it that names none: refused, unless it is read first."""
        event = self._decided(name)[0].event
        event["data"]["decision_id"] = str(derived("decision", name, "another"))
        return Posting(event | {"id": f"contradicted-{name}"}, partition)

    def _asking(self, name: str) -> Posting:
        outcomes = [{"outcome_id": f"o{n}", "words": "To feel safe."} for n in range(2)]
        data = {
            "enquiry_id": str(enquiry_id_of(self.concern(name))), "answer": "expressed", "asked_of": "adult",
            "outcomes": outcomes, "asked_at": self._later(3), "recorded_by": "worker-1",
        }  # fmt: skip
        return Posting(self._event("safeguarding.enquiry.outcomes-asked.v1", f"asked-{name}", data))

    def _about_records(self) -> list[Posting]:
        said = {"decided_by": "worker-1", "decided_at": self._later(1)}
        one, other = (str(derived("adult", str(self.concern(name)))) for name in ("A9", "A10"))
        duplicate = {"concern_id": str(self.concern("B8")), "duplicate_of": str(self.concern("A8"))}
        merge = {"merge_id": str(derived("merge", "1")), "adult_id": one, "other_adult_id": other, "grounds": "same"}
        withdrawn = {"concern_id": str(self.concern("A11")), "reason": "in-error"}
        return [
            Posting(self._event("safeguarding.concern.duplicate-found.v1", "duplicate", duplicate | said)),
            Posting(self._event("safeguarding.adult.found-one.v1", "merge", merge | said)),
            Posting(self._event("safeguarding.concern.withdrawal-decided.v1", "withdrawal", withdrawn | said)),
        ]

    def _later(self, minutes: int) -> str:
        return (self.at + timedelta(minutes=minutes)).isoformat()

    @staticmethod
    def concern(name: str) -> UUID:
        """The concern that the report of that reference is."""
        return concern_id_of(SENDER, name)


@dataclass
class Seen:
    """What anybody outside sees of an installation at rest."""

    log: list[Said]
    figures: Any = None
    status: Any = None


async def seen(installation: Installation, year: str | None = None) -> Seen:
    """Everything that was told; with a year, also what `figures` and `status` say, of every service."""
    log = await read_everything(installation.servers.bootstrap_servers, installation.prefix)
    if year is None:
        return Seen(log)
    said = [
        json.loads((await asyncio.to_thread(command, installation, *asked, "--json", expected=None)).splitlines()[0])
        for asked in (("figures", "--year", year), ("status",))
    ]
    return Seen(log, said[0]["rows"], _at_rest(said[1]))


def _at_rest(status: dict[str, Any]) -> dict[str, Any]:
    """What does not tell the time, nor whether the services happen to run just now."""
    passing = ("lag_s", "outbox_s", "waiting_s", "parked_s", "overdue_s", "heard_s")
    services = [{name: said for name, said in each.items() if name not in passing} for each in status["services"]]
    problems = [line for line in status["problems"] if "no sign of life" not in line]
    return status | {"at": None, "services": services, "problems": problems}


async def differences(installation: Installation, before: Seen, after: Seen, *, grown: bool = False) -> list[str]:
    """What a restore changed for anybody, which is nothing where all is well. `grown`: more was posted since."""
    found = faults(after.log)
    if not grown:
        found += told_since(before.log, after.log)
        found += [f"{name} has changed" for name in ("figures", "status") if vars(before)[name] != vars(after)[name]]
    return found + await kept_otherwise(installation.database_url, after.log)


async def started(
    installation: Installation, services: Sequence[str], extra: Mapping[str, str], instances: int = 2
) -> list[Any]:
    """Instances of these services, in an order by chance; partitions are dealt out between them."""
    names = [name for name in services for _ in range(instances)]
    random.shuffle(names)
    return [installation.start(name, **extra) for name in names]


async def all_stopped(installation: Installation, only: Callable[[Any], bool] = lambda _: True) -> None:
    """End the services in order, at once."""
    ending = [process for process in installation.running if only(process)]
    for process in ending:
        process.terminate()
    for process in ending:
        await asyncio.to_thread(process.wait, 40)
        installation.running.remove(process)

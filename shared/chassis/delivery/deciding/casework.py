"""The decisions of one batch, in memory: no I/O, so every interleaving can be tried without a server.

The cases an event is about were seen before; what changes is applied after. Timers fire before an event
that was recorded after they fell due; an event that came too early is held and decided again, with its own
metadata, when its case changes; a record that cannot be read holds its key when it is ours, and is answered when
it came through a door.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import TypeVar
from uuid import UUID

import msgspec
import structlog

from shared.chassis.delivery.deciding.budget import too_large
from shared.chassis.delivery.deciding.holding import NOBODY, Held, by_age
from shared.chassis.delivery.deciding.known_cases import FurtherCasesError
from shared.chassis.delivery.deciding.setting_aside import SettingAside
from shared.chassis.delivery.records.wire import Arrival, Fact, Unread
from shared.chassis.due import BrokenTimerError, timer_metadata
from shared.chassis.process.blame import blame
from shared.chassis.process.errors import BROKE
from shared.chassis.promises import see_that_it_may
from shared.chassis.reasons import BROKEN
from shared.contracts import DOORS
from shared.kernel.decision import Decision, Reason, Refused, Wait
from shared.kernel.event import Metadata

S = TypeVar("S", bound=msgspec.Struct)
log = structlog.get_logger()
WAITING_MAX = 100
"""How many events of a door may wait at one case: whoever looks at it reads and tries them all."""

_CROWDED = Reason(
    code="too_many_waiting",
    says=f"{WAITING_MAX} records wait for the same already: send this again, under another id, once it is there.",
)
_TOO_LARGE = Reason(code="too_large", says="What follows from this event is larger than a message may be: send less.")


@dataclass(kw_only=True)
class Casework(SettingAside[S]):
    """What a batch found of the cases it is about, and what became of them."""

    clamp: bool = True
    waiting: dict[UUID, list[Held]] = field(default_factory=dict)
    released: list[int] = field(default_factory=list)
    oldest: dict[str, datetime] = field(default_factory=dict)
    _turns: Iterator[int] = field(default_factory=count)

    @property
    def unwritten(self) -> list[Held]:
        """What has no row yet: what waits, in the order in which it came and is to be released, and what is parked."""
        waiting = [held for rows in self.waiting.values() for held in rows if held.id is None]
        return [*sorted(waiting, key=by_age), *self.parked]

    @property
    def moved(self) -> list[Held]:
        """What has a row that no longer says where it waits, or what for."""
        rows = [held for waiting in self.waiting.values() for held in waiting if held.id is not None]
        return [held for held in rows if (held.case, held.reason) != held.was]

    def take(self, found: Arrival | Unread) -> None:
        """Decide on one record that is new to us."""
        key = found.record.key
        if self.blocked and key is not None and (found.topic, key) in self.blocked:
            self._park(found, "behind_a_held_record")
        elif isinstance(found, Unread):
            self._set_aside(found, found.reasons, "broken" if found.undecided else "unreadable")
        else:
            self._release(self._attempt(found, None))

    def fire(self, key: UUID, until: datetime, most: int | None = None) -> None:
        """Fire, in order, the timers of a case that fell due by then, at `most` so many. Raises BrokenTimerError."""
        for fired in count():
            if fired == most or (due := self.due.get(key)) is None or due > until:
                return
            self._release(self._fire_first(key))

    def _fire_first(self, key: UUID) -> Iterable[UUID]:
        """Fire that timer of a case which falls due first; the cases it changed. Raises BrokenTimerError."""
        timer = self.service.first_due(self.states[key])
        assert timer is not None  # noqa: S101  it is due
        meta = timer_metadata(self.service.name, timer)
        answer = self.service.decide(self.states, timer, meta)
        if not isinstance(answer, Decision) or not answer.cases.keys() <= {key}:
            raise BrokenTimerError(timer.name)
        facts, due = self._written(answer, meta), self.due_in(answer.cases)
        if key not in answer.cases or self.service.still_waits(answer.cases[key], timer):
            raise BrokenTimerError(timer.name)
        self.facts += facts
        self.adopt(answer.cases, due, meta)
        self.outcomes["timer", "fired"] += 1
        return answer.cases

    def _attempt(self, found: Arrival, held: Held | None) -> Iterable[UUID]:
        """Decide on an event, for the first time or again; the cases it changed."""
        keys = found.keys
        meta = found.meta
        try:
            while pending := [
                (at, key)
                for key in keys
                if (at := self.due.get(key)) is not None and at <= self._not_before_its_case(found, key)
            ]:
                at, key = min(pending)
                if held is not None:
                    return self._after_a_timer(held, key)
                self.fire(key, at)
            answer, facts = self._decide(found, keys, meta, again=held is not None)
            due = self.due_in(answer.cases) if not isinstance(answer, Refused) else {}
        except BROKE as error:
            if isinstance(error, FurtherCasesError | MemoryError):
                raise
            log.error("decision_broke", service=self.service.name, topic=found.topic, partition=found.record.partition,
                      offset=found.record.offset, identity=meta.identity, **blame(error))  # fmt: skip
            self._set_aside(found, (BROKEN,), "broken")
            self._let_go(held)
            return ()
        if isinstance(answer, Wait):
            self.remember(answer.cases, due)
            self._hold(found, answer, held)
            return ()
        self._let_go(held)
        if isinstance(answer, Refused):
            if found.topic not in DOORS:
                self._set_aside(found, answer.reasons, "contradiction")
            elif (refusal := self._answer(found, meta, answer.reasons)) is not None:
                self._keep(found, refusal)
                self._count(found, "refused")
            else:
                self._set_aside(found, (BROKEN,), "broken")
            return ()
        self.adopt(answer.cases, due, meta)
        self._say(found, answer, facts)
        return answer.cases

    def _say(self, found: Arrival, answer: Decision[S], facts: list[Fact]) -> None:
        """State what was decided on an event, and count it."""
        self.facts += facts
        for said, fact in zip(answer.facts, facts, strict=True):
            self._keep(found, fact if said.is_answer else None)
        self._count(found, "applied" if answer.cases else "unchanged")
        meta = found.meta
        self.oldest[meta.type] = min(meta.recorded, self.oldest.get(meta.type, meta.recorded))

    def _after_a_timer(self, held: Held, key: UUID) -> Iterable[UUID]:
        """Fire a timer before what waits; that has its turn again, and nobody younger before it. What to try again."""
        changed = self._fire_first(key)
        assert held.case is not None  # noqa: S101  it waited there
        insort(self.waiting.setdefault(held.case, []), held, key=by_age)
        return {*changed, held.case}

    def _decide(
        self, found: Arrival, keys: tuple[UUID, ...], meta: Metadata, *, again: bool
    ) -> tuple[Decision[S] | Wait | Refused, list[Fact]]:
        """What the service decides, and its facts as they will be published. Raises StrayDecisionError."""
        answer = self.service.decide(self.states, found.event, meta)
        if isinstance(answer, Refused):
            if not all(isinstance(reason, Reason) for reason in answer.reasons):
                raise TypeError
            return answer, []
        self.check(answer.cases.keys(), keys)
        if isinstance(answer, Wait):
            self.check({answer.at or keys[0]}, keys)
            return Refused((_CROWDED,)) if not again and self._is_crowded(found, answer) else answer, []
        facts = self._written(answer, meta)
        return (Refused((_TOO_LARGE,)), []) if any(map(too_large, facts)) else (answer, facts)

    def _written(self, answer: Decision[S], meta: Metadata) -> list[Fact]:
        """The facts of a decision as they will be published. Raises BrokenPromise."""
        see_that_it_may(self.service, answer.facts)
        return [self.writer.write(fact, meta) for fact in answer.facts]

    def _release(self, cases: Iterable[UUID]) -> None:
        """Decide again on what waited for these cases, the oldest of all first, until nothing moves any more.

        After each that is applied the oldest that waits for a case it changed has its turn again: what it waited for
        may have been just that. So events are applied in the order in which they would have been, had what they
        waited for come before them all: the outcome does not depend on how long it was in coming (rule 8).
        """
        if not self.waiting:
            return
        tried = dict.fromkeys(cases, NOBODY)  # how far each case has been gone through since it last changed
        while (held := self._oldest_but(tried)) is not None:
            assert isinstance(held.found, Arrival)  # noqa: S101  only events that were read can wait
            tried.update(dict.fromkeys(self._attempt(held.found, held), NOBODY))

    def _oldest_but(self, tried: dict[UUID, tuple[bool, int]]) -> Held | None:
        """Take out the oldest event that waits for one of these cases and has not been tried."""
        next_of: dict[UUID, Held] = {}
        for case, age in list(tried.items()):
            rows = self.waiting.get(case, [])
            place = bisect_right(rows, age, key=by_age)
            if place < len(rows):
                next_of[case] = rows[place]
            else:
                del tried[case]
        if not next_of:
            return None
        case, held = min(next_of.items(), key=lambda one: one[1].age)
        rows = self.waiting[case]
        del rows[bisect_left(rows, held.age, key=by_age)]
        if not rows:
            del self.waiting[case]
        tried[case] = held.age
        return held

    def _waits_at(self, found: Arrival, answer: Wait) -> UUID:
        return answer.at or next((key for key in found.keys if key not in self.states), found.keys[0])

    def _is_crowded(self, found: Arrival, answer: Wait) -> bool:
        """Whether so much waits there that one more of a sender's would have everybody else pay for it (rule 15).

        Whatever waits for a case is seen, and tried, whenever that case is: a thousand would cost a thousand each time.
        """
        return found.topic in DOORS and len(self.waiting.get(self._waits_at(found, answer), ())) >= WAITING_MAX

    def _hold(self, found: Arrival, answer: Wait, held: Held | None) -> None:
        case = self._waits_at(found, answer)
        if held is None:
            held = Held(found, case, answer.for_what, turn=next(self._turns))
            self._count(found, "waiting")
        held.case, held.reason = case, answer.for_what
        insort(self.waiting.setdefault(case, []), held, key=by_age)

    def _let_go(self, held: Held | None) -> None:
        if held is not None:
            self.outcomes["held", "released"] += 1
            if held.id is not None:
                self.released.append(held.id)

    def _not_before_its_case(self, found: Arrival, case: UUID) -> datetime:
        """Until when a case's timers fire before an event: log times step back between leaders, a case's order not."""
        recorded, last = found.meta.recorded, self.recorded.get(case)
        return last if self.clamp and last is not None and found.topic in DOORS and recorded < last else recorded

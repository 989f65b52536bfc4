"""The decisions of one batch, in memory: no I/O, so every interleaving can be tried without a server.

The cases an event is about were seen before; what changes is applied after. Timers fire before an event that was
recorded after they fell due; one that came too early is held and decided again, with its own metadata, when its case
changes; a record that cannot be read holds its key when it is ours, and is answered when it came through a door.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import count
from typing import Generic, TypeVar
from uuid import UUID

import msgspec
import structlog

from shared.chassis.delivery.deciding.asides import remember
from shared.chassis.delivery.deciding.budget import too_large
from shared.chassis.delivery.deciding.counts import Counts
from shared.chassis.delivery.deciding.facts import Facts
from shared.chassis.delivery.deciding.holding import NOBODY, Held, Holding
from shared.chassis.delivery.deciding.known_cases import FurtherCasesError, KnownCases
from shared.chassis.delivery.records.reasons import BROKEN
from shared.chassis.delivery.records.wire import Arrival, Fact, Unread
from shared.chassis.due import BrokenTimerError, timer_metadata
from shared.chassis.process.blame import blame
from shared.chassis.process.errors import BROKE
from shared.chassis.service import Service
from shared.contracts import DOORS
from shared.kernel.decision import Decision, Reason, Refused, Wait

S = TypeVar("S", bound=msgspec.Struct)
Found = Arrival | Unread | None
log = structlog.get_logger()
WAITING_MAX = 100
"""How many events of a door may wait at one case: whoever looks at it reads and tries them all."""

_CROWDED = Reason(
    code="too_many_waiting",
    says=f"{WAITING_MAX} records wait for the same already: send this again, under another id, once it is there.",
)
_TOO_LARGE = Reason(code="too_large", says="What follows from this is larger than a message may be, 1 MiB: send less.")
_CONFLICT = Reason(
    code="conflicting_body", says="Another event came before with this source and id: give each its own."
)


class Casework(Generic[S]):
    """Decides; what comes of it is kept in four places, each of which alone writes what it keeps."""

    def __init__(
        self, service: Service[S], taken: Mapping[str, bytes], cases: KnownCases[S], held: Holding, facts: Facts
    ) -> None:
        """Begin with what was seen; `taken` are the identities that the inbox had, with the hashes of their bodies."""
        self.cases, self.held, self.facts, self.counts = cases, held, facts, Counts()
        self._service, self._taken = service, taken
        self._claims: dict[str, bytes] = {}

    @property
    def claims(self) -> list[tuple[str, bytes]]:
        """What the inbox is to claim: every new identity with the hash of its body, in one order."""
        return sorted(self._claims.items())

    def take(self, found: Found, *, claimed: bool = False) -> None:
        """Decide on one record; on an event only if it is new, or the inbox has it though it was never decided on."""
        if found is None:
            self.counts.other("", "ignored")
            return
        self.counts.read(found)
        if claimed or isinstance(found, Unread):
            self._first(found)
            return
        identity = found.meta.identity
        before = self._taken.get(identity) or self._claims.get(identity)
        if before is None:
            self._claims[identity] = found.body_hash
            self._first(found)
        elif before == found.body_hash:
            self._again(found)
        elif found.event.forgiving:
            self._another(found.by_its_body)
        else:
            self._conflicting(found)

    def _again(self, found: Arrival) -> None:
        self.facts.tell_again(found)
        self.counts.record(found, "duplicate")

    def _another(self, found: Arrival) -> None:
        """Decide on what came under the identity of something else, where that is remarked on and no more."""
        identity = found.meta.identity
        if identity in self._claims or self._has(identity):
            self._again(found)
        else:
            self._claims[identity] = found.body_hash
            self._first(found)

    def _has(self, identity: str) -> bool:
        """Whether the inbox has it. Raises FurtherIdentitiesError where that was never asked."""
        with suppress(KeyError):
            return bool(self._taken[identity])
        return False

    def _first(self, found: Arrival | Unread) -> None:
        if self.held.blocks(found):
            self._park(found, "behind_a_held_record")
        elif isinstance(found, Unread):
            self._release(self._set_aside(found, found.reasons, "broken" if found.undecided else "unreadable"))
        else:
            self._release(self._attempt(found, None))

    def _conflicting(self, found: Arrival) -> None:
        """Set aside another event under an identity that was taken: answered at a door, kept, and shouted about."""
        if not self.counts.outcomes[found.meta.type, "conflicting"]:  # one line a batch: who sends them sends many
            log.error("conflicting_body", service=self._service.name, topic=found.topic, identity=found.meta.identity)
        self.facts.conflict(found, _CONFLICT)
        self.counts.record(found, "conflicting")

    def fire(self, key: UUID, until: datetime, most: int | None = None) -> None:
        """Fire, in order, the timers of a case that fell due by then, at `most` so many. Raises BrokenTimerError."""
        for fired in count():
            if fired == most or not self.cases.is_due(key, until):
                return
            self._release(self._fire_first(key))

    def _fire_first(self, key: UUID) -> Iterable[UUID]:
        """Fire that timer of a case which falls due first; the cases it changed. Raises BrokenTimerError."""
        timer = self._service.first_due(self.cases.states[key])
        assert timer is not None  # noqa: S101  it is due
        meta = timer_metadata(self._service.name, timer)
        answer = self._service.decide(self.cases.states, timer, meta)
        if not isinstance(answer, Decision) or not answer.cases.keys() <= {key}:
            raise BrokenTimerError(timer.name)
        facts, due = self.facts.written(answer, meta), self.cases.due_in(answer.cases)
        if key not in answer.cases or self._service.still_waits(answer.cases[key], timer):
            raise BrokenTimerError(timer.name)
        self.facts.tell(facts, None, answer)
        self.cases.adopt(answer.cases, due, meta)
        self.counts.other("timer", "fired")
        return answer.cases

    def _attempt(self, found: Arrival, held: Held | None) -> Iterable[UUID]:
        """Decide on an event, for the first time or again; the cases it changed."""
        try:
            while (pending := self.cases.fires_before(found)) is not None:
                at, key = pending
                if held is not None:
                    return self._after_a_timer(held, key)
                self.fire(key, at)
            answer, facts = self._decide(found, again=held is not None)
            due = self.cases.due_in(answer.cases)
        except BROKE as error:
            if isinstance(error, FurtherCasesError | MemoryError):
                raise
            log.error("decision_broke", service=self._service.name, topic=found.topic, partition=found.record.partition,
                      offset=found.record.offset, identity=found.meta.identity, **blame(error))  # fmt: skip
            changed = self._set_aside(found, (BROKEN,), "broken")
            self._let_go(held)
            return changed
        if isinstance(answer, Wait):
            self.cases.remember(answer.cases, due)
            self._hold(found, answer, held)
            return ()
        self._let_go(held)
        if isinstance(answer, Refused):
            return self._refuse(found, answer, due)
        self.cases.adopt(answer.cases, due, found.meta)
        self.facts.tell(facts, found, answer)
        self.counts.applied(found, "applied" if answer.cases and not answer.again else "unchanged")
        return answer.cases

    def _refuse(self, found: Arrival, answer: Refused, due: Mapping[UUID, datetime | None]) -> Iterable[UUID]:
        """Answer what a rule refuses; the cases that now remember it."""
        if found.topic not in DOORS:
            return self._set_aside(found, answer.reasons, "contradiction")
        if not self.facts.refuse(found, answer.reasons):
            return self._set_aside(found, (BROKEN,), "broken")
        self.counts.record(found, "refused")
        self.cases.adopt(answer.cases, due, found.meta)
        return answer.cases or remember(self._service, self.cases, found, answer.reasons)

    def _after_a_timer(self, held: Held, key: UUID) -> Iterable[UUID]:
        """Fire a timer before what waits; that has its turn again, and nobody younger before it. What to try again."""
        changed = self._fire_first(key)
        assert held.case is not None  # noqa: S101  it waited there
        self.held.put(held, held.case)
        return {*changed, held.case}

    def _decide(self, found: Arrival, *, again: bool) -> tuple[Decision[S] | Wait | Refused, list[Fact]]:
        """What the service decides, and its facts as they will be published. Raises StrayDecisionError."""
        answer = self._service.decide(self.cases.states, found.event, found.meta)
        if isinstance(answer, Refused):
            if not all(isinstance(reason, Reason) for reason in answer.reasons):
                raise TypeError
            self.cases.check(answer.cases.keys(), found.keys)
            return answer, []
        self.cases.check(answer.cases.keys(), found.keys)
        if isinstance(answer, Wait):
            self.cases.check({answer.at or found.keys[0]}, found.keys)
            return Refused((_CROWDED,)) if not again and self._is_crowded(found, answer) else answer, []
        facts = self.facts.written(answer, found.meta)
        return (Refused((_TOO_LARGE,)), []) if any(map(too_large, facts)) else (answer, facts)

    def _release(self, cases: Iterable[UUID]) -> None:
        """Decide again on what waited for these cases, the oldest of all first, until nothing moves any more.

        After each that is applied the oldest that waits for a case it changed has its turn again: what it waited for
        may have been just that. So events are applied in the order in which they would have been, had what they
        waited for come before them all: the outcome does not depend on how long it was in coming (rule 8).
        """
        tried = dict.fromkeys(cases, NOBODY)  # how far each case has been gone through since it last changed
        while (held := self.held.take_oldest(tried)) is not None:
            assert isinstance(held.found, Arrival)  # noqa: S101  only events that were read can wait
            tried.update(dict.fromkeys(self._attempt(held.found, held), NOBODY))

    def _waits_at(self, found: Arrival, answer: Wait) -> UUID:
        return answer.at or next((key for key in found.keys if key not in self.cases.states), found.keys[0])

    def _is_crowded(self, found: Arrival, answer: Wait) -> bool:
        """Whether so much waits there that one more of a sender's would have everybody else pay for it (rule 15).

        Whatever waits for a case is seen, and tried, whenever that case is: a thousand would cost a thousand each time.
        """
        return found.topic in DOORS and len(self.held.waiting.get(self._waits_at(found, answer), ())) >= WAITING_MAX

    def _hold(self, found: Arrival, answer: Wait, held: Held | None) -> None:
        case, reason = self._waits_at(found, answer), answer.for_what
        if held is None:
            self.counts.record(found, "waiting")
            held = self.held.new(found, case, reason)
        self.held.put(held._replace(case=case, reason=reason), case)

    def _let_go(self, held: Held | None) -> None:
        if held is not None:
            self.counts.other("held", "released")
            self.held.release(held)

    def _set_aside(self, found: Arrival | Unread, reasons: tuple[Reason, ...], outcome: str) -> Iterable[UUID]:
        """What cannot be decided on: at a door answered, kept and remembered (where), of our own held with its key."""
        if found.topic not in DOORS:
            self._park(found, " ".join(reason.code for reason in reasons))
            return ()
        self.facts.set_aside(found, reasons)
        self.counts.record(found, outcome)
        return remember(self._service, self.cases, found, reasons)

    def _park(self, found: Arrival | Unread, reason: str) -> None:
        self.held.park(found, reason)
        self.counts.record(found, "parked")

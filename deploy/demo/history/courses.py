"""How long each enquiry goes on: drawn, and then moved, as few as possible, until every quota of a year is kept.

A cell is a year of conclusion and a band of age. Each enquiry could end in some cells, by when it started; where a cell
has one too many, a chain of moves leads from it to a cell that has one too few.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from deploy.demo.history.deciding import Case
from deploy.demo.history.distributions import DAYS_TO_CONCLUSION
from deploy.demo.history.draw import DAY, is_working_day, on_day, span
from deploy.demo.history.quotas import LAST_DAY, OPEN_AT_THE_END, Quota, part
from shared.contracts.doors import enquiry_id_of, other_enquiry_id_of
from shared.kernel.civil import add_months

STILL_OPEN = (-1, -1)
"""The cell of what is open when the clock stops."""
Cell = tuple[int, int]
_LONGEST = 20


@dataclass(slots=True, eq=False)
class Enquiry:
    """An enquiry: from the decision that started it to the approval that concluded it, if any did.

    `opened` is when the conversion that stands was approved, `ends` the cell it ends in, and `taken_back` the time from
    which a correction made it one that never was.
    """

    number: int
    case: Case
    kind: str
    started: datetime
    opened: datetime
    ends: Cell = STILL_OPEN
    concluded: datetime | None = None
    taken_back: datetime | None = None
    asked: str | None = None
    achieved: str | None = None
    assessment: str | None = None
    risk_outcome: str | None = None
    dies: bool = False
    days: dict[Cell, tuple[date, date]] = field(default_factory=dict)

    @property
    def enquiry_id(self) -> str:
        """The id that both sides of the door can work out from the concern."""
        concern_id = UUID(self.case.concern.concern_id)
        return str(enquiry_id_of(concern_id) if self.kind == "section_42" else other_enquiry_id_of(concern_id))


def enquiries_of(cases: list[Case]) -> list[Enquiry]:
    """Every enquiry that was ever opened, those taken back included."""
    found: list[Enquiry] = []
    for case in cases:
        runs = [decided for decided in case.decisions if decided.approved is not None]
        standing, started = case.standing, case.started
        if started is not None:
            opened = next(one.approved for one in runs if one.at == started)
            again = any(one.kind == "s42_met" and one.at < started for one in runs)
            # What is taken up again is worked on from the next week: records must not overtake the conversion.
            opened = _next_monday(opened or started) if again else opened
            found.append(Enquiry(len(found), case, "section_42", started, opened or started))
        elif any(decided.kind == "s42_met" for decided in runs):
            first, after = runs[0], runs[1]
            taken_back = after.approved or after.at
            found.append(
                Enquiry(len(found), case, "section_42", first.at, first.approved or first.at, taken_back=taken_back)
            )
        if standing is not None and standing.kind == "other_enquiry" and standing.approved is not None:
            found.append(Enquiry(len(found), case, "other", standing.at, standing.approved))
    return found


def _next_monday(at: datetime) -> datetime:
    return datetime.combine(at.date() + timedelta(days=7 - at.weekday()), time(9, 30))


class Courses:
    """Gives every enquiry its end. Other enquiries end as they are drawn; those of section 42 keep the quotas."""

    def __init__(self, rng: Random, quotas: tuple[Quota, ...], scale: float) -> None:
        """The cells, and how many may end in each; None is as many as are left."""
        self._rng = rng
        self._years = [(quota.first, quota.last) for quota in quotas]
        self._years.append((quotas[-1].last + DAY, LAST_DAY))
        self._room: dict[Cell, int | None] = {
            (year, band): number for year, quota in enumerate(quotas) for band, number in enumerate(quota.bands)
        }
        self._room |= {(len(quotas), band): None for band in range(3)}
        self._room[STILL_OPEN] = max(part(OPEN_AT_THE_END, scale), 1)

    def settle(self, enquiries: list[Enquiry]) -> None:
        """Conclude them all, or leave them open."""
        stand = [one for one in enquiries if one.taken_back is None]
        for one in stand:
            one.days = self._possible(one)
            one.ends = self._drawn(one)
        counted = [one for one in stand if one.kind == "section_42"]
        self._keep_quotas(counted)
        for one in stand:
            if one.ends != STILL_OPEN:
                self._conclude(one)

    def _possible(self, one: Enquiry) -> dict[Cell, tuple[date, date]]:
        start = one.started.date()
        earliest = max(start, one.opened.date()) + timedelta(days=4)
        three, six = add_months(start, 3), add_months(start, 6)
        bands = ((start, three), (three + DAY, six), (six + DAY, add_months(start, _LONGEST)))
        found: dict[Cell, tuple[date, date]] = {}
        for year, (first, last) in enumerate(self._years):
            for band, (low, high) in enumerate(bands):
                days = max(low, first, earliest), min(high, last)
                if any(is_working_day(days[0] + timedelta(days=more)) for more in range((days[1] - days[0]).days + 1)):
                    found[year, band] = days
        if add_months(start, _LONGEST) > LAST_DAY:
            found[STILL_OPEN] = (LAST_DAY, LAST_DAY)
        return found

    def _drawn(self, one: Enquiry) -> Cell:
        start = one.started.date()
        for _ in range(20):
            day = start + timedelta(days=int(span(self._rng, DAYS_TO_CONCLUSION)))
            if day > LAST_DAY and STILL_OPEN in one.days:
                return STILL_OPEN
            for cell, (first, last) in one.days.items():
                if cell != STILL_OPEN and first <= day <= last:
                    return cell
        return next(iter(one.days))

    def _keep_quotas(self, enquiries: list[Enquiry]) -> None:
        held: dict[Cell, list[Enquiry]] = {cell: [] for cell in self._room}
        order = enquiries.copy()
        self._rng.shuffle(order)
        for one in order:
            held[one.ends].append(one)
        for cell, room in self._room.items():
            while room is not None and len(held[cell]) > room:
                self._move(held, self._chain(held, cell, lambda at: self._free(held, at)))
            while room is not None and len(held[cell]) < room:
                self._move(held, self._chain_to(held, cell))

    def _free(self, held: dict[Cell, list[Enquiry]], cell: Cell) -> bool:
        room = self._room[cell]
        return room is None or len(held[cell]) < room

    def _chain_to(self, held: dict[Cell, list[Enquiry]], cell: Cell) -> list[tuple[Cell, Cell]]:
        for giver, room in self._room.items():
            if giver != cell and held[giver] and (room is None or len(held[giver]) > room):
                chain = self._found(held, giver, lambda at: at == cell)
                if chain:
                    return chain
        raise ValueError(f"nothing can be moved to {cell}: the quotas contradict each other")

    def _chain(
        self, held: dict[Cell, list[Enquiry]], cell: Cell, is_goal: Callable[[Cell], bool]
    ) -> list[tuple[Cell, Cell]]:
        chain = self._found(held, cell, is_goal)
        if not chain:
            raise ValueError(f"nothing can be moved from {cell}: the quotas contradict each other")
        return chain

    def _found(
        self, held: dict[Cell, list[Enquiry]], start: Cell, is_goal: Callable[[Cell], bool]
    ) -> list[tuple[Cell, Cell]]:
        """The shortest chain of cells along which one enquiry each can move."""
        came: dict[Cell, Cell] = {start: start}
        waiting = deque([start])
        while waiting:
            at = waiting.popleft()
            if at != start and is_goal(at):
                chain = []
                while at != start:
                    chain.append((came[at], at))
                    at = came[at]
                return chain
            for cell in self._room:
                if cell not in came and any(cell in one.days for one in held[at]):
                    came[cell] = at
                    waiting.append(cell)
        return []

    def _move(self, held: dict[Cell, list[Enquiry]], chain: list[tuple[Cell, Cell]]) -> None:
        for giver, taker in chain:
            index = next(index for index, one in enumerate(held[giver]) if taker in one.days)
            one = held[giver].pop(index)
            one.ends = taker
            held[taker].append(one)

    def _conclude(self, one: Enquiry) -> None:
        first, last = one.days[one.ends]
        if one.ends[1] == 2:  # noqa: PLR2004  over six months: most not by much
            last = min(last, first + timedelta(days=max(30, int(self._rng.expovariate(1 / 90)) + 10)))
        while True:
            day = first + timedelta(days=self._rng.randint(0, (last - first).days))
            if is_working_day(day):
                break
        one.concluded = on_day(self._rng, day)

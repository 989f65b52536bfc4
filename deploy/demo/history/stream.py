"""The lines of a history in the order of their time, made as they are needed, so that little is held at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any

from deploy.demo.history.closing import Closing
from deploy.demo.history.concerns import Merge
from deploy.demo.history.courses import Enquiry
from deploy.demo.history.coursing import assign, run
from deploy.demo.history.deciding import Case
from deploy.demo.history.distributions import REASONS_OPEN
from deploy.demo.history.draw import one as drawn
from deploy.demo.history.draw import utc
from deploy.demo.history.finding import find, risk
from deploy.demo.history.junk import junk
from deploy.demo.history.lines import Book, Line, said, worker
from deploy.demo.history.pace import STOPS, Pace
from deploy.demo.history.plan import Plan, plan
from deploy.demo.history.quotas import LAST_DAY
from deploy.demo.history.reporting import tell
from deploy.demo.history.reviews import Review, looks
from deploy.demo.history.senders import HOMES
from deploy.demo.history.triaging import triage
from deploy.demo.history.wishes import ask
from shared.contracts.doors import AdultsFoundDifferent, AdultsFoundOne, DriftReviewed, RepeatReviewed
from shared.kernel.civil import add_months

_BEFORE = timedelta(hours=2)
"""How long before its report the first line about a concern may come."""
_A_DAY = timedelta(hours=26)
_WORKED_EARLY = 0.2


def events(seed: int, scale: float = 1.0) -> Iterator[dict[str, Any]]:
    """The history as CloudEvents, in the order of their time; the same seed and scale, the same events."""
    history = plan(seed, scale)
    waiting: list[tuple[datetime, int, Line]] = []
    number = 0
    for number, line in enumerate(_beside(history)):
        heappush(waiting, (utc(line.at), number, line))
    for case in sorted(history.cases, key=lambda case: (case.concern.at, case.concern.number)):
        reached = utc(case.concern.at - _BEFORE)
        while waiting and waiting[0][0] < reached:
            yield heappop(waiting)[2].event()
        for line in _about(history, case):
            number += 1
            heappush(waiting, (utc(line.at), number, line))
    while waiting:
        yield heappop(waiting)[2].event()


def _about(history: Plan, case: Case) -> list[Line]:
    """Everything about a concern and its enquiry."""
    book = Book(history.seed, f"c{case.concern.number:05d}")
    if case.large_scale is not None:
        case.concern.home = HOMES[sum(map(ord, case.large_scale)) % len(HOMES)]
    report = tell(book, case.concern)
    team = triage(book, case, report)
    _drift(book, case, case.concern.concern_id, case.concern.at, _decided(case))
    lines = book.lines
    for each in history.enquiries.get(case.concern.number, ()):
        lines += _enquiry(history, each, team)
    return [line for line in lines if line.at <= STOPS]


def _decided(case: Case) -> datetime | None:
    return next((one.approved for one in case.decisions if one.approved is not None), case.withdrawn)


def _enquiry(history: Plan, one: Enquiry, team: str) -> list[Line]:
    book = Book(history.seed, f"e{one.number:05d}")
    pace = Pace(book, one)
    plain = one.kind == "section_42" and len(one.case.decisions) == 1
    early = plain and one.opened - one.started > _A_DAY and book.happens(_WORKED_EARLY)
    concern = one.case.concern.concern_id if early else None
    officer = assign(book, one, pace, team, concern)
    ask(book, one, pace, officer, concern)
    if one.kind == "section_42":
        find(book, one, pace, officer, team)
    else:
        risk(book, one, pace, officer)
    run(book, one, pace, officer)
    if not pace.reopened:
        _drift(book, one.case, one.enquiry_id, one.started, one.concluded or one.taken_back)
    Closing(book, one, officer, team).close(pace)
    return [line for line in book.lines if line.at <= pace.until]


def _drift(book: Book, case: Case, open_id: str, started: datetime, ended: datetime | None) -> None:
    """The coordinator's looks at what is open for over six months, until it ends or the clock stops."""
    if add_months(started.date(), 6) >= (ended.date() if ended is not None else LAST_DAY):
        return
    themes = ("timeliness", "provider_response", "police_delay", "family_dispute", "allocation")
    for look in looks(book.rng, started, ended):
        reason = drawn(book.rng, REASONS_OPEN)
        data = {
            "adult_id": case.concern.record.adult_id,
            "open_id": open_id,
            "legitimate": reason != "no_reason_recorded",
            "reason_open": reason,
            "themes": book.rng.sample(themes, book.rng.choice((0, 1, 1, 2))),
            "next_look": look.next_look.isoformat(),
            "reviewed_by": "coordinator-1",
            "reviewed_at": said(look.at),
        }
        book.add(look.at + timedelta(minutes=10), DriftReviewed, data)


def _beside(history: Plan) -> Iterator[Line]:
    """What belongs to no one concern: merges, repeat reviews, and what should not have been sent."""
    for number, merge in enumerate(history.merges):
        yield from _merged(Book(history.seed, f"m{number:04d}"), merge)
    for number, review in enumerate(history.reviews):
        yield _reviewed(Book(history.seed, f"r{number:04d}"), review)
    yield from junk(history)


def _merged(book: Book, merge: Merge) -> list[Line]:
    by = worker(book.rng, "records")
    found: dict[str, Any] = {
        "merge_id": merge.merge_id,
        "adult_id": merge.one.adult_id,
        "other_adult_id": merge.other.adult_id,
        "grounds": book.rng.choice(("same_nhs_number", "same_name_birth_date_address", "family_confirmed")),
        "decided_by": by,
        "decided_at": said(merge.at),
    }
    book.add(merge.at + timedelta(minutes=2), AdultsFoundOne, found)
    if merge.back is not None:
        back = {"merge_id": merge.merge_id, "grounds": "two_people_of_one_name", "decided_by": by}
        book.add(merge.back + timedelta(minutes=2), AdultsFoundDifferent, back | {"decided_at": said(merge.back)})
    return book.lines


def _reviewed(book: Book, review: Review) -> Line:
    planning = ("plan_reviewed", "plan_reviewed", "plan_made", "no_change_needed", "referred_to_panel")
    data = {
        "adult_id": review.adult_id,
        "review_id": review.review_id,
        "safety_planning": book.rng.choice(planning),
        "reviewed_by": "coordinator-1",
        "reviewed_at": said(review.at),
    }
    book.add(review.at + timedelta(minutes=8), RepeatReviewed, data)
    return book.lines[0]

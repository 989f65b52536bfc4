"""What is open: a concern not decided or an enquiry not concluded; when it comes to the coordinator, and its ends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from deploy.recount.civil import day, months_on
from tests.faults.civil import midnight, over_six_months
from tests.faults.doors import Knock
from tests.faults.facts import Expected, refusal
from tests.faults.log import Message
from tests.faults.orders import timer

POLICY = "coventry-2024-2"
DRIFT, OVERDUE = "audit.drift", "audit.open-concerns"
DRIFT_REFUSED = "safeguarding.audit.drift-review-refused.v1"
_TO_DECIDE = timedelta(hours=48)
Stated = list[Expected]


@dataclass(frozen=True)
class Open:
    """`ended` is when it ended, where that was heard of first, and `ended_by` which event said so.

    `target` is the time a decision is due, until that was told.
    """

    kind: str
    open_id: str
    adult_id: str
    start: datetime
    flag: datetime | None
    target: datetime | None
    ended: datetime | None = None
    look: int = 0
    flagged: datetime | None = None
    overdue: datetime | None = None
    last_look: tuple[Any, ...] | None = None
    turn: str = ""
    ended_by: Message | None = field(default=None, compare=False)

    @property
    def due(self) -> datetime | None:
        """When there is something to tell next."""
        return min((at for at in (self.flag, self.target) if at is not None), default=None)


def begin(
    kind: str, open_id: str, adult_id: str, start: datetime,
    ended_by: Message | None = None, again: datetime | None = None,
) -> Open | None:  # fmt: skip
    """Open since its start, whenever that is heard; None where it is known to have ended before anything fell due."""
    ended = ended_by.time if ended_by is not None else None
    flag: datetime | None = over_six_months(start)
    target = start + _TO_DECIDE if kind == "concern" else None
    if ended is not None:
        flag = flag if flag is not None and ended >= flag else None
        target = target if target is not None and ended >= target else None
        if flag is None and target is None:
            return None
    if again is not None:  # goes on again: told of then at the earliest
        flag, target = flag and max(flag, again), target and max(target, again)
    turn = again.isoformat() if again else ""
    return Open(kind, open_id, adult_id, start, flag, target, ended, turn=turn, ended_by=ended_by)


def end(one: Open | None, cause: Message) -> Stated:
    """It is decided, concluded or withdrawn; what fell due only after that was recorded is taken back."""
    if one is None:
        return []
    at, facts = cause.time, []
    assert at is not None
    if one.flagged is not None:
        facts.append(_flag_over(one, cause, "ended" if at >= one.flagged else "withdrawn"))
    if one.overdue is not None:
        facts.append(_overdue_over(one, cause, "ended" if at >= one.overdue else "withdrawn"))
    return facts


def fall_due(one: Open) -> tuple[Open | None, Stated]:
    """Past the target for a decision; or open too long, or to be looked at again. The target's has its turn first."""
    due = one.due
    assert due is not None
    return _late(one, due) if one.target == due else _drifts(one, due)


def _late(one: Open, due: datetime) -> tuple[Open | None, Stated]:
    cause = timer("audit", "decision-target", one.adult_id, due, one.turn)
    body = {"concern_id": one.open_id, "adult_id": one.adult_id, "received_at": one.start, "due_at": due}
    facts = [fact(OVERDUE, "decision-overdue", one.open_id, cause, body | {"policy": POLICY})]
    if one.ended_by is None:
        return replace(one, target=None, overdue=due), facts
    facts.append(_overdue_over(one, one.ended_by, "ended"))
    return (replace(one, target=None) if one.flag is not None else None), facts


def _drifts(one: Open, due: datetime) -> tuple[Open | None, Stated]:
    cause = timer("audit", "drift", one.adult_id, due, one.turn)
    body: dict[str, Any] = {"open_id": one.open_id, "kind": one.kind, "adult_id": one.adult_id, "policy": POLICY}
    body |= {"started_at": one.start, "due_at": due, "look": one.look + 1}
    facts = [fact(DRIFT, "drift-flagged", one.open_id, cause, body)]
    if one.ended_by is None:
        return replace(one, flag=None, look=one.look + 1, flagged=due), facts
    return None, [*facts, _flag_over(one, one.ended_by, "ended")]


def look(one: Open | None, knock: Knock) -> tuple[Open | None, Stated]:
    """The coordinator has looked; or their look is refused."""
    answer = _looked(one, knock)
    if isinstance(answer, str):
        return one, [refusal(DRIFT, DRIFT_REFUSED, knock, knock.sent.said["adult_id"], {answer})]
    return answer


def _looked(one: Open | None, knock: Knock) -> tuple[Open | None, Stated] | str:
    said, message = knock.sent.said, knock.message
    assert message is not None
    at, next_look = said["reviewed_at"], said["next_look"]
    if not day(at) < next_look <= months_on(day(at), 6):
        return "next_look_out_of_range"
    if one is None or one.adult_id != said["adult_id"]:
        return "not_open"
    seen = tuple(said[name] for name in ("legitimate", "reason_open", "next_look", "reviewed_by", "reviewed_at"))
    if seen == one.last_look:
        return one, []
    if one.flagged is None or one.flag is not None or knock.recorded < one.flagged:
        return "not_flagged"
    if at < one.flagged:
        return "reviewed_before_flagged"
    looked = replace(one, last_look=seen, flag=midnight(next_look))
    return looked, [fact(DRIFT, "drift-looked-at", one.open_id, message, said | {"kind": one.kind})]


def fact(topic: str, name: str, subject: str, cause: Message, body: dict[str, Any]) -> Expected:
    """What audit states of an adult; recorded when its cause was, unless that came through a door."""
    recorded = cause.time if cause.source.startswith("/section42/") else None
    return Expected(topic, f"safeguarding.audit.{name}.v1", subject, cause, str(body["adult_id"]), body, recorded)


def _flag_over(one: Open, cause: Message, ending: str) -> Expected:
    body = {"open_id": one.open_id, "kind": one.kind, "adult_id": one.adult_id, "ending": ending}
    return fact(DRIFT, "drift-ended", one.open_id, cause, body)


def _overdue_over(one: Open, cause: Message, ending: str) -> Expected:
    body = {"concern_id": one.open_id, "adult_id": one.adult_id, "ending": ending}
    return fact(OVERDUE, "decision-overdue-ended", one.open_id, cause, body)

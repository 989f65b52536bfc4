"""The duty list: what was refused, set aside, not read, or says more, stands there until a person has dealt with it.

A refusal ends nobody's danger. Nothing leaves the list by itself: a corrected report, or time, takes nothing off it. It
is kept with the concern that a report is or would be; what names no report, with the partition and the day it came on.
What comes again in the same way is counted with what stands there, so that one sender makes no list of thousands.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from msgspec.structs import replace

from services.intake import wordings
from services.intake.acceptance import ABOUT_A_CHILD, SET_ASIDE
from services.intake.cases import Case, Concern, DutyItem, DutyKind, Finding, NoConcern, duty_of
from shared.contracts.common_rules import in_the_future
from shared.contracts.doors import ConcernReported, DutyDealtWith
from shared.contracts.intake import DutySettled
from shared.kernel.decision import Decision, LeftAside, Reason, Refused, Wait, refused
from shared.kernel.event import Metadata
from shared.kernel.identity import derived

_REPORTS = "concern-reports"
ITEMS_MOST = 50
"""How many stand apart at one case; what comes beyond is counted with the last."""
_LEGIBLE = 300
_ASIDE = SET_ASIDE | wordings.SET_ASIDE
"""The words that say that something was set aside; of a text that is merely long, nothing is for anybody to look at."""


def of_report(
    report: ConcernReported, kind: DutyKind, said: Iterable[Reason], meta: Metadata, recorded: datetime
) -> DutyItem | None:
    """What a report puts before the duty team; nothing where it was accepted as it is."""
    why = tuple(dict.fromkeys(reason.code for reason in said))
    if kind is DutyKind.SET_ASIDE:
        why = tuple(code for code in why if code in _ASIDE)
        if not why:
            return None
    return DutyItem(
        derived("duty", str(report.concern_id), meta.identity),
        kind,
        recorded,
        recorded,
        meta.place,
        why,
        tuple(dict.fromkeys(one.where for one in report.set_aside)),
        report.sender,
        report.called[:_LEGIBLE],
        child=not ABOUT_A_CHILD.isdisjoint(why),
    )


def key_of(left: LeftAside) -> UUID | None:
    """The case that remembers what came to the front door and could not be decided on."""
    if left.door != _REPORTS:
        return None
    if left.about:
        return UUID(left.about)
    partition = left.place.rpartition("/")[0]
    return derived("duty", partition, left.recorded.astimezone(UTC).date().isoformat())


def remember(cases: Mapping[UUID, Case], left: LeftAside) -> Mapping[UUID, Case]:
    """The case with what could not be decided on."""
    key = key_of(left)
    if key is None:
        return {}
    at, (sender, reference) = left.recorded.astimezone(UTC), left.report or ("", "")
    why = tuple(dict.fromkeys(reason.code for reason in left.reasons))
    item = DutyItem(
        derived("duty", left.place),
        DutyKind.UNREADABLE,
        at,
        at,
        left.place,
        why,
        sender=sender,
        reference=reference[:_LEGIBLE],
    )
    return {key: at_case(cases, key, item)}


def at_case(cases: Mapping[UUID, Case], key: UUID, item: DutyItem) -> Case:
    """The case with one more that stands before the duty team."""
    case, duty = cases.get(key), put(duty_of(cases, key), item)
    return replace(case, duty=duty) if isinstance(case, Concern) else NoConcern(duty)


def put(standing: tuple[DutyItem, ...], item: DutyItem) -> tuple[DutyItem, ...]:
    """One more; or counted with what stands there for the same reasons, or beyond number."""
    for n, one in enumerate(standing):
        if one.item_id == item.item_id:
            return standing
        alike = one.dealt is None and (one.kind, one.why, one.fields) == (item.kind, item.why, item.fields)
        if alike and (one.sender or item.kind is not DutyKind.UNREADABLE):
            return (*standing[:n], _with(one, item), *standing[n + 1 :])
    waiting = [n for n, one in enumerate(standing) if one.dealt is None]
    if len(waiting) < ITEMS_MOST:
        return (*standing, item)
    last = waiting[-1]
    return (*standing[:last], _with(standing[last], item), *standing[last + 1 :])


def _with(one: DutyItem, item: DutyItem) -> DutyItem:
    """Counted with another; a record that is read again is not counted again."""
    partition, offset = _lies(item.place)
    read = dict(one.read or (_lies(one.place),))
    if offset <= read.get(partition, -1):
        return one
    return replace(
        one,
        times=one.times + 1,
        last_at=max(one.last_at, item.last_at),
        place=item.place,
        child=one.child or item.child,
        read=tuple(sorted((read | {partition: offset}).items())),
    )


def _lies(place: str) -> tuple[int, int]:
    """Partition and offset of a place."""
    _, partition, offset = place.rsplit("/", 2)
    return int(partition), int(offset)


def keys_of_dealing(event: DutyDealtWith) -> tuple[UUID, ...]:
    """The case at which it stands."""
    return (event.case_id,)


def deal(cases: Mapping[UUID, Case], event: DutyDealtWith, meta: Metadata) -> Decision[Case] | Wait | Refused:
    """Dealt with, by whom and how; the same said again changes nothing, and another word is refused."""
    if reasons := tuple(in_the_future(event.decided_at, "decided_at", meta.recorded)):
        return Refused(reasons)
    standing = duty_of(cases, event.case_id)
    number = next((n for n, one in enumerate(standing) if one.item_id == event.item_id), None)
    if number is None:
        return Wait("the report that it is about")
    item, found = standing[number], Finding(event.how.value, event.decided_by, event.decided_at.astimezone(UTC))
    if item.dealt is not None:
        if item.dealt == found:
            return Decision({})
        return refused("dealt_with_already", "This was dealt with already, and that stands.", "item_id")
    if found.decided_at < item.last_at:
        return refused(
            "more_came_since",
            "More came in the same way after this was decided: please look again. It is accepted when it was decided "
            "after the last of it.",
            "decided_at",
        )
    fact = DutySettled(
        case_id=event.case_id,
        item_id=event.item_id,
        how=event.how,
        decided_by=event.decided_by,
        decided_at=found.decided_at,
    )
    duty = (*standing[:number], replace(item, dealt=found), *standing[number + 1 :])
    case = cases[event.case_id]
    changed = replace(case, duty=duty) if isinstance(case, Concern) else NoConcern(duty)
    return Decision({event.case_id: changed}, (fact,))

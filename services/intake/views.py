"""What can be read of intake: a concern as it was received, and whose it is."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from services.intake.cases import Case, Concern, DutyKind, NoConcern, adult_in, concern_in
from shared.chassis.case_lists import CaseList, Columns
from shared.chassis.views import CaseView, Entry, Filter, ReadModel, happened, in_order
from shared.contracts.doors import Channel

DUTY = "/duty"


class ConcernShown(ReadModel):
    """A concern that was accepted: for which adult, from whom, and which concerns report the same incident.

    `merged_with` are the adults who were found to be one person with its own.
    """

    concern_id: UUID
    adult_id: UUID
    received_at: datetime
    sender: str
    channel: Channel
    linked: tuple[UUID, ...]
    withdrawn: bool
    merged_with: tuple[UUID, ...]
    timeline: tuple[Entry, ...]


class DutyShown(ReadModel):
    """A report that stands before the duty team, by identifiers and codes: why, since when, and who dealt with it how.

    `case_id` and `item_id` name it. `place` is where the last of it lies, on its door for a month; of what could not be
    read the dead letter is kept for a year. `waits_since` is empty once somebody has dealt with it.
    """

    item_id: UUID
    case_id: UUID
    kind: DutyKind
    child: bool
    why: tuple[str, ...]
    fields: tuple[str, ...]
    sender: str
    reference: str
    since: datetime
    last_at: datetime
    times: int
    place: str
    waits: bool
    how: str | None
    dealt_by: str | None
    dealt_at: datetime | None


def _on_duty(case_id: UUID, case: Case) -> Iterable[Columns]:
    """What stands, or has stood, before the duty team at a case."""
    if not isinstance(case, Concern | NoConcern):
        return
    for item in case.duty:
        dealt = item.dealt
        yield {
            "item_id": item.item_id,
            "case_id": case_id,
            "kind": item.kind,
            "child": item.child,
            "why": item.why,
            "fields": item.fields,
            "sender": item.sender,
            "reference": item.reference,
            "since": item.since,
            "last_at": item.last_at,
            "times": item.times,
            "place": item.place,
            "waits": dealt is None,
            "waits_since": item.since if dealt is None else None,
            "how": None if dealt is None else dealt.reason,
            "dealt_by": None if dealt is None else dealt.decided_by,
            "dealt_at": None if dealt is None else dealt.decided_at,
        }


def show_concern(cases: Mapping[UUID, Case], concern_id: UUID, _: datetime) -> ConcernShown | None:
    """The concern, if that is what has this id."""
    concern = concern_in(cases, concern_id)
    if concern is None:
        return None
    return ConcernShown(
        concern_id=concern_id,
        adult_id=concern.adult_id,
        received_at=concern.received_at,
        sender=concern.sender,
        channel=concern.channel,
        linked=tuple(sorted(concern.linked)),
        withdrawn=concern.withdrawn,
        merged_with=_one_with(cases, concern.adult_id),
        timeline=in_order(_timeline(concern)),
    )


def _one_with(cases: Mapping[UUID, Case], adult_id: UUID) -> tuple[UUID, ...]:
    """The other adults who are one person with this one, as far as merges stand."""
    found, ahead = {adult_id}, [adult_id]
    while ahead:
        others = {merging.other for merging in adult_in(cases, ahead.pop()).merges} - found
        found |= others
        ahead.extend(others)
    return tuple(sorted(found - {adult_id}))


def _timeline(concern: Concern) -> Iterable[Entry | None]:
    yield happened(concern.received_at, "received", by=concern.sender, channel=concern.channel.value)
    for link in concern.links:
        yield happened(link.decided_at, "unlinked" if link.taken_back else "linked", concern_id=link.concern_id)
    for one in concern.withdrawals:
        yield happened(one.found.decided_at, "withdrawn", by=one.found.decided_by, reason=one.found.reason)
        if (back := one.taken_back) is not None:
            yield happened(back.decided_at, "reinstated", by=back.decided_by, reason=back.reason)


VIEWS = (
    CaseView(
        path="/concerns/{concern_id}",
        says="A concern as it was received: for which adult, from whom, and which concerns report the same incident.",
        answer=ConcernShown,
        shows=show_concern,
    ),
    CaseList(
        path=DUTY,
        says="Reports that were refused, set aside or could not be read, the longest standing at the top, each with why"
        " and with who has dealt with it how. Nothing leaves it by itself.",
        row=DutyShown,
        rows=_on_duty,
        since="waits_since",
        order="since",
        key="item_id",
        filters=(
            Filter("waits", "Whether somebody still has to deal with it."),
            Filter("child", "Whether it is, or may be, about somebody under 18."),
            Filter("kind", "Why it stands there.", kind=DutyKind),
            Filter("item_id", "This one."),
            Filter("case_id", "At this concern, or what would be one."),
        ),
    ),
)

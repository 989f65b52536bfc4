"""What can be read of intake: a concern as it was received, and whose it is."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from services.intake.cases import Case, Concern, adult_in, concern_in
from shared.chassis.views import CaseView, Entry, ReadModel, happened, in_order
from shared.contracts.doors import Channel


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
)

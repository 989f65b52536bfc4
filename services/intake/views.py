"""What can be read of intake: a concern as it was received, and whose it is."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from services.intake.cases import Case, Concern, concern_in
from shared.chassis.views import Answer, CaseView, Entry, happened, in_order
from shared.contracts.doors import Channel


class ConcernShown(Answer):
    """A concern that was accepted: the adult it was received for, who sent it, and which report the same incident."""

    concern_id: UUID
    adult_id: UUID
    received_at: datetime
    sender: str
    channel: Channel
    linked: tuple[UUID, ...]
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
        timeline=in_order(_timeline(concern)),
    )


def _timeline(concern: Concern) -> Iterable[Entry | None]:
    yield happened(concern.received_at, "received", by=concern.sender, channel=concern.channel.value)


VIEWS = (
    CaseView(
        path="/concerns/{concern_id}",
        says="A concern as it was received: for which adult, from whom, and which concerns report the same incident.",
        answer=ConcernShown,
        shows=show_concern,
    ),
)

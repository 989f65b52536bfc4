"""A concern handed to another team, by a person who gives a reason (design section 4, rule 1: teams are data).

Reroutes stand in the order of their own times, and each says which team had the concern until then. So one that was
decided no later than the last is refused: the concern was handed on since, and whoever decided it did not know. What
stands is therefore the same whatever came first. A concern that is decided is done with, until a correction stands or
another authority declines it.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC
from uuid import UUID

from msgspec.structs import replace

from services.triage.awaiting import correction_pending, is_undecided
from services.triage.cases import Case, Concern, Reroute, concern_in
from services.triage.policy import Policy
from services.triage.told_times import before_receipt
from shared.contracts.common_rules import in_the_future
from shared.contracts.doors import RerouteDecided
from shared.contracts.triage import ConcernRerouted
from shared.kernel.decision import Decision, Reason, Refused, Wait
from shared.kernel.event import Metadata


def reroute(
    cases: Mapping[UUID, Case], event: RerouteDecided, meta: Metadata, policy: Policy
) -> Decision[Case] | Wait | Refused:
    """The concern with another team; or why it stays where it is."""
    if reasons := tuple(in_the_future(event.decided_at, "decided_at", meta.recorded)):
        return Refused(reasons)
    concern = concern_in(cases, event.concern_id)
    if concern is None:
        return Wait("the concern to be received")
    new = Reroute(concern.team, event.team, event.reason, event.decided_by, event.decided_at.astimezone(UTC))
    if any(replace(known, from_team=new.from_team) == new for known in concern.reroutes):
        return Decision({})
    if reasons := tuple(_reasons_against(concern, new, policy)):
        return Refused(reasons)
    rerouted = ConcernRerouted(
        concern_id=event.concern_id,
        adult_id=concern.adult_id,
        from_team=new.from_team,
        team=new.team,
        reason=new.reason,
        decided_by=new.decided_by,
        decided_at=new.decided_at,
    )
    handed_on = replace(concern, team=new.team, reroutes=(*concern.reroutes, new))
    return Decision({event.concern_id: handed_on}, (rerouted,))


def _reasons_against(concern: Concern, new: Reroute, policy: Policy) -> Iterator[Reason]:
    """What keeps the concern where it is."""
    if new.team not in {*policy.teams, concern.team, *(known.from_team for known in concern.reroutes)}:
        yield Reason(
            code="team_unknown",
            says=f"No such team is known. Accepted are {', '.join(sorted(policy.teams))}, and a team that has had this "
            "concern before.",
            where="team",
        )
    if new.team == concern.team:
        yield Reason(
            code="same_team",
            says="That team has the concern already. A reroute is accepted when it names another.",
            where="team",
        )
    if reason := before_receipt("decided_at", new.decided_at, concern.received_at):
        yield reason
    if concern.reroutes and new.decided_at <= concern.reroutes[-1].decided_at:
        yield Reason(
            code="rerouted_since",
            says="The concern was handed to another team at that time or since. A reroute is accepted when it was "
            "decided after the last one.",
            where="decided_at",
        )
    if not _open_at(concern, new):
        yield Reason(
            code="decided_already",
            says="The concern is decided, and no team has it any more. A reroute is accepted before a decision is "
            "approved, and after it while a correction awaits approval or where another authority declined.",
            where="concern_id",
        )


def _open_at(concern: Concern, new: Reroute) -> bool:
    """Whether the concern was open when it was rerouted: not decided, or decided before and open again."""
    in_force = concern.in_force
    if in_force is None:
        return True
    return (is_undecided(concern) or correction_pending(concern)) and new.decided_at > in_force.decided_at

"""A concern recorded in error: it stays on record with all that was decided on it, and waits for nobody.

Intake says so on a topic of its own, in no order with what people decide here. So withdrawing changes no answer: a
decision, an approval or a reroute of a withdrawn concern is accepted and kept as it would be otherwise, an enquiry that
it started is taken back by a correction and by nothing else, and audit flags what was decided on a withdrawn concern.
What changes is that the concern leaves worklists and figures, until it is reinstated.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from msgspec.structs import replace

from services.triage.cases import Case, Withdrawal, concern_in
from services.triage.policy import Policy
from shared.contracts.intake import ConcernReinstated, ConcernWithdrawn
from shared.kernel.decision import Decision, Wait
from shared.kernel.event import Metadata


def note_withdrawal(
    cases: Mapping[UUID, Case], event: ConcernWithdrawn | ConcernReinstated, meta: Metadata, _policy: Policy
) -> Decision[Case] | Wait:
    """The concern withdrawn or reinstated, by the last that was decided.

    Of two decisions of one instant it is the reinstatement, as at intake: there was something to take back.
    """
    concern = concern_in(cases, event.concern_id)
    if concern is None:
        return Wait("the concern to be received")
    new = Withdrawal(event.decided_at.astimezone(UTC), meta.identity, isinstance(event, ConcernWithdrawn))
    known = concern.withdrawal
    if known is not None and _place(new) <= _place(known):
        return Decision({})
    return Decision({event.concern_id: replace(concern, withdrawal=new)})


def _place(said: Withdrawal) -> tuple[datetime, bool, str]:
    return said.decided_at, not said.withdrawn, said.identity

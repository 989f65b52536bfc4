"""Concerns recorded in error: withdrawn by a person, they stay on record and count no more (design 4, rules 9, 14).

A withdrawal can be taken back, and the concern then counts again from when it was received. Withdrawals and their
taking back alternate in the order of time; what contradicts that is refused, never applied in silence.
"""

from collections.abc import Mapping
from datetime import UTC
from uuid import UUID

from msgspec.structs import replace

from services.intake.cases import Case, Concern, Finding, Withdrawal, concern_in
from shared.contracts.common_rules import in_the_future
from shared.contracts.doors import WithdrawalDecided, WithdrawalTakenBack
from shared.contracts.intake import ConcernReinstated, ConcernWithdrawn
from shared.kernel.decision import Decision, Refused, Wait, refused
from shared.kernel.event import Metadata


def withdraw(cases: Mapping[UUID, Case], decided: WithdrawalDecided, meta: Metadata) -> Decision[Case] | Wait | Refused:
    """The concern withdrawn, once; the same said again changes nothing."""
    concern = _known(cases, decided, meta)
    if not isinstance(concern, Concern):
        return concern
    found = _finding(decided)
    if any(each.found == found for each in concern.withdrawals):
        return Decision({})
    if concern.withdrawn:
        return refused(
            "withdrawn_already",
            "The concern is withdrawn already, for another reason, by somebody else or at another time, and that "
            "stands. Another withdrawal is accepted once that one has been taken back.",
        )
    last = concern.withdrawals[-1].taken_back if concern.withdrawals else None
    if last is not None and found.decided_at <= last.decided_at:
        return refused(
            "later_decision_stands",
            "A withdrawal of the concern was taken back at that time or later, and the concern counts. A "
            "withdrawal is accepted when it was decided after that.",
            "decided_at",
        )
    fact = ConcernWithdrawn(
        concern_id=decided.concern_id,
        adult_id=concern.adult_id,
        reason=found.reason,
        decided_by=found.decided_by,
        decided_at=found.decided_at,
    )
    withdrawn = replace(concern, withdrawals=(*concern.withdrawals, Withdrawal(found)))
    return Decision({decided.concern_id: withdrawn}, (fact,))


def reinstate(
    cases: Mapping[UUID, Case], decided: WithdrawalTakenBack, meta: Metadata
) -> Decision[Case] | Wait | Refused:
    """The withdrawal taken back; it waits for a withdrawal that is still to come."""
    concern = _known(cases, decided, meta)
    if not isinstance(concern, Concern):
        return concern
    found = _finding(decided)
    if any(each.taken_back == found for each in concern.withdrawals):
        return Decision({})
    if not concern.withdrawals:
        return Wait("the withdrawal it takes back")
    last = concern.withdrawals[-1]
    if last.taken_back is not None:
        return refused(
            "taken_back_already",
            "The withdrawal was taken back already, and the concern counts. Taking back is accepted once the "
            "concern has been withdrawn again.",
        )
    if found.decided_at < last.found.decided_at:
        return refused(
            "later_decision_stands",
            "The concern was withdrawn later than this was decided, and stays so. Taking the withdrawal back is "
            "accepted when that was decided at the time of the withdrawal or after.",
            "decided_at",
        )
    fact = ConcernReinstated(
        concern_id=decided.concern_id,
        adult_id=concern.adult_id,
        reason=found.reason,
        decided_by=found.decided_by,
        decided_at=found.decided_at,
    )
    counts_again = replace(concern, withdrawals=(*concern.withdrawals[:-1], replace(last, taken_back=found)))
    return Decision({decided.concern_id: counts_again}, (fact,))


def _known(
    cases: Mapping[UUID, Case], decided: WithdrawalDecided | WithdrawalTakenBack, meta: Metadata
) -> Concern | Wait | Refused:
    """The concern, where it has been received and may have been decided upon at that time."""
    if reasons := tuple(in_the_future(decided.decided_at, "decided_at", meta.recorded)):
        return Refused(reasons)
    concern = concern_in(cases, decided.concern_id)
    if concern is None:
        return Wait("the concern to be received")
    if decided.decided_at < concern.received_at:
        return refused(
            "decided_before_receipt",
            "`decided_at` lies before the concern was received. It is accepted when it is the time of the "
            "decision, with its offset from UTC.",
            "decided_at",
        )
    return concern


def _finding(decided: WithdrawalDecided | WithdrawalTakenBack) -> Finding:
    return Finding(decided.reason, decided.decided_by, decided.decided_at.astimezone(UTC))

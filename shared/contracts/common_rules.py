"""The rules that hold at every door alike: nothing has happened yet that is still to come, and a manager is one."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.contracts.local_policy import LOCAL_POLICY
from shared.kernel.decision import Reason

_MINUTE = timedelta(minutes=1)


def in_the_future(at: datetime, where: str, recorded: datetime) -> Iterable[Reason]:
    """A reason when a time that was sent lies further ahead of when it was recorded than clocks differ."""
    differ_by = LOCAL_POLICY.at(recorded).clocks_differ_by
    if at > recorded + differ_by:
        yield Reason(
            code=f"{where}_in_the_future",
            says=f"`{where}` lies more than {differ_by // _MINUTE} minutes ahead of the council's clock. It is "
            "accepted when it is the time it happened, with its offset from UTC.",
            where=where,
        )


def not_a_manager(role: str, may: str, because: str, accepted: frozenset[str], version: str) -> Iterable[Reason]:
    """A reason when a role is not managerial; `may` says what it would have to be for, and `because` why."""
    if role not in accepted:
        yield Reason(
            code=f"role_may_not_{may}",
            says=f"{because} Accepted roles are {', '.join(sorted(accepted))} (policy {version}).",
            where="role",
        )

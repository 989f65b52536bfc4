"""What holds for every record about an enquiry: it fits together, it is not from the future, the enquiry is open."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from msgspec.structs import replace

from services.enquiry.cases import Case, Enquiry
from services.enquiry.policy import POLICY, Policy
from shared.contracts.doors import enquiry_id_of, other_enquiry_id_of
from shared.contracts.doors.enquiry_record import EnquiryRecord
from shared.contracts.enquiry import EnquiryFact
from shared.kernel.decision import Decision, Reason, Refused, Wait, refused
from shared.kernel.event import Metadata, Value

Handler = Callable[[Enquiry | None, Any, Metadata], Decision[Case] | Wait | Refused]
V = TypeVar("V", bound=Value)

_MINUTE = timedelta(minutes=1)

NOT_OPENED = Wait("the enquiry to be opened")
"""A record may overtake the conversion of its enquiry, which travels on another topic."""

CONCLUDED: Refused = refused(
    "enquiry_concluded", "The enquiry is concluded; records about it are accepted while it is open."
)
"""What stood when an enquiry was concluded is what is published of it."""

WITHDRAWN: Refused = refused(
    "enquiry_withdrawn",
    "The decision that started this enquiry was corrected, so that it counts as never started. Records about it are "
    "accepted when another decision has started it again.",
)
"""The record of a withdrawn enquiry is kept as it was."""


def from_the_future(at: datetime, where: str, meta: Metadata, policy: Policy = POLICY) -> Iterable[Reason]:
    """A reason when a time that was sent lies further ahead of when it was recorded than clocks differ."""
    if at > meta.recorded + policy.clocks_differ_by:
        minutes = policy.clocks_differ_by // _MINUTE
        yield Reason(
            code=f"{where}_in_the_future",
            says=f"`{where}` lies more than {minutes} minutes ahead of the council's clock. It is accepted "
            "when it is the time it happened, with its offset from UTC.",
            where=where,
        )


def too_early(at: datetime, earliest: datetime, where: str, what: str) -> Iterable[Reason]:
    """A reason when something is said to have happened before what it follows."""
    if at < earliest:
        yield Reason(
            code=f"{where}_too_early", says=f"`{where}` is accepted when it is not before {what}.", where=where
        )


def not_a_manager(role: str, may: str, policy: Policy) -> Iterable[Reason]:
    """A reason when a role is not managerial; `may` says what it would have to be for."""
    if role not in policy.approver_roles:
        yield Reason(
            code=f"role_may_not_{may}",
            says="Closing a safeguarding enquiry is a manager's decision. Accepted roles are "
            f"{', '.join(sorted(policy.approver_roles))} (policy {policy.version}).",
            where="role",
        )


def id_used(where: str) -> Refused:
    """The answer to something else under an id that was taken."""
    return refused(
        f"{where}_used", "Something else was recorded under this id. What differs is accepted under its own.", where
    )


def of_another_concern(record: EnquiryRecord) -> Iterable[Reason]:
    """A reason when the concern that a record names is not the one its enquiry would come from."""
    concern_id = record.concern_id
    if concern_id is None or record.enquiry_id in (enquiry_id_of(concern_id), other_enquiry_id_of(concern_id)):
        return
    yield Reason(
        code="concern_of_another_enquiry",
        says="`concern_id` names a concern that does not lead to this enquiry. Accepted is the one it comes from, or "
        "none.",
        where="concern_id",
    )


def about(enquiry: Enquiry) -> Mapping[str, Any]:
    """What every fact about an enquiry says of it."""
    return {"enquiry_id": enquiry.enquiry_id, "concern_id": enquiry.concern_id, "adult_id": enquiry.adult_id}


def declared(said: V) -> V:
    """What was said, without what the contract does not know of.

    An unknown field of a door may hold anybody's words, and must not travel on to where only codes do.
    """
    known = type(said).model_fields
    kept = {name: _declared(getattr(said, name)) for name in known}
    return cast("V", type(said).model_construct(said.model_fields_set & known.keys(), **kept))


def _declared(part: Any) -> Any:
    if isinstance(part, Value):
        return declared(part)
    return tuple(map(_declared, part)) if isinstance(part, tuple) else part


def noted(enquiry: Enquiry, fact: EnquiryFact, **course: Any) -> Decision[Case]:
    """The enquiry with its course gone on, and the fact of it."""
    gone_on = replace(enquiry, course=replace(enquiry.course, **course))
    return Decision({enquiry.enquiry_id: gone_on}, (fact,))

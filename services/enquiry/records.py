"""What holds for every record about an enquiry, whatever it says: a row of the table in `rules` leads through here."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar, cast

from msgspec.structs import replace

from services.enquiry.cases import Case, Enquiry
from services.enquiry.policy import VERSIONS, Policy
from shared.contracts.common_rules import in_the_future, not_a_manager
from shared.contracts.doors import EnquiryRecord, enquiry_id_of, other_enquiry_id_of
from shared.kernel.decision import Decision, Reason, Refused, Wait, refused
from shared.kernel.event import Event, Metadata, Value

K = TypeVar("K")
V = TypeVar("V", bound=Value)

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

NOTHING_NEW: Decision[Case] = Decision({})
"""The same record again."""


class Taken(NamedTuple):
    """How a record was taken down: the identity of its event, and the policy that was in force then."""

    identity: str
    policy: Policy


class Manager(NamedTuple):
    """What a record needs a managerial role for, and why."""

    may: str
    because: str


Answer = Enquiry | Decision[Case] | Wait | Refused
"""What a rule says of a record: the enquiry with it, which is noted by the fact of the rule's row; or all of it itself;
or why not yet; or why not."""


def _nothing(_: Any) -> Iterable[Reason]:
    return ()


def _never(_enquiry: Enquiry, _record: Any) -> bool:
    return False


class Rule(NamedTuple):
    """What a record is held to.

    `states` is the fact that notes it, `happened` its field that says when, and `decide` says what becomes of it once
    nothing stands in the way. In this order: `manager` is what only a manager may do; `fits` finds what contradicts
    itself; nothing has happened yet that is still to come; `days` finds a day that does not fit that time. Then `known`
    says whether the enquiry has the record already, or refuses something else under its id. What is new is taken while
    the enquiry is open, or `concluded_too`; and `since_start` not from before it started.
    """

    states: type[Event]
    happened: str
    decide: Callable[[Enquiry, Any, Taken], Answer]
    manager: Manager | None = None
    fits: Callable[[Any], Iterable[Reason]] = _nothing
    days: Callable[[Any], Iterable[Reason]] = _nothing
    known: Callable[[Enquiry, Any], bool | Refused] = _never
    concluded_too: bool = False
    since_start: bool = False

    def __call__(
        self, enquiry: Enquiry | None, record: EnquiryRecord, meta: Metadata
    ) -> Decision[Case] | Wait | Refused:
        """What becomes of a record. What is wrong with it by itself is answered whether its enquiry is known or not."""
        taken = Taken(meta.identity, VERSIONS.at(meta.recorded))
        if reasons := (*of_another_concern(record), *self._wrong_by_itself(record, meta, taken.policy)):
            return Refused(reasons)
        if enquiry is None:
            return NOT_OPENED
        if enquiry.withdrawn_at is not None:
            return WITHDRAWN
        said = declared(record)
        answer = self._closed_to(enquiry, said) or self.decide(enquiry, said, taken)
        if not isinstance(answer, Enquiry):
            return answer
        noted: Callable[..., Event] = self.states
        return Decision({enquiry.enquiry_id: answer}, (noted(**about(enquiry), record=said),))

    def _wrong_by_itself(self, record: EnquiryRecord, meta: Metadata, policy: Policy) -> Iterable[Reason]:
        if self.manager is not None:
            role: str = getattr(record, "role")  # noqa: B009  # only the records that need a manager have one
            yield from not_a_manager(role, *self.manager, policy.approver_roles, policy.version)
        yield from self.fits(record)
        yield from in_the_future(getattr(record, self.happened), self.happened, meta.recorded)
        yield from self.days(record)

    def _closed_to(self, enquiry: Enquiry, said: EnquiryRecord) -> Decision[Case] | Refused | None:
        if known := self.known(enquiry, said):
            return known if isinstance(known, Refused) else NOTHING_NEW
        if enquiry.concluded is not None and not self.concluded_too:
            return CONCLUDED
        if not self.since_start:
            return None
        at = getattr(said, self.happened)
        early = tuple(too_early(at, enquiry.started_at, self.happened, "the enquiry started"))
        return Refused(early) if early else None


def too_early(at: datetime, earliest: datetime, where: str, what: str) -> Iterable[Reason]:
    """A reason when something is said to have happened before what it follows."""
    if at < earliest:
        yield Reason(
            code=f"{where}_too_early", says=f"`{where}` is accepted when it is not before {what}.", where=where
        )


def same_as(kept: K | None, said: K, otherwise: Refused) -> bool | Refused:
    """Whether what is kept under an id is what is said now; something else under it is refused."""
    return False if kept is None else kept == said or otherwise


def of_id(kept: Iterable[K], name: str, identity: object) -> K | None:
    """Of what is kept, that of an id, which is the field of that name."""
    return next((one for one in kept if getattr(one, name) == identity), None)


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
    """What was said, its times in UTC, without what the contract does not know of.

    An unknown field of a door may hold anybody's words, and must not travel on to where only codes do.
    """
    known = type(said).model_fields
    kept = {name: _declared(getattr(said, name)) for name in known}
    return cast("V", type(said).model_construct(said.model_fields_set & known.keys(), **kept))


def _declared(part: Any) -> Any:
    if isinstance(part, Value):
        return declared(part)
    if isinstance(part, datetime):
        return part.astimezone(UTC)
    return tuple(map(_declared, part)) if isinstance(part, tuple) else part


def gone_on(enquiry: Enquiry, **course: Any) -> Enquiry:
    """The enquiry with its course gone on."""
    return replace(enquiry, course=replace(enquiry.course, **course))


def found(enquiry: Enquiry, **findings: Any) -> Enquiry:
    """The enquiry with what was found or planned."""
    return replace(enquiry, findings=replace(enquiry.findings, **findings))

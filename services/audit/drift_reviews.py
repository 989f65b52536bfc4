"""The coordinator looks at what drifts: legitimate or not, why it is still open, and when to look again.

Seed 003:3464-3466; design section 4, rule 10. A flag is looked at once; the item comes back at its next look.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC
from uuid import UUID

from msgspec.structs import replace

from services.audit.cases import Case, Look, Open, adult_in
from services.audit.policy import VERSIONS, Policy
from services.audit.watched import OPEN
from shared.contracts.audit import DriftLookedAt
from shared.contracts.common_rules import in_the_future
from shared.contracts.doors import DriftReviewed
from shared.kernel.civil import add_months, london_day, start_of_day
from shared.kernel.decision import Decision, Reason, Refused, refused
from shared.kernel.event import Metadata


def review_drift(cases: Mapping[UUID, Case], event: DriftReviewed, meta: Metadata) -> Decision[Case] | Refused:
    """The look, and the clock to the next; the same look again changes nothing."""
    adult = adult_in(cases, event.adult_id)
    if reasons := tuple(_impossible(event, meta, VERSIONS.at(meta.recorded))):
        return Refused(reasons)
    item = OPEN.find(adult.open, event.open_id)
    if item is None:
        return refused(
            "not_open",
            "Nothing of this adult is open under this id: it is not known, or it is decided or concluded.",
            "open_id",
        )
    look = Look(
        legitimate=event.legitimate,
        reason_open=event.reason_open,
        next_look=event.next_look,
        reviewed_by=event.reviewed_by,
        reviewed_at=event.reviewed_at.astimezone(UTC),
    )
    if look == item.last_look:
        return Decision({})
    if reason := _not_flagged(item, look, meta):
        return Refused((reason,))
    looked_at = replace(item, last_look=look, next_flag=start_of_day(event.next_look))
    fact = DriftLookedAt(
        open_id=item.open_id,
        kind=item.kind,
        adult_id=adult.adult_id,
        legitimate=event.legitimate,
        reason_open=event.reason_open,
        themes=event.themes,
        next_look=event.next_look,
        reviewed_by=look.reviewed_by,
        reviewed_at=look.reviewed_at,
    )
    return Decision({adult.adult_id: replace(adult, open=OPEN.replaced(adult.open, item, looked_at))}, (fact,))


def _impossible(event: DriftReviewed, meta: Metadata, policy: Policy) -> Iterable[Reason]:
    """A next look is after the review's own day, and not so far off that it would be forgotten."""
    yield from in_the_future(event.reviewed_at, "reviewed_at", meta.recorded)
    day = london_day(event.reviewed_at)
    if not day < event.next_look <= add_months(day, policy.longest_next_look_months):
        yield Reason(
            code="next_look_out_of_range",
            says="`next_look` is accepted when it is after the day of the review, and not more than "
            f"{policy.longest_next_look_months} months after it (policy {policy.version}).",
            where="next_look",
        )


def _not_flagged(item: Open, look: Look, meta: Metadata) -> Reason | None:
    """Whether it was with the coordinator when the look was recorded, not only when we heard of it.

    A look recorded before the flag fell due is refused whether or not the flag was raised before we heard of
    the look: the answer must not hang on which came first.
    """
    if item.flagged_at is None or item.next_flag is not None or meta.recorded < item.flagged_at:
        return Reason(
            code="not_flagged",
            says="This had not come up for a look when the look was recorded. It is accepted once it is "
            "flagged at six months, or at the next look that was set.",
            where="open_id",
        )
    if look.reviewed_at < item.flagged_at:
        return Reason(
            code="reviewed_before_flagged",
            says="`reviewed_at` lies before this came up for a look. It is accepted when it is the time of "
            "the look that followed.",
            where="reviewed_at",
        )
    return None

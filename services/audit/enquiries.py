"""What becomes of an adult's enquiries: opened, concluded, reopened, withdrawn; and what was noted of the adult.

Each is kept with how it ended, for a year's figures are counted from that (design section 4, rule 14).
"""

from collections.abc import Sequence
from datetime import UTC
from operator import attrgetter

from msgspec.structs import replace

from services.audit.advocacy import note_capacity, note_support, watch
from services.audit.cases import Adult, Concluded, Ended, Enquiry
from services.audit.causes import ended_by
from services.audit.drift import end_known, ended, ended_early, started, without_end
from services.audit.quality import of_conclusion, of_enquiry_without_concern
from shared.contracts.audit import OpenKind
from shared.contracts.enquiry import (
    AdvocacyNoted,
    CapacityNoted,
    DeathNoted,
    EnquiryConcluded,
    EnquiryOpened,
    EnquiryReopened,
    EnquiryWithdrawn,
)
from shared.kernel.decision import Wait
from shared.kernel.event import Event, Metadata

Told = tuple[Adult, tuple[Event, ...]]
_TO_BE_OPENED = Wait("the enquiry to be opened")
_BY_START = attrgetter("started_at", "enquiry_id")


def open_enquiry(adult: Adult, event: EnquiryOpened, meta: Metadata) -> Told:
    """An enquiry more, open since it was decided on; or one that was withdrawn, started anew.

    One that is known already is told of late: its clock runs from its start all the same.
    """
    known = adult.enquiry(event.enquiry_id)
    started_at = event.started_at.astimezone(UTC)
    if known is not None and not known.withdrawn:
        if end_known(adult, event.enquiry_id) is None:
            return adult, ()
        return started(adult, OpenKind.ENQUIRY, event.enquiry_id, started_at), ()
    enquiry = Enquiry(event.enquiry_id, event.concern_id, started_at, event.kind)
    again_at = None
    if known is not None:
        again_at = meta.recorded.astimezone(UTC)
        enquiry = replace(
            known, started_at=started_at, kind=event.kind, withdrawn=False, concluded=None, again_at=again_at
        )
    told, facts = _kept(adult, enquiry, meta, again=known is not None)
    told, more = of_enquiry_without_concern(told, event.concern_id)
    return started(told, OpenKind.ENQUIRY, event.enquiry_id, started_at, again_at), (*facts, *more)


def conclude(adult: Adult, event: EnquiryConcluded, meta: Metadata) -> Told:
    """The enquiry ended, with what stood then."""
    known = adult.enquiry(event.enquiry_id)
    left, endings = ended(adult, event.enquiry_id, meta.recorded)
    if known is None:
        left = ended_early(left, Ended(event.enquiry_id, meta.recorded, by=ended_by(meta)))
        known = Enquiry(event.enquiry_id, event.concern_id, event.started_at.astimezone(UTC), event.kind)
    told, facts = _kept(left, replace(known, concluded=_concluded(event)), meta)
    return told, (*endings, *facts)


def reopen(adult: Adult, event: EnquiryReopened, meta: Metadata) -> Told | Wait:
    """It goes on, as old as it is; its conclusion counts no more."""
    enquiry = adult.enquiry(event.enquiry_id)
    if enquiry is None:
        return _TO_BE_OPENED
    told, facts = _kept(without_end(adult, event.enquiry_id), replace(enquiry, concluded=None), meta)
    open_again = started(told, OpenKind.ENQUIRY, event.enquiry_id, enquiry.started_at, again_at=meta.recorded)
    return open_again, facts


def withdraw(adult: Adult, event: EnquiryWithdrawn, meta: Metadata) -> Told | Wait:
    """It counts as never started, and nothing about it is owed to anybody."""
    enquiry = adult.enquiry(event.enquiry_id)
    if enquiry is None:
        return _TO_BE_OPENED
    left, endings = ended(adult, event.enquiry_id, meta.recorded)
    told, facts = _kept(left, replace(enquiry, withdrawn=True), meta)
    told, more = of_enquiry_without_concern(told, enquiry.concern_id)
    return told, (*endings, *facts, *more)


def note(adult: Adult, event: CapacityNoted | AdvocacyNoted, meta: Metadata) -> Told | Wait:
    """What was found of capacity, or who supports the adult."""
    enquiry = adult.enquiry(event.enquiry_id)
    if enquiry is None:
        return _TO_BE_OPENED
    noted = (
        note_capacity(enquiry, event, meta) if isinstance(event, CapacityNoted) else note_support(enquiry, event, meta)
    )
    return (adult, ()) if noted is enquiry else _kept(adult, noted, meta)


def note_death(adult: Adult, event: DeathNoted, _: Metadata) -> Told:
    """The adult has died; what was recorded of it at the latest time stands, whichever is heard of last."""
    died_on, age = event.record.died_on, event.record.age_at_death
    told_at = event.record.recorded_at.astimezone(UTC)
    earlier = adult.death_told_at is not None and told_at < adult.death_told_at
    if died_on == adult.died_on:
        known = adult.age_at_death if age is None or (earlier and adult.age_at_death is not None) else age
        return replace(adult, age_at_death=known, death_told_at=max(told_at, adult.death_told_at or told_at)), ()
    return (adult, ()) if earlier else (replace(adult, died_on=died_on, age_at_death=age, death_told_at=told_at), ())


def _kept(adult: Adult, enquiry: Enquiry, meta: Metadata, *, again: bool = False) -> Told:
    """The adult with the enquiry as it is now, and what follows for advocacy and data quality."""
    recorded = meta.recorded.astimezone(UTC)
    watched, gaps = watch(enquiry, adult.adult_id, recorded, recorded if again else None)
    others = [one for one in adult.enquiries if one.enquiry_id != enquiry.enquiry_id]
    kept = replace(adult, enquiries=_in_order([*others, watched]))
    told, flags = of_conclusion(kept, watched)
    return told, (*gaps, *flags)


def _in_order(enquiries: Sequence[Enquiry]) -> tuple[Enquiry, ...]:
    return tuple(sorted(enquiries, key=_BY_START))


def _concluded(event: EnquiryConcluded) -> Concluded:
    risks = event.risks
    return Concluded(
        concluded_at=event.concluded_at.astimezone(UTC),
        asked=event.asked,
        achieved=event.achieved,
        risk_assessment=event.risk_assessment,
        risk_outcome=event.risk_outcome,
        abuse_types=tuple(sorted({risk.abuse_type for risk in risks})),
        locations=tuple(sorted({risk.location for risk in risks})),
        sources=tuple(sorted({risk.source_of_risk for risk in risks})),
        capacity=event.capacity,
        support=tuple(sorted(set(event.support))),
    )

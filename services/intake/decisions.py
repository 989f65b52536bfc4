"""What intake decides: a report is accepted once, answered every time, and never lost between the two."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from services.intake.acceptance import considered, reasons_against
from services.intake.bearers import Described, described
from services.intake.cases import Case, Concern, DutyKind, concern_in, duty_of
from services.intake.duplicates import decide_pair, keys_of_pair
from services.intake.duty import at_case, deal, keys_of_dealing, of_report, put
from services.intake.further import Further, note
from services.intake.identifying import Identified, identified, keys_of_report
from services.intake.involved import provider_id_of, source_ids_of
from services.intake.matching import Match, birth_date_exchanged, match
from services.intake.merging import keys_of_merge, merge, unmerge
from services.intake.policy import VERSIONS, Policy
from services.intake.withdrawals import reinstate, withdraw
from shared.contracts.common_rules import in_the_future
from shared.contracts.doors import (
    AdultsFoundDifferent,
    AdultsFoundOne,
    ConcernReported,
    DuplicateFound,
    DuplicateTakenBack,
    DutyDealtWith,
    WithdrawalDecided,
    WithdrawalTakenBack,
)
from shared.contracts.intake import AdultPossiblyDuplicated, ConcernReceived, ReportAccepted
from shared.kernel.decision import Decision, Reason, Refused, Wait
from shared.kernel.event import Event, Metadata

_BIRTH_DATE_EXCHANGED = Reason(
    code="birth_date_exchanged",
    says="Accepted, and taken for the adult whom its identifiers name: they are known with the day and the month of "
    "the birth date the other way round. Please look which is right.",
    where="adult.birth_date",
)

_TIME_AHEAD = "`time` lies ahead of the council's clock: give the time it happened, with its offset from UTC."


def _receive(cases: Mapping[UUID, Case], report: ConcernReported, meta: Metadata) -> Decision[Case] | Refused:
    """A concern, the first time; the same receipt, every other time (design section 1: not lost, not twice).

    Sender and reference make the concern, so a resend under a new event id, even after months, is the same.
    """
    concern_id = report.concern_id
    known = concern_in(cases, concern_id)
    if known is not None:
        return _again(cases, known, report, meta)
    as_sent, taken = report, considered(report, meta.received)
    report = taken.report
    received_at, told_of_it = meta.received.astimezone(UTC), (*_of_the_envelope(meta), *taken.remarks)
    if reasons := reasons_against(report, meta.received):
        said = (*reasons, *told_of_it)
        item = of_report(report, DutyKind.REFUSED, said, meta, received_at)
        return Refused(said, {} if item is None else {concern_id: at_case(cases, concern_id, item)})
    policy = VERSIONS.at(meta.recorded)
    told = _told_of_the_adult(report, meta, policy)
    found = match(told.identified.named, told.described, concern_id, cases)
    facts: list[Event] = [
        ReportAccepted(
            concern_id=concern_id,
            sender=report.sender,
            reference=report.called,
            received_at=received_at,
            remarks=(*told_of_it, *_remarks(told, exchanged=found.exchanged)),
            accepted_source=meta.source,
            accepted_id=meta.id,
        ),
        ConcernReceived(
            concern_id=concern_id,
            adult_id=found.adult_id,
            received_at=received_at,
            report=report,
            provider_id=provider_id_of(report, policy),
            source_ids=source_ids_of(report, policy),
            possibly_under_18=taken.possibly_under_18,
        ),
        *_asked(concern_id, found),
    ]
    item = of_report(report, DutyKind.SET_ASIDE, told_of_it, meta, received_at)
    standing = duty_of(cases, concern_id)
    received = Concern(
        adult_id=found.adult_id,
        received_at=received_at,
        sender=report.sender,
        channel=report.channel,
        digest=_digest(as_sent),
        duty=standing if item is None else put(standing, item),
    )
    return Decision({concern_id: received, **found.changed}, tuple(facts))


def _asked(concern_id: UUID, found: Match) -> Iterable[Event]:
    """With whom the adult may be one: a person must say. Each is a question of its own, about another adult."""
    for number, other in enumerate(found.others):
        one, two = (other, found.adult_id) if number else (found.adult_id, other)
        yield AdultPossiblyDuplicated(adult_id=one, other_adult_id=two, concern_id=concern_id)


class _ToldOfTheAdult(NamedTuple):
    """What a report says of its adult, under the policy that was in force when it was recorded."""

    identified: Identified
    described: Described


def _told_of_the_adult(report: ConcernReported, meta: Metadata, policy: Policy) -> _ToldOfTheAdult:
    return _ToldOfTheAdult(identified(report, policy, test_numbers=meta.test_numbers), described(report.adult, policy))


def _remarks(told: _ToldOfTheAdult, *, exchanged: bool) -> tuple[Reason, ...]:
    """What the sender should look at, though it stands in nobody's way (design 4, rule 2)."""
    remarks = told.identified.remarks
    return (*remarks, _BIRTH_DATE_EXCHANGED) if exchanged else remarks


def _again(cases: Mapping[UUID, Case], known: Concern, report: ConcernReported, meta: Metadata) -> Decision[Case]:
    """The receipt once more, with the first time; what says more or other than the first is kept, and looked at."""
    digest = _digest(report)
    more: Further | None = None
    if digest == known.digest:
        taken = considered(report, known.received_at)
        told = _told_of_the_adult(taken.report, meta, VERSIONS.at(meta.recorded))
        exchanged = birth_date_exchanged(told.identified.named, told.described, known.adult_id, cases)
        remarks = (*taken.remarks, *_remarks(told, exchanged=exchanged))
    else:
        more = note(known, report, digest, meta)
        remarks = more.remarks
    receipt = ReportAccepted(
        concern_id=report.concern_id,
        sender=report.sender,
        reference=report.called,
        received_at=known.received_at,
        again=True,
        remarks=(*_of_the_envelope(meta), *remarks),
        accepted_source=meta.source,
        accepted_id=meta.id,
    )
    if more is None or not more.facts:
        return Decision({}, (receipt,))
    return Decision({report.concern_id: more.concern}, (receipt, *more.facts), again=True)


def _of_the_envelope(meta: Metadata) -> tuple[Reason, ...]:
    """What the sender should look at in how its report came: nothing of it makes another concern."""
    ahead = in_the_future(meta.occurred, "time", meta.recorded)
    return (*meta.remarks, *(one.model_copy(update={"says": _TIME_AHEAD}) for one in ahead))


def _digest(report: ConcernReported) -> str:
    """A fingerprint of everything a report says, to compare a resend with; it is of no other use.

    What a report leaves unsaid is left out, so that a field that the contract learns of later makes no other report
    of one received before.
    """
    return blake2b(report.model_dump_json(exclude_defaults=True).encode(), digest_size=16).hexdigest()


def _of_concern(event: WithdrawalDecided | WithdrawalTakenBack) -> tuple[UUID, ...]:
    return (event.concern_id,)


def _of_merge(event: AdultsFoundDifferent) -> tuple[UUID, ...]:
    return (event.merge_id,)


class Rule(NamedTuple):
    """The cases that an event reads and may change, first the one it belongs to; and what becomes of them."""

    keys: Callable[[Any], tuple[UUID, ...]]
    decide: Callable[[Mapping[UUID, Case], Any, Metadata], Decision[Case] | Wait | Refused]


RULES: Mapping[type[Event], Rule] = {
    ConcernReported: Rule(keys_of_report, _receive),
    DuplicateFound: Rule(keys_of_pair, decide_pair),
    DuplicateTakenBack: Rule(keys_of_pair, decide_pair),
    WithdrawalDecided: Rule(_of_concern, withdraw),
    WithdrawalTakenBack: Rule(_of_concern, reinstate),
    AdultsFoundOne: Rule(keys_of_merge, merge),
    AdultsFoundDifferent: Rule(_of_merge, unmerge),
    DutyDealtWith: Rule(keys_of_dealing, deal),
}
"""Everything that intake reads, all of it through its doors."""


def keys(event: Event) -> tuple[UUID, ...]:
    """The cases an event is about, first the concern it belongs to."""
    return RULES[type(event)].keys(event)


def decide(cases: Mapping[UUID, Case], event: Event, meta: Metadata) -> Decision[Case] | Wait | Refused:
    """The concerns, identifiers and adults as they are after an event, and what intake states about it."""
    return RULES[type(event)].decide(cases, event, meta)

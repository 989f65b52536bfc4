"""Data quality: a record that cannot be right, or lacks what it needs, is flagged until it is put right.

Unknown capacity is a flag, and never "has capacity" (design section 4, rule 11; seed 003:3699; domain 2.6). What is
flagged of an enquiry is a conclusion that stands, of a concern the decision that stands.
"""

from collections.abc import Mapping
from enum import StrEnum
from operator import attrgetter
from uuid import UUID

from msgspec.structs import replace

from services.audit.cases import Adult, Concluded, Enquiry, Flag
from services.audit.policy import POLICY
from shared.contracts.audit import DataQualityCleared, DataQualityFlagged
from shared.contracts.doors import Capacity, MspAnswer, RiskAssessment, TriageDecision
from shared.contracts.triage import ConcernTriaged
from shared.kernel.event import Event
from shared.kernel.identity import derived


class Lack(StrEnum):
    """What a record can lack, or contradict: the list is local policy, and grows with a new version of it."""

    CAPACITY_NOT_KNOWN = "capacity_not_known"
    MSP_NOT_RECORDED = "msp_not_recorded"
    ACHIEVEMENT_NOT_RECORDED = "achievement_not_recorded"
    RISK_NOT_RECORDED = "risk_not_recorded"
    RISK_OUTCOME_NOT_RECORDED = "risk_outcome_not_recorded"
    KIND_OF_RISK_NOT_RECORDED = "kind_of_risk_not_recorded"
    CONSENT_NOT_RECORDED = "consent_not_recorded"
    ADULT_VIEW_NOT_RECORDED = "adult_view_not_recorded"
    WITHDRAWN_WITH_ENQUIRY = "withdrawn_with_enquiry"
    POSSIBLY_DUPLICATED_ADULT = "possibly_duplicated_adult"


OF_A_CONCLUSION = frozenset(
    {
        *(Lack.CAPACITY_NOT_KNOWN, Lack.MSP_NOT_RECORDED, Lack.ACHIEVEMENT_NOT_RECORDED),
        *(Lack.RISK_NOT_RECORDED, Lack.RISK_OUTCOME_NOT_RECORDED, Lack.KIND_OF_RISK_NOT_RECORDED),
    }
)
OF_A_DECISION = frozenset({Lack.CONSENT_NOT_RECORDED, Lack.ADULT_VIEW_NOT_RECORDED})
_IDENTIFIED = (RiskAssessment.IDENTIFIED_ACTION, RiskAssessment.IDENTIFIED_NO_ACTION)
_STARTS_AN_ENQUIRY = (TriageDecision.S42_MET, TriageDecision.OTHER_ENQUIRY)
_IN_ORDER = attrgetter("about", "flag")


def of_conclusion(adult: Adult, enquiry: Enquiry) -> tuple[Adult, tuple[Event, ...]]:
    """The flags of an enquiry as it is; one that is open or withdrawn has none."""
    concluded = None if enquiry.withdrawn else enquiry.concluded
    if concluded is None and not adult.flags:
        return adult, ()
    found = dict.fromkeys(lacking(concluded), False) if concluded is not None else {}
    return flagged(adult, enquiry.enquiry_id, OF_A_CONCLUSION, found)


def lacking(concluded: Concluded) -> list[Lack]:
    """What the record of a conclusion should say and does not."""
    identified = concluded.risk_assessment in _IDENTIFIED
    lacks = {
        Lack.CAPACITY_NOT_KNOWN: concluded.capacity in (None, Capacity.NOT_KNOWN),
        Lack.MSP_NOT_RECORDED: concluded.asked is None,
        Lack.ACHIEVEMENT_NOT_RECORDED: concluded.asked is MspAnswer.EXPRESSED and concluded.achieved is None,
        Lack.RISK_NOT_RECORDED: concluded.risk_assessment is None,
        Lack.RISK_OUTCOME_NOT_RECORDED: identified and concluded.risk_outcome is None,
        Lack.KIND_OF_RISK_NOT_RECORDED: identified and not concluded.abuse_types,
    }
    return [lack for lack, lacked in lacks.items() if lacked]


def of_decision(adult: Adult, event: ConcernTriaged, *, withdrawn: bool) -> tuple[Adult, tuple[Event, ...]]:
    """The flags of a decision that starts an enquiry; they are put aside while its concern is withdrawn."""
    found: dict[Lack, bool] = {}
    if event.decision in _STARTS_AN_ENQUIRY:
        if event.consents is None:
            found[Lack.CONSENT_NOT_RECORDED] = withdrawn
        if event.adult_view is None:
            found[Lack.ADULT_VIEW_NOT_RECORDED] = withdrawn
    if not found and not adult.flags:
        return adult, ()
    return flagged(adult, event.concern_id, OF_A_DECISION, found)


def of_withdrawal(adult: Adult, concern_id: UUID, *, withdrawn: bool) -> tuple[Adult, tuple[Event, ...]]:
    """A withdrawn concern's decision is not told of; but that an enquiry goes on all the same is."""
    lacks = [Lack(flag.flag) for flag in adult.flags if flag.about == concern_id and flag.flag in OF_A_DECISION]
    aside, facts = flagged(adult, concern_id, OF_A_DECISION, dict.fromkeys(lacks, withdrawn))
    left, more = of_enquiry_without_concern(aside, concern_id)
    return left, (*facts, *more)


def of_enquiry_without_concern(adult: Adult, concern_id: UUID) -> tuple[Adult, tuple[Event, ...]]:
    """A withdrawn concern whose enquiry stands: one of the two is wrong."""
    concern = adult.concern(concern_id)
    if not adult.flags and (concern is None or not concern.withdrawn):
        return adult, ()
    stands = any(one.concern_id == concern_id and not one.withdrawn for one in adult.enquiries)
    found = {Lack.WITHDRAWN_WITH_ENQUIRY: False} if concern is not None and concern.withdrawn and stands else {}
    return flagged(adult, concern_id, frozenset({Lack.WITHDRAWN_WITH_ENQUIRY}), found)


def flagged(
    adult: Adult, about: UUID, among: frozenset[Lack], found: Mapping[Lack, bool], named: UUID | None = None
) -> tuple[Adult, tuple[Event, ...]]:
    """The adult with exactly these flags of those `among`, each put aside or not; and what that changes.

    A finding is `named` by what it is about, unless it takes more to tell it from others.
    """
    before = [flag for flag in adult.flags if flag.about == about and flag.flag in among]
    after = [Flag(str(lack), about, aside) for lack, aside in found.items()]
    if before == sorted(after, key=_IN_ORDER):
        return adult, ()
    flags = tuple(sorted((*(flag for flag in adult.flags if flag not in before), *after), key=_IN_ORDER))
    stood, stand = _told(before), _told(after)
    facts: list[Event] = []
    for name in sorted(stood ^ stand):
        finding_id = named or derived("data-quality", name, str(about))
        said = {"finding_id": finding_id, "adult_id": adult.adult_id, "about": about, "flag": name}
        if name in stand:
            facts.append(DataQualityFlagged.model_validate(said | {"policy": POLICY.version}))
        else:
            facts.append(DataQualityCleared.model_validate(said))
    return replace(adult, flags=flags), tuple(facts)


def _told(flags: list[Flag]) -> set[str]:
    return {flag.flag for flag in flags if not flag.aside}

"""Making Safeguarding Personal: what the adult wants, asked of whom, and how far it was achieved.

Design section 4, rule 6; seed 003:3625 and 003:3462. What stands is a function of the records that were
accepted, whichever order they came in: of several askings the latest, and of several assessments the latest.
"""

from collections.abc import Iterable
from typing import TypeVar

from msgspec.structs import replace

from services.enquiry.cases import Asking, Assessment, Enquiry
from services.enquiry.records import Answer, Taken
from shared.contracts.doors import Achievement, MspAnswer, OutcomesAsked, OutcomesAssessed
from shared.contracts.enquiry import MspAchieved, MspAsked
from shared.kernel.decision import Decision, Reason, Refused, Wait

R = TypeVar("R", Asking, Assessment)


def ask(enquiry: Enquiry, record: OutcomesAsked, taken: Taken) -> Answer:
    """The answer as recorded. It may be asked again, at the start and at the end (domain section 4).

    Which answer stands is settled by `asked_at`; `moment` says what the asking was for, where somebody said so.
    Asking before the enquiry started is gathering information under section 42(1), and is accepted.
    """
    asking = Asking(
        at=record.asked_at,
        identity=taken.identity,
        answer=record.answer,
        outcomes=tuple(outcome.outcome_id for outcome in record.outcomes),
    )
    fact = MspAsked(
        enquiry_id=enquiry.enquiry_id,
        adult_id=enquiry.adult_id,
        answer=record.answer,
        asked_of=record.asked_of,
        reason_not_asked=record.reason_not_asked,
        outcomes=record.outcomes,
        asked_at=asking.at,
        moment=record.moment,
    )
    later = _later(enquiry.asked, asking)
    return Decision({enquiry.enquiry_id: replace(enquiry, asked=later)}, (fact,))


def assess(enquiry: Enquiry, record: OutcomesAssessed, taken: Taken) -> Answer:
    """How far each outcome that the adult expressed was achieved, every one of them, and so overall."""
    ids = _ids(record)
    if enquiry.asked is None:
        return Wait("the adult's desired outcomes to be recorded")
    if reasons := tuple(_contradictions(enquiry.asked, ids)):
        return Refused(reasons)
    assessment = Assessment(
        at=record.assessed_at,
        identity=taken.identity,
        overall=overall(outcome.achieved for outcome in record.achieved),
        outcomes=ids,
    )
    fact = MspAchieved(
        enquiry_id=enquiry.enquiry_id,
        adult_id=enquiry.adult_id,
        overall=assessment.overall,
        achieved=record.achieved,
        asked_of=record.asked_of,
        assessed_at=assessment.at,
    )
    later = _later(enquiry.assessed, assessment)
    return Decision({enquiry.enquiry_id: replace(enquiry, assessed=later)}, (fact,))


def overall(each: Iterable[Achievement]) -> Achievement:
    """Fully when every outcome was achieved fully, not when none was at all, and partially in between."""
    kinds = set(each)
    return kinds.pop() if len(kinds) == 1 else Achievement.PARTIALLY


def achieved_now(enquiry: Enquiry) -> Achievement | None:
    """The overall achievement that stands: None when nothing was expressed, or not all of it was assessed.

    An adult who was asked again after the assessment may have named another outcome, which nobody assessed.
    """
    asked, assessed = enquiry.asked, enquiry.assessed
    if asked is None or assessed is None or asked.answer is not MspAnswer.EXPRESSED:
        return None
    return assessed.overall if set(asked.outcomes) <= set(assessed.outcomes) else None


def _later(standing: R | None, record: R) -> R:
    """The later of two records; of one instant, that of the greater identity, in whichever order."""
    if standing is None or (standing.at, standing.identity) < (record.at, record.identity):
        return record
    return standing


def incoherent(asked: OutcomesAsked) -> Iterable[Reason]:
    """Whether asked, of whom and what they said must fit together (the national return's table SG4a)."""
    was_asked = asked.answer in (MspAnswer.EXPRESSED, MspAnswer.NONE_EXPRESSED)
    if was_asked and asked.asked_of is None:
        yield Reason(
            code="asked_of_missing",
            says="Somebody was asked, so `asked_of` says who: the adult, an advocate or a representative.",
            where="asked_of",
        )
    if asked.answer is MspAnswer.NOT_ASKED and asked.asked_of is not None:
        yield Reason(
            code="asked_of_nobody",
            says="Nobody was asked, so `asked_of` is left out; or the answer says what they said.",
            where="asked_of",
        )
    if asked.answer is MspAnswer.NOT_ASKED and asked.reason_not_asked is None:
        yield Reason(
            code="reason_missing",
            says="The adult was not asked, so `reason_not_asked` says why.",
            where="reason_not_asked",
        )
    if asked.answer is not MspAnswer.NOT_ASKED and asked.reason_not_asked is not None:
        yield Reason(
            code="reason_contradicts",
            says="`reason_not_asked` is accepted with the answer `not_asked` alone.",
            where="reason_not_asked",
        )
    if asked.answer is MspAnswer.EXPRESSED and not asked.outcomes:
        yield Reason(
            code="outcomes_missing",
            says="Outcomes were expressed, so `outcomes` holds at least one; else it is `none_expressed`.",
            where="outcomes",
        )
    if asked.answer is not MspAnswer.EXPRESSED and asked.outcomes:
        yield Reason(
            code="outcomes_contradict",
            says="`outcomes` are accepted with the answer `expressed` alone.",
            where="outcomes",
        )
    yield from _repeated(tuple(outcome.outcome_id for outcome in asked.outcomes), "outcomes")


def _contradictions(asked: Asking, ids: tuple[str, ...]) -> Iterable[Reason]:
    """Achieved without expressed is a contradiction; so is an outcome nobody expressed, or one left out."""
    if asked.answer is not MspAnswer.EXPRESSED:
        yield Reason(
            code="achieved_without_expressed",
            says="No desired outcome stands as expressed, so none can have been achieved. It is accepted "
            "after a record that the adult was asked and expressed it.",
            where="achieved",
        )
        return
    if not set(ids) <= set(asked.outcomes):
        yield Reason(
            code="outcome_unknown",
            says="An outcome is assessed that was not expressed. Accepted are the outcomes last recorded.",
            where="achieved",
        )
    if not set(asked.outcomes) <= set(ids):
        yield Reason(
            code="outcome_not_assessed",
            says="An expressed outcome is not assessed. Accepted is an assessment of each one last recorded.",
            where="achieved",
        )


def repeated(assessed: OutcomesAssessed) -> Iterable[Reason]:
    """Each outcome is assessed once."""
    return _repeated(_ids(assessed), "achieved")


def _ids(assessed: OutcomesAssessed) -> tuple[str, ...]:
    return tuple(outcome.outcome_id for outcome in assessed.achieved)


def _repeated(ids: tuple[str, ...], where: str) -> Iterable[Reason]:
    if len(set(ids)) < len(ids):
        yield Reason(code="outcome_repeated", says="Each outcome is named once, under an id of its own.", where=where)

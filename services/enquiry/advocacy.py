"""Who supports the adult to take part in the enquiry, and three questions about it that are not one.

Design section 4, rule 8; domain sections 1.7, 2.2 and 5.4. The law asks about difficulty in being involved, the
national return about advocate, family or friend where capacity is lacking, the local audit about advocates alone.
No answer to one of them follows from an answer to another.
"""

from collections.abc import Iterable

from services.enquiry.cases import Enquiry
from services.enquiry.findings_cases import Advocacy
from services.enquiry.findings_noted import by_time, fingerprint, known
from services.enquiry.records import Answer, Taken, found
from shared.contracts.doors import AdvocacyRecorded, Difficulty, Support, TakeUp
from shared.contracts.doors import Answer as Answered
from shared.kernel.decision import Reason

ADVOCATES = frozenset(
    {
        Support.CARE_ACT_ADVOCATE,
        Support.MENTAL_CAPACITY_ADVOCATE,
        Support.MENTAL_HEALTH_ADVOCATE,
        Support.DOMESTIC_VIOLENCE_ADVISER,
        Support.SEXUAL_VIOLENCE_ADVISER,
    }
)
"""The five kinds of the council's report (seed 003:3049-3055); family and friends are none of them."""

_TAKEN_UP = frozenset({TakeUp.ACCEPTED, TakeUp.ALREADY_IN_PLACE})


def record_support(enquiry: Enquiry, record: AdvocacyRecorded, _: Taken) -> Answer:
    """Who supported the adult, as recorded at one time; of several records the latest stands."""
    recorded = Advocacy(
        at=record.recorded_at,
        fingerprint=fingerprint(record),
        take_up=record.take_up,
        support=tuple(sorted(set(record.support))),
        duty=duty_to_arrange_advocate(record.difficulty, record.appropriate_person),
    )
    return found(enquiry, advocacy=by_time(enquiry.findings.advocacy, recorded))


def support_recorded_before(enquiry: Enquiry, record: AdvocacyRecorded) -> bool:
    """Whether the same was recorded before."""
    return known(record, enquiry.findings.advocacy)


def support_now(recorded: tuple[Advocacy, ...]) -> tuple[Support, ...]:
    """Who supports the adult, by the record that stands."""
    return recorded[-1].support if recorded else ()


def duty_to_arrange_advocate(difficulty: Difficulty | None, appropriate_person: Answered) -> bool | None:
    """Whether the council must arrange an independent advocate (Care Act 2014, section 68(2) to (4)); None: not known.

    It must where the adult would have substantial difficulty in at least one of understanding, retaining, weighing
    and communicating, and there is no appropriate person to represent and support them. Capacity is not asked
    about. Somebody suspected as the source of harm is no appropriate person; who it is was not recorded, so
    whoever recorded `appropriate_person` answers for that.
    """
    if appropriate_person is Answered.YES:
        return False
    limbs = (
        {difficulty.understanding, difficulty.retaining, difficulty.weighing, difficulty.communicating}
        if difficulty is not None
        else {Answered.NOT_KNOWN}
    )
    if limbs == {Answered.NO}:
        return False
    return True if Answered.YES in limbs and appropriate_person is Answered.NO else None


def take_up_contradicts(record: AdvocacyRecorded) -> Iterable[Reason]:
    """What became of the offer of an advocate must fit whether one is named; family and friends fit either."""
    named = bool(ADVOCATES & set(record.support))
    if record.take_up in _TAKEN_UP and not named:
        yield Reason(
            code="advocate_missing",
            says="An advocate was accepted or is in place, so `support` names of which kind. Family and friends may be "
            "named besides.",
            where="support",
        )
    if record.take_up not in _TAKEN_UP and named:
        yield Reason(
            code="advocate_contradicts",
            says="An advocate was declined or not offered, so `support` names family and friends alone; or `take_up` "
            "says that the advocate was accepted or is already in place.",
            where="support",
        )

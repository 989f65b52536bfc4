"""The adult has died: that ends no enquiry (domain 1.5). There is one death, on one day, at one age."""

from collections.abc import Iterable

from services.enquiry.cases import Enquiry
from services.enquiry.course_cases import Death, in_order
from services.enquiry.records import Answer, Taken, gone_on
from shared.contracts.doors import DeathRecorded
from shared.kernel.civil import london_day
from shared.kernel.decision import Reason, Refused, refused

_ANOTHER_DEATH: Refused = refused(
    "death_recorded_otherwise",
    "The adult's death is recorded with another day or age, and what was recorded first stands. Accepted is the same "
    "day and age with what was decided since on a Safeguarding Adults Review.",
    "died_on",
)


def record_death(enquiry: Enquiry, record: DeathRecorded, _: Taken) -> Answer:
    """The death, the adult's age, and whether a Safeguarding Adults Review is considered, which may be said again."""
    said = _death(record)
    if any(_contradict(known, said) for known in enquiry.course.deaths):
        return _ANOTHER_DEATH
    return gone_on(enquiry, deaths=in_order((*enquiry.course.deaths, said)))


def recorded_before(enquiry: Enquiry, record: DeathRecorded) -> bool:
    """Whether it was said before."""
    return _death(record) in enquiry.course.deaths


def died_later(record: DeathRecorded) -> Iterable[Reason]:
    """Nobody records a death that is yet to come."""
    if record.died_on > london_day(record.recorded_at):
        yield Reason(
            code="died_on_too_late",
            says="`died_on` is accepted when it is not after the day of `recorded_at`, in London.",
            where="died_on",
        )


def _death(record: DeathRecorded) -> Death:
    return Death(
        at=record.recorded_at,
        died_on=record.died_on,
        review_considered=record.review_considered,
        age_at_death=record.age_at_death,
    )


def _contradict(known: Death, said: Death) -> bool:
    """Another day, or another age: not knowing the age contradicts none."""
    ages = {known.age_at_death, said.age_at_death} - {None}
    return known.died_on != said.died_on or len(ages) > 1

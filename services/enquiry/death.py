"""The adult has died: that ends no enquiry (domain 1.5). There is one death, on one day, at one age."""

from datetime import UTC

from services.enquiry.cases import Case, Enquiry
from services.enquiry.course_cases import Death, in_order
from services.enquiry.policy import POLICY, Policy
from services.enquiry.records import CONCLUDED, NOT_OPENED, about, declared, from_the_future, noted
from shared.contracts.doors import DeathRecorded
from shared.contracts.enquiry import DeathNoted
from shared.kernel.civil import london_day
from shared.kernel.decision import Decision, Refused, Wait, refused
from shared.kernel.event import Metadata

_AFTER_IT_WAS_RECORDED: Refused = refused(
    "died_on_too_late", "`died_on` is accepted when it is not after the day of `recorded_at`, in London.", "died_on"
)
_ANOTHER_DEATH: Refused = refused(
    "death_recorded_otherwise",
    "The adult's death is recorded with another day or age, and what was recorded first stands. Accepted is the same "
    "day and age with what was decided since on a Safeguarding Adults Review.",
    "died_on",
)


def record_death(
    enquiry: Enquiry | None, event: DeathRecorded, meta: Metadata, policy: Policy = POLICY
) -> Decision[Case] | Wait | Refused:
    """The death, the adult's age, and whether a Safeguarding Adults Review is considered, which may be said again."""
    reasons = tuple(from_the_future(event.recorded_at, "recorded_at", meta, policy))
    if event.died_on > london_day(event.recorded_at):
        reasons += _AFTER_IT_WAS_RECORDED.reasons
    if reasons:
        return Refused(reasons)
    if enquiry is None:
        return NOT_OPENED
    said = Death(
        at=event.recorded_at.astimezone(UTC),
        died_on=event.died_on,
        review_considered=event.review_considered,
        age_at_death=event.age_at_death,
    )
    if said in enquiry.course.deaths:
        return Decision({})
    if enquiry.concluded is not None:
        return CONCLUDED
    if any(_contradict(known, said) for known in enquiry.course.deaths):
        return _ANOTHER_DEATH
    deaths = in_order((*enquiry.course.deaths, said))
    return noted(enquiry, DeathNoted(**about(enquiry), record=declared(event)), deaths=deaths)


def _contradict(known: Death, said: Death) -> bool:
    """Another day, or another age: not knowing the age contradicts none."""
    ages = {known.age_at_death, said.age_at_death} - {None}
    return known.died_on != said.died_on or len(ages) > 1

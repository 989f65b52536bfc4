"""Two adults who may be one: flagged until a person says whether they are (delivery rule 5).

A merge says that they are, a merge taken back that they are not; either answers it. The flag is kept with the adult of
the lesser id, whichever of the two was named first.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.audit.cases import Adult, Case, adult_in
from services.audit.people import Person, person_of
from services.audit.policy import Lack
from services.audit.quality import flagged
from shared.contracts.intake import AdultPossiblyDuplicated
from shared.kernel.decision import Decision
from shared.kernel.event import Event, Metadata
from shared.kernel.identity import derived

_AMONG = frozenset({Lack.POSSIBLY_DUPLICATED_ADULT})


def suspect(cases: Mapping[UUID, Case], event: AdultPossiblyDuplicated, _: Metadata) -> Decision[Case]:
    """The flag; put aside where somebody has said."""
    one, other = sorted((event.adult_id, event.other_adult_id))
    adult = adult_in(cases, one)
    known, facts = _flag(adult, other, aside=_answered(adult, other, person_of(cases, one)))
    return Decision({} if known is adult else {one: known}, facts)


def answer(adults: Mapping[UUID, Adult], persons: Sequence[Person]) -> tuple[dict[UUID, Adult], tuple[Event, ...]]:
    """Every flag of these adults, after who is one person with whom has changed."""
    changed: dict[UUID, Adult] = {}
    facts: tuple[Event, ...] = ()
    for person in persons:
        for adult_id in person:
            adult = adults[adult_id]
            for other in [flag.about for flag in adult.flags if flag.flag in _AMONG]:
                adult, more = _flag(adult, other, aside=_answered(adult, other, person))
                facts += more
            if adult is not adults[adult_id]:
                changed[adult_id] = adult
    return changed, facts


def _answered(adult: Adult, other: UUID, person: Person) -> bool:
    return other in person or any(merge.other == other for merge in adult.unmerged)


def _flag(adult: Adult, other: UUID, *, aside: bool) -> tuple[Adult, tuple[Event, ...]]:
    finding_id = derived("data-quality", Lack.POSSIBLY_DUPLICATED_ADULT, str(adult.adult_id), str(other))
    return flagged(adult, other, _AMONG, {Lack.POSSIBLY_DUPLICATED_ADULT: aside}, finding_id)

"""Making Safeguarding Personal: what concluded enquiries recorded of what the adult wanted (table SG4, domain 2.2).

"Not asked", "don't know" and "not recorded" are three different answers.
"""

from services.audit.year.counted import Counted, Counts, Kind, PersonsYear
from shared.contracts.doors import Achievement, MspAnswer

ANSWERS = {
    MspAnswer.EXPRESSED: "msp_expressed",
    MspAnswer.NONE_EXPRESSED: "msp_none_expressed",
    MspAnswer.NOT_ASKED: "msp_not_asked",
    MspAnswer.DONT_KNOW: "msp_dont_know",
    None: "msp_not_recorded",
}
ACHIEVED = {
    Achievement.FULLY: "achieved_fully",
    Achievement.PARTIALLY: "achieved_partially",
    Achievement.NOT: "achieved_not",
    None: "achieved_not_recorded",
}
ASKED = (MspAnswer.EXPRESSED, MspAnswer.NONE_EXPRESSED)


def personal_outcomes(of: PersonsYear) -> Counts:
    """The concluded enquiries by answer, and by how far outcomes were achieved where some were expressed.

    Enquiries and people are counted apart: somebody with two enquiries, asked in one, is one person asked.
    """
    for _, stood, counted in of.concluded:
        yield ANSWERS[stood.asked], counted
        if stood.asked is MspAnswer.EXPRESSED:
            yield ACHIEVED[stood.achieved], counted
    if of.concluded:
        adult_id = of.person.adult_id
        yield "adults_with_conclusion", Counted(Kind.ADULT, adult_id, min(one.counted.day for one in of.concluded))
        asked = [one.counted.day for one in of.concluded if one.stood.asked in ASKED]
        if asked:
            yield "msp_asked_adults", Counted(Kind.ADULT, adult_id, min(asked))

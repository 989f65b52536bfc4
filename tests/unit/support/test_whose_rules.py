"""The campaign's oracle explains whose concerns are by some order of the reports, and by nothing else."""

from __future__ import annotations

import random

import pytest

from deploy.recount.forms import contracts
from deploy.recount.identities import Name, derived, identifiers
from deploy.recount.naming import Bearer, whose
from deploy.recount.texts import policy_at
from shared.contracts.doors import ConcernReported
from tests.faults.people import SENDERS, People
from tests.faults.whose_rules import Report, unexplained
from tests.support.builders import NOON

READ = contracts(frozenset(["concern-reports"]))[ConcernReported.type].read
POLICY = policy_at(NOON)


def reports(seed: int, how_many: int = 200) -> list[Report]:
    """Reports as they are posted in a campaign, with what comes of them where they are read in this order."""
    dice = random.Random(seed)
    people, known = People(dice), dict[Name, tuple[Bearer, ...]]()
    found = []
    for number in range(how_many):
        person, sender = people.somebody(), dice.choice(SENDERS)
        said = READ({"sender": sender, "reference": f"R{number}", "adult": person.known_as(sender, dice)})
        person.concerns.append(str(number))
        names = identifiers(sender, said["adult"], POLICY, test_numbers=True)
        concern_id = derived("concern", sender, f"R{number}")
        told = whose(known, concern_id, names, said["adult"], POLICY)
        known |= told.known
        asked = frozenset(told.asked)
        found.append(Report(concern_id, tuple(names), said["adult"], POLICY, told.adult_id, asked, told.exchanged))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_what_was_read_in_some_order_is_explained_in_whatever_order_it_is_looked_at(seed: int) -> None:
    told = reports(seed)
    random.Random(seed).shuffle(told)

    assert unexplained(told) == []


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("wrong", ["adult", "asked", "not asked", "exchanged"])
def test_what_no_order_explains_is_found(seed: int, wrong: str) -> None:
    told = reports(seed)
    place = next(
        place
        for place, one in enumerate(told)
        if one.names and (wrong != "not asked" or one.asked) and (wrong != "asked" or not one.asked)
    )
    one = told[place]
    another = derived("somebody else")
    told[place] = {
        "adult": one._replace(adult_id=another),
        "asked": one._replace(asked=frozenset({another})),
        "not asked": one._replace(asked=frozenset()),
        "exchanged": one._replace(exchanged=not one.exchanged),
    }[wrong]

    assert len(unexplained(told)) == 1


def test_the_campaign_holds_every_kind() -> None:
    told = [one for seed in range(5) for one in reports(seed)]

    assert sum(bool(one.asked) for one in told) > 20
    assert any(one.exchanged for one in told)
    assert any((one.adult or {})["nhs_number"] and not one.names for one in told)

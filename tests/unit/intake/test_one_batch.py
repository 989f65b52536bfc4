"""Two concerns and their link in one batch: the adults were merged long ago, and no case of the batch names them."""

import json
from uuid import UUID

import pytest

from services.intake.cases import Adult, Case, Identifier, Merging
from services.intake.identifying import keys_of_report
from services.intake.service import service
from shared.chassis.delivery.deciding.casework import Casework
from shared.chassis.delivery.deciding.known_cases import FurtherCasesError, States
from shared.chassis.delivery.records.wire import Arrival
from shared.contracts.intake import ConcernLinkedAsDuplicate, ReportRefused
from shared.kernel.event import Event
from tests.support.builders import ADA, BEN, NHS_NUMBER, NOON, OTHER_NHS_NUMBER, a_duplicate, a_report_about
from tests.support.casework import begun
from tests.support.intake_builders import merge_id
from tests.unit.chassis.records import header, read, record

FIRST, SECOND = a_report_about("REF-1", nhs_number=NHS_NUMBER), a_report_about("REF-2", nhs_number=OTHER_NHS_NUMBER)
NAMED: dict[UUID, Case] = {keys_of_report(FIRST)[1]: Identifier(ADA), keys_of_report(SECOND)[1]: Identifier(BEN)}
MERGED: dict[UUID, Case] = {
    ADA: Adult((Merging(merge_id("M"), BEN, NOON),)),
    BEN: Adult((Merging(merge_id("M"), ADA, NOON),)),
}


def arrival(event: Event, name: str) -> Arrival:
    data = json.loads(event.model_dump_json(exclude_none=True))
    found = read(record(event.type, name, data, key=event.key.encode()), service)
    assert isinstance(found, Arrival)
    return found


BATCH = [arrival(FIRST, "1"), arrival(SECOND, "2"), arrival(a_duplicate(FIRST, SECOND), "3")]


def applied(stored: dict[UUID, Case], further: frozenset[UUID]) -> Casework[Case]:
    """The batch as a transaction decides on it: cases seen until nobody new turns up, then decided on."""
    states: States[Case] = States({}, ())
    work: Casework[Case] = begun(service, clamp=False, states=states)
    keys, existing = {key for each in BATCH for key in each.keys} | further, set[UUID]()
    while keys:
        states.looked_for |= keys
        loaded = {key for key in keys if key in stored}
        states.update({key: stored[key] for key in loaded})
        existing |= loaded
        keys = work.cases.with_followers(loaded) - existing - keys
    for each in BATCH:
        work.take(each)
    return work


@pytest.mark.parametrize(
    ("stored", "last"),
    [(NAMED | MERGED, ConcernLinkedAsDuplicate), (NAMED, ReportRefused)],
    ids=["merged", "not merged"],
)
def test_a_link_of_two_concerns_received_in_the_same_batch_sees_that_their_adults_are_merged(
    stored: dict[UUID, Case], last: type[Event]
) -> None:
    with pytest.raises(FurtherCasesError) as asked:
        applied(stored, frozenset())
    assert asked.value.further <= {ADA, BEN}

    work = applied(stored, asked.value.further)

    assert header(work.facts.told[-1], "ce_type") == last.type
    assert not work.held.parked


def test_reports_and_their_resends_ask_for_nothing_further() -> None:
    work: Casework[Case] = begun(service, clamp=False)
    for each in (*BATCH[:2], arrival(FIRST, "4")):
        work.take(each)

    assert not work.held.parked
    assert len(work.facts.told) == 5

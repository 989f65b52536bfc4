"""Who else a concern touches is told apart from others, and joined only where the same is meant (domain 2.2)."""

import re
from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.intake.acceptance import reasons_against
from services.intake.involved import provider_id_of, source_ids_of
from services.intake.policy import VERSIONS
from services.intake.service import service
from shared.contracts.doors import (
    AbuseType,
    AllegedRisk,
    AllegedSource,
    Answer,
    ConcernReported,
    Location,
    Provider,
    SourceOfRisk,
)
from shared.contracts.intake import ConcernReceived, ReportAccepted
from tests.support.builders import NOON, a_report, told
from tests.support.interleave import story

CANARY = "Canary House"
NOBODY = ("-", "0", "?", "anonymous", "n/a", "na", "nil", "none", "not known", "null", "tbc", "unknown male", "xxx")
CODE = r"[A-Za-z0-9][A-Za-z0-9_.:/-]*"
"""What the contract takes for a reference of a provider: others are answered as unreadable."""


def provider(sender: str = "ambulance", **fields: object) -> UUID | None:
    return provider_id_of(a_report(sender=sender, provider=Provider.model_validate(fields)), VERSIONS.first)


def sources(*named: dict[str, Any] | None, sender: str = "ambulance") -> tuple[UUID, ...]:
    risks = [
        AllegedRisk(
            abuse_type=AbuseType.NEGLECT,
            alleged_source=None if fields is None else AllegedSource.model_validate(fields),
        )
        for fields in named
    ]
    return source_ids_of(a_report(sender=sender, risks=tuple(risks)), VERSIONS.first)


def test_a_provider_is_one_by_its_registration_whoever_sends_it_and_however_it_is_called() -> None:
    one = provider(reference="1-10a", name=CANARY)

    assert one is not None
    assert provider("police", reference="1-10A") == one
    assert provider("police", reference="1-10A", name="Another House") == one
    assert provider(reference="1-10B", name=CANARY) != one


def test_a_provider_without_a_registration_is_one_by_its_name_within_one_sender() -> None:
    one = provider(name=CANARY)

    assert one is not None
    assert provider(name="  CANARY\u00a0\thouse ") == one
    assert provider("police", name=CANARY) != one
    assert provider(name=CANARY, reference="1-10A") != one


def test_a_sender_of_any_name_makes_no_registration_of_a_name() -> None:
    assert provider("registration", name="1-10a") != provider(reference="1-10A")
    assert sources({"name": "p-1"}) != sources({"reference": "p-1"})


@pytest.mark.parametrize("word", [*NOBODY, "UNKNOWN", "N/A"])
def test_what_stands_for_not_known_makes_no_two_one(word: str) -> None:
    assert provider(name=word) is None
    assert sources({"name": word}, {"reference": word}) == ()
    if re.fullmatch(CODE, word):
        assert provider(reference=word) is None
        assert provider(reference=word, name=CANARY) == provider(name=CANARY)
    assert sources({"reference": word, "name": "Sam"}) == sources({"name": "Sam"})


def test_a_report_that_names_neither_provider_nor_source_has_neither() -> None:
    assert provider_id_of(a_report(), VERSIONS.first) is None
    assert provider() is None
    assert source_ids_of(a_report(), VERSIONS.first) == ()
    assert sources(None, {}) == ()


def test_the_sources_come_in_the_order_of_the_risks_each_once() -> None:
    sam, kim = {"reference": "S-1"}, {"name": "Kim Canary"}

    assert sources(kim, sam) == (*sources(kim), *sources(sam))
    assert sources(sam, None, kim, sam, {"name": "kim  CANARY"}) == (*sources(sam), *sources(kim))


def test_a_source_is_one_by_reference_or_by_name_within_one_sender_and_never_across() -> None:
    assert sources({"reference": " S-1 ", "name": "Sam"}) == sources({"reference": "S-1"})
    assert sources({"reference": "s-1"}) != sources({"reference": "S-1"})
    assert sources({"name": "Sam"}) != sources({"reference": "S-1", "name": "Sam"})
    for named in ({"reference": "S-1"}, {"name": "Sam"}):
        assert sources(named, sender="police") != sources(named)


def test_a_source_and_a_provider_of_one_name_stay_apart() -> None:
    assert provider(name=CANARY) not in sources({"name": CANARY}, {"reference": CANARY})


WHOLE = a_report(
    abuse_types=(AbuseType.NEGLECT, AbuseType.ORGANISATIONAL),
    risks=(
        AllegedRisk(
            abuse_type=AbuseType.NEGLECT,
            location=Location.CARE_HOME_NURSING,
            source_of_risk=SourceOfRisk.SERVICE_PROVIDER,
            alleged_source=AllegedSource(name="Kim Canary", also_an_adult_at_risk=Answer.NO),
        ),
    ),
    provider=Provider(reference="1-10A", name=CANARY, commissioned=Answer.YES),
)


def test_the_concern_passes_on_what_was_reported_with_the_identities_of_who_is_involved() -> None:
    fact = story(service, [told(WHOLE)]).facts[1]

    assert isinstance(fact, ConcernReceived)
    assert fact.report == WHOLE
    assert fact.provider_id == provider_id_of(WHOLE, VERSIONS.first) is not None
    assert fact.source_ids == source_ids_of(WHOLE, VERSIONS.first)
    assert len(fact.source_ids) == 1


def test_nothing_of_provider_and_sources_is_remembered() -> None:
    told_of = story(service, [told(WHOLE)])

    remembered = msgspec.json.encode(list(told_of.cases.values())).decode()
    assert not any(
        word in remembered for word in ("anary", "provider", "source", str(provider_id_of(WHOLE, VERSIONS.first)))
    )


NEW_FIELDS: dict[str, list[object]] = {
    "abuse_types": [(), tuple(AbuseType)],
    "risks": [(), WHOLE.risks, (AllegedRisk(abuse_type=AbuseType.SELF_NEGLECT),) * 20],
    "consents_to_report": [None, *Answer],
    "aware_of_report": [None, *Answer],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in NEW_FIELDS for value in NEW_FIELDS[name]])
@pytest.mark.parametrize("narrative", ["The man in room 4 has bruises.", None])
def test_no_answer_about_what_who_and_consent_makes_a_report_unacceptable(
    name: str, value: object, narrative: str | None
) -> None:
    """Design section 4, rule 2: missing is a value, and so is every answer."""
    plain = told(a_report(narrative=narrative))
    asked = told(ConcernReported.model_validate(dict(a_report(narrative=narrative)) | {name: value}))

    before, after = (reasons_against(each.event, NOON) for each in (plain, asked))  # type: ignore[arg-type]

    assert after == before
    assert [type(fact) for fact in story(service, [asked]).facts] == (
        [ReportAccepted, ConcernReceived] if narrative else []
    )

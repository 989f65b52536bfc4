"""What the adult wants and agrees to, and going on without it: design section 4, rule 3; domain 1.1 and 1.6."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from services.triage.lawful_form import reasons_against
from services.triage.service import service
from shared.contracts.doors import (
    AdultTold,
    AdultView,
    Answer,
    Consents,
    Override,
    OverrideGround,
    SharingConsent,
    TriageDecided,
    TriageDecision,
)
from shared.contracts.triage import ConcernTriaged
from tests.support.builders import NOON, a_concern, an_approval, decision_id, limbs, told
from tests.support.interleave import story
from tests.support.triage_builders import AN_OVERRIDE, REFUSING, decided

LATER = NOON + timedelta(hours=3)
RECEIVED = told(a_concern(), "received")
VIEWS = (None, *AdultView)
AGREED = (None, *(Consents(to_enquiry=answer) for answer in Answer))


def codes(decision: TriageDecided) -> tuple[str, ...]:
    return tuple(reason.code for reason in reasons_against(decision, LATER))


@pytest.mark.parametrize("decision", TriageDecision)
@pytest.mark.parametrize("override", [None, AN_OVERRIDE])
def test_an_override_is_said_where_the_adult_does_not_want_an_enquiry_and_there_is_one(
    decision: TriageDecision, override: Override | None
) -> None:
    """Every view and every consent to an enquiry, those not sent among them."""
    for view, consents in product(VIEWS, AGREED):
        refused = view == "wants_no_action" or (consents is not None and consents.to_enquiry == "no")
        expected: tuple[str, ...] = ()
        if override is None and refused and decision in ("s42_met", "other_enquiry"):
            expected = ("override_missing",)
        if override is not None and not refused:
            expected = ("override_without_refusal",)

        said = decided(decision, adult_view=view, consents=consents, override=override)
        assert codes(said) == expected, (view, consents)


@pytest.mark.parametrize("consents", [Consents(to_sharing=SharingConsent.NO), Consents(to_report=Answer.NO), REFUSING])
def test_a_refused_report_or_sharing_can_be_overridden_and_needs_no_override(consents: Consents) -> None:
    """The three consents are not one: sharing information with another authority may override its own refusal."""
    sent = TriageDecision.SENT_TO_OTHER_AUTHORITY

    assert codes(decided(sent, consents=consents, override=AN_OVERRIDE)) == ()
    assert codes(decided(sent, consents=consents)) == ()


def test_consent_with_limits_is_no_refusal() -> None:
    limited = Consents(to_sharing=SharingConsent.WITH_LIMITS)

    assert codes(decided(TriageDecision.S42_MET, consents=limited)) == ()
    assert codes(decided(TriageDecision.S42_MET, consents=limited, override=AN_OVERRIDE)) == (
        "override_without_refusal",
    )


@pytest.mark.parametrize("ground", OverrideGround)
@pytest.mark.parametrize("adult_told", AdultTold)
def test_every_listed_ground_is_accepted_whether_or_not_the_adult_was_told(
    ground: OverrideGround, adult_told: AdultTold
) -> None:
    override = Override(grounds=(ground,), decided_by="manager-1", adult_told=adult_told)

    assert codes(decided(TriageDecision.S42_MET, consents=REFUSING, override=override)) == ()


def test_lack_of_consent_makes_no_limb_a_no() -> None:
    """Domain 1.1: the duty does not turn on consent; with all three limbs met nothing short of it is accepted."""
    not_met = decided(TriageDecision.NOT_MET, limbs=limbs(), consents=REFUSING, adult_view=AdultView.WANTS_NO_ACTION)

    assert codes(not_met) == ("duty_has_arisen",)


@pytest.mark.parametrize(
    ("decision", "changes", "expected"),
    [
        (TriageDecision.S42_MET, {"large_scale": decision_id("large")}, ()),
        (TriageDecision.OTHER_ENQUIRY, {"large_scale": decision_id("large")}, ()),
        (TriageDecision.NOT_MET, {"large_scale": decision_id("large")}, ("large_scale_without_enquiry",)),
        (
            TriageDecision.SENT_TO_OTHER_AUTHORITY,
            {"large_scale": decision_id("large")},
            ("large_scale_without_enquiry",),
        ),
        (TriageDecision.DUPLICATE, {"large_scale": decision_id("large")}, ("large_scale_without_enquiry",)),
        (TriageDecision.S42_MET, {"lead_authority": "solihull"}, ()),
        (TriageDecision.OTHER_ENQUIRY, {"lead_authority": "solihull"}, ()),
        (TriageDecision.SENT_TO_OTHER_AUTHORITY, {"lead_authority": "solihull"}, ()),
        (TriageDecision.SENT_TO_OTHER_AUTHORITY, {"lead_authority": "warwick"}, ("lead_authority_differs",)),
        (TriageDecision.NOT_MET, {"lead_authority": "solihull"}, ("lead_authority_without_enquiry",)),
        (TriageDecision.DUPLICATE, {"lead_authority": "solihull"}, ("lead_authority_without_enquiry",)),
    ],
)
def test_a_large_scale_enquiry_and_who_leads_go_with_an_enquiry(
    decision: TriageDecision, changes: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert codes(decided(decision, **changes)) == expected


def test_everything_that_was_said_is_carried_on_the_fact() -> None:
    said = decided(
        TriageDecision.S42_MET,
        adult_view=AdultView.WANTS_NO_ACTION,
        consents=Consents(to_report=Answer.YES, to_sharing=SharingConsent.WITH_LIMITS, to_enquiry=Answer.NO),
        override=Override(
            grounds=(OverrideGround.LACKS_CAPACITY, OverrideGround.SERIOUS_CRIME),
            decided_by="manager-2",
            adult_told=AdultTold.UNSAFE_TO_TELL,
        ),
        large_scale=decision_id("large"),
        lead_authority="warwick",
    )

    facts = story(service, [RECEIVED, told(said, "1", LATER), told(an_approval(), "2", LATER)]).facts

    (triaged,) = (fact for fact in facts if isinstance(fact, ConcernTriaged))
    for name in ("adult_view", "consents", "override", "large_scale", "lead_authority"):
        assert getattr(triaged, name) == getattr(said, name)
    assert (triaged.team, triaged.policy) == ("intake", "coventry-2024-1")


def test_what_an_older_sender_does_not_say_stays_unsaid() -> None:
    """Design section 4, rule 2: missing is a value, never a refusal."""
    events = [RECEIVED, told(decided(TriageDecision.S42_MET), "1", LATER), told(an_approval(), "2", LATER)]

    (triaged,) = (fact for fact in story(service, events).facts if isinstance(fact, ConcernTriaged))

    unsaid = ("supersedes", "adult_view", "consents", "override", "large_scale", "lead_authority")
    assert {getattr(triaged, name) for name in unsaid} == {None}

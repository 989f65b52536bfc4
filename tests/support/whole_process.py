"""One history with every kind of record anybody can send, by which everything the services can state is stated.

Three adults; references say which concern is which. Written from the builders' records, of which each names only what
it is about, so that a test can plant what it likes in them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from services.audit.repeat import review_identity
from shared.contracts.doors import (
    Answer,
    ConcernReported,
    Consents,
    SharingConsent,
    Support,
    TriageDecision,
    concern_id_of,
    enquiry_id_of,
    other_enquiry_id_of,
)
from shared.kernel.event import Event
from shared.kernel.identity import derived
from tests.support.builders import NOON, a_duplicate, an_approval
from tests.support.course_builders import (
    a_cause,
    a_chase,
    a_death,
    a_referral,
    a_referral_answer,
    a_reopening,
    a_resumption,
    a_return,
    a_suspension,
    an_answer,
    an_assignment,
    days,
)
from tests.support.enquiry_builders import (
    ENQUIRY,
    a_closure_approval,
    a_drift_review,
    a_proposal,
    a_repeat_review,
    an_asking,
    an_assessment,
)
from tests.support.findings_builders import (
    a_capacity,
    a_plan,
    a_plan_approval,
    a_report_of_the_officer,
    a_risk_assessment,
    a_risk_outcome,
    an_action_ended,
    an_advocacy,
    some_planning,
)
from tests.support.intake_builders import a_duplicate_taken_back, a_merge, a_reinstatement, a_withdrawal, an_unmerge
from tests.support.triage_builders import AN_OVERRIDE, HERE, a_reroute, a_screening, decided, feedback
from tests.support.triage_builders import an_answer as an_authority_s_answer

SENDER = "canary-sender"
END = datetime(2024, 12, 1, tzinfo=NOON.tzinfo)
"""By then everything has fallen due."""


class Sent(NamedTuple):
    """A record as somebody sends it: when, and what it says."""

    at: datetime
    type: str
    data: dict[str, Any]


def adult_first_named_by(reference: str) -> UUID:
    """The adult whom that report was the first to be about."""
    return derived("adult", str(concern_id_of(SENDER, reference)))


def whole_process(reports: Mapping[str, dict[str, Any]]) -> list[Sent]:
    """The history, in order of time; `reports` are the reports by reference, of those that `REPORTS` names."""
    said = [Sent(days(day), ConcernReported.type, reports[reference]) for reference, day in REPORTS.items()]
    for reference, records in _about_concerns().items():
        concern_id = concern_id_of(SENDER, reference)
        enquiry_id = (other_enquiry_id_of if reference == "OTHER" else enquiry_id_of)(concern_id)
        named = {str(HERE): str(concern_id), str(ENQUIRY): str(enquiry_id)}
        said += (_sent(record, named) for record in records)
    said += (_sent(record, {}) for record in _about_records())
    return sorted(said, key=lambda one: one.at)


REPORTS = {
    "WHOLE": 0.0,
    "OTHER": 0.6,
    "SENT": 0.7,
    "LATE": 0.8,
    "BACK": 0.9,
    "EARLY": 0.0,
    "TWICE-1": 1.0,
    "TWICE-2": 2.0,
    "TWICE-3": 3.0,
    "NUMBER": 0.0,
    "NAMED": 1.0,
    "BOTH": 2.0,
}
"""The day of each report. The first five are about one adult, the next four about another; NUMBER, NAMED and BOTH say
that two may be one. The first about each adult comes on a civil day of its own, since it names the adult."""
ADULTS = (("WHOLE", "OTHER", "SENT", "LATE", "BACK"), ("EARLY", "TWICE-1", "TWICE-2", "TWICE-3"))


def _about_concerns() -> dict[str, Iterable[Event]]:
    refusing = Consents(to_enquiry=Answer.NO, to_sharing=SharingConsent.WITH_LIMITS)
    s42 = TriageDecision.S42_MET
    return {
        "WHOLE": (
            a_screening(risk_level="high"),
            a_reroute("intake"),
            decided(s42, consents=refusing, override=AN_OVERRIDE),
            an_approval(),
            feedback(),
            *_enquiry(),
        ),
        "OTHER": (
            *_decided(TriageDecision.OTHER_ENQUIRY, at=days(1)),
            *_decided(TriageDecision.NOT_MET, "B", "A", at=days(3)),
        ),
        "SENT": (
            *_decided(TriageDecision.SENT_TO_OTHER_AUTHORITY, at=days(1)),
            an_authority_s_answer(accepted=False, answered_at=days(1.5), reference="SOL-1"),
        ),
        "LATE": _decided(TriageDecision.NOT_MET, at=days(5)),
        "EARLY": (
            an_asking("home", asked_at=days(0.5)),
            *_decided(s42, at=days(5)),
        ),
    }


def _decided(decision: TriageDecision, name: str = "A", after: str | None = None, *, at: datetime) -> Iterator[Event]:
    yield decided(decision, name, after, decided_at=at)
    yield an_approval(name, approved_at=at + timedelta(hours=1))


def _enquiry() -> Iterator[Event]:
    """An enquiry with everything that can be recorded of one: closed, returned, reopened and closed again."""
    yield from (an_assignment(), a_cause(), a_capacity(), a_referral(), an_asking("safer", "home"), a_suspension())
    yield from (some_planning(), a_plan(), a_referral_answer(), a_plan_approval(), a_resumption(), a_risk_assessment())
    yield from (a_death(), an_action_ended(), a_referral_answer("ended"))
    yield an_advocacy(Support.CARE_ACT_ADVOCATE, recorded_at=days(10))
    yield from (a_chase(), an_answer(returned_at=days(14)), a_risk_outcome(), a_report_of_the_officer())
    yield an_assessment(safer="fully", home="not")
    yield from (a_proposal(), a_return())
    yield a_proposal("B", "A", proposed_at=days(33))
    yield a_closure_approval("B", approved_at=days(34))
    yield a_reopening("B", decided_at=days(39))
    yield a_proposal("C", "B", proposed_at=days(230))
    yield a_closure_approval("C", approved_at=days(231))


def _about_records() -> Iterator[Event]:
    """What people decide about records, and the reviews of the audits."""
    reports = {name: ConcernReported(sender=SENDER, reference=name) for name in REPORTS}
    one, other = adult_first_named_by("WHOLE"), adult_first_named_by("EARLY")
    yield a_duplicate(reports["LATE"], reports["WHOLE"], decided_at=days(2))
    yield a_duplicate_taken_back(reports["LATE"], reports["WHOLE"], decided_at=days(3))
    yield a_withdrawal(reports["BACK"], decided_at=days(2))
    yield a_reinstatement(reports["BACK"], decided_at=days(3))
    yield a_withdrawal(reports["TWICE-3"], decided_at=days(20))
    yield a_repeat_review(review_identity(one, 1), adult_id=one, reviewed_at=days(40))
    yield a_drift_review(
        enquiry_id_of(concern_id_of(SENDER, "WHOLE")), days(190), days(210), adult_id=one, themes=("court",)
    )
    yield a_merge(adult=one, other=other, decided_at=days(60))
    yield an_unmerge(decided_at=days(70))


def _sent(record: Event, named: Mapping[str, str]) -> Sent:
    """A record as it is sent, when it says that it was made, of the concern and enquiry that are meant."""
    text = record.model_dump_json(exclude_none=True)
    for builders, meant in named.items():
        text = text.replace(builders, meant)
    at = max(value for value in (getattr(record, name) for name in type(record).model_fields)
             if isinstance(value, datetime))  # fmt: skip
    return Sent(at, record.type, json.loads(text))

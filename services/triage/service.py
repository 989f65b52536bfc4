"""Triage as a value: what it reads, what it writes, and how it answers its door."""

from services.triage.cases import Case
from services.triage.decisions import decide, keys
from services.triage.figures import GAUGES
from services.triage.views import VIEWS
from shared.chassis.service import Service
from shared.contracts.audit import RepeatReviewDone, RepeatReviewOpened, RepeatReviewWithdrawn
from shared.contracts.doors import TriageApproved, TriageDecided
from shared.contracts.intake import ConcernReceived
from shared.contracts.triage import ConcernConverted, ConcernRouted, ConcernTriaged, DecisionRefused

service: Service[Case] = Service(
    name="triage",
    reads=(
        ConcernReceived,
        TriageDecided,
        TriageApproved,
        RepeatReviewOpened,
        RepeatReviewDone,
        RepeatReviewWithdrawn,
    ),
    writes=(ConcernRouted, ConcernTriaged, ConcernConverted, DecisionRefused),
    state=Case,
    keys=keys,
    decide=decide,
    refusals={TriageDecided: DecisionRefused, TriageApproved: DecisionRefused},
    gauges=GAUGES,
    views=VIEWS,
)

"""Triage as a value: what it reads, what it writes, and how it answers its door."""

from services.triage.cases import Case
from services.triage.decisions import ON_A_CONCERN, ON_AN_ADULT, decide, keys
from services.triage.figures import GAUGES, marks
from services.triage.views import VIEWS
from shared.chassis.service import Service
from shared.contracts import stated_by
from shared.contracts.doors import OnConcern
from shared.contracts.triage import DecisionRefused

service: Service[Case] = Service(
    name="triage",
    port=8402,
    reads=(*ON_A_CONCERN, *ON_AN_ADULT),
    writes=stated_by("triage"),
    state=Case,
    keys=keys,
    decide=decide,
    refusals={event: DecisionRefused for event in ON_A_CONCERN if issubclass(event, OnConcern)},
    marks=marks,
    gauges=GAUGES,
    views=VIEWS,
    projection=2,
)

"""Audit as a value: what it reads, what it writes, its timers, and how it answers its door."""

from services.audit.cases import Case
from services.audit.decisions import RULES, decide, keys
from services.audit.due_times import soonest, timers
from services.audit.figures import GAUGES, marks
from services.audit.people import follows
from services.audit.views import VIEWS
from services.audit.year_views import YEAR_VIEWS
from shared.chassis.service import Service
from shared.contracts import audit, doors, stated_by

service: Service[Case] = Service(
    name="audit",
    port=8404,
    reads=tuple(RULES),
    writes=stated_by("audit"),
    state=Case,
    keys=keys,
    decide=decide,
    timers=timers,
    soonest=soonest,
    follows=follows,
    refusals={doors.RepeatReviewed: audit.RepeatReviewRefused, doors.DriftReviewed: audit.DriftReviewRefused},
    marks=marks,
    gauges=GAUGES,
    views=(*VIEWS, *YEAR_VIEWS),
)

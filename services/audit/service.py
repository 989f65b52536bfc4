"""Audit as a value: what it reads, what it writes, its timers, and how it answers its door."""

from services.audit.cases import Adult
from services.audit.decisions import decide, keys
from services.audit.drift import timers
from services.audit.figures import GAUGES
from services.audit.views import VIEWS
from shared.chassis.service import Service
from shared.contracts import audit, doors, enquiry, intake, triage

service: Service[Adult] = Service(
    name="audit",
    reads=(
        intake.ConcernReceived,
        intake.ConcernLinkedAsDuplicate,
        triage.ConcernTriaged,
        enquiry.EnquiryOpened,
        enquiry.EnquiryConcluded,
        doors.RepeatReviewed,
        doors.DriftReviewed,
    ),
    writes=(
        *(audit.RepeatReviewOpened, audit.RepeatConcernJoined, audit.RepeatReviewWithdrawn),
        *(audit.RepeatReviewDone, audit.RepeatReviewRefused),
        *(audit.DriftFlagged, audit.DriftLookedAt, audit.DriftEnded, audit.DriftReviewRefused),
    ),
    state=Adult,
    keys=keys,
    decide=decide,
    timers=timers,
    refusals={
        doors.RepeatReviewed: audit.RepeatReviewRefused,
        doors.DriftReviewed: audit.DriftReviewRefused,
    },
    gauges=GAUGES,
    views=VIEWS,
)

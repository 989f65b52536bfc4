"""Audit as a value: what it reads, what it writes, its timers, and how it answers its door."""

from services.audit.cases import Case
from services.audit.decisions import decide, keys
from services.audit.due_times import soonest, timers
from services.audit.figures import GAUGES
from services.audit.people import follows
from services.audit.views import VIEWS
from services.audit.year_views import YEAR_VIEWS
from shared.chassis.service import Service
from shared.contracts import audit, doors, enquiry, intake, triage

service: Service[Case] = Service(
    name="audit",
    port=8404,
    reads=(
        *(intake.ConcernReceived, intake.ConcernWithdrawn, intake.ConcernReinstated),
        *(intake.ConcernLinkedAsDuplicate, intake.ConcernUnlinked),
        *(intake.AdultsMerged, intake.AdultsUnmerged, intake.AdultPossiblyDuplicated),
        *(triage.ConcernTriaged, enquiry.EnquiryOpened, enquiry.EnquiryConcluded, enquiry.EnquiryReopened),
        *(enquiry.EnquiryWithdrawn, enquiry.WorkWithoutEnquiry),
        *(enquiry.CapacityNoted, enquiry.AdvocacyNoted, enquiry.DeathNoted, doors.RepeatReviewed, doors.DriftReviewed),
    ),
    writes=(
        *(audit.RepeatReviewOpened, audit.RepeatConcernJoined, audit.RepeatReviewWithdrawn, audit.RepeatReviewDone),
        *(audit.RepeatReviewRefused, audit.ReviewUnreadable, audit.DecisionOverdue, audit.DecisionOverdueEnded),
        *(audit.DriftFlagged, audit.DriftLookedAt, audit.DriftEnded, audit.DriftReviewRefused),
        *(audit.EnquiryWorkAtConcernStage, audit.EnquiryWorkAtConcernStageEnded),
        *(audit.AdvocacyGapFound, audit.AdvocacyGapEnded, audit.DataQualityFlagged, audit.DataQualityCleared),
    ),
    state=Case,
    keys=keys,
    decide=decide,
    timers=timers,
    soonest=soonest,
    follows=follows,
    refusals={doors.RepeatReviewed: audit.RepeatReviewRefused, doors.DriftReviewed: audit.DriftReviewRefused},
    gauges=GAUGES,
    views=(*VIEWS, *YEAR_VIEWS),
)

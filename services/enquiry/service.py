"""Enquiry as a value: what it reads, what it writes, and how it answers its door."""

from services.enquiry.cases import Case
from services.enquiry.decisions import decide, keys
from services.enquiry.figures import GAUGES
from services.enquiry.views import VIEWS
from shared.chassis.service import Service
from shared.contracts.audit import RepeatReviewDone, RepeatReviewOpened, RepeatReviewWithdrawn
from shared.contracts.doors import ClosureApproved, ClosureProposed, OutcomesAsked, OutcomesAssessed
from shared.contracts.enquiry import (
    EnquiryConcluded,
    EnquiryOpened,
    EnquiryRecordRefused,
    MspAchieved,
    MspAsked,
)
from shared.contracts.triage import ConcernConverted

_RECORDS = (OutcomesAsked, OutcomesAssessed, ClosureProposed, ClosureApproved)

service: Service[Case] = Service(
    name="enquiry",
    reads=(ConcernConverted, *_RECORDS, RepeatReviewOpened, RepeatReviewDone, RepeatReviewWithdrawn),
    writes=(EnquiryOpened, EnquiryConcluded, MspAsked, MspAchieved, EnquiryRecordRefused),
    state=Case,
    keys=keys,
    decide=decide,
    refusals=dict.fromkeys(_RECORDS, EnquiryRecordRefused),
    gauges=GAUGES,
    views=VIEWS,
)

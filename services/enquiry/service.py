"""Enquiry as a value: what it reads, what it writes, and how it answers its door."""

from services.enquiry.cases import Case
from services.enquiry.decisions import RULES, decide, keys, timers
from services.enquiry.figures import GAUGES
from services.enquiry.statements import STATEMENTS
from services.enquiry.views import VIEWS
from shared.chassis.service import Service
from shared.contracts.audit import RepeatReviewDone, RepeatReviewOpened, RepeatReviewWithdrawn
from shared.contracts.enquiry import EnquiryRecordRefused
from shared.contracts.triage import ConcernConverted, ConversionTakenBack, OtherEnquiryStarted

service: Service[Case] = Service(
    name="enquiry",
    port=8403,
    reads=(
        ConcernConverted,
        OtherEnquiryStarted,
        ConversionTakenBack,
        *RULES,
        RepeatReviewOpened,
        RepeatReviewDone,
        RepeatReviewWithdrawn,
    ),
    writes=STATEMENTS,
    state=Case,
    keys=keys,
    decide=decide,
    timers=timers,
    refusals=dict.fromkeys(RULES, EnquiryRecordRefused),
    gauges=GAUGES,
    views=VIEWS,
)

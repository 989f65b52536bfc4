"""Enquiry as a value: what it reads, what it writes, and how it answers its door."""

from services.enquiry.cases import Case
from services.enquiry.decisions import READS, decide, keys, timers
from services.enquiry.figures import GAUGES, marks
from services.enquiry.rules import RULES
from services.enquiry.views import VIEWS
from shared.chassis.service import Service
from shared.contracts import stated_by
from shared.contracts.enquiry import EnquiryRecordRefused

service: Service[Case] = Service(
    name="enquiry",
    port=8403,
    reads=READS,
    writes=stated_by("enquiry"),
    state=Case,
    keys=keys,
    decide=decide,
    timers=timers,
    refusals=dict.fromkeys(RULES, EnquiryRecordRefused),
    marks=marks,
    gauges=GAUGES,
    views=VIEWS,
)

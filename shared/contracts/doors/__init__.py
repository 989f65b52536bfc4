"""What others write to us: reports of concerns, and what people decided about concerns, enquiries and reviews.

Every door is keyed by the thing decided, because outsiders do not know our adult ids. What a door cannot
accept is answered with its reasons; it never blocks what comes behind it.
"""

from shared.contracts.doors.answers import *
from shared.contracts.doors.audit_reviews import *
from shared.contracts.doors.clock import *
from shared.contracts.doors.closure import *
from shared.contracts.doors.enquiry_course import *
from shared.contracts.doors.enquiry_findings import *
from shared.contracts.doors.enquiry_record import *
from shared.contracts.doors.identities import *
from shared.contracts.doors.intake_decisions import *
from shared.contracts.doors.personal_outcomes import *
from shared.contracts.doors.reports import *
from shared.contracts.doors.risks import *
from shared.contracts.doors.triage_decisions import *

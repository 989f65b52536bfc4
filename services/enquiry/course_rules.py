"""Which rule holds a record of an enquiry's course and of its end."""

from collections.abc import Mapping

from services.enquiry import caused_enquiries, referrals
from services.enquiry.closure import approve, propose
from services.enquiry.closure_returns import send_back
from services.enquiry.death import record_death
from services.enquiry.lead_officer import assign
from services.enquiry.records import Handler
from services.enquiry.reopening import reopen
from services.enquiry.suspensions import resume, suspend
from shared.contracts.doors import (
    CausedEnquiryChased,
    CausedEnquiryReturned,
    ClosureApproved,
    ClosureProposed,
    ClosureReturned,
    DeathRecorded,
    EnquiryCaused,
    EnquiryResumed,
    EnquirySuspended,
    LeadOfficerAssigned,
    ReferralAnswered,
    ReferralMade,
    ReopeningDecided,
)
from shared.contracts.doors.enquiry_record import EnquiryRecord

RULES: Mapping[type[EnquiryRecord], Handler] = {
    LeadOfficerAssigned: assign,
    EnquiryCaused: caused_enquiries.cause,
    CausedEnquiryChased: caused_enquiries.chase,
    CausedEnquiryReturned: caused_enquiries.take_answer,
    EnquirySuspended: suspend,
    EnquiryResumed: resume,
    ReferralMade: referrals.refer,
    ReferralAnswered: referrals.take_answer,
    DeathRecorded: record_death,
    ClosureProposed: propose,
    ClosureApproved: approve,
    ClosureReturned: send_back,
    ReopeningDecided: reopen,
}

"""Which rule holds a record of what was found and planned."""

from collections.abc import Mapping

from services.enquiry.records import Handler
from shared.contracts.doors.enquiry_record import EnquiryRecord

RULES: Mapping[type[EnquiryRecord], Handler] = {}
